/* One block: its scale, its codes, its values. The real-number steps run on struct number, those of `via`
 * too, each rounded into that format. */
#include "formats/scaling.h"

#include <float.h>
#include <math.h>
#include <strings.h>

#include "formats/order_te.h"

_Static_assert(FLT_EVAL_METHOD == 0, "binary32 operations must round to binary32");

const char *const granularity_names[PER_KINDS] = {"none", "tensor", "channel", "token", "block", "tile"};
const char *const tail_policy_names[TAIL_KINDS] = {"short", "zero-pad", "refuse"};
const char *const second_level_names[SECOND_KINDS] = {"none", "tensor", "row", "block"};
const char *const scale_order_names[ORDER_KINDS] = {"exact", "te"};
const char *const quotient_names[QUOTIENT_KINDS] = {"exact", "divide", "reciprocal", "stages"};
const char *const scale_steps_names[STEPS_KINDS] = {"top-first", "product", "second-first", "of-scales"};
const char *const second_stores_names[STORES_KINDS] = {"scale", "divisor"};
const char *const scale_log2_names[LOG2_KINDS] = {"exact", "fp32", "bf16", "fp16"};
const char *const scale_underflow_names[UNDERFLOW_VALUE] = {"zero", "min"};
const char *const zero_point_names[ZERO_KINDS] = {"none", "yes", "unclamped", "float"};
const char *const zero_block_names[ZERO_BLOCK_VALUE] = {"zero", "one", "min"};
const char *const block_special_names[SPECIAL_KINDS] = {"poison", "element", "max"};
const char *const scale_overflow_names[SCALE_OVERFLOW_KINDS] = {"nan", "clamp", "wrap"};

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
static const struct number number_nan = {.class = NUMBER_NAN};
static const struct number number_zero = {.class = NUMBER_ZERO};

static const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY},
                             nearest_scale = {.mode = ROUND_RNE, .overflow = OVERFLOW_SATURATE};

static bool has_steps(const struct scaling *s)
{
    return s->quotient != QUOTIENT_EXACT;
}

/* An intermediate result: as it is, or rounded into `via`. */
static struct number step(const struct scaling *s, struct number x)
{
    return has_steps(s) ? format_decode(&s->via, format_round(&s->via, x, &nearest, 0).code) : x;
}

/* --- the second level --- */

/* amax / (Xmax * Smax), or its inverse, as one division or two. */
static struct number outer_quotient(const struct scaling *s, const struct format *element, struct number amax)
{
    struct number top = format_max(element),
                  most = s->second_top > 0 ? number_from_f32(s->second_top) : format_max(&s->scale);
    bool divisor = s->second_stores == STORES_DIVISOR;
    if (s->steps != STEPS_OF_SCALES) {
        struct number range = number_mul(top, most);
        return step(s, divisor ? number_div(range, amax) : number_div(amax, range));
    }
    struct number first = step(s, divisor ? number_div(top, amax) : number_div(amax, top));
    return step(s, divisor ? number_mul(first, most) : number_div(first, most));
}

/* The quotient rounded into second_scale; one that rounds to zero (a positive amax too, or the inverse of a
 * very large one), and that of a region of zeros, is 1, unless zero_tensor_nan keeps the arithmetic's own. */
static void outer_exact(const struct scaling *s, const struct format *element, float amax,
                        struct outer_scale *out)
{
    out->poisoned = !isfinite(amax);
    if (out->poisoned)
        return;
    struct rounding r = {.mode = s->second_round, .overflow = OVERFLOW_SATURATE};
    struct number t = outer_quotient(s, element, number_from_f32(amax));
    out->divides = s->second_stores == STORES_DIVISOR;
    if (out->divides && amax == 0 && !s->zero_tensor_nan)
        t = number_one;
    out->wanted = t;
    /* A second try with 1 where the quotient, or what it is rounded to, is zero. */
    for (int tries = 0; tries < 2; tries++) {
        if (!s->zero_tensor_nan && t.class == NUMBER_ZERO)
            t = number_one;
        t = format_decode(&s->second_scale, format_round(&s->second_scale, t, &r, 0).code);
    }
    out->scale = t;
}

