/* What memory and vector units let pass: loops that do as little as a kernel can, to measure others against.
 */
#include "sim/kernels/kernels.h"

/* Sums of 8 vectors, so that no addition waits for the one before. */
static float limit_read(const float *x, size_t n)
{
    vf sum[8];
    size_t i = 0;
    for (size_t j = 0; j < 8; j++)
        sum[j] = vf_set1(0);
    for (; i + 8 * W <= n; i += 8 * W)
#pragma GCC unroll 8
        for (size_t j = 0; j < 8; j++)
            sum[j] = vf_add(sum[j], vf_load(x + i + j * W));
    for (; i < n; i += W)
        sum[0] = vf_add(sum[0], vf_load_n(x + i, n - i < W ? n - i : W));
    float lane[W], all = 0;
    for (size_t j = 1; j < 8; j++)
        sum[0] = vf_add(sum[0], sum[j]);
    vf_store(lane, sum[0]);
    for (size_t j = 0; j < W; j++)
        all += lane[j];
    return all;
}

static void limit_copy(const float *x, float *y, size_t n)
{
    size_t i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            vf_store(y + i + j * W, vf_load(x + i + j * W));
    for (; i < n; i += W) {
        size_t left = n - i < W ? n - i : W;
        vf_store_n(y + i, vf_load_n(x + i, left), left);
    }
}

static void limit_add(float *y, size_t n, float c)
{
    const vf addend = vf_set1(c);
    size_t i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            vf_store(y + i + j * W, vf_add(vf_load(y + i + j * W), addend));
    for (; i < n; i += W) {
        size_t left = n - i < W ? n - i : W;
        vf_store_n(y + i, vf_add(vf_load_n(y + i, left), addend), left);
    }
}
