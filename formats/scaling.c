/* One block: its scale, its codes, its values. The real-number steps run on struct number; the steps of
 * ORDER_TE are binary32 operations in their published order (correctly rounded by the hardware, never
 * contracted). */
#include "formats/scaling.h"

#include <float.h>
#include <math.h>
#include <strings.h>

_Static_assert(FLT_EVAL_METHOD == 0, "binary32 operations must round to binary32");

const char *const granularity_names[PER_KINDS] = {"none", "tensor", "channel", "token", "block"};
const char *const tail_policy_names[TAIL_KINDS] = {"short", "zero-pad", "refuse"};
const char *const second_level_names[SECOND_KINDS] = {"none", "tensor", "row"};
const char *const scale_order_names[ORDER_KINDS] = {"exact", "te"};

#define SCALE_RULE(id, name) extern const struct scale_rule scale_rule_##id;
#include "formats/scale_rules.def"
#undef SCALE_RULE

static const struct scale_rule *const rules[] = {
#define SCALE_RULE(id, name) &scale_rule_##id,
#include "formats/scale_rules.def"
#undef SCALE_RULE
};

size_t scale_rule_count(void)
{
    return sizeof rules / sizeof *rules;
}

const struct scale_rule *scale_rule_at(size_t i)
{
    return rules[i];
}

const struct scale_rule *scale_rule_find(const char *name)
{
    for (size_t i = 0; i < scale_rule_count(); i++)
        if (strcasecmp(rules[i]->name, name) == 0)
            return rules[i];
    return NULL;
}

static const struct number number_one = {
    .class = NUMBER_FINITE, .exponent = -63, .significand = UINT64_C(1) << 63};

static float max_f32(const struct format *f)
{
    return number_to_f32(format_max(f));
}

struct outer_scale scaling_outer(const struct scaling *s, const struct format *element, float amax)
{
    struct outer_scale out = {.scale = number_one, .encode = 1, .decode = 1};
    if (s->second == SECOND_NONE)
        return out;
    if (s->clip < 1)
        amax *= s->clip;
    float x_max = max_f32(element), s_max = max_f32(&s->scale);
    if (s->order == ORDER_TE) {
        /* G = min(Xmax * Smax / amax, FLT_MAX), and 1 where that is zero or undefined; a zero tensor gets
         * FLT_MAX. */
        float g = amax > 0 ? fminf(x_max * s_max / amax, FLT_MAX) : FLT_MAX;
        out.poisoned = isnan(amax);
        out.encode = g > 0 ? g : 1;
        out.decode = 1 / out.encode;
        out.scale = number_from_f32(out.decode);
        return out;
    }
    out.poisoned = !isfinite(amax);
    if (amax > 0 && isfinite(amax)) {
        /* amax / (Xmax * Smax), rounded once into binary32. */
        struct number range = number_mul(format_max(element), format_max(&s->scale));
        float t = number_to_f32(number_div(number_from_f32(amax), range));
        out.scale = t > 0 ? number_from_f32(t) : number_one;
    }
    return out;
}

static struct encoded round_scale(const struct scaling *s, struct number scale)
{
    struct rounding r = {.mode = s->scale_round, .overflow = OVERFLOW_SATURATE};
    return format_round(&s->scale, scale, &r, 0);
}

/* TransformerEngine's block: d = amax_b * (G / Xmax), rounded to the scale format; elements times 1 / (d8 /
 * G). */
static struct block_scale block_te(const struct scaling *s, const struct format *element,
                                   const struct outer_scale *outer, float amax)
{
    float d = fminf(amax * (outer->encode * (1 / max_f32(element))), FLT_MAX);
    if (isnan(amax))
        d = amax;
    struct encoded e = round_scale(s, number_from_f32(d));
    struct number decoded = format_decode(&s->scale, e.code);
    float scale = number_to_f32(decoded);
    return (struct block_scale){.code = e.code,
                                .value = number_mul(decoded, outer->scale),
                                .multiplier = fminf(1 / (scale * outer->decode), FLT_MAX),
                                .events = e.events};
}

static struct block_scale block_exact(const struct scaling *s, const struct format *element,
                                      const struct outer_scale *outer, float amax)
{
    struct number scale = {.class = NUMBER_NAN};
    if (isfinite(amax)) {
        struct number a = number_from_f32(amax);
        scale = a.class == NUMBER_ZERO ? a : s->rule->scale(number_div(a, outer->scale), element);
    }
    /* The MX rules give no scale above the largest one: such a block is NaN, as one with a NaN or Inf inside.
     */
    struct encoded e = round_scale(s, scale);
    bool overflow = s->rule->overflow_is_nan && (e.events & EVENT_SATURATED);
    if (overflow && format_has_nan(&s->scale))
        e.code = format_nan_code(&s->scale);
    struct number value = format_decode(&s->scale, e.code);
    if (scale.class == NUMBER_NAN)
        value.class = NUMBER_NAN; /* also where the scale format has no NaN */
    return (struct block_scale){.code = e.code, .value = number_mul(value, outer->scale), .events = e.events};
}

struct block_scale scaling_block(const struct scaling *s, const struct format *element,
                                 const struct outer_scale *outer, float amax)
{
    if (s->per == PER_NONE)
        return (struct block_scale){.value = number_one};
    if (s->clip < 1)
        amax *= s->clip;
    if (outer->poisoned)
        amax = NAN;
    return s->order == ORDER_TE ? block_te(s, element, outer, amax) : block_exact(s, element, outer, amax);
}

struct encoded scaling_encode(const struct scaling *s, const struct format *element, const struct rounding *r,
                              const struct block_scale *block, float x, uint32_t random)
{
    if (s->per == PER_NONE)
        return format_round(element, number_from_f32(x), r, random);
    if (block->value.class == NUMBER_NAN)
        return (struct encoded){0, isnan(x) ? EVENT_NAN : 0};
    if (s->order == ORDER_TE) {
        float top = max_f32(element), y = x * block->multiplier;
        /* The reference clamps a product of -0 to +0, and every other one to +-top before it rounds: what
         * saturating gives under any overflow policy. */
        if (y == 0)
            y = 0;
        struct rounding clamped = *r;
        if (y > top || y < -top)
            clamped.overflow = OVERFLOW_SATURATE;
        struct encoded e = format_round(element, number_from_f32(y), &clamped, random);
        if (e.code == 0 && x != 0)
            e.events |= EVENT_FLUSHED;
        return e;
    }
    if (block->value.class == NUMBER_ZERO) { /* the scale fell below its format: so do the elements */
        struct number zero = {.class = NUMBER_ZERO, .negative = signbit(x) != 0};
        struct encoded e = format_round(element, zero, r, random);
        if (x != 0)
            e.events |= EVENT_FLUSHED | EVENT_INEXACT;
        return e;
    }
    return format_round(element, number_div(number_from_f32(x), block->value), r, random);
}

float scaling_decode(const struct format *element, const struct block_scale *block, uint32_t code)
{
    return number_to_f32(number_mul(format_decode(element, code), block->value));
}