struct outer_scale scaling_outer(const struct scaling *s, const struct format *element, float amax)
{
    struct outer_scale out = {.scale = number_one, .wanted = number_one, .encode = 1, .decode = 1};
    if (s->second == SECOND_NONE)
        return out;
    if (s->clip < 1)
        amax *= s->clip;
    out.amax = amax;
    if (s->order == ORDER_TE)
        te_outer(s, element, amax, &out);
    else
        outer_exact(s, element, amax, &out);
    return out;
}

/* --- the scale of a block --- */

static int fraction_bits_of(const struct format *f)
{
    if (f->family == &family_float)
        return f->precision - 1;
    return f->bits > 2 ? f->bits - 2 : 0;
}

struct number scaling_top(const struct candidate *c)
{
    return c->peak > 0 ? number_from_f32(c->peak) : format_max(c->element);
}

/* x over what the second level stands for, and x times it. */
static struct number over_outer(const struct outer_scale *outer, struct number x)
{
    return outer->divides ? number_mul(x, outer->scale) : number_div(x, outer->scale);
}

static struct number times_outer(const struct outer_scale *outer, struct number x)
{
    return outer->divides ? number_div(x, outer->scale) : number_mul(x, outer->scale);
}

/* A quotient by Xmax, or what stands for it in the rule, in steps. */
static struct number in_steps(const struct scaling *s, struct number a, struct scale_target t,
                              const struct outer_scale *outer)
{
    switch (s->steps) {
    case STEPS_PRODUCT:
        t.top = step(s, times_outer(outer, t.top));
        return step(s, s->rule->scale(s, a, &t));
    case STEPS_SECOND_FIRST: {
        struct number b = step(s, over_outer(outer, a));
        return b.class == NUMBER_FINITE ? step(s, s->rule->scale(s, b, &t)) : b;
    }
    default:
        return step(s, over_outer(outer, step(s, s->rule->scale(s, a, &t))));
    }
}

static struct number by_rule(const struct scaling *s, const struct candidate *c,
                             const struct outer_scale *outer, float amax)
{
    struct scale_target t = {scaling_top(c), fraction_bits_of(c->element)};
    struct number a = number_from_f32(amax);
    /* Rules of powers of two see the quotient by the outer scale. */
    if (has_steps(s) && !s->rule->power_of_two && !s->rule->ignores_amax)
        return in_steps(s, a, t, outer);
    struct number b = step(s, over_outer(outer, a));
    return b.class == NUMBER_FINITE || s->rule->ignores_amax ? s->rule->scale(s, b, &t) : b;
}

static struct number of_zeros(const struct scaling *s)
{
    switch (s->zero_block) {
    case ZERO_BLOCK_ONE:
        return number_one;
    case ZERO_BLOCK_MIN:
        return format_min_positive(&s->scale);
    case ZERO_BLOCK_VALUE:
        return number_from_f32(s->zero_scale);
    default:
        return number_zero;
    }
}

/* (hi - lo) / (2^bits - 1) */
static struct number affine_scale(const struct scaling *s, const struct candidate *c,
                                  const struct outer_scale *outer, const struct region_range *range)
{
    struct number width = number_add(number_from_f32(range->hi), number_negate(number_from_f32(range->lo)));
    struct number levels = number_make(false, format_code_mask(c->element), 0);
    return step(s, over_outer(outer, step(s, number_div(step(s, width), levels))));
}

static struct number limited(const struct scaling *s, struct number scale)
{
    if (scale.class == NUMBER_NAN)
        return scale;
    if (s->scale_min > 0 && number_compare(scale, number_from_f32(s->scale_min)) < 0)
        return number_from_f32(s->scale_min);
    if (s->scale_max > 0 && number_compare(scale, number_from_f32(s->scale_max)) > 0)
        return number_from_f32(s->scale_max);
    return scale;
}

