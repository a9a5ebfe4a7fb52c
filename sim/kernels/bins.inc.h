/* Histograms: see struct kernel_bins. Neighbours in a tensor often fall into one bin, so that each of TABLES
 * in turn counts: none waits for the count before. */
#include "sim/kernels/kernels.h"

enum { TABLES = 4, BINS_STRIP = 512 };

ALWAYS_INLINE vi bins_of(vf v, double range)
{
    vd place[PARTS];
#pragma GCC unroll 2
    for (int part = 0; part < PARTS; part++) {
        vd b = vd_add(vd_div(vd_from_vf(v, part), vd_set1(range)), vd_set1(1));
        b = vd_mul(b, vd_set1(KERNEL_BINS / 2));
        place[part] = vd_min(vd_max(b, vd_set1(0)), vd_set1(KERNEL_BINS - 1));
    }
    return vi_from_vd(place);
}

/* The bins of n <= BINS_STRIP elements; KERNEL_BINS where one is not finite. */
static void bins_find(double range, const float *x, const float *y, size_t n, int32_t *bin)
{
    const vf infinity = vf_set1(INFINITY);
    for (size_t i = 0; i < n; i += W) {
        size_t rest = n - i < W ? n - i : W;
        vf a = vf_load_n(x + i, rest), v = vf_load_n(y + i, rest);
        vm keep = vm_and(vf_lt(vf_abs(a), infinity), vf_lt(vf_abs(v), infinity));
        vi found = bins_of(vf_select(keep, v, vf_set1(0)), range);
        vi_store(bin + i, vi_select(keep, found, vi_set1(KERNEL_BINS)));
    }
}

static void bins(struct kernel_bins *k, const float *x, const float *y, size_t n)
{
    uint32_t tables[TABLES][KERNEL_BINS + 1] = {{0}};
    int32_t bin[BINS_STRIP + W];
    for (size_t i = 0; i < n; i += BINS_STRIP) {
        size_t strip = n - i < BINS_STRIP ? n - i : BINS_STRIP, j = 0;
        bins_find(k->range, x + i, y + i, strip, bin);
        for (; j + TABLES <= strip; j += TABLES)
#pragma GCC unroll 4
            for (size_t t = 0; t < TABLES; t++)
                tables[t][bin[j + t]]++;
        for (; j < strip; j++)
            tables[0][bin[j]]++;
    }
    for (size_t b = 0; b < KERNEL_BINS; b++)
        for (size_t t = 0; t < TABLES; t++)
            k->count[b] += tables[t][b];
}
