/* What a format comes to on a distribution at its best scale. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/analysis/analysis.h"
#include "sim/base/elementary.h"
#include "sim/quant/theory.h"

static const struct density *density_of(const struct analysis_request *r)
{
    return analysis_is(r, "density", "gaussian")  ? &density_gaussian
           : analysis_is(r, "density", "laplace") ? &density_laplace
                                                  : &density_uniform;
}

static void put_all(const struct analysis_request *r, const struct format *f, const struct quantizer *q,
                    struct analysis_result *out)
{
    const struct density *d = density_of(r);
    const double scale = theory_best_scale(d, q), mse = theory_mse(d, q, scale);
    analysis_put(r, out, scale);
    analysis_put(r, out, scale * number_to_f64(format_max(f)));
    analysis_put(r, out, mse);
    analysis_put(r, out, analysis_decibels(d->variance / mse));
    analysis_put(r, out, .5 * elementary_log2(d->variance / mse));
    analysis_put(r, out, analysis_decibels(1 / mse));
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    if (!s && f.bits > QUANTIZER_BITS)
        s = error_set(e, STATUS_SKIP, "%s has %d bits; allowed: at most %d", f.name, f.bits, QUANTIZER_BITS);
    if (s)
        return s;
    const size_t n = (size_t)1 << f.bits;
    struct quantizer q = {.value = malloc(2 * n * sizeof *q.value)};
    if (!q.value)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    q.edge = q.value + n;
    if (quantizer_of_format(&f, &q))
        put_all(r, &f, &q, out);
    else
        s = error_set(e, STATUS_SKIP, "%s has values whose squares binary64 does not hold", f.name);
    free(q.value);
    return s;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "int4", "an element format of at most 16 bits"},
    {"density", ARG_WORD, 0, 0, 0, "gaussian|laplace|uniform",
     "of the values: N(0, 1), exp(-|x|) / 2, uniform on -1 .. 1"}};

static const struct analysis_output outputs[] = {
    {"scale", "1", "the scale with the least mean squared error; of equally good ones the smallest"},
    {"magnitude", "1", "that scale times the largest value of the format"},
    {"mse", "1", "mean squared error at it"},
    {"sqnr_db", "dB", "variance over mean squared error"},
    {"bits", "bit", "log2 of standard deviation over root mean squared error"},
    {"neg_mse_db", "dB", "-10 log10 of the mean squared error, not over the variance"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"optimal_scale,scheme=midrise1", "magnitude", .7978845608, 1e-9, "sqrt(2 / pi)"},
    {"optimal_scale,scheme=midrise4", "magnitude", 2.514005, 1e-6, RECOMPUTED},
    {"optimal_scale,scheme=midrise4", "mse", .011543, 6e-7, RECOMPUTED},
    {"optimal_scale,scheme=e2m1", "magnitude", 2.92247545, 1e-6, RECOMPUTED},
    {"optimal_scale,scheme=lloydmax2", "mse", .117482, 6e-7, RECOMPUTED},
    {"optimal_scale,scheme=int8", "bits", 6.734, .0006, RECOMPUTED},
    {"optimal_scale,scheme=int8,density=uniform", "bits", 7.9943534369, 1e-9, "log2(255)"}};

const struct analysis analysis_optimal_scale = {
    .name = "optimal_scale",
    .doc = "the best scale of an element format for a distribution, and the error at it, by integrals",
    .citation =
        "Max, Quantizing for minimum distortion, 1960: the error of a quantizer as integrals over its "
        "cells (sim/quant/theory.h)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
