/* NVIDIA, Pretraining LLMs with NVFP4, arXiv 2509.25149 appendix B, as TransformerEngine's reference computes
 * it. */
#include "formats/order_te.h"

#include <float.h>
#include <math.h>

static float max_f32(const struct format *f)
{
    return number_to_f32(format_max(f));
}

static float range_of(const struct scaling *s, const struct format *element)
{
    return max_f32(element) * (s->second_top > 0 ? s->second_top : max_f32(&s->scale));
}

/* G = min(Xmax * Smax / amax, FLT_MAX), and 1 where that is zero or undefined; a zero tensor gets FLT_MAX. */
void te_outer(const struct scaling *s, const struct format *element, float amax, struct outer_scale *out)
{
    out->top = max_f32(element);
    out->range = range_of(s, element);
    float g = amax > 0 ? fminf(out->range / amax, FLT_MAX) : FLT_MAX;
    out->poisoned = isnan(amax);
    out->encode = g > 0 ? g : 1;
    out->decode = 1 / out->encode;
    out->scale = number_from_f32(out->decode);
}

/* d = amax_b * (G / Xmax), rounded to the scale format; elements times 1 / (d8 / G). Where one
 * of several ways is chosen, as in four-over-six and IF4, and under STEPS_TOP_FIRST: d = (amax_b / Xmax) * G,
 * times Xmax / peak, Xmax that of the scheme's first element. */
struct block_scale te_block(const struct scaling *s, const struct candidate *c,
                            const struct outer_scale *outer, float amax)
{
    float peak = c->peak > 0 ? c->peak : max_f32(c->element);
    float d = amax * (outer->encode * (1 / peak));
    if (c->four_steps || s->steps == STEPS_TOP_FIRST)
        d = amax / outer->top * outer->encode * (outer->top / peak);
    /* Zeros have the scale 0, also where a small Xmax makes the multiplier infinite. */
    d = isnan(amax) || amax == 0 ? amax : fminf(d, FLT_MAX);
    struct encoded e = scaling_round_scale(s, number_from_f32(d), 0);
    struct number decoded = format_decode(&s->scale, e.code);
    float scale = number_to_f32(decoded);
    return (struct block_scale){.element = c->element,
                                .code = e.code,
                                .wanted = number_from_f32(d),
                                .value = number_mul(decoded, outer->scale),
                                .multiplier = fminf(1 / (scale * outer->decode), FLT_MAX),
                                .scale = scale,
                                .amax = outer->amax,
                                .range = outer->range,
                                .events = e.events};
}

float te_quotient(const struct block_scale *block, float x)
{
    return x * block->multiplier;
}

struct encoded te_encode(const struct rounding *r, const struct block_scale *block, float x, uint32_t random)
{
    float top = max_f32(block->element), y = te_quotient(block, x);
    /* The reference clamps a product of -0 to +0, and every other one to +-top before it rounds: what
     * saturating gives under any overflow policy. */
    if (y == 0)
        y = 0;
    struct rounding clamped = *r;
    if (y > top || y < -top) {
        clamped.overflow = OVERFLOW_SATURATE;
        clamped.carry = CARRY_ADD;
    }
    struct encoded e = format_round(block->element, number_from_f32(y), &clamped, random);
    if (e.code == 0 && x != 0)
        e.events |= EVENT_FLUSHED;
    return e;
}

/* |q * s * A / (Xmax * Smax) - x|: TransformerEngine's own dequantization. The integers of IF4 and IF6 are
 * stretched before the division. */
float scaling_te_error(const struct block_scale *block, float x, uint32_t code)
{
    const struct format *f = block->element;
    struct number v = format_decode(f, code);
    bool integer = f->family == &family_int && f->stretch > 0;
    float q = number_to_f32(integer ? number_div(v, number_from_f32(f->stretch)) : v);
    float y = q * block->scale * block->amax;
    if (integer)
        y *= f->stretch;
    return fabsf(y / block->range - x);
}
