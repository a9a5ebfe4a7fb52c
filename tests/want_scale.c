/* Scales of blocks and of second levels. */
#include "sim/base/rng.h"
#include "tests/want.h"

/* Random numbers of scales: their stream, as sim/quant/block.c names it. */
#define STREAM_SCALES UINT64_C(0x9e3779b97f4a7c15)

/* amax over Xmax and the second level, in steps. */
static void scale_in_steps(struct run *r, const struct way *w, mpfr_ptr v)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_t top;
    mpfr_init2(top, ORACLE_PRECISION);
    want_largest(top, w->element);
    if (w->peak > 0)
        mpfr_set_flt(top, w->peak, MPFR_RNDN);
    if (s->steps == STEPS_PRODUCT) {
        want_times_outer(r, top);
        want_step(r, top);
        mpfr_div(v, v, top, MPFR_RNDN);
        want_step(r, v);
    } else if (s->steps == STEPS_SECOND_FIRST) {
        want_over_outer(r, v);
        want_step(r, v);
        mpfr_div(v, v, top, MPFR_RNDN);
        want_step(r, v);
    } else {
        want_by_rule(r, w, v);
        want_step(r, v);
        want_over_outer(r, v);
        want_step(r, v);
    }
    mpfr_clear(top);
}

/* The scale before it is rounded. */
static void real_scale(struct run *r, const struct way *w, const struct span *p, mpfr_ptr v)
{
    const struct scaling *s = &r->q->scaling;
    float lo = want_clip(s, p->lo), hi = want_clip(s, p->hi), amax = want_clip(s, p->amax);
    bool fixed = want_is_rule(s, "static") || want_is_rule(s, "none"), zero_outer = mpfr_zero_p(r->outer);
    if (s->zero_point && (s->include_zero || lo == hi)) {
        lo = fminf(lo, 0);
        hi = fmaxf(hi, 0);
    }
    if (p->nan || r->poisoned)
        mpfr_set_nan(v);
    else if (p->inf && s->block_inf == SPECIAL_MAX)
        want_largest(v, &s->scale);
    else if (p->inf)
        mpfr_set_nan(v);
    else if (fixed)
        want_by_rule(r, w, v);
    else if (s->zero_point && hi > lo) {
        mpfr_set_flt(v, hi, MPFR_RNDN);
        mpfr_sub_d(v, v, (double)lo, MPFR_RNDN);
        want_step(r, v);
        mpfr_div_ui(v, v, (1ul << w->element->bits) - 1, MPFR_RNDN);
        want_step(r, v);
        want_over_outer(r, v);
        want_step(r, v);
    } else if (amax == 0 && zero_outer)
        mpfr_set_nan(v); /* 0 / 0 */
    else if (amax == 0) {
        mpfr_set_zero(v, 1);
        if (s->zero_block == ZERO_BLOCK_ONE)
            mpfr_set_ui(v, 1, MPFR_RNDN);
        if (s->zero_block == ZERO_BLOCK_VALUE)
            mpfr_set_flt(v, s->zero_scale, MPFR_RNDN);
        if (s->zero_block ==
            ZERO_BLOCK_MIN) { /* the least value above 0 is what rounding away makes of less */
            struct rounding away = {.mode = ROUND_RAZ};
            mpfr_set_ui_2exp(v, 1, -100000, MPFR_RNDN);
            uint32_t code = want_encode(&r->c, &s->scale, v, &away, 0);
            want_decode(v, &s->scale, code);
        }
    } else {
        mpfr_set_flt(v, amax, MPFR_RNDN);
        bool power = !want_is_rule(s, "absmax") && !want_is_rule(s, "all-ones");
        if (s->quotient != QUOTIENT_EXACT && !power)
            scale_in_steps(r, w, v);
        else if (!power) {
            want_by_rule(r, w, v);
            mpfr_div(v, v, r->outer, MPFR_RNDN);
        } else {
            want_over_outer(r, v);
            want_step(r, v);
            if (mpfr_regular_p(v))
                want_by_rule(r, w, v);
        }
        mpfr_mul_2si(v, v, s->scale_shift, MPFR_RNDN);
    }
}

static void limit(const struct scaling *s, mpfr_ptr v)
{
    if (mpfr_nan_p(v))
        return;
    if (s->scale_min > 0 && mpfr_cmp_d(v, (double)s->scale_min) < 0)
        mpfr_set_flt(v, s->scale_min, MPFR_RNDN);
    if (s->scale_max > 0 && mpfr_cmp_d(v, (double)s->scale_max) > 0)
        mpfr_set_flt(v, s->scale_max, MPFR_RNDN);
}

