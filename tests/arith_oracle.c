#include "tests/arith_oracle.h"

#include <math.h>
#include <stdlib.h>

/* Sums of products of values within 2^-700 .. 2^700 are held whole. The oracles hold ORACLE_PRECISION bits:
 * of more, the first and a mark that there is more. Results that are not finite have MARGIN bits beyond. */
enum { EXACT = 3000, MARKED = ORACLE_PRECISION, KEPT = MARKED - 2, MARGIN = 100 };

/* 2^x for larger x is beyond every format, and need not be beyond MPFR. */
enum { FAR = 1 << 20 };

static bool is_ladder(const struct format *f)
{
    return f->family != &family_float && f->family != &family_int;
}

void arith_oracle_value(mpfr_ptr out, const struct format *f, uint32_t code)
{
    if (is_ladder(f))
        mpfr_set_d(out, ladder_define_value(f, code), MPFR_RNDN);
    else
        oracle_decode(out, f, code);
}

/* --- facts of the format --- */

/* The largest magnitude that rounding gives a result of the sign. */
static void set_most(struct arith_oracle *o, bool negative)
{
    const struct format *f = o->f;
    if (f->family == &family_int) {
        bool more = negative && f->codes == CODES_TWOS;
        mpfr_set_ui_2exp(o->most, (1u << (f->bits - 1)) - !more, -f->fraction_bits, MPFR_RNDN);
        if (f->stretch > 0)
            mpfr_mul_d(o->most, o->most, (double)f->stretch, MPFR_RNDN);
        return;
    }
    int bits = f->bits - !f->is_unsigned;
    uint64_t low = 0, high = UINT64_C(1) << bits; /* magnitude codes ascend up to Inf and NaN */
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;
        oracle_decode(o->most, f, (uint32_t)middle);
        if (mpfr_number_p(o->most))
            low = middle;
        else
            high = middle;
    }
    oracle_decode(o->most, f, (uint32_t)low);
}

/* The least normal number of floats with exponents, elsewhere the least positive value. */
static void set_least(struct arith_oracle *o)
{
    const struct format *f = o->f;
    if (o->ladder) {
        size_t i = 0;
        while (o->rungs.at[i].value <= 0)
            i++;
        mpfr_set_d(o->least, o->rungs.at[i].value, MPFR_RNDN);
        return;
    }
    bool normals = f->family == &family_float && f->exponent_bits > 0;
    bool lowest = normals && f->subnormals == SUBNORMALS_NONE;
    oracle_decode(o->least, f, normals ? (lowest ? 0 : 1u << (f->precision - 1)) : 1);
}

void arith_oracle_open(struct arith_oracle *o, const struct format *f)
{
    *o = (struct arith_oracle){.f = f, .ladder = is_ladder(f), .twin = *f};
    for (int i = 0; i < 3; i++)
        mpfr_init2(o->value[i], 64);
    mpfr_init2(o->whole, EXACT);
    mpfr_init2(o->kept, KEPT);
    mpfr_inits2(MARKED, o->x, o->least, o->most, o->delivered, (mpfr_ptr)0);
    oracle_case_init(&o->number);
    oracle_case_init(&o->unbounded);
    ladder_case_init(&o->on_ladder);
    if (o->ladder)
        o->rungs = rungs_all(f);
    o->has_negative = o->ladder ? o->rungs.at[0].value < 0 : f->family == &family_int || !f->is_unsigned;
    o->twin.bias += 4 * FAR; /* even, so that codes keep their parity */
    set_least(o);
    if (f->family == &family_float)
        set_most(o, false);
}

void arith_oracle_close(struct arith_oracle *o)
{
    for (int i = 0; i < 3; i++)
        mpfr_clear(o->value[i]);
    mpfr_clears(o->whole, o->kept, o->x, o->least, o->most, o->delivered, (mpfr_ptr)0);
    oracle_case_clear(&o->number);
    oracle_case_clear(&o->unbounded);
    ladder_case_clear(&o->on_ladder);
    if (o->ladder)
        rungs_free(&o->rungs);
}

/* --- exact results --- */

static int exp2_near(mpfr_ptr out, mpfr_srcptr x)
{
    if (mpfr_number_p(x) && mpfr_cmpabs_ui(x, FAR) > 0)
        return mpfr_set_ui_2exp(out, 1, mpfr_sgn(x) * FAR, MPFR_RNDZ);
    return mpfr_exp2(out, x, MPFR_RNDZ);
}

