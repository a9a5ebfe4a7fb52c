#include "sim/cost/cost.h"

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    (void)arg;
    *n = 0;
    if (!in->bit_operations)
        return error_set(e, STATUS_SKIP, "bit_operations: only sites have products that are counted");
    cost_put(out, n, "bit_operations", "bit^2", (double)in->bit_operations);
    return STATUS_OK;
}

const struct cost_model cost_bit_operations = {
    .name = "bit_operations",
    .doc =
        "Bit operations (BOPS, BitOPs) of a linear layer: the sum over its multiplications of the bits of an "
        "element of the input times those of the weight; parts of a site under their own schemes.",
    .source = "Counted; no constants. The measure is that of Yao et al., HAWQ-V3, arXiv 2011.10680 (checked "
              "against ILP.ipynb of github.com/Zhen-Dong/HAWQ).",
    .scope = COST_PARTS,
    .standard = true,
    .cost = cost,
};
