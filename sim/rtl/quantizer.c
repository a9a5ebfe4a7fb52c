/* Unit "quantizer": a binary32 number over its block's scale, rounded once into an element code. */
#include "sim/rtl/quantizer.h"

#include "sim/rtl/round.h"
#include "sim/rtl/tree.h"

static bool is_listed(const struct format *f)
{
    return (f->family != &family_float && f->family != &family_int) || f->stretch > 0;
}

/* The exponents of a float's scales as normalised numbers. */
static void plan_exponents(struct quantizer_plan *p)
{
    const struct rtl_fields *s = &p->s;
    const int normal = p->quotient_bits ? s->sig_bits - 1 : 0;
    p->exp_min = p->subnormal ? p->x.exp_min : 0;
    p->exp_max = p->x.exp_max;
    if (p->scale) {
        p->exp_offset = s->exp_max;
        p->exp_min += p->exp_offset - s->exp_max;
        p->exp_max += p->exp_offset - s->exp_min + normal + (p->quotient_bits > 0);
    }
    p->exp_bits = rtl_log2((uint64_t)p->exp_max + 2);
}

/* Numbers so far below the least code that a subnormal input may count as twice or as half of it: all that
 * tells is that it is not zero. */
static bool is_far_below(const struct quantizer_plan *p)
{
    struct number least = format_min_positive(&p->q->element);
    int32_t scale = p->scale ? p->s.exp_min + p->s.q : 0;
    return -125 - scale < number_exponent(least) - 3;
}

static int precision(const struct format *f)
{
    return f->family == &family_int ? f->bits : f->precision;
}

void quantizer_plan(const struct rtl_spec *s, struct quantizer_plan *out)
{
    struct quantizer_plan p = {.q = &s->scheme, .scale = scaled_scale(&s->scheme)};
    const struct format *f = &p.q->element;
    rtl_fields_of(format_find("fp32"), &p.x);
    if (p.scale)
        rtl_fields_of(p.scale, &p.s);
    p.table = is_listed(f);
    p.subnormal = !p.q->daz && !is_far_below(&p) && !(p.table && !p.scale);
    if (p.scale && p.s.sig_bits > 1)
        p.quotient_bits = precision(f) + 3;
    plan_exponents(&p);
    p.sig_bits = p.quotient_bits ? p.quotient_bits : p.subnormal || p.table ? 24 : precision(f) + 2;
    p.q_last = p.x.q + 24 - p.sig_bits;
    if (p.scale)
        p.q_last -= p.exp_offset + p.s.q;
    if (p.quotient_bits)
        p.q_last -= p.s.sig_bits; /* the first digit of the quotient may be that of 1 or that of 1/2 */
    if (p.table && !p.scale)
        p.keys = (struct rtl_keys){.binary32 = true, .most = UINT32_C(0x7f7fffff)};
    else if (p.table)
        p.keys = (struct rtl_keys){.lowest = (int32_t)p.q_last + 23 - 32,
                                   .most = ((uint64_t)p.exp_max + 33) << 23};
    *out = p;
}

static const char *refuses(const struct rtl_spec *s)
{
    const char *why = scaled_refuses(s);
    struct quantizer_plan p;
    if (why)
        return why;
    const struct rounding *r = &s->scheme.rounding;
    if (r->mode == ROUND_SR || s->scheme.flip > 0)
        return "units have no random numbers: any rounding but sr, and no flips";
    if (s->scheme.scaling.cast.family)
        return "a quantizer rounds once: no cast=";
    if (s->scheme.rounding.nan == NAN_REFUSED)
        return "a quantizer has a code for NaN: nan=zero or max";
    quantizer_plan(s, &p);
    if (p.quotient_bits && p.table)
        return "codes from a table take scales that are powers of two";
    if (p.quotient_bits && p.subnormal)
        return "a quantizer that divides takes scales from which subnormal numbers are far";
    if (!p.table)
        return rtl_round_refuse(&s->scheme.element, r);
    return r->half_f32 || r->carry ? "units round as formats do: no half=f32, no carry=or|clamp" : NULL;
}

static void ports(const struct rtl_spec *s, struct rtl_ports *out)
{
    rtl_port_add(out, "x", 32, false);
    if (scaled_scale(&s->scheme))
        rtl_port_add(out, "scale", scaled_scale(&s->scheme)->bits, false);
    rtl_port_add(out, "code", s->scheme.element.bits, true);
}

const struct rtl_design rtl_quantizer = {
    .name = "quantizer",
    .doc = "binary32 over the scale of its block, rounded once into a code",
    .citation = "the scheme's, under order=exact",
    .refuses = refuses,
    .ports = ports,
    .emit = quantizer_emit,
    .vectors = quantizer_vectors,
};
