#include "tests/scaling_oracle.h"

#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"

static const char *const schemes[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
};

size_t scaling_scheme_count(void)
{
    return sizeof schemes / sizeof *schemes;
}

const char *scaling_scheme_at(size_t i)
{
    return schemes[i];
}

/* ---- formats ---- */

static bool is_known(const struct format *f)
{
    return f->family == &family_float || f->family == &family_int;
}

/* Other families are proven in test_ladder and test_codebook: 64 bits and a sticky one say all of v. */
static struct number to_number(mpfr_srcptr v)
{
    if (!mpfr_regular_p(v))
        return number_from_f64(mpfr_get_d(v, MPFR_RNDN));
    mpfr_t top;
    mpfr_init2(top, 64);
    bool sticky = mpfr_set(top, v, MPFR_RNDZ) != 0;
    mpfr_exp_t e = mpfr_get_exp(top) - 64;
    mpfr_abs(top, top, MPFR_RNDN);
    mpfr_mul_2si(top, top, -e, MPFR_RNDN);
    struct number n = number_make(mpfr_signbit(v), mpfr_get_ui(top, MPFR_RNDN), (int32_t)e);
    n.sticky = sticky;
    mpfr_clear(top);
    return n;
}

static uint32_t encode(struct oracle_case *c, const struct format *f, mpfr_srcptr v, const struct rounding *r,
                       uint32_t random)
{
    if (!is_known(f))
        return format_round(f, to_number(v), r, random).code;
    if (mpfr_nan_p(v))
        return oracle_encode_special(NUMBER_NAN, false, f, r);
    if (mpfr_inf_p(v))
        return oracle_encode_special(NUMBER_INF, mpfr_signbit(v), f, r);
    if (mpfr_zero_p(v))
        return oracle_encode_special(NUMBER_ZERO, mpfr_signbit(v), f, r);
    oracle_case_set(c, f, v);
    return oracle_encode(c, oracle_rounds_up(c, r, random), f, r);
}

static void decode(mpfr_ptr out, const struct format *f, uint32_t code)
{
    if (is_known(f))
        oracle_decode(out, f, code);
    else
        mpfr_set_d(out, format_value(f, code), MPFR_RNDN);
}

/* The largest value that rounding produces: what an infinity saturates to. */
static void largest(mpfr_ptr out, const struct format *f)
{
    struct rounding r = {.mode = ROUND_RNE};
    if (is_known(f))
        oracle_decode(out, f, oracle_encode_special(NUMBER_INF, false, f, &r));
    else
        mpfr_set_d(out, number_to_f64(format_max(f)), MPFR_RNDN);
    if (is_known(f) && f->family == &family_int && f->codes == CODES_TWOS)
        mpfr_set_ui_2exp(out, (1ul << (f->bits - 1)) - 1, -f->fraction_bits, MPFR_RNDN);
}

static float to_f32(struct oracle_case *c, mpfr_srcptr v)
{
    struct rounding carrier = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    if (mpfr_nan_p(v))
        return NAN;
    return f32_from_bits(encode(c, format_find("fp32"), v, &carrier, 0));
}

/* ---- groups ---- */

struct group_place {
    size_t group, groups, outer, outers; /* of a scale; of a second level */
};

static struct group_place place_of(const struct quant_spec *q, const struct quant_input *in, size_t k)
{
    const struct scaling *s = &q->scaling;
    size_t rest = k, i[TENSOR_MAX_RANK] = {0}, n[TENSOR_MAX_RANK] = {0}, before = 0, befores = 1, after = 0,
           afters = 1, vector = 0, vectors = 1;
    for (int d = in->rank; d-- > 0;) {
        n[d] = in->shape[d];
        i[d] = rest % n[d];
        rest /= n[d];
    }
    if (s->per == PER_NONE || s->per == PER_TENSOR)
        return (struct group_place){0, 1, 0, 1};
    if (s->per == PER_TILE) {
        size_t rows = in->rank > 1 ? n[in->rank - 2] : 1, columns = in->rank ? n[in->rank - 1] : 1;
        size_t row = k / columns % rows, column = k % columns, plane = k / columns / rows, planes = 1;
        for (int d = 0; d < in->rank - 2; d++)
            planes *= n[d];
        size_t down = (rows + s->tile[0] - 1) / s->tile[0], right = (columns + s->tile[1] - 1) / s->tile[1];
        return (struct group_place){(plane * down + row / s->tile[0]) * right + column / s->tile[1],
                                    planes * down * right, 0, 1};
    }
    size_t a = in->rank ? i[in->axis] : 0, length = in->rank ? n[in->axis] : 1;
    for (int d = 0; d < in->rank; d++) {
        if (d < in->axis) {
            before = before * n[d] + i[d];
            befores *= n[d];
        } else if (d > in->axis) {
            after = after * n[d] + i[d];
            afters *= n[d];
        }
    }
    vector = before * afters + after;
    vectors = befores * afters;
    if (s->per == PER_CHANNEL)
        return (struct group_place){a, length, 0, 1};
    if (s->per == PER_TOKEN)
        return (struct group_place){vector, vectors, 0, 1};
    size_t blocks = (length + s->block - 1) / s->block;
    struct group_place p = {(before * blocks + a / s->block) * afters + after, befores * blocks * afters, 0,
                            1};
    if (s->second == SECOND_ROW) {
        p.outer = vector;
        p.outers = vectors;
    }
    if (s->second == SECOND_BLOCK) {
        size_t runs = (length + s->second_block - 1) / s->second_block;
        p.outer = vector * runs + a / s->second_block;
        p.outers = vectors * runs;
    }
    return p;
}

