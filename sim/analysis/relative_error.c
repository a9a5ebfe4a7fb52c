/* The relative error of rounding to nearest, for inputs that are uniform in the logarithm, among the normal
 * numbers of a float.
 *
 * Binades are alike. In the part of a cell that lies a distance r v above or below its value v, with s = t /
 * v, mean    integral of s / (1 +- s)^2 ds     = sum of (-+1)^k (k + 1) r^(k+2) / (k + 2) square  integral of
 * s^2 / (1 +- s)^3 ds   = sum of (-+1)^k (k + 1)(k + 2) / 2 r^(k+3) / (k + 3) over ln 2, and the largest
 * error is that at the part's end, r / (1 +- r). r is at most 1/2. */
#include <math.h>

#include "sim/analysis/analysis.h"

struct sums {
    double mean, square, most;
};

/* side: 1 above the value, -1 below. */
static void add_part(struct sums *s, double r, int side)
{
    double power = r * r;
    for (int k = 0; k < 200; k++, power *= -side * r) {
        const double mean = (k + 1) * power / (k + 2), square = (k + 1.) * (k + 2) / 2 * power * r / (k + 3);
        s->mean += mean;
        s->square += square;
        if (fabs(mean) < 0x1p-60 * s->mean && fabs(square) < 0x1p-60 * s->square)
            break;
    }
    const double end = r / (1 + side * r);
    s->most = end > s->most ? end : s->most;
}

/* Values 1 .. 2 of `m` fraction bits, half a cell at both ends. */
static struct sums of_binade(int m)
{
    const double n = (double)(UINT64_C(1) << m), half = .5 / n;
    struct sums s = {0, 0, 0};
    for (double i = 0; i <= n; i++) {
        const double v = 1 + i / n;
        if (i > 0)
            add_part(&s, half / v, -1);
        if (i < n)
            add_part(&s, half / v, 1);
    }
    return s;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    static const double ln2 = 0.69314718055994530942;
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    if (!s && (f.family != &family_float || f.exponent_bits == 0 || f.precision > 24))
        s = error_set(e, STATUS_SKIP, "%s is no float with an exponent field and at most 23 fraction bits",
                      f.name);
    if (s)
        return s;
    const struct sums sums = of_binade(f.precision - 1);
    analysis_put(r, out, 100 * sums.mean / ln2);
    analysis_put(r, out, 100 * sqrt(sums.square / ln2));
    analysis_put(r, out, 100 * sums.most);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "e4m3", "a float with an exponent field"}};

static const struct analysis_output outputs[] = {{"mean", "%", "mean magnitude of the relative error"},
                                                 {"rms", "%", "root mean square of the relative error"},
                                                 {"max", "%", "largest magnitude of the relative error"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"relative_error,scheme=e2m1", "mean", 8.864, .0006, RECOMPUTED},
    {"relative_error,scheme=e2m1", "rms", 10.355, .0006, RECOMPUTED},
    {"relative_error,scheme=e2m1", "max", 20, 1e-12, "1.25 goes to 1"},
    {"relative_error,scheme=e5m2", "mean", 4.488, .0006, RECOMPUTED},
    {"relative_error,scheme=e4m3", "rms", 2.650, .0006, RECOMPUTED},
    {"relative_error,scheme=bf16", "mean", .1409, 6e-5, RECOMPUTED}};

const struct analysis analysis_relative_error = {
    .name = "relative_error",
    .doc = "the relative error of rounding to nearest, for inputs uniform in the logarithm, normal numbers",
    .citation = "definition; integrals as in the head of sim/analysis/relative_error.c",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
