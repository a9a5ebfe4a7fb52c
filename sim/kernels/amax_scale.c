/* The constants of block scales, by asking the definition. */
#include <math.h>
#include <string.h>

#include "sim/kernels/kernels.h"

/* Binary32 around 1 and its reciprocal, far from subnormal numbers. */
enum { LEAST_SCALE = 27 << 23, MOST_SCALE = 227 << 23 };

static struct block_scale ask(const struct scaling *s, const struct format *f, int32_t amax)
{
    float a = f32_from_bits((uint32_t)amax);
    struct outer_scale outer = scaling_outer(s, f, 0);
    struct candidate c = {.element = f};
    struct region_range range = {-a, a, a};
    return scaling_block(s, &c, &outer, &range, 0);
}

/* Nothing but the rule, its rounding, and the exact quotient. */
static bool is_bare(const struct scaling *s)
{
    return s->per != PER_NONE && s->second == SECOND_NONE && !s->zero_point && s->order != ORDER_TE &&
           s->quotient == QUOTIENT_EXACT && !s->micro && !s->n_peaks && s->clip == 1 && s->scale_min == 0 &&
           s->scale_max == 0 && s->scale_round != ROUND_SR && s->rule->side == 0 && !s->rule->ignores_amax;
}

static bool is_binary32(const struct format *f)
{
    return f->bits == 32 && f->family == &family_float && f->exponent_bits == 8 &&
           f->specials == SPECIALS_IEEE && !f->is_unsigned;
}

/* What the kernel says of amax, as the definition does: value, code and no event. */
static bool agrees(const struct kernel_amax_scale *k, const struct scaling *s, const struct format *f,
                   int32_t amax)
{
    struct block_scale b = ask(s, f, amax);
    float scale = kernel_amax_scale_at(k, amax);
    int32_t bits = (int32_t)bits_from_f32(scale);
    return bits >= LEAST_SCALE && bits <= MOST_SCALE &&
           number_compare(b.value, number_from_f32(scale)) == 0 &&
           !(b.events & (EVENT_SATURATED | EVENT_FLUSHED)) && b.code == bits_from_f32(scale) >> k->code_shift;
}

/* The binades around 1 of which it agrees at both ends, at its step and in the middle. */
static bool find_range(struct kernel_amax_scale *k, const struct scaling *s, const struct format *f)
{
    const int32_t step = 0x800000 - k->carry;
    k->least = INT32_MAX;
    for (int32_t e = 1; e < 255; e++) {
        int32_t at = e << 23;
        bool all = agrees(k, s, f, at) && agrees(k, s, f, at + 0x7fffff) && agrees(k, s, f, at + 0x2aaaaa) &&
                   (k->carry == 0 || (agrees(k, s, f, at + step) && agrees(k, s, f, at + step - 1)));
        if (all && k->least == INT32_MAX)
            k->least = at;
        if (all)
            k->most = at + 0x7fffff;
        if (!all && e == 127)
            return false;
        if (!all && e > 127)
            break;
        if (!all)
            k->least = INT32_MAX;
    }
    return true;
}

static int32_t power_at(const struct scaling *s, const struct format *f, int32_t amax)
{
    return (int32_t)bits_from_f32(number_to_f32(ask(s, f, amax).value));
}

/* Within the binade of 1, the scale changes at one significand at most. */
static void find_power(struct kernel_amax_scale *k, const struct scaling *s, const struct format *f)
{
    const int32_t one = 127 << 23;
    int32_t low = one, high = one + 0x7fffff, first = power_at(s, f, one);
    k->offset = first - one;
    if (power_at(s, f, high) == first)
        return;
    while (high - low > 1) {
        int32_t middle = low + (high - low) / 2;
        if (power_at(s, f, middle) == first)
            low = middle;
        else
            high = middle;
    }
    k->carry = one + 0x800000 - high;
}

bool kernel_amax_scale_open(struct kernel_amax_scale *k, const struct scaling *s, const struct format *f)
{
    *k = (struct kernel_amax_scale){.scaling = *s};
    if (!is_bare(s))
        return false;
    struct number top = format_max(f);
    if (is_binary32(&s->scale) && s->rule == scale_rule_find("absmax") && s->scale_round == ROUND_RNE)
        k->top = number_to_f32(top);
    else if (s->scale.family == &family_float && s->scale.precision == 1 && s->scale.bits == 8) {
        find_power(k, s, f);
        k->code_shift = 23;
    } else
        return false;
    bool exact = number_compare(top, number_from_f32(number_to_f32(top))) == 0;
    if (!exact || !find_range(k, s, f))
        return false;
    k->zeros = ask(s, f, 0);
    return k->zeros.value.class != NUMBER_NAN;
}
