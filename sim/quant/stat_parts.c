/* What the statistics share: moments, the search over clip ratios, solved constants. */
#include "sim/quant/stat_parts.h"

#include <float.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "formats/codebook.h"
#include "sim/base/sum.h"

float stat_to_f32(double magnitude)
{
    return magnitude > (double)FLT_MAX ? FLT_MAX : (float)magnitude;
}

size_t stat_finite(const struct stat_input *in)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++)
        n += isfinite(in->x[i]) != 0;
    return n;
}

double stat_mean(const struct stat_input *in)
{
    struct sum s = {0};
    for (size_t i = 0; i < in->n; i++)
        if (isfinite(in->x[i]))
            sum_add(&s, (double)in->x[i]);
    return sum_value(&s) / (double)stat_finite(in);
}

double stat_mean_distance(const struct stat_input *in, double center)
{
    struct sum s = {0};
    for (size_t i = 0; i < in->n; i++)
        if (isfinite(in->x[i]))
            sum_add(&s, fabs((double)in->x[i] - center));
    return sum_value(&s) / (double)stat_finite(in);
}

double stat_mean_square(const struct stat_input *in, double center, size_t lost)
{
    struct sum s = {0};
    size_t n = stat_finite(in);
    for (size_t i = 0; i < in->n; i++)
        if (isfinite(in->x[i]))
            sum_add(&s, ((double)in->x[i] - center) * ((double)in->x[i] - center));
    return n > lost ? sum_value(&s) / (double)(n - lost) : 0;
}

float stat_around(double mean, double reach)
{
    return stat_to_f32(fabs(mean) + reach);
}

/* Frantar et al., GPTQ, IST-DASLab/gptq, quant.py: the ratios 1 - i/100 for i = 0 .. 79 (grid 100, maxshrink
 * .8) of the largest magnitude, the first one with the least sum of |error|^norm. */
float stat_search(const struct stat_input *in, double power)
{
    float best = in->amax;
    double least = in->error(in->context, best, power);
    for (int i = 1; i < 80; i++) {
        float amax = (float)((double)in->amax * (100 - i) / 100);
        double error = in->error(in->context, amax, power);
        if (error < least || isnan(least)) {
            least = error;
            best = amax;
        }
    }
    return best;
}

/* --- constants --- */

typedef double solver(const struct format *, const struct density *);

/* What was solved. Structs are compared by their bytes, so that no parameter can be forgotten: a difference
 * in padding costs a second solution, not a wrong one. The values of a codebook are not in the struct; they
 * are part of the key by their hash. */
struct solved {
    solver *solve;
    const struct density *density;
    struct format format;
    uint64_t values;
    double constant;
};

static uint64_t hash_of_values(const struct format *f)
{
    if (!f->book)
        return 0;
    uint64_t h = UINT64_C(0xcbf29ce484222325) + (uint64_t)f->book->boundary; /* FNV-1a, 64 bits at a time */
    for (uint32_t code = 0; code <= format_code_mask(f); code++)
        h = (h ^ bits_from_f64(format_value(f, code))) * UINT64_C(0x100000001b3);
    return h;
}

double stat_constant(solver *solve, const struct format *f, const struct density *d)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static struct solved table[64]; /* the oldest gives way */
    static size_t count;
    uint64_t values = hash_of_values(f);
    pthread_mutex_lock(&lock);
    size_t have = count < 64 ? count : 64, i = 0;
    while (i < have && (table[i].solve != solve || table[i].density != d || table[i].values != values ||
                        memcmp(&table[i].format, f, sizeof *f) != 0))
        i++;
    if (i == have) {
        i = count++ % 64;
        table[i].solve = solve;
        table[i].density = d;
        memcpy(&table[i].format, f, sizeof *f);
        table[i].values = values;
        table[i].constant = (double)(float)solve(f, d);
    }
    double constant = table[i].constant;
    pthread_mutex_unlock(&lock);
    return constant;
}
