/* The constants of a grid under any scale, and of one scale. */
#include "sim/kernels/kernels.h"

/* Scales are served within 2^-REACH .. 2^REACH, smallest values down to 2^-DEPTH. */
enum { REACH = 100, DEPTH = 60 };

bool kernel_scaled_open(struct kernel_scaled *k, const struct format *f, const struct rounding *r)
{
    *k = (struct kernel_scaled){.scaling = {.per = PER_TENSOR}};
    if (!kernel_grid_open(&k->grid, f, r))
        return false;
    const struct kernel_grid *g = &k->grid;
    struct number smallest = format_min_positive(f);
    int precision = f->family == &family_int ? f->bits : f->precision;
    k->precision = precision;
    k->low_limit = g->last_tie_below + (g->last_tie_below - g->low) / 2;
    k->high_limit = g->last_tie + (g->last_tie - g->high) / 2;
    k->near = (int32_t)(0 - (UINT32_C(24) << 23) - (UINT32_C(16) << precision));
    /* The last bit of a value times that of a scale of 36 bits must be one of binary32. */
    float least = number_to_f32(number_div(number_pow2(-113), smallest));
    k->least_scale = least > 0x1p-100F ? least : 0x1p-100F;
    return precision <= 16 && number_exponent(smallest) >= -DEPTH && number_exponent(format_max(f)) <= DEPTH;
}

bool kernel_scale_split(const struct kernel_scaled *k, struct number value, struct kernel_scale *s)
{
    const uint64_t low = (UINT64_C(1) << 40) - 1; /* what a significand of 24 bits leaves */
    if (value.class != NUMBER_FINITE || value.negative || value.sticky)
        return false;
    int32_t e = number_exponent(value);
    if (e < -REACH || e >= REACH)
        return false;
    s->value = number_to_f32(number_make(false, value.significand & ~low, value.exponent));
    s->rest = number_to_f32(number_make(false, value.significand & low, value.exponent));
    s->inverse = 1 / s->value;
    /* Values times the rest have 24 bits. */
    return s->value >= k->least_scale &&
           (value.significand & ((UINT64_C(1) << (k->precision + 16)) - 1)) == 0;
}
