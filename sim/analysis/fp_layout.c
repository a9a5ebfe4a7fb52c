/* The best split of P bits by the scaling law: E + M = P - 1, the most of (E + .5)^delta (M + .5)^nu. */
#include "sim/analysis/scaling_law.h"

#include "sim/analysis/analysis.h"
#include "sim/base/elementary.h"

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const struct scaling_law *l = &scaling_law;
    const int bits = (int)analysis_number(r, "bits");
    double best = -1;
    int exponent = 0;
    for (int x = 0; x < bits; x++) {
        const double product = elementary_pow(x + .5, l->delta) * elementary_pow(bits - 1 - x + .5, l->nu);
        exponent = product > best ? x : exponent;
        best = product > best ? product : best;
    }
    analysis_put(r, out, exponent);
    analysis_put(r, out, bits - 1 - exponent);
    analysis_put(r, out, l->nu * bits / (l->delta + l->nu) - .5);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"bits", ARG_INTEGER, 8, 2, 64, NULL, "sign, exponent and mantissa, P"}};

static const struct analysis_output outputs[] = {
    {"exponent", "bit", "exponent bits of the best split"},
    {"mantissa", "bit", "mantissa bits of it"},
    {"continuous_mantissa", "bit", "mantissa bits of the best split into fractions of bits"}};

static const struct analysis_golden golden[] = {
    {"fp_layout,bits=8", "exponent", 4, 0, SCALING_LAW_CITATION},
    {"fp_layout,bits=16", "mantissa", 7, 0, SCALING_LAW_CITATION},
    {"fp_layout,bits=8", "continuous_mantissa", 3.344930, 1e-6, "8 * 2.9543 / 6.1469 - .5"}};

const struct analysis analysis_fp_layout = {
    .name = "fp_layout",
    .doc = "exponent and mantissa bits that train best by the scaling law",
    .citation = SCALING_LAW_CITATION,
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