static int extremum(struct arith_oracle *o)
{
    bool number = o->op == OPERATION_MINIMUM_NUMBER || o->op == OPERATION_MAXIMUM_NUMBER;
    bool least = o->op == OPERATION_MINIMUM || o->op == OPERATION_MINIMUM_NUMBER;
    if (!number && (mpfr_nan_p(o->value[0]) || mpfr_nan_p(o->value[1]))) {
        mpfr_set_nan(o->whole);
        return 0;
    }
    return (least ? mpfr_min : mpfr_max)(o->whole, o->value[0], o->value[1], MPFR_RNDN);
}

/* MPFR's own rules for zeros and infinities are IEEE's. Returns whether anything was cut. */
static bool operate(struct arith_oracle *o)
{
    mpfr_ptr out = o->whole, a = o->value[0], b = o->value[1], c = o->value[2];
    bool whole =
        o->op == OPERATION_ADD || o->op == OPERATION_SUB || o->op == OPERATION_MUL || o->op == OPERATION_FMA;
    mpfr_set_prec(out, whole ? EXACT : KEPT + MARGIN);
    switch (o->op) {
    case OPERATION_ADD:
        return mpfr_add(out, a, b, MPFR_RNDN) != 0;
    case OPERATION_SUB:
        return mpfr_sub(out, a, b, MPFR_RNDN) != 0;
    case OPERATION_MUL:
        return mpfr_mul(out, a, b, MPFR_RNDN) != 0;
    case OPERATION_DIV:
        return mpfr_div(out, a, b, MPFR_RNDZ) != 0;
    case OPERATION_FMA:
        return mpfr_fma(out, a, b, c, MPFR_RNDN) != 0;
    case OPERATION_SQRT:
        return mpfr_sqrt(out, a, MPFR_RNDZ) != 0;
    case OPERATION_RECIP:
        return mpfr_ui_div(out, 1, a, MPFR_RNDZ) != 0;
    case OPERATION_EXP2:
        return exp2_near(out, a) != 0;
    case OPERATION_CONVERT:
        return mpfr_set(out, a, MPFR_RNDN) != 0;
    default:
        return extremum(o) != 0;
    }
}

void arith_oracle_set(struct arith_oracle *o, enum operation op, const struct format *const from[3],
                      const uint32_t code[3])
{
    o->op = op;
    o->is_nan_given = false;
    for (int i = 0; i < operation_operands(op); i++) {
        arith_oracle_value(o->value[i], from[i], code[i]);
        o->is_nan_given |= mpfr_nan_p(o->value[i]) != 0;
    }
    bool cut = operate(o);
    cut |= mpfr_set(o->kept, o->whole, MPFR_RNDZ) != 0;
    mpfr_set(o->x, o->kept, MPFR_RNDN);
    if (cut)
        mpfr_signbit(o->kept) ? mpfr_nextbelow(o->x) : mpfr_nextabove(o->x);
    if (!mpfr_regular_p(o->x) || o->ladder)
        return;
    oracle_case_set(&o->number, o->f, o->x);
    if (o->f->family == &family_int)
        set_most(o, o->number.negative);
    if (o->f->family == &family_float && o->f->exponent_bits > 0)
        oracle_case_set(&o->unbounded, &o->twin, o->x);
}

enum relation arith_oracle_relation(const struct arith_oracle *o)
{
    if (mpfr_unordered_p(o->value[0], o->value[1]))
        return RELATION_UNORDERED;
    int order = mpfr_cmp(o->value[0], o->value[1]);
    return order < 0 ? RELATION_LESS : order > 0 ? RELATION_GREATER : RELATION_EQUAL;
}

/* --- results of a format --- */

/* Whether the result is 2^(k/2) * 2^(-fraction_bits) for an odd k: halfway between two logarithms. */
static bool is_log_tie(const struct arith_oracle *o)
{
    mpfr_srcptr a = o->value[0];
    if (o->f->family != &family_lns || (o->op != OPERATION_EXP2 && o->op != OPERATION_SQRT))
        return false;
    mpfr_t log;
    mpfr_init2(log, 128);
    bool known = true;
    if (o->op == OPERATION_EXP2)
        mpfr_set(log, a, MPFR_RNDN);
    else {
        known = mpfr_min_prec(a) == 1;
        mpfr_set_si_2exp(log, mpfr_get_exp(a) - 1, -1, MPFR_RNDN);
    }
    mpfr_mul_2si(log, log, o->f->fraction_bits + 1, MPFR_RNDN);
    bool tie = known && mpfr_integer_p(log);
    mpfr_div_2ui(log, log, 1, MPFR_RNDN);
    tie = tie && !mpfr_integer_p(log);
    mpfr_clear(log);
    return tie;
}

