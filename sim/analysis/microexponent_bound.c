/* The least QSNR of a block with shared micro-exponents, whatever its values.
 *
 * The largest element's pair has an error of at most 2^(e-m) an element, the others one that is at most
 * 2^beta times less, and the signal is at least 2^(2e): with n = min(N, k1) elements,
 *
 *     QSNR >= 20 m log10(2) + 10 log10(2^(2 beta) / (n + (2^(2 beta) - 1) k2)),  beta = 2^d2 - 1 */
#include <math.h>

#include "sim/analysis/analysis.h"

static enum status check(const struct analysis_request *r, struct error *e)
{
    const double block = analysis_number(r, "block"), sub = analysis_number(r, "sub_block");
    return fmod(block, sub) == 0
               ? STATUS_OK
               : error_set(e, STATUS_INVALID, "sub_block: %.0f does not divide block=%.0f", sub, block);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const double beta = ldexp(1, (int)analysis_number(r, "micro_bits")) - 1;
    const double square = ldexp(1, (int)(2 * beta)), m = analysis_number(r, "mantissa");
    const double noise = analysis_number(r, "block") + (square - 1) * analysis_number(r, "sub_block");
    analysis_put(r, out, analysis_decibels(ldexp(1, (int)(2 * m))) + analysis_decibels(square / noise));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"mantissa", ARG_INTEGER, 7, 0, 64, NULL, "explicit bits of a magnitude, m"},
    {"block", ARG_INTEGER, 16, 1, 1 << 20, NULL, "elements that share an exponent, k1"},
    {"sub_block", ARG_INTEGER, 2, 1, 1 << 20, NULL, "elements that share a micro-exponent, k2"},
    {"micro_bits", ARG_INTEGER, 1, 0, 4, NULL, "bits of a micro-exponent, d2"}};

static const struct analysis_output outputs[] = {{"db", "dB", "no block has a lower QSNR"}};

static const struct analysis_golden golden[] = {
    {"microexponent_bound", "db", 34.74, .005, "recomputed by an independent program"},
    {"microexponent_bound,mantissa=0,block=1,sub_block=1,micro_bits=0", "db", 0, 1e-12,
     "an error as large as the value"}};

const struct analysis analysis_microexponent_bound = {
    .name = "microexponent_bound",
    .doc = "the least QSNR of a block with shared micro-exponents, whatever its values",
    .citation = "Rouhani et al., With shared microexponents, a little shifting goes a long way, arXiv "
                "2302.08007, theorem 1",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .check = check,
    .compute = compute,
};
