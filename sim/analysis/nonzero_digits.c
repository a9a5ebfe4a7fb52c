/* Digits that are not zero, of weights recoded: cycles of a bit-serial unit that skips zeros. */
#include <math.h>
#include <stdlib.h>

#include "sim/analysis/analysis.h"
#include "sim/quant/theory.h"
#include "sim/recoding.h"

static enum status check(const struct analysis_request *r, struct error *e)
{
    const char *name = analysis_text(r, "recoding");
    if (recoding_find(name))
        return STATUS_OK;
    const size_t n = recoding_count();
    const char **names = calloc(n, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = recoding_at(i)->name;
    enum status s = text_unknown("recoding", name, names, n, "recodings", e);
    free(names);
    return s;
}

/* The probability that a value of N(0, sigma^2) is rounded to k. */
static double probability(double k, double sigma)
{
    const double low = (fabs(k) - .5) / sigma, width = 1 / sigma;
    return low < 0 ? 2 * density_moment(&density_gaussian, 0, .5 / sigma, 0)
                   : density_moment(&density_gaussian, low, width, 0);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const struct recoding *c = recoding_find(analysis_text(r, "recoding"));
    const int bits = (int)analysis_number(r, "bits");
    const double sigma = analysis_number(r, "sigma"), slots = c->slots(bits);
    double weight = 0, digits = 0;
    for (int32_t x = -(1 << (bits - 1)); x < 1 << (bits - 1); x++) {
        struct digit d[RECODING_BITS + 1];
        const double p = probability(x, sigma);
        weight += p;
        digits += p * c->digits(x, bits, d);
    }
    analysis_put(r, out, digits / weight);
    analysis_put(r, out, slots);
    analysis_put(r, out, 1 - digits / weight / slots);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"recoding", ARG_TEXT, 0, 0, 0, "ent", "how weights become digits (bitsweep products)"},
    {"sigma", ARG_NUMBER, 20, .01, 1e6, NULL, "standard deviation of the weights before they are rounded"},
    {"bits", ARG_INTEGER, 8, 2, RECODING_BITS, NULL, "of the weights, two's complement"}};

static const struct analysis_output outputs[] = {
    {"mean", "digit", "mean number of digits that are not zero, given that the weight fits"},
    {"slots", "digit", "digits that a weight may need"},
    {"reduction", "1", "share of the slots that are skipped"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"nonzero_digits,sigma=10", "mean", 1.762, .0006, RECOMPUTED},
    {"nonzero_digits,sigma=50", "mean", 2.604, .0006, RECOMPUTED},
    {"nonzero_digits,recoding=booth4,sigma=10", "mean", 1.925, .0006, RECOMPUTED},
    {"nonzero_digits,recoding=booth4,sigma=50", "mean", 2.769, .0006, RECOMPUTED},
    {"nonzero_digits,recoding=naf,sigma=10", "mean", 1.731, .0006, RECOMPUTED},
    {"nonzero_digits,recoding=naf,sigma=50", "mean", 2.500, .0006, RECOMPUTED}};

const struct analysis analysis_nonzero_digits = {
    .name = "nonzero_digits",
    .doc = "mean nonzero digits of recoded Gaussian integers, an exact expectation",
    .citation = "README of the TPE repository (Wu et al., 2025): cycles by recoding",
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
