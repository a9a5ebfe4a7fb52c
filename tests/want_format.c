/* Values on their way through formats. */
#include "tests/want.h"

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

uint32_t want_encode(struct oracle_case *c, const struct format *f, mpfr_srcptr v, const struct rounding *r,
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

void want_decode(mpfr_ptr out, const struct format *f, uint32_t code)
{
    if (is_known(f))
        oracle_decode(out, f, code);
    else
        mpfr_set_d(out, format_value(f, code), MPFR_RNDN);
}

/* The largest value that rounding produces: what an infinity saturates to. */
void want_largest(mpfr_ptr out, const struct format *f)
{
    struct rounding r = {.mode = ROUND_RNE};
    if (is_known(f))
        oracle_decode(out, f, oracle_encode_special(NUMBER_INF, false, f, &r));
    else
        mpfr_set_d(out, number_to_f64(format_max(f)), MPFR_RNDN);
    if (is_known(f) && f->family == &family_int && f->codes == CODES_TWOS)
        mpfr_set_ui_2exp(out, (1ul << (f->bits - 1)) - 1, -f->fraction_bits, MPFR_RNDN);
}

float want_f32(struct oracle_case *c, mpfr_srcptr v)
{
    struct rounding carrier = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    if (mpfr_nan_p(v))
        return NAN;
    return f32_from_bits(want_encode(c, format_find("fp32"), v, &carrier, 0));
}

void want_integer(struct run *r, mpfr_ptr v, const struct rounding *how, uint32_t random)
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

void want_step(struct run *r, mpfr_ptr v)
{
    const struct rounding nearest = {.mode = ROUND_RNE, .overflow = OVERFLOW_INFINITY};
    const struct scaling *s = &r->q->scaling;
    if (s->quotient == QUOTIENT_EXACT)
        return;
    uint32_t code = want_encode(&r->c, &s->via, v, &nearest, 0);
    want_decode(v, &s->via, code);
}

/* v over the second level, and v times it. */
void want_over_outer(const struct run *r, mpfr_ptr v)
{
    if (r->divides)
        mpfr_mul(v, v, r->outer, MPFR_RNDN);
    else
        mpfr_div(v, v, r->outer, MPFR_RNDN);
}

void want_times_outer(const struct run *r, mpfr_ptr v)
{
    if (r->divides)
        mpfr_div(v, v, r->outer, MPFR_RNDN);
    else
        mpfr_mul(v, v, r->outer, MPFR_RNDN);
}
