/* OliVe: outlier-victim pairs (Guo et al., ISCA 2023, arXiv 2304.07493), as its public code computes them. */
#include "formats/olive.h"

#include <math.h>

enum { MAGNITUDES = 256, SEARCH_LOW = 75, SEARCH_UP = 150, SEARCH_STEP = 2 };

/* Normal magnitudes, then those of the outliers: ascending. */
struct grid {
    float v[MAGNITUDES];
    int normals, n;
};

/* abfloat with 2 exponent bits and bias 5: 2^i * (1 + j * 2^-m), i = 5..8, without the first, 2^5. */
static struct grid make_grid(const float *normal, int n, int fraction_bits)
{
    struct grid g = {.normals = n, .n = n};
    for (int i = 0; i < n; i++)
        g.v[i] = normal[i];
    int steps = 1 << fraction_bits;
    for (int i = 5; i <= 8; i++)
        for (int j = i == 5; j < steps; j++)
            g.v[g.n++] = (float)(steps + j) * (float)(1 << i) / (float)steps;
    return g;
}

/* The index of the nearest magnitude. A tie goes toward +infinity, but between the largest normal and the
 * first outlier to the outlier. */
static int nearest(const struct grid *g, float y)
{
    float m = fabsf(y);
    int low = 0, high = g->n - 1;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        *(g->v[middle] <= m ? &low : &high) = middle;
    }
    float below = m - g->v[low], above = g->v[high] - m;
    bool border = high == g->normals;
    return above < below || (above == below && (border || y > 0)) ? high : low;
}

/* The index of each element under a scale, victims negative; and the sum of squared errors. */
static double mse_at(const struct codec_block *b, const struct grid *g, float scale, int32_t *index)
{
    double sum = 0;
    for (size_t i = 0; i < b->n; i += 2) {
        size_t pair = b->n - i < 2 ? 1 : 2;
        int k[2] = {0, 0};
        for (size_t j = 0; j < pair; j++)
            k[j] = nearest(g, b->x[i + j] / scale);
        bool first = k[0] >= g->normals, second = k[1] >= g->normals && !first;
        for (size_t j = 0; j < pair; j++) {
            bool victim = pair == 2 && (j ? first : second);
            float y = victim ? 0 : copysignf(g->v[k[j]] * scale, b->x[i + j]);
            double d = (double)y - (double)b->x[i + j];
            sum += d * d;
            index[i + j] = victim ? -1 : k[j];
        }
    }
    return sum;
}

/* max(|mean - 3 sigma|, |mean + 3 sigma|), sigma with n - 1. */
static double three_sigma(const struct codec_block *b)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < b->n; i++)
        sum += (double)b->x[i];
    double mean = sum / (double)b->n;
    for (size_t i = 0; i < b->n; i++)
        squares += ((double)b->x[i] - mean) * ((double)b->x[i] - mean);
    double sigma = b->n > 1 ? sqrt(squares / (double)(b->n - 1)) : 0;
    return fmax(fabs(mean - 3 * sigma), fabs(mean + 3 * sigma));
}

void olive_encode(struct codec_block *b, const float *normal, int n, int fraction_bits)
{
    struct grid g = make_grid(normal, n, fraction_bits);
    double start = three_sigma(b), least = HUGE_VAL;
    float best = 0;
    int32_t *index = (int32_t *)b->codes; /* indices first, codes in their place at the end */
    for (int i = SEARCH_LOW; i < SEARCH_UP && start > 0; i += SEARCH_STEP) {
        float scale = (float)(start * i * 0.01) / normal[n - 1];
        double error = scale > 0 ? mse_at(b, &g, scale, index) : HUGE_VAL;
        if (error < least) {
            least = error;
            best = scale;
        }
    }
    b->scale = bits_from_f32(best);
    if (best > 0)
        mse_at(b, &g, best, index);
    uint32_t sign = (uint32_t)n;
    for (size_t i = 0; i < b->n; i++) {
        int k = best > 0 ? index[i] : 0;
        bool negative = k > 0 && b->x[i] < 0;
        float v = k > 0 ? g.v[k] * best : 0;
        b->values[i] = negative ? -v : v;
        b->codes[i] = k < 0 ? sign : (uint32_t)(k < n ? k : k - n + 1) | (negative ? sign : 0);
        b->events[i] = (b->values[i] != b->x[i] ? EVENT_INEXACT : 0);
    }
}
