/* Statistic "kl": entropy calibration. The algorithm is the one that NVIDIA published with
 * pytorch-quantization (calib/histogram.py, _compute_amax_entropy; the same text is in Model-Optimizer),
 * after Migacz, 8-bit inference with TensorRT, GTC 2017:
 *   - histogram of |x|, 2048 bins over 0 .. max |x|; the count of bin 0 is replaced by that of bin 1;
 *   - for i = 128 .. 2048: the reference P is bins 0 .. i - 1 with all counts above added to the last; Q
 * merges the same bins, without those counts, into 2^(bits-1) cells (2^bits if the element is unsigned): bin
 * j belongs to cell floor(j cells / i), and the bins of a cell that are not empty share its count equally;
 *   - the last i with the least divergence sum p log(p / q) of the two, both normalised, gives the upper edge
 * of bin i - 1. A candidate with q = 0 < p is infinitely bad. So is one without counts below it, which
 * NumPy's argmin would choose, as a NaN. The divergence is computed from sums over cells: the order of its
 * additions is ours. */
#include <math.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/base/sum.h"
#include "sim/quant/stat_parts.h"

enum { BINS = 2048, START = 128 };

struct histogram {
    uint64_t count[BINS];
    uint64_t below[BINS + 1];  /* counts in bins 0 .. i - 1 */
    uint32_t filled[BINS + 1]; /* of these bins, those not empty */
    double entropy[BINS + 1];  /* count times its logarithm, summed over them */
};

/* |x| 2048 / amax is a quotient of integers below 2^36 whose distance from an integer, if any, is above
 * 2^-26: its rounding to binary64 does not reach the integer. */
static void count_bins(struct histogram *h, const struct stat_input *in)
{
    for (size_t i = 0; i < in->n; i++) {
        if (!isfinite(in->x[i]))
            continue;
        double at = fabs((double)in->x[i]) * BINS / (double)in->amax;
        h->count[at < BINS ? (size_t)at : BINS - 1]++;
    }
    h->count[0] = h->count[1];
}

static double times_log2(double n)
{
    return n > 0 ? n * elementary_log2(n) : 0;
}

static void accumulate(struct histogram *h)
{
    struct sum s = {0};
    for (size_t i = 0; i < BINS; i++) {
        h->below[i + 1] = h->below[i] + h->count[i];
        h->filled[i + 1] = h->filled[i] + (h->count[i] != 0);
        sum_add(&s, times_log2((double)h->count[i]));
        h->entropy[i + 1] = sum_value(&s);
    }
}

/* Total * sum p log2(p / q), or false if it is infinite. With counts r of P, counts c of Q's cells of k
 * filled bins, N counts in Q and T in P: sum r log r - sum r log(c / k) + T log(N / T). */
static bool divergence(const struct histogram *h, size_t i, size_t cells, double *out)
{
    uint64_t total = h->below[BINS], outside = total - h->below[i], last = h->count[i - 1];
    if (h->below[i] == 0 || (last == 0 && outside))
        return false;
    struct sum s = {0};
    sum_add(&s, h->entropy[i - 1]);
    sum_add(&s, times_log2((double)(last + outside)));
    sum_add(&s, (double)total * elementary_log2((double)h->below[i] / (double)total));
    size_t from = 0;
    for (size_t cell = 0; cell < cells && from < i; cell++) {
        size_t to = ((cell + 1) * i + cells - 1) / cells; /* the first bin of the next cell */
        uint64_t c = h->below[to] - h->below[from];
        uint32_t k = h->filled[to] - h->filled[from];
        if (c)
            sum_add(&s, -(double)(c + (to == i ? outside : 0)) * elementary_log2((double)c / k));
        from = to;
    }
    *out = sum_value(&s);
    return true;
}

static float magnitude(const struct stat_input *in)
{
    int bits = in->element->bits - !in->element->is_unsigned;
    if (bits >= 11) /* a cell for each bin: nothing is lost without clipping */
        return in->amax;
    struct histogram h;
    memset(&h, 0, sizeof h);
    count_bins(&h, in);
    accumulate(&h);
    size_t best = BINS;
    double least = 0, d;
    bool any = false;
    for (size_t i = START; i <= BINS; i++)
        if (divergence(&h, i, (size_t)1 << bits, &d) && (!any || d <= least)) {
            any = true;
            least = d;
            best = i;
        }
    return (float)((double)in->amax * (double)best / BINS);
}

const struct statistic stat_kl = {
    .name = "kl",
    .doc = "entropy calibration: the clip with the least Kullback-Leibler divergence between the histogram "
           "of |x| "
           "(2048 bins) and itself in 2^(bits-1) equal cells",
    .citation = "Migacz, 8-bit inference with TensorRT, GTC 2017; NVIDIA/TensorRT, "
                "tools/pytorch-quantization, calib/histogram.py",
    .magnitude = magnitude,
};