static struct number real_scale(const struct scaling *s, const struct candidate *c,
                                const struct outer_scale *outer, const struct region_range *range)
{
    if (isinf(range->amax) && s->block_inf == SPECIAL_MAX)
        return format_max(&s->scale);
    if (!isfinite(range->amax))
        return number_nan;
    if (s->zero_point && range->hi > range->lo)
        return affine_scale(s, c, outer, range);
    if (range->amax == 0 && !s->rule->ignores_amax && outer->scale.class != NUMBER_ZERO)
        return of_zeros(s);
    struct number scale = by_rule(s, c, outer, range->amax);
    scale.exponent += s->scale_shift;
    return scale;
}

/* A range that spans nothing takes zero in, so that its one value is not lost. */
static struct region_range clipped(const struct scaling *s, const struct region_range *range)
{
    struct region_range r = *range;
    if (s->clip < 1) {
        r.lo *= s->clip;
        r.hi *= s->clip;
        r.amax *= s->clip;
    }
    if (s->include_zero || r.lo == r.hi) {
        r.lo = fminf(r.lo, 0);
        r.hi = fmaxf(r.hi, 0);
    }
    return r;
}

struct encoded scaling_round_scale(const struct scaling *s, struct number scale, uint32_t random)
{
    struct rounding r = {.mode = s->scale_round, .overflow = OVERFLOW_SATURATE};
    return format_round(&s->scale, scale, &r, random);
}

/* The nearest integer under r; beyond 2^62 that. */
static int64_t to_integer(struct number x, const struct rounding *r, uint32_t random, uint32_t *events)
{
    if (x.class != NUMBER_FINITE)
        return x.class == NUMBER_INF ? (x.negative ? -(INT64_C(1) << 62) : INT64_C(1) << 62) : 0;
    int64_t n = (int64_t)number_round_to(x, 0, r, random, number_is_odd, NULL, events);
    return x.negative ? -n : n;
}

static void set_zero(const struct scaling *s, const struct region_range *range, struct block_scale *b)
{
    struct number lo = number_from_f32(range->lo);
    b->offset = number_zero;
    if (b->value.class != NUMBER_FINITE)
        return;
    if (s->zero_point == ZERO_FLOAT) {
        b->offset = format_decode(&s->scale, format_round(&s->scale, lo, &nearest, 0).code);
        return;
    }
    uint32_t ignored = 0;
    struct rounding rne = {.mode = ROUND_RNE};
    b->zero = to_integer(step(s, number_div(number_negate(lo), b->value)), &rne, 0, &ignored);
    bool is_code = s->zero_point == ZERO_INTEGER; /* else a 32-bit integer */
    int64_t least = is_code ? 0 : INT32_MIN,
            most = is_code ? (int64_t)format_code_mask(b->element) : INT32_MAX;
    b->zero = b->zero < least ? least : b->zero > most ? most : b->zero;
}

/* The exponent field that 2^e would have if it had room, as much of it as the format keeps. */
static struct encoded wrapped(const struct format *f, struct number scale)
{
    int32_t field = number_exponent(scale) + f->bias, most = (int32_t)format_code_mask(f);
    return (struct encoded){(uint32_t)(field & most), field < 0 || field > most ? EVENT_SATURATED : 0};
}

/* The code of a scale, with what is said of its ends. */
static struct encoded encode_scale(const struct scaling *s, struct number scale, bool zeros, uint32_t random)
{
    if (s->scale_overflow == SCALE_OVERFLOW_WRAP && scale.class == NUMBER_FINITE)
        return wrapped(&s->scale, scale);
    struct encoded e = scaling_round_scale(s, scale, random);
    if (s->scale_overflow == SCALE_OVERFLOW_NAN && (e.events & EVENT_SATURATED) && format_has_nan(&s->scale))
        e.code = format_nan_code(&s->scale);
    bool lost = s->scale_underflow && !zeros && scale.class != NUMBER_NAN;
    if (lost && format_decode(&s->scale, e.code).class == NUMBER_ZERO) {
        struct number least = s->scale_underflow == UNDERFLOW_MIN ? format_min_positive(&s->scale)
                                                                  : number_from_f32(s->underflow_scale);
        e.code = format_round(&s->scale, least, &nearest_scale, 0).code;
    }
    return e;
}

