/* The mean crest factor of blocks of i.i.d. Gaussian values.
 *
 * The direction of a Gaussian vector does not depend on its length, so E(max|x| / |x|) = E max|x| / E |x|,
 * and E |x| = sqrt(2) Gamma((g + 1) / 2) / Gamma(g / 2). */
#include <math.h>

#include "sim/analysis/analysis.h"
#include "sim/quant/theory.h"

/* E max of g magnitudes: the integral of 1 - (2 Phi(t) - 1)^g, by Simpson's rule over 0 .. 12; what lies
 * beyond is below g 2^-100. */
static double mean_largest(int g)
{
    enum { PIECES = 4096 };
    const double h = 12. / PIECES;
    double sum = 0;
    for (int i = 0; i <= PIECES; i++) {
        const double inside = 2 * density_moment(&density_gaussian, 0, h * i, 0);
        double power = 1;
        for (int k = 0; k < g; k++)
            power *= inside;
        sum += (1 - power) * (i == 0 || i == PIECES ? 1 : i % 2 ? 4 : 2);
    }
    return sum * h / 3;
}

/* By E |x| of g + 2 values, which is (g + 1) / g times that of g. */
static double mean_length(int g)
{
    static const double pi = 3.14159265358979323846;
    double length = g % 2 ? sqrt(2 / pi) : sqrt(pi / 2);
    for (int k = g % 2 ? 1 : 2; k < g; k += 2)
        length *= (k + 1.) / k;
    return length;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const int g = (int)analysis_number(r, "block");
    analysis_put(r, out, sqrt((double)g) * mean_largest(g) / mean_length(g));
    return STATUS_OK;
}

static const struct arg_key keys[] = {{"block", ARG_INTEGER, 32, 1, 4096, NULL, "elements of a block"}};

static const struct analysis_output outputs[] = {{"mean", "ratio", "mean of largest magnitude over rms"}};

#define RECOMPUTED "recomputed from random blocks by an independent program"
static const struct analysis_golden golden[] = {
    {"block_crest,block=1", "mean", 1, 1e-9, "one value is its own rms"},
    {"block_crest,block=2", "mean", 1.2732395447, 1e-9,
     "sqrt(2) times the mean of cos over 0 .. pi/4: 4 / pi"},
    {"block_crest,block=32", "mean", 2.365, .001, RECOMPUTED},
    {"block_crest,block=16", "mean", 2.109, .001, RECOMPUTED}};

const struct analysis analysis_block_crest = {
    .name = "block_crest",
    .doc = "the mean crest factor of blocks of i.i.d. Gaussian values",
    .citation = "Basu, On statistics independent of a complete sufficient statistic, Sankhya 15 (1955)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