/* ---- ranges ---- */

struct span {
    size_t n;
    size_t *at;
    float lo, hi;
    bool nan, inf; /* there is one that counts */
    float amax;    /* of the numbers that count */
};

static float read_input(const struct quant_spec *q, float x)
{
    return q->daz && fabsf(x) < FLT_MIN ? copysignf(0, x) : x;
}

static void measure(const struct quant_spec *q, const struct quant_input *in, struct span *p, bool outer)
{
    const struct scaling *s = &q->scaling;
    p->nan = p->inf = false;
    p->amax = 0;
    bool any = false;
    for (size_t j = 0; j < p->n; j++) {
        float x = read_input(q, in->x[p->at[j]]);
        if (isnan(x)) {
            p->nan |= s->block_nan == SPECIAL_POISON;
            continue;
        }
        if (isinf(x) && (s->block_inf == SPECIAL_ELEMENT || (outer && s->block_inf == SPECIAL_MAX)))
            continue;
        p->lo = any ? fminf(p->lo, x) : x;
        p->hi = any ? fmaxf(p->hi, x) : x;
        p->amax = fmaxf(p->amax, fabsf(x));
        p->inf |= isinf(x) != 0;
        any = true;
    }
    if (!any)
        p->lo = p->hi = 0;
}

/* ---- scales ---- */

struct way {
    const struct format *element;
    float peak;
    bool four_steps;
    bool given; /* code is */
    uint32_t code;
    mpfr_t value, by; /* what codes are multiplied by; in steps, what elements meet */
    mpfr_t zero, offset;
    float multiplier, te_scale;
};

struct run {
    const struct quant_spec *q;
    const struct quant_input *in;
    struct oracle_case c;
    mpfr_t t, u, w;
    /* the second level of the group under way */
    mpfr_t outer;
    float outer_amax, encode, decode;
    bool poisoned, divides; /* STORES_DIVISOR */
};

static void step(struct run *r, mpfr_ptr v)
{
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    const struct scaling *s = &r->q->scaling;
    if (s->quotient == QUOTIENT_EXACT)
        return;
    uint32_t code = encode(&r->c, &s->via, v, &nearest, 0);
    decode(v, &s->via, code);
}

static float clip_f32(const struct scaling *s, float v)
{
    return s->clip < 1 ? v * s->clip : v;
}

/* Of elements in the highest binade; of integers and other families, what a sign and a one leave. */
static int fraction_bits(const struct format *f)
{
    return f->family == &family_float ? f->precision - 1 : f->bits < 2 ? 0 : f->bits - 2;
}

bool scaling_threshold(mpfr_ptr out, const char *name, const struct format *element, mpfr_srcptr top,
                       bool *strict)
{
    mpfr_exp_t emax = mpfr_get_exp(top) - 1;
    int m = fraction_bits(element);
    *strict = true;
    if (strcmp(name, "floor") == 0 || strcmp(name, "four-thirds") == 0)
        mpfr_set_ui_2exp(out, 1, emax + 1, MPFR_RNDN);
    else if (strcmp(name, "even") == 0 || strcmp(name, "even-m1") == 0) {
        if (strcmp(name, "even-m1") == 0)
            m = 1;
        mpfr_set_ui_2exp(out, (4ul << m) - 1, emax - m - 1, MPFR_RNDN); /* (2 - 2^-(m+1)) * 2^emax */
    } else if (strcmp(name, "round") == 0) {
        mpfr_sqrt_ui(out, 2, MPFR_RNDN);
        mpfr_mul(out, out, top, MPFR_RNDN);
    } else {
        *strict = false;
        if (strcmp(name, "ceil-exp") == 0)
            mpfr_set_ui_2exp(out, 1, emax, MPFR_RNDN);
        else if (strcmp(name, "rceil") == 0)
            mpfr_set(out, top, MPFR_RNDN);
        else if (strcmp(name, "midmax") == 0) {
            mpfr_set_ui_2exp(out, 1, emax + 1, MPFR_RNDN);
            mpfr_add(out, out, top, MPFR_RNDN);
            mpfr_div_2ui(out, out, 1, MPFR_RNDN);
        } else
            return false;
    }
    return true;
}

/* The least power of two 2^k with a < threshold * 2^k, or <= if not strict. */
static void least_power(mpfr_ptr out, mpfr_srcptr a, mpfr_ptr threshold, bool strict)
{
    mpfr_exp_t k = mpfr_get_exp(a) - mpfr_get_exp(threshold) - 2;
    mpfr_mul_2si(threshold, threshold, k, MPFR_RNDN);
    while (strict ? mpfr_cmp(a, threshold) >= 0 : mpfr_cmp(a, threshold) > 0) {
        mpfr_mul_2ui(threshold, threshold, 1, MPFR_RNDN);
        k++;
    }
    mpfr_set_ui_2exp(out, 1, k, MPFR_RNDN);
}

