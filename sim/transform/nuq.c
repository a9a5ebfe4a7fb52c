/* Transform "nuq": levels fitted to all ranges of keys or values at once, brought to [-1, 1]. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/heads.h"
#include "sim/transform/sorted.h"

enum { BITS_MAX = 8 };

static bool is_kept(const struct heads *h, enum heads_side side, size_t i)
{
    return h->kept[side] && h->kept[side][i];
}

/* Elements over the largest magnitude of their range, which goes to `range`, in x; kept ones are zero. */
static void normalise(const struct heads *h, enum heads_side side, const struct heads_regions *r, double *x,
                      double *range)
{
    for (size_t region = 0; region < r->count; region++) {
        const size_t first = region * r->outer;
        double top = 0;
        for (size_t j = 0; j < r->n; j++)
            top = fmax(top, fabs((double)h->operand[side][first + j * r->inner]));
        for (size_t j = 0; j < r->n; j++) {
            const size_t i = first + j * r->inner;
            range[i] = top;
            x[i] = top > 0 ? (double)h->operand[side][i] / top : 0;
        }
    }
}

/* The nearest of n ascending levels, the lower one of two. */
static size_t nearest(const double *level, size_t n, double x)
{
    size_t best = 0;
    for (size_t k = 1; k < n; k++)
        if (fabs(x - level[k]) < fabs(x - level[best]))
            best = k;
    return best;
}

/* Lloyd's iterations over sorted values, from levels at the middles of equal parts of them. A level without
 * values stays where it is. */
static void fit(const double *sorted, size_t n, double *level, size_t levels, size_t iterations)
{
    for (size_t k = 0; k < levels; k++)
        level[k] = n ? sorted[(2 * k + 1) * n / (2 * levels)] : 0;
    for (size_t turn = 0; turn < iterations; turn++) {
        bool moved = false;
        for (size_t k = 0, i = 0; k < levels; k++) {
            const double end = k + 1 < levels ? (level[k] + level[k + 1]) / 2 : (double)INFINITY;
            double sum = 0;
            size_t count = 0;
            for (; i < n && sorted[i] <= end; i++, count++)
                sum += sorted[i];
            const double mean = count ? sum / (double)count : level[k];
            moved |= mean != level[k];
            level[k] = mean;
        }
        if (!moved)
            break;
    }
}

struct moments {
    double mean, deviation;
};

/* Of those of n values that are not kept. */
static struct moments moments_of(const struct heads *h, enum heads_side side, const double *x, size_t n)
{
    double sum = 0, squares = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_kept(h, side, i)) {
            sum += x[i];
            count++;
        }
    const double mean = count > 0 ? sum / count : 0;
    for (size_t i = 0; i < n; i++)
        if (!is_kept(h, side, i))
            squares += (x[i] - mean) * (x[i] - mean);
    return (struct moments){mean, count > 0 ? sqrt(squares / count) : 0};
}

/* Values of mean and deviation as before, where they have any. */
static void match(double *x, size_t n, struct moments want, struct moments have)
{
    const double scale = have.deviation > 0 ? want.deviation / have.deviation : 1;
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - have.mean) * scale + want.mean;
}

static void round_all(const struct transform_step *step, struct heads *h, enum heads_side side, double *x,
                      double *sorted, const double *range, size_t levels)
{
    const size_t n = heads_count(h, side);
    double level[1 << BITS_MAX];
    size_t rest = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_kept(h, side, i))
            sorted[rest++] = x[i];
    sort_f64(sorted, rest);
    fit(sorted, rest, level, levels, transform_count_of(step, "iterations"));
    const struct moments want = moments_of(h, side, x, n);
    for (size_t i = 0; i < n; i++)
        x[i] = level[nearest(level, levels, x[i])];
    if (transform_is(step, "norm", "yes"))
        match(x, n, want, moments_of(h, side, x, n));
    for (size_t i = 0; i < n; i++)
        h->done[side][i] = (float)(x[i] * range[i]);
    h->side_bits += 16 * (uint64_t)levels;
}

static enum status quantize(const struct transform_step *step, struct heads *h, enum heads_side side,
                            struct error *e)
{
    const size_t n = heads_count(h, side);
    const int bits = h->scheme[side].element.bits;
    const struct heads_regions r = heads_regions(h, side, step, side == HEADS_K ? "keys" : "values");
    enum status s = heads_open_side(h, side, e);
    if (!s && bits > BITS_MAX)
        return error_set(
            e, STATUS_INVALID,
            "a scheme of %d bits; it says how many levels are fitted: allowed are at most %d bits", bits,
            BITS_MAX);
    double *x = malloc((3 * n + 1) * sizeof *x);
    if (!s && x)
        h->done[side] = malloc((n + 1) * sizeof *h->done[side]);
    if (!s && (!x || !h->done[side]))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        normalise(h, side, &r, x, x + n);
        round_all(step, h, side, x, x + 2 * n, x + n, (size_t)1 << bits);
    }
    free(x);
    return s;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    enum status s = STATUS_OK;
    for (int side = HEADS_K; side <= HEADS_V && !s; side++)
        if (heads_chosen(step, side))
            s = quantize(step, h, side, e);
    return s;
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    return key == 1 && !heads_chosen(step, HEADS_K)   ? "of=values leaves the keys alone"
           : key == 2 && !heads_chosen(step, HEADS_V) ? "of=keys leaves the values alone"
                                                      : NULL;
}

static const struct arg_key keys[] = {
    {"of", ARG_WORD, 0, 0, 0, HEADS_OF, "what is quantized"},
    {"keys", ARG_WORD, 0, 0, 0, HEADS_OVER, "what has a range among keys"},
    {"values", ARG_WORD, 1, 0, 0, HEADS_OVER, "and among values: a channel, a token of all heads, of one"},
    {"iterations", ARG_INTEGER, 50, 0, 10000, NULL, "of k-means, at most"},
    {"norm", ARG_WORD, 0, 0, 0, "no|yes", "Q-Norm: values get the mean and the deviation they had"},
};

const struct transform transform_nuq = {
    .name = "nuq",
    .doc = "2^bits levels, bits those of the scheme, fitted by k-means to keys or values over the largest "
           "magnitude of their range, which is not rounded",
    .citation =
        "Hooper et al., KVQuant, arXiv 2401.18079, sections 3.3 and 3.5 (SqueezeAILab/KVQuant "
        "SimQuant.quantize without Fisher information; its k-means starts at random, here from quantiles)",
    .acts = "keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .no_effect = no_effect,
    .attend = attend,
};