static enum number_class class_of(mpfr_srcptr x)
{
    return mpfr_nan_p(x)    ? NUMBER_NAN
           : mpfr_inf_p(x)  ? NUMBER_INF
           : mpfr_zero_p(x) ? NUMBER_ZERO
                            : NUMBER_FINITE;
}

static struct arith_want special(struct arith_oracle *o, const struct rounding *r, uint32_t random)
{
    enum number_class class = class_of(o->x);
    bool negative = mpfr_signbit(o->x) != 0;
    bool sums = o->op == OPERATION_ADD || o->op == OPERATION_SUB || o->op == OPERATION_FMA;
    if (class == NUMBER_ZERO && sums && r->mode == ROUND_RDN) { /* MPFR asked again */
        mpfr_ptr a = o->value[0], b = o->value[1];
        o->op == OPERATION_ADD   ? mpfr_add(o->whole, a, b, MPFR_RNDD)
        : o->op == OPERATION_SUB ? mpfr_sub(o->whole, a, b, MPFR_RNDD)
                                 : mpfr_fma(o->whole, a, b, o->value[2], MPFR_RNDD);
        negative = mpfr_signbit(o->whole) != 0;
    }
    struct arith_want want = {0, 0};
    want.code = o->ladder ? ladder_special(&o->rungs, class, negative, r, random).code
                          : oracle_encode_special(class, negative, o->f, r);
    arith_oracle_value(o->delivered, o->f, want.code);
    enum number_class got = class_of(o->delivered);
    if (class == NUMBER_ZERO) {
        want.raised = got == NUMBER_ZERO ? 0 : RAISED_INEXACT;
        return want;
    }
    bool pole = class == NUMBER_INF &&
                ((o->op == OPERATION_DIV && mpfr_zero_p(o->value[1]) && !mpfr_inf_p(o->value[0])) ||
                 (o->op == OPERATION_RECIP));
    bool made = class == NUMBER_NAN && !o->is_nan_given;
    want.raised = (pole ? RAISED_DIVISION : 0) | (made || (got != class && !pole) ? RAISED_INVALID : 0);
    return want;
}

static bool is_tiny(struct arith_oracle *o, const struct rounding *r, uint32_t random)
{
    if (o->f->family != &family_float || o->f->exponent_bits == 0)
        return mpfr_cmpabs(o->x, o->least) < 0;
    bool up = oracle_rounds_up(&o->unbounded, r, random);
    return mpfr_cmpabs(up ? o->unbounded.high : o->unbounded.low, o->least) < 0;
}

struct arith_want arith_oracle_want(struct arith_oracle *o, const struct rounding *r, uint32_t random)
{
    if (!mpfr_regular_p(o->x))
        return special(o, r, random);
    struct arith_want want = {0, 0};
    bool over;
    if (o->ladder) {
        ladder_case_set(&o->on_ladder, &o->rungs, o->x);
        if (!o->on_ladder.exact && is_log_tie(o))
            o->on_ladder.side = 0;
        int side = o->on_ladder.exact ? 0 : mpfr_cmp(o->on_ladder.x, o->on_ladder.boundary);
        o->beyond_64_bits = side && o->on_ladder.side && (side > 0) != (o->on_ladder.side > 0);
        struct ladder_want w = ladder_case_encode(&o->on_ladder, r, random);
        want.code = w.code;
        over = (w.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    } else {
        bool up = oracle_rounds_up(&o->number, r, random);
        want.code = oracle_encode(&o->number, up, o->f, r);
        over = mpfr_cmpabs(up ? o->number.high : o->number.low, o->most) > 0;
    }
    if (mpfr_sgn(o->x) < 0 && !o->has_negative) {
        want.raised = RAISED_INVALID;
        return want;
    }
    arith_oracle_value(o->delivered, o->f, want.code);
    if (mpfr_equal_p(o->delivered, o->x))
        return want;
    want.raised =
        RAISED_INEXACT | (over ? RAISED_OVERFLOW : 0) | (is_tiny(o, r, random) ? RAISED_UNDERFLOW : 0);
    return want;
}

uint32_t arith_raised(const struct operation_counts *c)
{
    return (c->invalid ? RAISED_INVALID : 0) | (c->division_by_zero ? RAISED_DIVISION : 0) |
           (c->overflow ? RAISED_OVERFLOW : 0) | (c->underflow ? RAISED_UNDERFLOW : 0) |
           (c->inexact ? RAISED_INEXACT : 0);
}
