/* Unit "mitchell": Mitchell's product. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"mitchell", RTL_ANTILOG_BITS, false};

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

const struct rtl_design rtl_mitchell = {
    .name = "mitchell",
    .doc = "Mitchell's logarithmic multiplication: L-Mul without its offset",
    .citation = "Mitchell, IRE Trans. Electronic Computers EC-11 (1962)",
    .refuses = refuses,
    .ports = ports,
    .emit = emit,
    .vectors = vectors,
};
