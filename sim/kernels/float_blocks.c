/* Which blocks a kernel serves, and the constants of their scales' format. */
#include <math.h>

#include "sim/kernels/kernels.h"

/* Scales are served within 2^-DEPTH .. 2^HEIGHT, or as far as their format goes. */
enum { DEPTH = 80, HEIGHT = 100 };

static bool is_binary32(const struct format *f)
{
    return f->precision == 24 && f->exponent_bits == 8 && f->bias == 127 && f->specials == SPECIALS_IEEE;
}

static float power_of_two(int exponent)
{
    return number_to_f32(number_pow2(exponent));
}

/* The grid of the scale's format, cut to the binades that are served. */
static bool open_scale(struct kernel_float_blocks *k, const struct format *f)
{
    if (f->family != &family_float || f->subnormals != SUBNORMALS_ON || f->stretch != 0 ||
        f->exponent_bits == 0)
        return false;
    k->direct = is_binary32(f);
    k->least = power_of_two(-DEPTH);
    k->most = power_of_two(HEIGHT);
    if (k->direct)
        return k->scaling.second == SECOND_NONE;
    int least = number_exponent(format_min_normal(f)), top = number_exponent(format_max(f));
    struct kernel_grid *g = &k->scale.grid;
    if (least >= -DEPTH)
        k->least = number_to_f32(format_min_positive(f));
    else
        least = -DEPTH - 1;
    g->high = power_of_two(HEIGHT + 1);
    if (top <= HEIGHT)
        g->high = k->most = number_to_f32(format_max(f));
    else
        top = HEIGHT + 1;
    float half = power_of_two((top > least ? top : least) - f->precision);
    g->last_tie = g->high + half;
    g->least_normal = power_of_two(least);
    g->magic = (int32_t)((uint32_t)(24 - f->precision) << 23);
    k->scale.high_limit = g->last_tie + half / 2;
    k->scale.least_scale = power_of_two(-HEIGHT);
    return f->precision >= 2 && f->precision <= 12;
}

/* Whether a block of zeros has nothing to tell of its scale, so that its values are zeros. */
static bool zeros_are_plain(const struct kernel_float_blocks *k, const struct outer_scale *outer)
{
    struct candidate c = {.element = &k->element.grid.f, .peak = k->peak};
    struct block_scale b = scaling_block(&k->scaling, &c, outer, &(struct region_range){0}, 0);
    return !(b.events & (EVENT_SATURATED | EVENT_FLUSHED)) &&
           (b.value.class == NUMBER_ZERO || (b.value.class == NUMBER_FINITE && !b.value.negative));
}

bool kernel_float_blocks_open(struct kernel_float_blocks *k, const struct format *f, const struct rounding *r,
                              const struct scaling *s)
{
    *k = (struct kernel_float_blocks){.scaling = *s};
    bool plain = s->per == PER_BLOCK && (s->order == ORDER_TE || s->rule == scale_rule_find("absmax")) &&
                 s->scale_round == ROUND_RNE && s->scale_min == 0 && s->scale_max == 0 && s->micro == 0 &&
                 s->n_peaks <= 1 && s->zero_point == ZERO_NONE && s->quotient == QUOTIENT_EXACT &&
                 s->clip == 1;
    if (!plain || !kernel_scaled_open(&k->element, f, r) || !open_scale(k, &s->scale))
        return false;
    k->element.scaling = *s;
    k->stepped = s->order == ORDER_TE;
    k->peak = s->n_peaks ? s->peak[0] : 0;
    k->top = s->n_peaks ? number_from_f32(k->peak) : format_max(f);
    /* Elements times scale times outer scale: precision, and a rest of at most 12 bits. */
    if (s->second != SECOND_NONE && k->element.precision > 12)
        return false;
    const struct outer_scale one = scaling_outer(&k->scaling, f, 1);
    return !(k->stepped && k->element.grid.fixed != 0) && zeros_are_plain(k, &one);
}

/* A number of 24 bits well within binary32. */
static bool is_middling(struct number x, float *out)
{
    *out = number_to_f32(x);
    return x.class == NUMBER_FINITE && !x.negative && !x.sticky &&
           (x.significand & ((UINT64_C(1) << 40) - 1)) == 0 && number_exponent(x) >= -HEIGHT &&
           number_exponent(x) < HEIGHT;
}

bool kernel_float_outer(const struct kernel_float_blocks *k, const struct outer_scale *outer,
                        struct kernel_float_outer *out)
{
    *out = (struct kernel_float_outer){.multiplier = 1};
    /* Where no number is but zero, no block is scaled: any constants do. */
    struct outer_scale one;
    if (k->scaling.second != SECOND_NONE && !outer->poisoned && outer->amax == 0 &&
        zeros_are_plain(k, outer)) {
        one = scaling_outer(&k->scaling, &k->element.grid.f, 1);
        outer = &one;
    }
    if (outer->poisoned || !is_middling(outer->scale, &out->scale))
        return false;
    out->top = number_to_f32(k->top);
    if (k->stepped) {
        out->multiplier = outer->encode * (1 / out->top);
        return true;
    }
    return kernel_scale_split(&k->scale, number_mul(k->top, outer->scale), &out->divisor);
}