static struct block_scale block_exact(const struct scaling *s, const struct candidate *c,
                                      const struct outer_scale *outer, const struct region_range *range,
                                      uint32_t random)
{
    struct block_scale b = {.element = c->element, .code = c->code};
    struct number scale = number_one; /* a given code is no NaN */
    if (!c->has_code) {
        scale = limited(s, real_scale(s, c, outer, range));
        struct encoded e = encode_scale(s, scale, range->amax == 0, random);
        b.code = e.code;
        b.events = e.events;
    }
    struct number stored = format_decode(&s->scale, b.code);
    b.wanted = c->has_code ? stored : scale;
    if (scale.class == NUMBER_NAN)
        stored.class = NUMBER_NAN; /* also where the scale format has no NaN */
    if (s->rule->side > 0)
        stored = number_mul(stored, number_from_f32(s->rule->side));
    b.value = times_outer(outer, stored);
    b.outer = outer->scale;
    b.divides = outer->divides;
    if (s->quotient == QUOTIENT_RECIPROCAL)
        b.reciprocal = step(s, number_div(step(s, over_outer(outer, number_one)), stored));
    else if (s->quotient == QUOTIENT_STAGES)
        b.reciprocal = step(s, number_div(number_one, stored));
    else if (s->quotient == QUOTIENT_DIVIDE)
        b.reciprocal = step(s, b.value); /* what elements are divided by */
    if (s->zero_point)
        set_zero(s, range, &b);
    return b;
}

struct block_scale scaling_block(const struct scaling *s, const struct candidate *c,
                                 const struct outer_scale *outer, const struct region_range *range,
                                 uint32_t random)
{
    if (s->per == PER_NONE)
        return (struct block_scale){.element = c->element, .value = number_one, .wanted = number_one};
    struct region_range r = clipped(s, range);
    if (outer->poisoned)
        r.amax = NAN;
    return s->order == ORDER_TE ? te_block(s, c, outer, r.amax) : block_exact(s, c, outer, &r, random);
}

struct block_scale scaling_micro(const struct scaling *s, const struct block_scale *block, float block_amax,
                                 float amax)
{
    int most = (1 << s->micro_bits) - 1, below = most;
    struct block_scale b = *block;
    if (amax > 0 && block_amax > 0 && isfinite(block_amax)) {
        int32_t d = number_exponent(number_from_f32(block_amax)) - number_exponent(number_from_f32(amax));
        below = d < 0 ? 0 : d < most ? (int)d : most; /* below 0 where a statistic covers less than amax */
    }
    if (b.value.class == NUMBER_FINITE)
        b.value.exponent -= below;
    if (b.reciprocal.class == NUMBER_FINITE)
        b.reciprocal.exponent += s->quotient == QUOTIENT_DIVIDE ? -below : below;
    return b;
}

/* --- elements --- */

static struct number quotient_of(const struct scaling *s, const struct block_scale *b, struct number x)
{
    switch (s->quotient) {
    case QUOTIENT_DIVIDE:
        return step(s, number_div(x, b->reciprocal));
    case QUOTIENT_RECIPROCAL:
        return step(s, number_mul(x, b->reciprocal));
    case QUOTIENT_STAGES:
        return step(s, number_mul(step(s, b->divides ? number_mul(x, b->outer) : number_div(x, b->outer)),
                                  b->reciprocal));
    default:
        return number_div(x, b->value);
    }
}

/* What is rounded into an element, on its way through `cast`. */
static struct number casted(const struct scaling *s, struct number x)
{
    return s->cast.family ? format_decode(&s->cast, format_round(&s->cast, x, &nearest, 0).code) : x;
}

static struct number less_offset(const struct scaling *s, const struct block_scale *b, struct number x)
{
    return step(s, number_add(x, number_negate(b->offset)));
}

