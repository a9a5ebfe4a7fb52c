#include "sim/proof/oracle.h"

#include <stdlib.h>

/* ---- parameters, restated ---- */

static int fraction(const struct format *f)
{
    return f->precision - 1;
}

static bool is_int(const struct format *f)
{
    return f->family == &family_int;
}

static uint64_t sign_code(const struct format *f)
{
    return f->is_unsigned ? 0 : UINT64_C(1) << (f->bits - 1);
}

static uint64_t magnitudes(const struct format *f) /* number of magnitude codes */
{
    return UINT64_C(1) << (f->exponent_bits + fraction(f));
}

static bool is_p3109(const struct format *f)
{
    return !is_int(f) && (f->specials == SPECIALS_P3109_FINITE || f->specials == SPECIALS_P3109_EXTENDED);
}

static bool nan_replaces_neg_zero(const struct format *f)
{
    return !is_int(f) && (f->specials == SPECIALS_FNUZ || (is_p3109(f) && !f->is_unsigned));
}

static uint64_t top_code(const struct format *f,
                         bool negative) /* magnitude code of the largest finite value */
{
    if (is_int(f))
        return (UINT64_C(1) << (f->bits - 1)) - !(negative && f->codes == CODES_TWOS);
    uint64_t top = magnitudes(f) - 1;
    switch (f->specials) {
    case SPECIALS_IEEE:
        return top - (UINT64_C(1) << fraction(f));
    case SPECIALS_NAN:
        return top - 1;
    case SPECIALS_P3109_FINITE: /* Mhi is 2^(K-1) - 1 signed, 2^K - 2 unsigned; Inf takes one more */
        return f->is_unsigned ? top - 1 : top;
    case SPECIALS_P3109_EXTENDED:
        return f->is_unsigned ? top - 2 : top - 1;
    default:
        return top;
    }
}

static bool type_has_nan(const struct format *f)
{
    return !is_int(f) && f->specials != SPECIALS_NONE && !(f->specials == SPECIALS_IEEE && fraction(f) == 0);
}

static bool type_has_inf(const struct format *f)
{
    return !is_int(f) && (f->specials == SPECIALS_IEEE || f->specials == SPECIALS_P3109_EXTENDED);
}

static int first_exponent(const struct format *f) /* of the lowest normal number */
{
    return (f->subnormals == SUBNORMALS_NONE ? 0 : 1) - f->bias;
}

/* The value of a magnitude code, unbounded above, but for the stretch. */
static void magnitude_value(mpfr_ptr out, const struct format *f, uint64_t code)
{
    if (is_int(f)) {
        mpfr_set_ui_2exp(out, code, -f->fraction_bits, MPFR_RNDN);
        return;
    }
    int m = fraction(f);
    uint64_t field = f->exponent_bits ? code >> m : 0, t = code - (field << m);
    if (field == 0 && f->subnormals != SUBNORMALS_NONE) {
        if (f->subnormals == SUBNORMALS_OFF)
            t = 0;
        mpfr_set_ui_2exp(out, t, 1 - f->bias - m, MPFR_RNDN);
    } else
        mpfr_set_ui_2exp(out, t + (UINT64_C(1) << m), (mpfr_exp_t)field - f->bias - m, MPFR_RNDN);
}

/* The inverse, for a value of the (unbounded) grid. */
static uint64_t magnitude_code(const struct format *f, mpfr_srcptr v)
{
    mpfr_t s;
    mpfr_init2(s, 80);
    uint64_t code;
    if (mpfr_zero_p(v))
        code = 0;
    else if (is_int(f)) {
        mpfr_mul_2si(s, v, f->fraction_bits, MPFR_RNDN);
        code = mpfr_get_ui(s, MPFR_RNDN);
    } else {
        int m = fraction(f);
        mpfr_exp_t e = mpfr_get_exp(v) - 1;
        if (f->exponent_bits == 0 || e < first_exponent(f)) {
            mpfr_mul_2si(s, v, f->bias - 1 + m, MPFR_RNDN);
            code = mpfr_get_ui(s, MPFR_RNDN);
        } else {
            mpfr_mul_2si(s, v, m - e, MPFR_RNDN);
            code = ((uint64_t)(e + f->bias) << m) + mpfr_get_ui(s, MPFR_RNDN) - (UINT64_C(1) << m);
        }
    }
    mpfr_clear(s);
    return code;
}

