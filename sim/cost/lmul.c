/* What L-Mul saves by the energies that its claim goes back to. */
#include <string.h>

#include "sim/cost/cost.h"

#define SUMS                                                                                              \
    "Horowitz, ISSCC 2014, 45 nm: an integer addition for a float multiplication; int16 addition .05 pJ " \
    "restated by "                                                                                        \
    "stillwater-sc/universal and by google/qkeras' fit"
#define CLAIM "Luo and Sun, Addition is all you need, arXiv 2410.00907, abstract: a claim, widths not said"

enum { NODE = 45 };

/* pJ. */
static const struct row {
    const char *format;
    double integer_add, multiply, add;
} rows[] = {{"fp16", .05, 1.1, .4}, {"fp32", .1, 3.7, .9}};

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    (void)arg;
    *n = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        if (strcmp(in->spec->element.name, r->format) != 0)
            continue;
        cost_put_at(out, n, "multiply_energy", "pJ", r->integer_add, NODE, SUMS);
        cost_put_at(out, n, "mac_energy", "pJ", r->integer_add + r->add, NODE, SUMS);
        cost_put_at(out, n, "multiply_energy_saved", "ratio", 1 - r->integer_add / r->multiply, NODE, SUMS);
        cost_put_at(out, n, "mac_energy_saved", "ratio",
                    1 - (r->integer_add + r->add) / (r->multiply + r->add), NODE, SUMS);
        cost_put_at(out, n, "claimed_multiply_energy_saved", "ratio", .95, 0, CLAIM);
        cost_put_at(out, n, "claimed_dot_energy_saved", "ratio", .80, 0, CLAIM);
        return STATUS_OK;
    }
    return error_set(
        e, STATUS_SKIP,
        "lmul: energies are of fp16 and fp32, not %s; gate counts of 8-bit formats in circulation (584, "
        "325, 296, 256, 157) could not be checked and are not used; LUTs: model fpga",
        in->spec->element.name);
}

const struct cost_model cost_lmul = {
    .name = "lmul",
    .doc = "Energy of L-Mul in fp16 and fp32 as an integer addition of the fields, beside a multiplication, "
           "and the "
           "savings claimed: 95 % fits the 16-bit pair, 80 % of dot products the 32-bit pair. Memory is left "
           "out.",
    .source = SUMS "; " CLAIM,
    .cost = cost,
};
