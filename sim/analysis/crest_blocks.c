#include "sim/analysis/crest_blocks.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

/* Streams of random numbers. 2^21 values are drawn, blocks of at least FEWEST quantized: that many of 32 have
 * a QSNR within .05 dB. */
enum { STREAM_VALUES, STREAM_SIGNS, DRAWN = 1 << 21, FEWEST = 512 };

/* (0, 1), in steps of 2^-32. */
static double uniform_of(uint32_t bits)
{
    return ((double)bits + .5) * 0x1p-32;
}

/* Two normal values (Box and Muller, 1958), without libm. */
static void normal_pair(uint64_t i, double out[static 2])
{
    static const double ln2 = 0.69314718055994530942, pi = 3.14159265358979323846;
    uint32_t bits[4];
    rng_u32x4(1, STREAM_VALUES, i, bits);
    const double length = sqrt(-2 * ln2 * elementary_log2(uniform_of(bits[0])));
    double sine, cosine;
    elementary_sin_cos(2 * pi * uniform_of(bits[1]), &sine, &cosine);
    out[0] = length * cosine;
    out[1] = length * sine;
}

static void draw(struct crest_blocks *c)
{
    const size_t n = c->block - 1;
    double pair[2] = {0};
    for (size_t b = 0, i = 0; b < c->candidates; b++) {
        double *v = c->direction + b * n, squares = 0, largest = 0;
        for (size_t k = 0; k < n; k++, i++) {
            if (i % 2 == 0)
                normal_pair(i / 2, pair);
            v[k] = pair[i % 2];
            squares += v[k] * v[k];
            largest = fmax(largest, fabs(v[k]));
        }
        for (size_t k = 0; k < n; k++)
            v[k] /= sqrt(squares);
        c->largest[b] = largest / sqrt(squares);
    }
}

enum status crest_blocks_open(size_t block, struct crest_blocks *out, struct error *e)
{
    const size_t candidates = DRAWN / block > FEWEST ? DRAWN / block : FEWEST;
    *out = (struct crest_blocks){.block = block,
                                 .candidates = candidates,
                                 .direction = calloc(candidates * block, sizeof(double)),
                                 .largest = calloc(candidates, sizeof(double)),
                                 .x = calloc(CREST_BLOCKS * block, sizeof(float)),
                                 .y = calloc(CREST_BLOCKS * block, sizeof(float))};
    if (!out->direction || !out->largest || !out->x || !out->y) {
        crest_blocks_close(out);
        return error_set(e, STATUS_INTERNAL, "out of memory for blocks of %zu", block);
    }
    draw(out);
    return STATUS_OK;
}

void crest_blocks_close(struct crest_blocks *c)
{
    free(c->direction);
    free(c->largest);
    free(c->x);
    free(c->y);
}

enum status crest_scheme(const struct analysis_request *r, const char *key, struct quant_spec *out,
                         struct error *e)
{
    enum status s = scheme_parse(analysis_text(r, key), out, e);
    if (!s && (out->scaling.per != PER_BLOCK || out->scaling.block < 2))
        s = error_set(e, STATUS_SKIP, "%s: %s has no scales of blocks", key, analysis_text(r, key));
    return s;
}

/* Block i of n into x: 2^u times a block of rms 1, which is returned. */
static double place(const struct crest_blocks *c, size_t candidate, double crest, size_t i, size_t n,
                    float *x)
{
    const double *v = c->direction + candidate * (c->block - 1);
    const double rms = elementary_exp2(((double)i + .5) / (double)n);
    const double rest = sqrt((double)c->block - crest * crest) * rms;
    x[0] = (float)(rng_u32(1, STREAM_SIGNS, candidate) & 1 ? -crest * rms : crest * rms);
    for (size_t k = 1; k < c->block; k++)
        x[k] = (float)(v[k - 1] * rest);
    return rms;
}

/* Which candidates may stand beside an element of that crest factor: at most CREST_BLOCKS, the first ones. */
static size_t fit(const struct crest_blocks *c, double crest, size_t *which)
{
    const double most = crest / sqrt((double)c->block - crest * crest);
    size_t n = 0;
    for (size_t b = 0; b < c->candidates && n < CREST_BLOCKS; b++)
        if (c->largest[b] <= most)
            which[n++] = b;
    return n;
}

/* n blocks by their rms. */
static double qsnr_of_blocks(const struct crest_blocks *c, const double *rms, size_t n)
{
    double signal = 0, noise = 0;
    for (size_t b = 0; b < n; b++)
        for (size_t k = b * c->block; k < (b + 1) * c->block; k++) {
            const double x = (double)c->x[k] / rms[b], error = ((double)c->y[k] - (double)c->x[k]) / rms[b];
            signal += x * x;
            noise += error * error;
        }
    return analysis_decibels(signal / noise);
}

enum status crest_qsnr(const struct crest_blocks *c, const struct quant_spec *q, double crest, double *db,
                       struct error *e)
{
    if (!(crest >= 1 && crest * crest < (double)c->block))
        return error_set(e, STATUS_SKIP, "crest factor %g; blocks of %zu have 1 to below %g", crest, c->block,
                         sqrt((double)c->block));
    size_t *which = malloc(CREST_BLOCKS * sizeof *which);
    double *rms = malloc(CREST_BLOCKS * sizeof *rms);
    const size_t n = which && rms ? fit(c, crest, which) : 0;
    enum status s = which && rms ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && n < FEWEST)
        s = error_set(e, STATUS_SKIP, "crest factor %g: of %zu Gaussian blocks of %zu %zu can have it", crest,
                      c->candidates, c->block, n);
    for (size_t i = 0; i < n && !s; i++)
        rms[i] = place(c, which[i], crest, i, n, c->x + i * c->block);
    const struct quant_input in = {.x = c->x, .rank = 2, .shape = {n, c->block}, .axis = 1};
    const struct quant_output to = {.values = c->y, .wants = QUANT_VALUES};
    struct quant_stats ignored;
    if (!s)
        s = quantize(q, &in, &to, &ignored, e);
    if (!s)
        *db = qsnr_of_blocks(c, rms, n);
    free(which);
    free(rms);
    return s;
}
