/* The largest magnitude: that of the bits without their sign, which order numbers and put NaN on top. */
#include "sim/kernels/kernels.h"

static float absmax(const float *x, size_t n)
{
    vi top[4] = {vi_set1(0), vi_set1(0), vi_set1(0), vi_set1(0)};
    const vi magnitude = vi_set1(0x7fffffff);
    size_t i = 0;
    for (; i + 4 * W <= n; i += 4 * W)
#pragma GCC unroll 4
        for (size_t j = 0; j < 4; j++)
            top[j] = vi_max(top[j], vi_and(vf_bits(vf_load(x + i + j * W)), magnitude));
    for (; i + W <= n; i += W)
        top[0] = vi_max(top[0], vi_and(vf_bits(vf_load(x + i)), magnitude));
    if (i < n)
        top[1] = vi_max(top[1], vi_and(vf_bits(vf_load_n(x + i, n - i)), magnitude));
    int32_t lane[W], most = 0;
    vi_store(lane, vi_max(vi_max(top[0], top[1]), vi_max(top[2], top[3])));
    for (size_t j = 0; j < W; j++)
        most = lane[j] > most ? lane[j] : most;
    return most > 0x7f800000 ? NAN : f32_from_bits((uint32_t)most);
}
