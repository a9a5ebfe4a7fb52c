/* Elements one by one, by the definition. */
#include "sim/kernels/define.h"

#include <math.h>

void kernel_define(const struct format *f, const struct rounding *r, float scale, const uint32_t *random,
                   const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    struct number s = number_from_f32(scale);
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        struct encoded e = format_round(f, number_div(number_from_f32(v), s), r, random ? random[i] : 0);
        y[i] = number_to_f32(number_mul(format_decode(f, e.code), s));
        if (counts) {
            counts->saturated += (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
            counts->flushed += y[i] == 0 && v != 0 && !isnan(v);
            counts->near_ties += (e.events & EVENT_NEAR_TIE) != 0;
            counts->nan_lost += (e.events & EVENT_NAN_LOST) != 0;
            counts->nan_in += isnan(v) != 0;
            counts->nan_out += isnan(y[i]) != 0;
        }
    }
}
