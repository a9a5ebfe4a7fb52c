/* Unit "dot": one step of a MAC text, from the accumulator c to d. */
#include "sim/rtl/dot_text.h"

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    struct dot_plan p;
    dot_plan(s, &p);
    dot_ports(&p, out);
}

static int register_bits(const struct rtl_spec *s)
{
    struct dot_plan p;
    dot_plan(s, &p);
    return dot_acc_bits(&p) + dot_flag_bits(&p);
}

const struct rtl_design rtl_dot = {
    .name = "dot",
    .doc = "one step of a dot product: products, an accumulator, their sum",
    .citation = "the MAC text's; the register: van Baalen et al., arXiv 2303.17951, appendix B",
    .refuses = dot_refuses,
    .ports = ports,
    .emit = dot_emit,
    .vectors = dot_vectors,
    .register_bits = register_bits,
};