/* An integer with another zero. An offset of its own makes x - offset the number to be scaled. */
static struct encoded encode_affine(const struct scaling *s, const struct rounding *r,
                                    const struct block_scale *b, struct number x, uint32_t random)
{
    struct encoded out = {0, 0};
    int64_t top = format_code_mask(b->element);
    if (x.class == NUMBER_NAN) { /* read as zero, or the largest code */
        if (r->nan == NAN_TO_MAX)
            return (struct encoded){(uint32_t)top, EVENT_NAN_LOST};
        x = number_zero;
        out.events = EVENT_NAN_LOST;
    }
    if (s->zero_point == ZERO_FLOAT)
        x = less_offset(s, b, x);
    int64_t n = to_integer(casted(s, quotient_of(s, b, x)), r, random, &out.events) + b->zero;
    int64_t limited_n = n < 0 ? 0 : n > top ? top : n;
    if (limited_n != n)
        out.events |= EVENT_SATURATED | EVENT_INEXACT;
    out.code = (uint32_t)limited_n;
    return out;
}

/* The scale fell below its format: so do the elements. */
static struct encoded encode_under_zero(const struct scaling *s, const struct rounding *r,
                                        const struct block_scale *b, float x, uint32_t random)
{
    struct number zero = {.class = NUMBER_ZERO, .negative = signbit(x) != 0};
    struct encoded e = s->zero_point ? (struct encoded){0, 0} : format_round(b->element, zero, r, random);
    if (x != 0)
        e.events |= EVENT_FLUSHED | EVENT_INEXACT;
    return e;
}

struct encoded scaling_encode(const struct scaling *s, const struct rounding *r,
                              const struct block_scale *block, float x, uint32_t random)
{
    struct number n = number_from_f32(x);
    if (s->per == PER_NONE)
        return format_round(block->element, casted(s, n), r, random);
    if (block->value.class == NUMBER_NAN)
        return (struct encoded){0, isnan(x) ? EVENT_NAN : 0};
    if (s->order == ORDER_TE)
        return te_encode(r, block, x, random);
    if (block->value.class == NUMBER_ZERO && !has_steps(s))
        return encode_under_zero(s, r, block, x, random);
    if (s->zero_point)
        return encode_affine(s, r, block, n, random);
    return format_round(block->element, casted(s, quotient_of(s, block, n)), r, random);
}

struct number scaling_quotient(const struct scaling *s, const struct block_scale *b, float x)
{
    struct number n = number_from_f32(x);
    if (s->per == PER_NONE)
        return casted(s, n);
    if (s->order == ORDER_TE)
        return number_from_f32(te_quotient(b, x));
    return casted(s, quotient_of(s, b, s->zero_point == ZERO_FLOAT ? less_offset(s, b, n) : n));
}

double scaling_sr_probability(const struct scaling *s, const struct rounding *r,
                              const struct block_scale *block, float x)
{
    struct number n = scaling_quotient(s, block, x);
    if (n.class != NUMBER_FINITE)
        return 0;
    n.negative = false;
    double v = number_to_f64(n), low, high;
    if (s->zero_point) {
        low = v < 0x1p53 ? (double)(uint64_t)v : v;
        high = low < v ? low + 1 : low;
    } else {
        const struct format *f = block->element;
        n.negative = x < 0;
        v = n.negative ? -v : v;
        low = format_value(f, format_round(f, n, &(struct rounding){.mode = ROUND_RTZ}, 0).code);
        high = format_value(f, format_round(f, n, &(struct rounding){.mode = ROUND_RAZ}, 0).code);
    }
    double nu = (v - low) / (high - low);
    return nu > 0 && nu < 1 ? round_sr_probability(r, nu) : 0;
}

struct number scaling_value(const struct scaling *s, const struct block_scale *block, uint32_t code)
{
    if (!s->zero_point)
        return number_mul(format_decode(block->element, code), block->value);
    int64_t n = (int64_t)(code & format_code_mask(block->element)) - block->zero;
    struct number q = number_make(n < 0, (uint64_t)(n < 0 ? -n : n), 0);
    struct number y = number_mul(q, block->value);
    return s->zero_point == ZERO_FLOAT ? number_add(y, block->offset) : y;
}

float scaling_decode(const struct scaling *s, const struct block_scale *block, uint32_t code)
{
    return number_to_f32(scaling_value(s, block, code));
}