void oracle_decode(mpfr_ptr out, const struct format *f, uint32_t code)
{
    uint64_t mask = f->bits == 32 ? 0xffffffffu : (UINT64_C(1) << f->bits) - 1, c = code & mask;
    bool negative = (c & sign_code(f)) != 0;
    if (is_int(f)) {
        uint64_t magnitude = c & ~sign_code(f);
        if (negative && f->codes != CODES_SIGNMAG)
            magnitude = sign_code(f) - magnitude;
        magnitude_value(out, f, magnitude);
    } else {
        uint64_t magnitude = c & ~sign_code(f);
        if ((nan_replaces_neg_zero(f) && c == sign_code(f)) ||
            (magnitude > top_code(f, false) && !(type_has_inf(f) && magnitude == top_code(f, false) + 1))) {
            mpfr_set_nan(out);
            return;
        }
        if (magnitude > top_code(f, false))
            mpfr_set_inf(out, 1);
        else
            magnitude_value(out, f, magnitude);
    }
    if (f->stretch > 0)
        mpfr_mul_d(out, out, (double)f->stretch, MPFR_RNDN);
    if (negative)
        mpfr_neg(out, out, MPFR_RNDN);
}

/* ---- rounding by MPFR ---- */

/* |x| to precision and exponent range of f, unbounded above, with gradual underflow: the recipe of the MPFR
 * manual, "mpfr_subnormalize". */
static void round_float(mpfr_ptr out, const struct format *f, mpfr_srcptr x, mpfr_rnd_t rnd)
{
    mpfr_exp_t emin = mpfr_get_emin();
    mpfr_set_prec(out, f->precision);
    int t = mpfr_abs(out, x, rnd);
    /* MPFR significands are in [1/2, 1): the least positive value 2^(first - m) has exponent first - m + 1.
     */
    mpfr_set_emin(first_exponent(f) - fraction(f) + 1);
    t = mpfr_check_range(out, t, rnd);
    mpfr_subnormalize(out, t, rnd);
    mpfr_set_emin(emin);
}

static void neighbours(struct oracle_case *c, const struct format *f, mpfr_srcptr x)
{
    if (is_int(f) || f->exponent_bits == 0) { /* a fixed-point grid */
        int point = is_int(f) ? f->fraction_bits : f->bias - 1 + fraction(f);
        mpfr_set_prec(c->low, ORACLE_PRECISION);
        mpfr_set_prec(c->high, ORACLE_PRECISION);
        mpfr_mul_2si(c->low, x, point, MPFR_RNDN);
        mpfr_ceil(c->high, c->low);
        mpfr_floor(c->low, c->low);
        mpfr_mul_2si(c->low, c->low, -point, MPFR_RNDN);
        mpfr_mul_2si(c->high, c->high, -point, MPFR_RNDN);
        return;
    }
    round_float(c->low, f, x, MPFR_RNDZ);
    round_float(c->high, f, x, MPFR_RNDA);
    int first = first_exponent(f);
    if (mpfr_get_exp(x) - 1 >= first)
        return;
    if (f->subnormals == SUBNORMALS_OFF) {
        mpfr_set_zero(c->low, 1);
        mpfr_set_ui_2exp(c->high, 1, first, MPFR_RNDN);
    } else if (f->subnormals == SUBNORMALS_NONE) {
        mpfr_set_ui_2exp(c->low, 1, first, MPFR_RNDN);
        mpfr_set(c->high, c->low, MPFR_RNDN);
    }
}

/* A real-valued bias, or stretched integers: the neighbours of x / stretch, times stretch. Rounding the
 * quotient down and up keeps it on its side of every grid value: those have far less bits. */