/* A scale beyond the largest: what the format without its end would give exceeds it. */
static uint32_t round_scale(struct run *r, mpfr_srcptr v, uint32_t random)
{
    const struct scaling *s = &r->q->scaling;
    struct rounding clamp = {.mode = s->scale_round};
    if (s->scale_overflow == SCALE_OVERFLOW_WRAP && mpfr_regular_p(v)) {
        long field = mpfr_get_exp(v) - 1 + s->scale.bias, size = 1l << s->scale.bits;
        return (uint32_t)((field % size + size) % size);
    }
    uint32_t code = want_encode(&r->c, &s->scale, v, &clamp, random);
    if (s->scale_overflow != SCALE_OVERFLOW_NAN || !format_has_nan(&s->scale) || mpfr_nan_p(v) ||
        mpfr_zero_p(v))
        return code;
    bool above = mpfr_inf_p(v);
    if (!above) {
        want_largest(r->t, &s->scale);
        oracle_case_set(&r->c, &s->scale, v);
        bool up = oracle_rounds_up(&r->c, &clamp, random);
        above = mpfr_cmp(up ? r->c.high : r->c.low, r->t) > 0;
    }
    struct rounding to_nan = {.mode = s->scale_round};
    return above ? oracle_encode_special(NUMBER_NAN, false, &s->scale, &to_nan) : code;
}

/* What a scale that is zero, of a block that is not, becomes. */
static uint32_t underflown(struct run *r, uint32_t code, bool zeros)
{
    const struct scaling *s = &r->q->scaling;
    want_decode(r->t, &s->scale, code);
    if (!s->scale_underflow || zeros || !mpfr_zero_p(r->t))
        return code;
    struct rounding mode = {.mode = s->scale_underflow == UNDERFLOW_MIN ? ROUND_RAZ : ROUND_RNE};
    if (s->scale_underflow == UNDERFLOW_MIN)
        mpfr_set_ui_2exp(r->t, 1, -100000, MPFR_RNDN);
    else
        mpfr_set_flt(r->t, s->underflow_scale, MPFR_RNDN);
    return want_encode(&r->c, &s->scale, r->t, &mode, 0);
}

static void set_zero(struct run *r, struct way *w, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_set_zero(w->zero, 1);
    mpfr_set_zero(w->offset, 1);
    if (!s->zero_point || !mpfr_regular_p(w->value))
        return;
    float lo = want_clip(s, p->lo), hi = want_clip(s, p->hi);
    if (s->include_zero || lo == hi)
        lo = fminf(lo, 0);
    if (s->zero_point == ZERO_FLOAT) {
        const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
        mpfr_set_flt(w->offset, lo, MPFR_RNDN);
        uint32_t code = want_encode(&r->c, &s->scale, w->offset, &nearest, 0);
        want_decode(w->offset, &s->scale, code);
        return;
    }
    struct rounding rne = {.mode = ROUND_RNE};
    mpfr_set_flt(w->zero, -lo, MPFR_RNDN);
    mpfr_div(w->zero, w->zero, w->value, MPFR_RNDN);
    want_step(r, w->zero);
    want_integer(r, w->zero, &rne, 0);
    double most = s->zero_point == ZERO_INTEGER ? ldexp(1, w->element->bits) - 1 : 0x1p31 - 1,
           least = s->zero_point == ZERO_INTEGER ? 0 : -0x1p31;
    if (mpfr_cmp_d(w->zero, most) > 0)
        mpfr_set_d(w->zero, most, MPFR_RNDN);
    if (mpfr_cmp_d(w->zero, least) < 0)
        mpfr_set_d(w->zero, least, MPFR_RNDN);
}

static void set_exact(struct run *r, struct way *w, const struct span *p, size_t group)
{
    const struct scaling *s = &r->q->scaling;
    bool poisoned = false;
    if (!w->given) {
        uint32_t random =
            s->scale_round == ROUND_SR ? rng_u32(r->in->seed, r->in->stream ^ STREAM_SCALES, group) : 0;
        real_scale(r, w, p, w->value);
        limit(s, w->value);
        poisoned = mpfr_nan_p(w->value);
        w->code = round_scale(r, w->value, random);
        if (!poisoned)
            w->code = underflown(r, w->code, want_clip(s, p->amax) == 0 && !p->inf);
    }
    want_decode(w->value, &s->scale, w->code);
    if (poisoned)
        mpfr_set_nan(w->value);
    if (want_is_rule(s, "four-thirds"))
        mpfr_mul_d(w->value, w->value, (double)(4.0f / 3.0f), MPFR_RNDN);
    if (s->quotient == QUOTIENT_RECIPROCAL) {
        mpfr_set_ui(w->by, 1, MPFR_RNDN);
        want_over_outer(r, w->by);
        want_step(r, w->by);
        mpfr_div(w->by, w->by, w->value, MPFR_RNDN);
        want_step(r, w->by);
    }
    if (s->quotient == QUOTIENT_STAGES) {
        mpfr_ui_div(w->by, 1, w->value, MPFR_RNDN);
        want_step(r, w->by);
    }
    want_times_outer(r, w->value);
    if (s->quotient == QUOTIENT_DIVIDE) {
        mpfr_set(w->by, w->value, MPFR_RNDN);
        want_step(r, w->by);
    }
    set_zero(r, w, p);
}