/* v and its logarithm, rounded into the format of scale_log2=; then 2 to the integer that the rule wants. */
static void power_by_logarithm(struct run *r, mpfr_ptr v, mpfr_rnd_t to_integer)
{
    static const char *const names[LOG2_KINDS] = {
        [LOG2_FP32] = "fp32", [LOG2_BF16] = "bf16", [LOG2_FP16] = "fp16"};
    const struct format *f = format_find(names[r->q->scaling.log2]);
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    uint32_t code = encode(&r->c, f, v, &nearest, 0);
    decode(v, f, code);
    if (!mpfr_regular_p(v))
        return;
    mpfr_t log;
    mpfr_init2(log, f->precision); /* far from the ends of the format */
    mpfr_log2(log, v, MPFR_RNDN);
    if (to_integer == MPFR_RNDN) /* ties to even */
        mpfr_rint_roundeven(log, log, MPFR_RNDN);
    else
        mpfr_rint(log, log, to_integer);
    mpfr_set_ui_2exp(v, 1, mpfr_get_si(log, MPFR_RNDN), MPFR_RNDN);
    mpfr_clear(log);
}

static bool is_rule(const struct scaling *s, const char *name)
{
    return strcmp(s->rule->name, name) == 0;
}

/* a > 0, in place. */
static void apply_rule(struct run *r, const struct way *w, mpfr_ptr a)
{
    const struct scaling *s = &r->q->scaling;
    bool strict;
    mpfr_t top, threshold;
    mpfr_inits2(ORACLE_PRECISION, top, threshold, (mpfr_ptr)0);
    largest(top, w->element);
    if (w->peak > 0)
        mpfr_set_flt(top, w->peak, MPFR_RNDN);
    if (is_rule(s, "absmax"))
        mpfr_div(a, a, top, MPFR_RNDN);
    else if (is_rule(s, "static"))
        mpfr_set_flt(a, s->scale_value, MPFR_RNDN);
    else if (is_rule(s, "none"))
        mpfr_set_ui(a, 1, MPFR_RNDN);
    else if (is_rule(s, "all-ones")) {
        int m = fraction_bits(w->element);
        mpfr_exp_t emax = mpfr_get_exp(top) - 1;
        mpfr_set_ui_2exp(top, (2ul << m) - 1, emax - m, MPFR_RNDN); /* (2 - 2^-m) * 2^emax */
        mpfr_div(a, a, top, MPFR_RNDN);
    } else if (s->log2 != LOG2_EXACT) {
        bool of_amax = is_rule(s, "floor") || is_rule(s, "four-thirds") || is_rule(s, "ceil-exp");
        bool up = is_rule(s, "ceil-exp") || is_rule(s, "rceil");
        if (!of_amax)
            mpfr_div(a, a, top, MPFR_RNDN);
        power_by_logarithm(r, a, is_rule(s, "round") ? MPFR_RNDN : up ? MPFR_RNDU : MPFR_RNDD);
        if (of_amax)
            mpfr_div_2si(a, a, mpfr_get_exp(top) - 1, MPFR_RNDN);
    } else if (is_rule(s, "rceil-f32")) {
        mpfr_ui_div(top, 1, top, MPFR_RNDN);
        float v = to_f32(&r->c, a) * to_f32(&r->c, top);
        if (isfinite(v)) {
            mpfr_set_flt(a, v > 0 ? v : 0x1p-149f, MPFR_RNDN);
            mpfr_set_ui(threshold, 1, MPFR_RNDN);
            mpfr_set(top, a, MPFR_RNDN);
            least_power(a, top, threshold, false);
        } else
            mpfr_set_inf(a, 1);
    } else if (is_rule(s, "even-f32")) {
        mpfr_exp_t emax = mpfr_get_exp(top) - 1;
        mpfr_set_ui_2exp(threshold, (4ul << fraction_bits(w->element)) - 1,
                         emax - fraction_bits(w->element) - 1, MPFR_RNDN);
        mpfr_set(top, a, MPFR_RNDN);
        least_power(a, top, threshold, true);
        if (mpfr_get_exp(a) - 1 + emax >= 128)
            mpfr_set_inf(a, 1);
    } else if (scaling_threshold(threshold, s->rule->name, w->element, top, &strict)) {
        mpfr_set(top, a, MPFR_RNDN);
        least_power(a, top, threshold, strict);
    } else
        abort();
    mpfr_clears(top, threshold, (mpfr_ptr)0);
}

/* v over the second level, and v times it. */
static void over_outer(const struct run *r, mpfr_ptr v)
{
    if (r->divides)
        mpfr_mul(v, v, r->outer, MPFR_RNDN);
    else
        mpfr_div(v, v, r->outer, MPFR_RNDN);
}

static void times_outer(const struct run *r, mpfr_ptr v)
{
    if (r->divides)
        mpfr_div(v, v, r->outer, MPFR_RNDN);
    else
        mpfr_mul(v, v, r->outer, MPFR_RNDN);
}

/* amax over Xmax and the second level, in steps. */
static void scale_in_steps(struct run *r, const struct way *w, mpfr_ptr v)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_t top;
    mpfr_init2(top, ORACLE_PRECISION);
    largest(top, w->element);
    if (w->peak > 0)
        mpfr_set_flt(top, w->peak, MPFR_RNDN);
    if (s->steps == STEPS_PRODUCT) {
        times_outer(r, top);
        step(r, top);
        mpfr_div(v, v, top, MPFR_RNDN);
        step(r, v);
    } else if (s->steps == STEPS_SECOND_FIRST) {
        over_outer(r, v);
        step(r, v);
        mpfr_div(v, v, top, MPFR_RNDN);
        step(r, v);
    } else {
        apply_rule(r, w, v);
        step(r, v);
        over_outer(r, v);
        step(r, v);
    }
    mpfr_clear(top);
}