static void stretched_neighbours(struct oracle_case *c, const struct format *f)
{
    mpfr_t quotient, high;
    mpfr_inits2(ORACLE_PRECISION, quotient, high, (mpfr_ptr)0);
    mpfr_div_d(quotient, c->x, (double)f->stretch, MPFR_RNDU);
    neighbours(c, f, quotient);
    mpfr_set(high, c->high, MPFR_RNDN);
    mpfr_div_d(quotient, c->x, (double)f->stretch, MPFR_RNDD);
    neighbours(c, f, quotient);
    mpfr_set_prec(c->high, ORACLE_PRECISION);
    mpfr_set(c->high, high, MPFR_RNDN);
    mpfr_clears(quotient, high, (mpfr_ptr)0);
}

/* MPFR's own roundings of the case must be one of the neighbours we found, the one the mode names. */
static void cross_check(const struct oracle_case *c, const struct format *f)
{
    if (is_int(f) || f->exponent_bits == 0 || f->subnormals != SUBNORMALS_ON || c->exact || f->stretch > 0)
        return;
    mpfr_t v;
    mpfr_init2(v, 53);
    round_float(v, f, c->x, MPFR_RNDN);
    bool up = mpfr_equal_p(v, c->high);
    if (c->side ? up != (c->side > 0) : (up ? c->high_code & 1 : c->low_code & 1)) {
        /* With one bit of precision MPFR has no code to call even; ties are ours to decide there. */
        if (c->side || f->precision > 1)
            abort();
    }
    mpfr_clear(v);
}

void oracle_case_init(struct oracle_case *c)
{
    mpfr_init2(c->x, ORACLE_PRECISION);
    mpfr_init2(c->low, ORACLE_PRECISION);
    mpfr_init2(c->high, ORACLE_PRECISION);
}

void oracle_case_clear(struct oracle_case *c)
{
    mpfr_clear(c->x);
    mpfr_clear(c->low);
    mpfr_clear(c->high);
}

void oracle_case_set(struct oracle_case *c, const struct format *f, mpfr_srcptr x)
{
    c->negative = mpfr_signbit(x) != 0;
    mpfr_abs(c->x, x, MPFR_RNDN);
    bool stretched = f->stretch > 0;
    if (stretched)
        stretched_neighbours(c, f);
    else
        neighbours(c, f, c->x);
    c->low_code = magnitude_code(f, c->low);
    c->high_code = magnitude_code(f, c->high);
    if (stretched) {
        mpfr_prec_round(c->low, ORACLE_PRECISION, MPFR_RNDN);
        mpfr_mul_d(c->low, c->low, (double)f->stretch, MPFR_RNDN);
        mpfr_mul_d(c->high, c->high, (double)f->stretch, MPFR_RNDN);
    }
    c->exact = mpfr_equal_p(c->x, c->low) || mpfr_equal_p(c->x, c->high);
    mpfr_t middle;
    mpfr_init2(middle, ORACLE_PRECISION);
    mpfr_add(middle, c->low, c->high, MPFR_RNDN);
    mpfr_div_2ui(middle, middle, 1, MPFR_RNDN);
    int side = mpfr_cmp(c->x, middle);
    c->side = (side > 0) - (side < 0);
    mpfr_clear(middle);
    cross_check(c, f);
}

/* floor(nu * 2^k), nu = (|x| - low) / (high - low); *rest: whether something was cut off. */
static uint64_t share(const struct oracle_case *c, int k, bool *rest)
{
    mpfr_t nu, width;
    mpfr_inits2(ORACLE_PRECISION, nu, width, (mpfr_ptr)0);
    mpfr_sub(nu, c->x, c->low, MPFR_RNDN);
    mpfr_mul_2si(nu, nu, k, MPFR_RNDN);
    mpfr_sub(width, c->high, c->low, MPFR_RNDN);
    *rest = mpfr_div(nu, nu, width, MPFR_RNDZ) != 0; /* integers below 2^34 survive the rounding */
    *rest = !mpfr_integer_p(nu) || *rest;
    uint64_t units = mpfr_get_ui(nu, MPFR_RNDZ);
    mpfr_clears(nu, width, (mpfr_ptr)0);
    return units;
}

