#include "sim/cost/cost.h"

static enum status cost(const struct cost_input *in, struct cost_value *out, int *n, struct error *e)
{
    const struct format *a = &in->spec->element, *b = in->other ? &in->other->element : a;
    *n = 0;
    if (!in->products)
        return error_set(e, STATUS_SKIP, "bit_operations: a tensor by itself is not multiplied");
    const double one = (double)a->bits * (double)b->bits;
    out[(*n)++] = (struct cost_value){"bit_operations", "bit^2", one * (double)in->products};
    out[(*n)++] = (struct cost_value){"bit_operations_per_product", "bit^2", one};
    return STATUS_OK;
}

const struct cost_model cost_bit_operations = {
    .name = "bit_operations",
    .doc = "Bit operations (BOPS, BitOPs) of a linear layer: multiplications times the bits of an element of "
           "the input times those of the weight.",
    .source = "Counted; no constants. The measure is that of Yao et al., HAWQ-V3, arXiv 2011.10680, section "
              "3.4 (checked against ILP.ipynb of github.com/Zhen-Dong/HAWQ).",
    .cost = cost,
};
