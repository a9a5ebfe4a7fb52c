/* Elements one by one, by the definition. */
#include "sim/kernels/define.h"

#include <math.h>

void kernel_count(float x, float y, uint32_t events, struct kernel_counts *counts)
{
    counts->saturated += (events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    counts->flushed += y == 0 && x != 0 && !isnan(x);
    counts->near_ties += (events & EVENT_NEAR_TIE) != 0;
    counts->nan_lost += (events & EVENT_NAN_LOST) != 0;
    counts->nan_in += isnan(x) != 0;
    counts->nan_out += isnan(y) != 0;
}

void kernel_define(const struct format *f, const struct rounding *r, float scale, const uint32_t *random,
                   const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    struct number s = number_from_f32(scale);
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        struct encoded e = format_round(f, number_div(number_from_f32(v), s), r, random ? random[i] : 0);
        y[i] = number_to_f32(number_mul(format_decode(f, e.code), s));
        if (counts)
            kernel_count(v, y[i], e.events, counts);
    }
}

void kernel_define_scaled(const struct scaling *s, const struct rounding *r, const struct block_scale *b,
                          const float *x, float *y, size_t n, struct kernel_counts *counts)
{
    for (size_t i = 0; i < n; i++) {
        float v = x[i];
        struct encoded e = scaling_encode(s, r, b, v, 0);
        y[i] = scaling_decode(s, b, e.code);
        if (counts)
            kernel_count(v, y[i], e.events, counts);
    }
}

void kernel_count_scale(const struct block_scale *b, struct kernel_counts *counts)
{
    counts->scale_saturated += (b->events & EVENT_SATURATED) != 0;
    counts->scale_flushed += (b->events & EVENT_FLUSHED) != 0;
    counts->scale_nan += b->value.class == NUMBER_NAN;
}