/* IEEE P3109 Interim Report v4.0, 4.7.4, with n bits R. */
static bool stochastic_up(const struct oracle_case *c, const struct rounding *r, uint32_t random)
{
    int n = r->sr_bits ? r->sr_bits : 32;
    uint64_t bits = random >> (32 - n), one = UINT64_C(1) << n;
    bool rest;
    switch (r->sr_kind) {
    case SR_A:
        return share(c, n, &rest) + bits >= one;
    case SR_B:
        return share(c, n + 1, &rest) + 2 * bits + 1 >= 2 * one;
    case SR_C: {
        uint64_t halves = share(c, n + 1, &rest), units = halves / 2;
        bool up = halves % 2 && (rest || units % 2);
        return units + up + bits >= one;
    }
    default: /* equal probability: the first bit */
        return random >> 31;
    }
}

/* Half a step added to |x|, in steps and rounded to 24 bits: whether that reaches the upper neighbour. */
static bool reaches_in_binary32(const struct oracle_case *c)
{
    mpfr_t step, sum, high;
    mpfr_inits2(ORACLE_PRECISION, step, high, (mpfr_ptr)0);
    mpfr_init2(sum, 24);
    mpfr_sub(step, c->high, c->low, MPFR_RNDN);
    mpfr_div(high, c->x, step, MPFR_RNDZ);
    mpfr_add_d(sum, high, 0.5, MPFR_RNDN);
    mpfr_div(high, c->high, step, MPFR_RNDN);
    bool exactly = mpfr_cmp_ui_2exp(high, 1, 23) > 0, up = mpfr_cmp(sum, high) >= 0;
    mpfr_clears(step, sum, high, (mpfr_ptr)0);
    return exactly ? c->side >= 0 : up;
}

bool oracle_rounds_up(const struct oracle_case *c, const struct rounding *r, uint32_t random)
{
    if (c->exact)
        return mpfr_equal_p(c->x, c->high);
    bool low_odd = c->low_code & 1;
    switch (r->mode) {
    case ROUND_RNE:
        return c->side ? c->side > 0 : low_odd;
    case ROUND_RNO:
        return c->side ? c->side > 0 : !low_odd;
    case ROUND_RNA:
        return r->half_f32 ? reaches_in_binary32(c) : c->side >= 0;
    case ROUND_RNZ:
        return c->side > 0;
    case ROUND_RUP:
        return !c->negative;
    case ROUND_RDN:
        return c->negative;
    case ROUND_RTZ:
        return false;
    case ROUND_RAZ:
        return true;
    case ROUND_ODD:
        return !low_odd;
    case ROUND_SR:
        return stochastic_up(c, r, random);
    default:
        abort();
    }
}

static uint32_t with_sign(const struct format *f, uint64_t magnitude, bool negative)
{
    uint64_t code = magnitude;
    if (negative && is_int(f) && f->codes != CODES_SIGNMAG)
        code = (UINT64_C(1) << f->bits) - magnitude;
    else if (negative)
        code |= sign_code(f);
    return (uint32_t)(code & ((UINT64_C(1) << f->bits) - 1));
}

/* Formats with NaN have it at: the quiet bit (IEEE), the code of -0, or all ones. */
static uint32_t nan_of(const struct format *f)
{
    if (nan_replaces_neg_zero(f))
        return (uint32_t)sign_code(f);
    if (f->specials != SPECIALS_IEEE)
        return (uint32_t)(magnitudes(f) - 1);
    return (uint32_t)(magnitudes(f) - (UINT64_C(1) << fraction(f)) / 2);
}

/* "Inf or NaN as the type allows." */
static uint32_t beyond(const struct format *f, bool negative, bool nan_first)
{
    if (type_has_nan(f) && (nan_first || !type_has_inf(f)))
        return nan_of(f);
    if (type_has_inf(f))
        return with_sign(f, top_code(f, negative) + 1, negative);
    return with_sign(f, top_code(f, negative), negative);
}

static uint32_t zero_of(const struct format *f, bool negative, const struct rounding *r)
{
    bool has_sign = is_int(f) ? f->codes == CODES_SIGNMAG : !f->is_unsigned && !nan_replaces_neg_zero(f);
    if (!has_sign)
        return 0;
    bool drop = r->neg_zero == NEG_ZERO_DROP && !(!is_int(f) && f->subnormals == SUBNORMALS_NONE);
    return negative && !drop ? (uint32_t)sign_code(f) : 0;
}