/* The scale before it is rounded. */
static void real_scale(struct run *r, const struct way *w, const struct span *p, mpfr_ptr v)
{
    const struct scaling *s = &r->q->scaling;
    float lo = clip_f32(s, p->lo), hi = clip_f32(s, p->hi), amax = clip_f32(s, p->amax);
    bool fixed = is_rule(s, "static") || is_rule(s, "none"), zero_outer = mpfr_zero_p(r->outer);
    if (s->zero_point && (s->include_zero || lo == hi)) {
        lo = fminf(lo, 0);
        hi = fmaxf(hi, 0);
    }
    if (p->nan || r->poisoned)
        mpfr_set_nan(v);
    else if (p->inf && s->block_inf == SPECIAL_MAX)
        largest(v, &s->scale);
    else if (p->inf)
        mpfr_set_nan(v);
    else if (fixed)
        apply_rule(r, w, v);
    else if (s->zero_point && hi > lo) {
        mpfr_set_flt(v, hi, MPFR_RNDN);
        mpfr_sub_d(v, v, (double)lo, MPFR_RNDN);
        step(r, v);
        mpfr_div_ui(v, v, (1ul << w->element->bits) - 1, MPFR_RNDN);
        step(r, v);
        over_outer(r, v);
        step(r, v);
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
            uint32_t code = encode(&r->c, &s->scale, v, &away, 0);
            decode(v, &s->scale, code);
        }
    } else {
        mpfr_set_flt(v, amax, MPFR_RNDN);
        bool power = !is_rule(s, "absmax") && !is_rule(s, "all-ones");
        if (s->quotient != QUOTIENT_EXACT && !power)
            scale_in_steps(r, w, v);
        else if (!power) {
            apply_rule(r, w, v);
            mpfr_div(v, v, r->outer, MPFR_RNDN);
        } else {
            over_outer(r, v);
            step(r, v);
            if (mpfr_regular_p(v))
                apply_rule(r, w, v);
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
    uint32_t code = encode(&r->c, &s->scale, v, &clamp, random);
    if (s->scale_overflow != SCALE_OVERFLOW_NAN || !format_has_nan(&s->scale) || mpfr_nan_p(v) ||
        mpfr_zero_p(v))
        return code;
    bool above = mpfr_inf_p(v);
    if (!above) {
        largest(r->t, &s->scale);
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
    decode(r->t, &s->scale, code);
    if (!s->scale_underflow || zeros || !mpfr_zero_p(r->t))
        return code;
    struct rounding mode = {.mode = s->scale_underflow == UNDERFLOW_MIN ? ROUND_RAZ : ROUND_RNE};
    if (s->scale_underflow == UNDERFLOW_MIN)
        mpfr_set_ui_2exp(r->t, 1, -100000, MPFR_RNDN);
    else
        mpfr_set_flt(r->t, s->underflow_scale, MPFR_RNDN);
    return encode(&r->c, &s->scale, r->t, &mode, 0);
}

/* Random numbers beside those of elements: their streams, as sim/quant/block.c names them. */
#define STREAM_SCALES UINT64_C(0x9e3779b97f4a7c15)
#define STREAM_FLIPS  UINT64_C(0xbf58476d1ce4e5b9)

static void as_integer(struct run *r, mpfr_ptr v, const struct rounding *how, uint32_t random)
{
    static const struct format any = {
        .family = &family_int, .bits = 32, .codes = CODES_SIGNMAG, .precision = 31};
    if (!mpfr_regular_p(v))
        return;
    oracle_case_set(&r->c, &any, v);
    bool up = oracle_rounds_up(&r->c, how, random), negative = mpfr_signbit(v);
    mpfr_set(v, up ? r->c.high : r->c.low, MPFR_RNDN);
    if (negative)
        mpfr_neg(v, v, MPFR_RNDN);
}

static void set_zero(struct run *r, struct way *w, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_set_zero(w->zero, 1);
    mpfr_set_zero(w->offset, 1);
    if (!s->zero_point || !mpfr_regular_p(w->value))
        return;
    float lo = clip_f32(s, p->lo), hi = clip_f32(s, p->hi);
    if (s->include_zero || lo == hi)
        lo = fminf(lo, 0);
    if (s->zero_point == ZERO_FLOAT) {
        const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
        mpfr_set_flt(w->offset, lo, MPFR_RNDN);
        uint32_t code = encode(&r->c, &s->scale, w->offset, &nearest, 0);
        decode(w->offset, &s->scale, code);
        return;
    }
    struct rounding rne = {.mode = ROUND_RNE};
    mpfr_set_flt(w->zero, -lo, MPFR_RNDN);
    mpfr_div(w->zero, w->zero, w->value, MPFR_RNDN);
    step(r, w->zero);
    as_integer(r, w->zero, &rne, 0);
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
            w->code = underflown(r, w->code, clip_f32(s, p->amax) == 0 && !p->inf);
    }
    decode(w->value, &s->scale, w->code);
    if (poisoned)
        mpfr_set_nan(w->value);
    if (is_rule(s, "four-thirds"))
        mpfr_mul_d(w->value, w->value, (double)(4.0f / 3.0f), MPFR_RNDN);
    if (s->quotient == QUOTIENT_RECIPROCAL) {
        mpfr_set_ui(w->by, 1, MPFR_RNDN);
        over_outer(r, w->by);
        step(r, w->by);
        mpfr_div(w->by, w->by, w->value, MPFR_RNDN);
        step(r, w->by);
    }
    if (s->quotient == QUOTIENT_STAGES) {
        mpfr_ui_div(w->by, 1, w->value, MPFR_RNDN);
        step(r, w->by);
    }
    times_outer(r, w->value);
    if (s->quotient == QUOTIENT_DIVIDE) {
        mpfr_set(w->by, w->value, MPFR_RNDN);
        step(r, w->by);
    }
    set_zero(r, w, p);
}

/* ---- TransformerEngine's order: docs/FORMATS.md, section 7 and 8, in binary32 ---- */

static float top_f32(struct run *r, const struct format *f)
{
    largest(r->t, f);
    return mpfr_get_flt(r->t, MPFR_RNDN);
}

static float te_range(struct run *r, const struct format *element)
{
    const struct scaling *s = &r->q->scaling;
    return top_f32(r, element) * (s->second_top > 0 ? s->second_top : top_f32(r, &s->scale));
}

static void set_te(struct run *r, struct way *w, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    float amax = p->nan || r->poisoned ? NAN : clip_f32(s, p->inf ? INFINITY : p->amax);
    float X = top_f32(r, w->element), d;
    if (w->four_steps || s->steps == STEPS_TOP_FIRST)
        d = amax / top_f32(r, &r->q->element) * r->encode *
            (top_f32(r, &r->q->element) / (w->peak > 0 ? w->peak : X));
    else
        d = amax * (r->encode * (1.0f / (w->peak > 0 ? w->peak : X)));
    if (d > FLT_MAX)
        d = FLT_MAX;
    if (amax == 0)
        d = 0;
    struct rounding mode = {.mode = s->scale_round};
    mpfr_set_flt(w->value, d, MPFR_RNDN);
    w->code = encode(&r->c, &s->scale, w->value, &mode, 0);
    decode(w->value, &s->scale, w->code);
    w->te_scale = mpfr_get_flt(w->value, MPFR_RNDN);
    float m = 1.0f / (w->te_scale * r->decode);
    w->multiplier = m < FLT_MAX ? m : FLT_MAX;
    mpfr_mul_d(w->value, w->value, (double)r->decode, MPFR_RNDN);
}

/* ---- the second level ---- */

static void set_outer(struct run *r, const struct span *p)
{
    const struct scaling *s = &r->q->scaling;
    mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    r->poisoned = r->divides = false;
    if (s->second == SECOND_NONE)
        return;
    r->outer_amax = clip_f32(s, p->nan ? NAN : p->inf ? INFINITY : p->amax);
    if (s->order == ORDER_TE) {
        float g = te_range(r, &r->q->element) / r->outer_amax;
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
    largest(r->t, &r->q->element);
    largest(r->u, &s->scale);
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
    step(r, r->outer);
    if (twice && r->divides)
        mpfr_mul(r->outer, r->outer, r->u, MPFR_RNDN);
    else if (twice)
        mpfr_div(r->outer, r->outer, r->u, MPFR_RNDN);
    step(r, r->outer);
    bool zeros = r->divides && r->outer_amax == 0;
    if ((mpfr_zero_p(r->outer) || zeros) && !s->zero_tensor_nan)
        mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    struct rounding mode = {.mode = s->second_round};
    for (int again = 0; again < 2; again++) {
        uint32_t code = encode(&r->c, &s->second_scale, r->outer, &mode, 0);
        decode(r->outer, &s->second_scale, code);
        if (!mpfr_zero_p(r->outer) || s->zero_tensor_nan)
            break;
        mpfr_set_ui(r->outer, 1, MPFR_RNDN);
    }
}

/* ---- elements ---- */

static void pass_cast(struct run *r, mpfr_ptr v)
{
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    const struct format *cast = &r->q->scaling.cast;
    if (!cast->family)
        return;
    uint32_t code = encode(&r->c, cast, v, &nearest, 0);
    decode(v, cast, code);
}

/* The shift of the `micro` neighbours around member j. */
static long shift_of(const struct run *r, const struct span *p, size_t j)
{
    const struct scaling *s = &r->q->scaling;
    size_t first = j - j % (size_t)s->micro, end = first + (size_t)s->micro;
    long most = (1l << s->micro_bits) - 1;
    float amax = 0;
    for (size_t k = first; k < end && k < p->n; k++) {
        float x = fabsf(read_input(r->q, r->in->x[p->at[k]]));
        if (isfinite(x))
            amax = fmaxf(amax, x);
    }
    if (amax == 0 || p->inf)
        return most;
    int mine, all;
    frexpf(amax, &mine);
    frexpf(p->amax, &all);
    return all - mine < most ? all - mine : most;
}

/* The code of a value, and r->w the exact value of the code. */
static uint32_t element(struct run *r, const struct way *w, const struct span *p, size_t j, uint32_t flip)
{
    const struct quant_spec *q = r->q;
    const struct scaling *s = &q->scaling;
    const struct rounding *how = &q->rounding;
    size_t k = p->at[j];
    float x = read_input(q, r->in->x[k]);
    uint32_t random = how->mode == ROUND_SR ? rng_u32(r->in->seed, r->in->stream, k) : 0, code = 0;
    long shift = s->micro ? shift_of(r, p, j) : 0;
    bool steps = s->quotient != QUOTIENT_EXACT;
    mpfr_set_flt(r->u, x, MPFR_RNDN);
    if (s->per == PER_NONE) {
        pass_cast(r, r->u);
        code = encode(&r->c, w->element, r->u, how, random) ^ flip;
        decode(r->w, w->element, code);
        return code;
    }
    if (mpfr_nan_p(w->value)) {
        mpfr_set_nan(r->w);
        return flip;
    }
    if (s->order == ORDER_TE) {
        float X = top_f32(r, w->element), y = x * w->multiplier;
        mpfr_set_flt(r->u, y == 0 ? 0 : y, MPFR_RNDN);
        if (fabsf(y) > X) { /* clamped to the largest value itself, of which X may be rounded */
            largest(r->u, w->element);
            mpfr_setsign(r->u, r->u, y < 0, MPFR_RNDN);
        }
        code = encode(&r->c, w->element, r->u, how, random);
    } else if (mpfr_zero_p(w->value) && !steps) {
        mpfr_set_zero(r->u, signbit(x) ? -1 : 1);
        code = s->zero_point ? 0 : encode(&r->c, w->element, r->u, how, random);
    } else {
        double top = ldexp(1, w->element->bits) - 1;
        bool nan_to_top = s->zero_point && isnan(x) && how->nan == NAN_TO_MAX;
        if (s->zero_point && isnan(x))
            mpfr_set_zero(r->u, 1);
        if (s->zero_point == ZERO_FLOAT) {
            mpfr_sub(r->u, r->u, w->offset, MPFR_RNDN);
            step(r, r->u);
        }
        if (s->quotient == QUOTIENT_EXACT)
            mpfr_div(r->u, r->u, w->value, MPFR_RNDN);
        else if (s->quotient == QUOTIENT_DIVIDE)
            mpfr_div(r->u, r->u, w->by, MPFR_RNDN);
        else {
            if (s->quotient == QUOTIENT_STAGES) {
                over_outer(r, r->u);
                step(r, r->u);
            }
            mpfr_mul(r->u, r->u, w->by, MPFR_RNDN);
        }
        mpfr_mul_2si(r->u, r->u, shift, MPFR_RNDN);
        step(r, r->u);
        pass_cast(r, r->u);
        if (s->zero_point) {
            as_integer(r, r->u, how, random);
            if (mpfr_nan_p(r->u))
                mpfr_set_zero(r->u, 1);
            mpfr_add(r->u, r->u, w->zero, MPFR_RNDN);
            code = nan_to_top || mpfr_cmp_d(r->u, top) > 0 ? (uint32_t)top
                   : mpfr_cmp_ui(r->u, 0) < 0              ? 0
                                                           : (uint32_t)mpfr_get_ui(r->u, MPFR_RNDN);
        } else
            code = encode(&r->c, w->element, r->u, how, random);
    }
    code ^= flip;
    if (s->zero_point) {
        mpfr_set_ui(r->w, code, MPFR_RNDN);
        mpfr_sub(r->w, r->w, w->zero, MPFR_RNDN);
    } else
        decode(r->w, w->element, code);
    mpfr_mul(r->w, r->w, w->value, MPFR_RNDN);
    mpfr_mul_2si(r->w, r->w, -shift, MPFR_RNDN);
    if (s->zero_point == ZERO_FLOAT)
        mpfr_add(r->w, r->w, w->offset, MPFR_RNDN);
    return code;
}

/* The error of a way, in binary64 (TE: binary32) in the order of the elements. */
static double error_of(struct run *r, const struct way *w, const struct span *p)
{
    const struct quant_spec *q = r->q;
    double sum = 0, most = 0;
    float te = 0;
    if (mpfr_nan_p(w->value))
        return HUGE_VAL;
    for (size_t j = 0; j < p->n; j++) {
        float x = read_input(q, r->in->x[p->at[j]]);
        if (!isfinite(x))
            continue;
        uint32_t code = element(r, w, p, j, 0);
        double d;
        if (q->scaling.order == ORDER_TE) {
            decode(r->w, w->element, code);
            float v = mpfr_get_flt(r->w, MPFR_RNDN);
            v = v * w->te_scale;
            v = v * r->outer_amax;
            v = v / te_range(r, &r->q->element); /* the range that the second level is made for */
            float e = fabsf(v - x);
            te += q->choose == CHOOSE_MSE ? e * e : e;
            d = (double)e;
        } else
            d = fabs((double)to_f32(&r->c, r->w) - (double)x);
        sum += q->choose == CHOOSE_MSE ? d * d : d;
        most = d > most ? d : most;
    }
    return q->choose == CHOOSE_MAX ? most : q->scaling.order == ORDER_TE ? (double)te : sum;
}

static void init_way(struct way *w)
{
    mpfr_inits2(ORACLE_PRECISION, w->value, w->by, w->zero, w->offset, (mpfr_ptr)0);
}

static void clear_way(struct way *w)
{
    mpfr_clears(w->value, w->by, w->zero, w->offset, (mpfr_ptr)0);
}

static void set_way(struct run *r, struct way *w, const struct span *p, size_t group)
{
    if (r->q->scaling.order == ORDER_TE)
        set_te(r, w, p);
    else
        set_exact(r, w, p, group);
}

/* Every way there is in order of preference; the first with the least error stays. */
static void choose_way(struct run *r, struct way *best, const struct span *p, size_t group)
{
    const struct quant_spec *q = r->q;
    const struct scaling *s = &q->scaling;
    int peaks = s->n_peaks ? s->n_peaks : 1;
    bool any = false, several = q->n_alternatives || peaks > 1;
    double least = 0;
    struct way w;
    init_way(&w);
    for (int a = 0; a <= q->n_alternatives; a++)
        for (int k = 0; k < peaks; k++) {
            w.element = a ? &q->alternative[a - 1] : &q->element;
            w.peak = s->n_peaks ? s->peak[k] : 0;
            w.four_steps = peaks > 1 || q->n_alternatives;
            w.given = false;
            set_way(r, &w, p, group);
            int64_t base = w.code, codes = INT64_C(1) << s->scale.bits, reach = q->search;
            if (!mpfr_number_p(w.value) || mpfr_zero_p(w.value) || (p->amax == 0 && !p->inf))
                reach = 0;
            if (reach == SEARCH_ALL)
                reach = codes;
            for (int64_t i = 0; i <= 2 * reach; i++) { /* base, base - 1, base + 1, ... */
                int64_t code = base + (i % 2 ? -(i + 1) / 2 : i / 2);
                if (i) {
                    if (code < 0 || code >= codes)
                        continue;
                    decode(r->t, &s->scale, (uint32_t)code);
                    if (!mpfr_regular_p(r->t) || mpfr_signbit(r->t))
                        continue;
                    w.given = true;
                    w.code = (uint32_t)code;
                    set_way(r, &w, p, group);
                }
                double error = several || reach ? error_of(r, &w, p) : 0;
                if (any && !(error < least))
                    continue;
                any = true;
                least = error;
                best->element = w.element;
                best->code = w.code;
                best->multiplier = w.multiplier;
                mpfr_set(best->value, w.value, MPFR_RNDN);
                mpfr_set(best->by, w.by, MPFR_RNDN);
                mpfr_set(best->zero, w.zero, MPFR_RNDN);
                mpfr_set(best->offset, w.offset, MPFR_RNDN);
            }
        }
    clear_way(&w);
}

static uint32_t faults(const struct run *r, const struct way *w, size_t k)
{
    uint32_t bits = 0;
    for (int b = 0; r->q->flip > 0 && b < w->element->bits; b++) {
        uint32_t draw = rng_u32(r->in->seed, r->in->stream ^ STREAM_FLIPS, k * 32 + (uint64_t)b);
        bits |= (double)draw < (double)r->q->flip * 0x1p32 ? UINT32_C(1) << b : 0;
    }
    return bits;
}

static float output(struct run *r)
{
    const struct quant_spec *q = r->q;
    struct rounding out = {.mode = q->out_round, .overflow = OVERFLOW_INFINITY};
    if (!q->out.family)
        return to_f32(&r->c, r->w);
    uint32_t code = encode(&r->c, &q->out, r->w, &out, 0);
    decode(r->w, &q->out, code);
    return to_f32(&r->c, r->w);
}

/* One alternative, chosen, is marked in the sign of the scale where that is free. */
static uint32_t chosen_mark(const struct quant_spec *q, const struct way *w)
{
    const struct scaling *s = &q->scaling;
    bool free_sign = s->scale.family == &family_float && !s->scale.is_unsigned;
    bool other = q->n_alternatives == 1 && w->element == &q->alternative[0];
    return free_sign && other ? UINT32_C(1) << (s->scale.bits - 1) : 0;
}

/* ---- tensors ---- */

/* The members of each group, counted and listed. */
static struct span *spans_of(const struct quant_spec *q, const struct quant_input *in, size_t n,
                             size_t groups, bool outer)
{
    struct span *p = calloc(groups, sizeof *p);
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < n; k++) {
            struct group_place at = place_of(q, in, k);
            struct span *mine = &p[outer ? at.outer : at.group];
            if (pass)
                mine->at[mine->n] = k;
            mine->n++;
            if (!pass && k + 1 == n)
                for (size_t g = 0; g < groups; g++) {
                    p[g].at = malloc(p[g].n * sizeof *p[g].at + 1);
                    p[g].n = 0;
                }
        }
    for (size_t g = 0; g < groups; g++)
        measure(q, in, &p[g], outer);
    return p;
}

static void free_spans(struct span *p, size_t n)
{
    for (size_t g = 0; g < n; g++)
        free(p[g].at);
    free(p);
}

/* Bits beside codes and scale of a group of n: shifts, a zero, which of several elements it has (one bit of
 * that in a sign that the scale has no use for). */
static size_t side_bits(const struct quant_spec *q, size_t n)
{
    const struct scaling *s = &q->scaling;
    size_t bits = 0, ways = 1 + (size_t)q->n_alternatives;
    for (size_t first = 0; s->micro && first < n; first += (size_t)s->micro)
        bits += (size_t)s->micro_bits;
    bits += s->zero_point == ZERO_INTEGER     ? (size_t)q->element.bits
            : s->zero_point == ZERO_UNCLAMPED ? 32
            : s->zero_point == ZERO_FLOAT     ? (size_t)s->scale.bits
                                              : 0;
    size_t choice = ways > 4 ? 3 : ways > 2 ? 2 : ways > 1 ? 1 : 0;
    return bits + (choice && !s->scale.is_unsigned ? choice - 1 : choice);
}

void scaling_oracle(const struct quant_spec *q, const struct quant_input *in, struct scaling_want *want)
{
    size_t n = 1;
    for (int d = 0; d < in->rank; d++)
        n *= in->shape[d];
    struct group_place all = n ? place_of(q, in, 0) : (struct group_place){0};
    bool scaled = q->scaling.per != PER_NONE;
    *want = (struct scaling_want){.elements = n,
                                  .scales = scaled ? all.groups : 0,
                                  .outers = q->scaling.second ? all.outers : 0,
                                  .codes = calloc(n + 1, sizeof *want->codes),
                                  .scale = calloc(all.groups + 1, sizeof *want->scale),
                                  .values = calloc(n + 1, sizeof *want->values)};
    const struct scaling *s = &q->scaling;
    want->stored =
        s->tail != TAIL_ZERO_PAD ? n : all.groups * (s->block ? s->block : s->tile[0] * s->tile[1]);
    if (!n) {
        want->stored = 0;
        return;
    }
    struct run r = {.q = q, .in = in};
    oracle_case_init(&r.c);
    mpfr_inits2(ORACLE_PRECISION, r.t, r.u, r.w, r.outer, (mpfr_ptr)0);
    struct span *outers = spans_of(q, in, n, all.outers, true);
    struct span *groups = spans_of(q, in, n, all.groups, false);
    struct way w = {.element = &q->element};
    init_way(&w);
    for (size_t g = 0; g < all.groups; g++) {
        struct span *p = &groups[g];
        set_outer(&r, &outers[place_of(q, in, p->at[0]).outer]);
        if (scaled) {
            choose_way(&r, &w, p, g);
            want->scale[g] = w.code | chosen_mark(q, &w);
            want->side_bits += side_bits(q, p->n);
        }
        for (size_t j = 0; j < p->n; j++) {
            size_t k = p->at[j];
            want->codes[k] = element(&r, &w, p, j, faults(&r, &w, k));
            want->values[k] = output(&r);
        }
    }
    clear_way(&w);
    free_spans(groups, all.groups);
    free_spans(outers, all.outers);
    mpfr_clears(r.t, r.u, r.w, r.outer, (mpfr_ptr)0);
    oracle_case_clear(&r.c);
}

void scaling_want_free(struct scaling_want *want)
{
    free(want->codes);
    free(want->scale);
    free(want->values);
}

/* ---- the comparison ---- */

static const char *words_of(const struct quant_input *in)
{
    static char text[80];
    snprintf(text, sizeof text, "rank %d axis %d shape %zu %zu %zu", in->rank, in->axis, in->shape[0],
             in->rank > 1 ? in->shape[1] : 0, in->rank > 2 ? in->shape[2] : 0);
    return text;
}

void scaling_check(const char *scheme, const struct quant_spec *q, const struct quant_input *in,
                   struct scaling_checked *sum)
{
    struct error e = {{0}};
    struct scaling_want want;
    scaling_oracle(q, in, &want);
    struct quant_stats stats;
    int rank;
    size_t shape[TENSOR_MAX_RANK], scales = quant_scale_shape(q, in, &rank, shape);
    struct quant_output out = {.values = calloc(want.elements + 1, sizeof(float)),
                               .codes = calloc(want.elements + 1, sizeof(uint32_t)),
                               .scales = calloc(scales + 1, sizeof(uint32_t))};
    if (quantize(q, in, &out, &stats, &e))
        fail_msg("%s: %s", scheme, e.text);
    assert_int_equal(stats.elements, want.elements);
    assert_int_equal(scales, want.scales);
    assert_int_equal(stats.scales, want.scales);
    assert_int_equal(stats.outer_scales, want.outers);
    assert_int_equal(stats.stored, want.stored);
    assert_int_equal(stats.side_bits, want.side_bits);
    for (size_t g = 0; g < scales; g++)
        if (out.scales[g] != want.scale[g])
            fail_msg("%s (%s) scale %zu: 0x%x, MPFR says 0x%x", scheme, words_of(in), g, out.scales[g],
                     want.scale[g]);
    for (size_t k = 0; k < want.elements; k++) {
        if (out.codes[k] != want.codes[k])
            fail_msg("%s (%s) element %zu (%a): code 0x%x, MPFR says 0x%x", scheme, words_of(in), k,
                     (double)in->x[k], out.codes[k], want.codes[k]);
        if (isnan(want.values[k]) ? !isnan(out.values[k])
                                  : bits_from_f32(out.values[k]) != bits_from_f32(want.values[k]))
            fail_msg("%s (%s) element %zu (%a): value %a, MPFR says %a", scheme, words_of(in), k,
                     (double)in->x[k], (double)out.values[k], (double)want.values[k]);
    }
    sum->elements += want.elements;
    sum->scales += scales;
    free(out.values);
    free(out.codes);
    free(out.scales);
    scaling_want_free(&want);
}
