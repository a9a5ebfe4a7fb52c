/* Unit "lmul_fpga": L-Mul as the published circuit. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_fpga", RTL_ANTILOG_FPGA, true};

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

const struct rtl_design rtl_lmul_fpga = {
    .name = "lmul_fpga",
    .doc = "L-Mul as the published FPGA circuit: no specials, no subnormals",
    .citation = "arXiv 2412.18948, eq. 6 and 7, tables II and III",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};
