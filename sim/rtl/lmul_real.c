/* Unit "lmul_real": L-Mul without carries into the exponent. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_real", RTL_ANTILOG_REAL, true};

static const char *refuses(const struct rtl_spec *s)
{
    return rtl_log_refuse(&form, s);
}

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    rtl_log_ports(&form, s, out);
}

static void emit(const struct rtl_spec *s, const char *top, struct strbuf *out)
{
    rtl_log_emit(&form, s, top, out);
}

static void vectors(const struct rtl_spec *s, struct rtl_vectors *v)
{
    rtl_log_vectors(&form, s, v);
}

const struct rtl_design rtl_lmul_real = {
    .name = "lmul_real",
    .doc = "L-Mul as real arithmetic: 1 + both fractions + 2^-l",
    .citation = "Luo and Sun, arXiv 2410.00907; eq. 4 of arXiv 2412.18948",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};
