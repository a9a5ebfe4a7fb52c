/* Least and largest of finite values; whether all are finite: v - v is 0 for those, else NaN. */
#include "sim/kernels/kernels.h"

static bool range(const float *x, size_t n, float *lo, float *hi)
{
    vf least[2] = {vf_set1(*lo), vf_set1(*lo)}, most[2] = {vf_set1(*hi), vf_set1(*hi)};
    vf rest[2] = {vf_set1(0), vf_set1(0)};
    size_t i = 0;
    for (; i + 2 * W <= n; i += 2 * W)
#pragma GCC unroll 2
        for (size_t j = 0; j < 2; j++) {
            vf v = vf_load(x + i + j * W);
            least[j] = vf_min(v, least[j]);
            most[j] = vf_max(v, most[j]);
            rest[j] = vf_add(rest[j], vf_sub(v, v));
        }
    vf bottom = vf_min(least[0], least[1]), top = vf_max(most[0], most[1]);
    float low[W], high[W];
    vf_store(low, bottom);
    vf_store(high, top);
    bool finite = !vm_any(vf_is_nan(vf_add(rest[0], rest[1])));
    for (size_t j = 0; j < W; j++) {
        *lo = low[j] < *lo ? low[j] : *lo;
        *hi = high[j] > *hi ? high[j] : *hi;
    }
    for (; i < n; i++) {
        finite &= isfinite(x[i]) != 0;
        *lo = x[i] < *lo ? x[i] : *lo;
        *hi = x[i] > *hi ? x[i] : *hi;
    }
    return finite;
}