/* ---- TransformerEngine's order: docs/FORMATS.md, section 7 and 8, in binary32 ---- */

float want_top_f32(struct run *r, const struct format *f)
{
    want_largest(r->t, f);
    return mpfr_get_flt(r->t, MPFR_RNDN);
}

float want_te_range(struct run *r, const struct format *element)
{
    const struct scaling *s = &r->q->scaling;
    return want_top_f32(r, element) * (s->second_top > 0 ? s->second_top : want_top_f32(r, &s->scale));
}

static void set_te(struct run *r, struct way *w, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    float amax = p->nan || r->poisoned ? NAN : want_clip(s, p->inf ? INFINITY : p->amax);
    float X = want_top_f32(r, w->element), d;
    if (w->four_steps || s->steps == STEPS_TOP_FIRST)
        d = amax / want_top_f32(r, &r->q->element) * r->encode *
            (want_top_f32(r, &r->q->element) / (w->peak > 0 ? w->peak : X));
    else
        d = amax * (r->encode * (1.0f / (w->peak > 0 ? w->peak : X)));
    if (d > FLT_MAX)
        d = FLT_MAX;
    if (amax == 0)
        d = 0;
    struct rounding mode = {.mode = s->scale_round};
    mpfr_set_flt(w->value, d, MPFR_RNDN);
    w->code = want_encode(&r->c, &s->scale, w->value, &mode, 0);
    want_decode(w->value, &s->scale, w->code);
    w->te_scale = mpfr_get_flt(w->value, MPFR_RNDN);
    float m = 1.0f / (w->te_scale * r->decode);
    w->multiplier = m < FLT_MAX ? m : FLT_MAX;
    mpfr_mul_d(w->value, w->value, (double)r->decode, MPFR_RNDN);
}

/* ---- both orders ---- */

void want_set_way(struct run *r, struct way *w, const struct span *p, size_t group)
{
    if (r->q->scaling.order == ORDER_TE)
        set_te(r, w, p);
    else
        set_exact(r, w, p, group);
}

void want_set_outer(struct run *r, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    r->poisoned = r->divides = false;
    if (s->second == SECOND_NONE)
        return;
    r->outer_amax = want_clip(s, p->nan ? NAN : p->inf ? INFINITY : p->amax);
    if (s->order == ORDER_TE) {
        float g = want_te_range(r, &r->q->element) / r->outer_amax;
        r->poisoned = isnan(r->outer_amax);
        if (!(r->outer_amax > 0) || g > FLT_MAX)
            g = FLT_MAX;
        if (g == 0)
            g = 1;
        r->encode = g;
        r->decode = 1.0f / g;
        mpfr_set_flt(r->outer, r->decode, MPFR_RNDN);
        return;
    }
    r->poisoned = !isfinite(r->outer_amax);
    if (r->poisoned)
        return;
    mpfr_set_flt(r->outer, r->outer_amax, MPFR_RNDN);
    want_largest(r->t, &r->q->element);
    want_largest(r->u, &s->scale);
    if (s->second_top > 0)
        mpfr_set_flt(r->u, s->second_top, MPFR_RNDN);
    r->divides = s->second_stores == STORES_DIVISOR;
    bool twice = s->steps == STEPS_OF_SCALES; /* Xmax first, then Smax */
    if (!twice)
        mpfr_mul(r->t, r->t, r->u, MPFR_RNDN);
    if (r->divides)
        mpfr_div(r->outer, r->t, r->outer, MPFR_RNDN);
    else
        mpfr_div(r->outer, r->outer, r->t, MPFR_RNDN);
    want_step(r, r->outer);
    if (twice && r->divides)
        mpfr_mul(r->outer, r->outer, r->u, MPFR_RNDN);
    else if (twice)
        mpfr_div(r->outer, r->outer, r->u, MPFR_RNDN);
    want_step(r, r->outer);
    bool zeros = r->divides && r->outer_amax == 0;
    if ((mpfr_zero_p(r->outer) || zeros) && !s->zero_tensor_nan)
        mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    struct rounding mode = {.mode = s->second_round};
    for (int again = 0; again < 2; again++) {
        uint32_t code = want_encode(&r->c, &s->second_scale, r->outer, &mode, 0);
        want_decode(r->outer, &s->second_scale, code);
        if (!mpfr_zero_p(r->outer) || s->zero_tensor_nan)
            break;
        mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    }
}
