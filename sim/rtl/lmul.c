/* Unit "lmul": L-Mul, the emulator's product "lmul_bits". */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_bits", RTL_ANTILOG_BITS, true};

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

const struct rtl_design rtl_lmul = {
    .name = "lmul",
    .doc = "L-Mul as one addition of integers on exponent and fraction fields",
    .citation = "Luo and Sun, arXiv 2410.00907",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};
