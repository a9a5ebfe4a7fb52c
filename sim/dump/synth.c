#include "sim/dump/synth.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/base/strbuf.h"

/* Streams of random numbers under the seed. */
enum { STREAM_VALUES, STREAM_COLUMNS };

/* 64 random bits of item i: two of the four words of group i/2. */
static uint64_t bits_of(uint64_t seed, uint64_t stream, uint64_t i)
{
    uint32_t words[4];
    rng_u32x4(seed, stream, i / 2, words);
    return (uint64_t)words[2 * (i % 2)] << 32 | words[2 * (i % 2) + 1];
}

/* k + 1/2 has at most 53 bits, so this is exact and lies in (0, 1). */
static double uniform_of(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

size_t synth_outliers(const struct synth_spec *s)
{
    return (size_t)floor(s->outlier_share * (double)s->columns + 0.5);
}

/* Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, Algorithm S): column c is taken with
 * probability wanted / left, by its own 64 random bits. */
static void columns_choose(const struct synth_spec *s, bool *chosen)
{
    uint64_t wanted = synth_outliers(s);
    for (size_t c = 0; c < s->columns; c++) {
        uint64_t left = s->columns - c;
        unsigned __int128 point = (unsigned __int128)bits_of(s->seed, STREAM_COLUMNS, c) * left;
        chosen[c] = (uint64_t)(point >> 64) < wanted;
        wanted -= chosen[c];
    }
}

static enum status name_unknown(const char *name, struct error *e)
{
    enum { MOST = 64 };
    const char *names[MOST];
    struct strbuf b = {0};
    const size_t n = distribution_count() < MOST ? distribution_count() : MOST;
    for (size_t i = 0; i < n; i++) {
        names[i] = distribution_at(i)->name;
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    }
    const char *near = str_nearest(name, names, n);
    char *all = strbuf_take(&b);
    enum status s =
        error_set(e, STATUS_INVALID, "unknown distribution \"%s\"%s%s%s; known are %s", name,
                  near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "", all ? all : "");
    free(all);
    return s;
}

static double parameter_of(const struct synth_spec *s, const struct distribution *d)
{
    return isnan(s->parameter) ? d->parameter_default : s->parameter;
}

enum status synth_check(const struct synth_spec *s, struct error *e)
{
    const struct distribution *d = distribution_find(s->distribution);
    if (!d)
        return name_unknown(s->distribution, e);
    double parameter = parameter_of(s, d);
    if (!d->parameter && !isnan(s->parameter))
        return error_set(e, STATUS_INVALID, "%s has no parameter, but it is given %g", d->name, s->parameter);
    if (d->parameter && !(parameter >= d->parameter_min && parameter <= d->parameter_max))
        return error_set(e, STATUS_INVALID, "%s: parameter %g (%s); allowed are %g to %g", d->name, parameter,
                         d->parameter, d->parameter_min, d->parameter_max);
    if (!(s->scale > 0) || !isfinite(s->scale))
        return error_set(e, STATUS_INVALID, "scale %g; allowed are positive numbers", s->scale);
    size_t elements;
    if (s->rows == 0 || s->columns == 0 || __builtin_mul_overflow(s->rows, s->columns, &elements) ||
        elements > PTRDIFF_MAX / sizeof(float))
        return error_set(e, STATUS_INVALID,
                         "%zu rows and %zu columns; allowed are at least one of each and %zu values", s->rows,
                         s->columns, (size_t)PTRDIFF_MAX / sizeof(float));
    if (!(s->outlier_share >= 0 && s->outlier_share <= 1))
        return error_set(e, STATUS_INVALID, "share of outlier columns %g; allowed are 0 to 1",
                         s->outlier_share);
    double factor = s->outlier_factor;
    if (s->outlier_share > 0 && (!isfinite(factor) || factor == 0 || factor == 1))
        return error_set(e, STATUS_INVALID, "outlier factor %g; allowed are finite numbers except 0 and 1",
                         factor);
    if (s->outlier_share == 0 && factor != 0 && factor != 1)
        return error_set(e, STATUS_INVALID,
                         "outlier factor %g has no effect: the share of outlier columns is 0", factor);
    return STATUS_OK;
}

static float element_nearest(const struct format *f, double x)
{
    static const struct rounding nearest = {.mode = ROUND_RNE};
    return number_to_f32(format_decode(f, format_round(f, number_from_f64(x), &nearest, 0).code));
}

enum status synth_fill(const struct synth_spec *s, float *out, struct error *e)
{
    enum status status = synth_check(s, e);
    if (status)
        return status;
    const struct distribution *d = distribution_find(s->distribution);
    double parameter = parameter_of(s, d);
    bool *outlier = calloc(s->columns, sizeof *outlier);
    if (!outlier)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    columns_choose(s, outlier);
    for (size_t r = 0, i = 0; !status && r < s->rows; r++)
        for (size_t c = 0; c < s->columns; c++, i++) {
            double x = d->quantile(uniform_of(bits_of(s->seed, STREAM_VALUES, i)), parameter) * s->scale;
            x = outlier[c] ? x * s->outlier_factor : x;
            out[i] = s->element ? element_nearest(s->element, x) : (float)x;
            if (!isfinite(out[i])) {
                status = error_set(e, STATUS_INVALID,
                                   "%s: the value in row %zu, column %zu is beyond binary32", d->name, r, c);
                break;
            }
        }
    free(outlier);
    return status;
}