static bool ends_in_special(const struct rounding *r)
{
    return r->overflow == OVERFLOW_INFINITY || r->overflow == OVERFLOW_NAN;
}

/* A negative value, rounded to a magnitude code, in an unsigned type. P3109, 4.7.5, SatNone: toward zero and
 * toward positive stop at Mlo = 0, all other modes give NaN. */
static uint32_t negative_of_unsigned(const struct format *f, uint64_t code, const struct rounding *r)
{
    if (!is_p3109(f))
        return type_has_nan(f) ? nan_of(f) : 0;
    if (code == 0 || !ends_in_special(r) || r->mode == ROUND_RTZ || r->mode == ROUND_RUP)
        return 0;
    return nan_of(f);
}

/* Whether an overflow stops at the largest finite value under infinity and nan. P3109 stops to-odd only where
 * Inf has an even code and the finite value below it an odd one. */
static bool stops_at_top(const struct format *f, const struct rounding *r, bool negative)
{
    if (is_p3109(f) && r->mode == ROUND_ODD)
        return f->is_unsigned && f->specials == SPECIALS_P3109_EXTENDED;
    return r->mode == ROUND_RTZ || r->mode == ROUND_ODD || (r->mode == ROUND_RUP && negative) ||
           (r->mode == ROUND_RDN && !negative);
}

uint32_t oracle_encode(const struct oracle_case *c, bool up, const struct format *f, const struct rounding *r)
{
    uint64_t code = up ? c->high_code : c->low_code;
    bool fraction_left = !is_int(f) && f->exponent_bits > 0 && fraction(f) > 0 &&
                         code % (UINT64_C(1) << fraction(f)) == 0 && code - c->low_code == 1;
    if (up && !c->exact && fraction_left && r->carry == CARRY_CLAMP)
        code = c->low_code;
    else if (up && !c->exact && fraction_left && r->carry == CARRY_OR)
        code = (c->low_code >> fraction(f) | 1) << fraction(f);
    if (c->negative && !is_int(f) && f->is_unsigned)
        return negative_of_unsigned(f, code, r);
    uint64_t top = top_code(f, c->negative);
    if (code > top) {
        if (ends_in_special(r) && !stops_at_top(f, r, c->negative))
            return beyond(f, c->negative, r->overflow == OVERFLOW_NAN);
        code = top;
    }
    bool normal = is_int(f) || f->exponent_bits == 0 || f->subnormals == SUBNORMALS_NONE ||
                  code >= UINT64_C(1) << fraction(f);
    if (code == 0 || (r->ftz && !normal))
        return zero_of(f, c->negative, r);
    return with_sign(f, code, c->negative);
}

uint32_t oracle_encode_special(enum number_class class, bool negative, const struct format *f,
                               const struct rounding *r)
{
    uint32_t top = with_sign(f, top_code(f, negative), negative);
    bool has_zero = is_int(f) || f->subnormals != SUBNORMALS_NONE;
    bool minus = negative;
    if (has_zero)
        minus = (negative && r->neg_zero != NEG_ZERO_ROUNDED) || r->neg_zero == NEG_ZERO_MADE;
    if (class == NUMBER_ZERO)
        return zero_of(f, minus, r);
    if (class == NUMBER_NAN)
        return type_has_nan(f)        ? nan_of(f)
               : r->nan == NAN_TO_MAX ? with_sign(f, top_code(f, false), false)
                                      : 0;
    bool keeps = ends_in_special(r) || r->overflow == OVERFLOW_SATURATE_MLDTYPES;
    if (negative && !is_int(f) && f->is_unsigned)
        return type_has_nan(f) && (keeps || !is_p3109(f)) ? nan_of(f) : 0;
    switch (r->overflow) {
    case OVERFLOW_SATURATE:
        return top;
    case OVERFLOW_SATURATE_KEEP_INF:
        return type_has_inf(f) ? beyond(f, negative, false) : top;
    case OVERFLOW_SATURATE_ONNX:
        return f->specials == SPECIALS_FNUZ ? nan_of(f) : top;
    case OVERFLOW_SATURATE_MLDTYPES:
    case OVERFLOW_INFINITY:
        return beyond(f, negative, false);
    default:
        return beyond(f, negative, true);
    }
}
