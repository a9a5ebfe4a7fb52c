/* What the quantizer and the dequantizer take. */
#include "sim/rtl/quantizer.h"

const struct format *scaled_scale(const struct quant_spec *q)
{
    return q->scaling.per == PER_NONE ? NULL : &q->scaling.scale;
}

static const char *scaling_refuses(const struct scaling *s)
{
    struct rtl_fields f;
    if (s->per == PER_NONE)
        return NULL;
    if (s->order != ORDER_EXACT || s->quotient != QUOTIENT_EXACT)
        return "a unit divides as real numbers and rounds once: order=exact, quotient=exact";
    if (s->second != SECOND_NONE)
        return "a unit has one scale: what a second level scales is scaled before it";
    if (s->zero_point || s->micro || s->rule->side > 0)
        return "a unit has a scale, and no zero point, shift of neighbours or constant beside it";
    if (s->scale.family != &family_float || s->scale.bits > RTL_BITS_MAX || s->scale.stretch > 0)
        return "a unit takes scales that are floats of at most 8 bits";
    rtl_fields_of(&s->scale, &f);
    if (f.inf || !f.exp_bits)
        return "a unit takes scales with an exponent and without infinities";
    return NULL;
}

const char *scaled_refuses(const struct rtl_spec *s)
{
    const struct quant_spec *q = &s->scheme;
    if (s->mac_given)
        return "a unit of one value has no MAC";
    if (q->codec || q->n_alternatives || q->fit)
        return "a unit has one element format, given beforehand";
    if (q->element.bits > RTL_BITS_MAX)
        return "units take formats of at most 8 bits";
    if (q->out.family)
        return "a unit's values are binary32: out=f32";
    return scaling_refuses(&q->scaling);
}

struct block_scale scaled_block(const struct quant_spec *q, uint32_t code)
{
    const struct number one = number_pow2(0);
    const struct candidate c = {.element = &q->element, .has_code = true, .code = code};
    const struct outer_scale outer = {.scale = one, .wanted = one, .encode = 1, .decode = 1};
    return scaling_block(&q->scaling, &c, &outer, &(struct region_range){-1, 1, 1}, 0);
}
