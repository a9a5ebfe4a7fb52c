/* The door: rounding a number to an integer multiple of a power of two, and the conversions of carriers. */
#include "formats/format.h"

const char *const round_mode_names[ROUND_MODES] = {"rne", "rna", "rnz", "rno", "rup",
                                                   "rdn", "rtz", "raz", "odd", "sr"};
const char *const overflow_mode_names[OVERFLOW_MODES] = {
    "saturate", "saturate-keep-inf", "saturate-onnx", "saturate-mldtypes", "infinity", "nan"};
const char *const nan_mode_names[NAN_MODES] = {"zero", "max", "error"};
const char *const neg_zero_mode_names[NEG_ZERO_MODES] = {"keep", "drop", "made", "rounded"};
const char *const carry_mode_names[CARRY_MODES] = {"add", "or", "clamp"};
const char *const sr_kind_names[SR_KINDS] = {"a", "b", "c", "equal"};
const char *const specials_names[SPECIALS_KINDS] = {"ieee", "nan",          "none",
                                                    "fnuz", "p3109-finite", "p3109-extended"};
const char *const subnormals_names[SUBNORMALS_KINDS] = {"on", "off", "none"};
const char *const int_codes_names[CODES_KINDS] = {"sym", "twos", "signmag"};

/* |x| * 2^-q = integer + fraction * 2^-64 (+ less than 2^-64 if sticky). */
struct split {
    uint64_t integer, fraction;
    bool sticky;
};

static struct split split_at(struct number x, int32_t q)
{
    int64_t shift = (int64_t)q - x.exponent; /* bits of the significand below 2^q */
    struct split s = {.sticky = x.sticky};
    if (shift <= 1) /* |x| * 2^-q >= 2^62: beyond every format */
        s.integer = UINT64_C(1) << 62;
    else if (shift < 64) {
        s.integer = x.significand >> shift;
        s.fraction = x.significand << (64 - shift);
    } else if (shift < 128) /* from 65 on below 1/2 and never 0: what falls off decides nothing */
        s.fraction = x.significand >> (shift - 64);
    else
        s.sticky = true;
    return s;
}

/* With K = 2^n - R: A goes up from nu = K * 2^-n; B from (2K - 1) * 2^-(n+1); C, where nu * 2^n rounds to K
 * or above, from (K - 1/2) * 2^-n, the tie itself only if K is even. */
void round_sr_threshold(const struct rounding *r, uint32_t random, uint64_t *up, int *n, bool *strict)
{
    *n = r->sr_bits ? r->sr_bits : 32;
    uint64_t k = (UINT64_C(1) << *n) - (random >> (32 - *n));
    *strict = r->sr_kind == SR_C && (k & 1);
    switch (r->sr_kind) {
    case SR_EQUAL: /* every nu, or none: nu < 1 = 2^(n+1) * 2^-(n+1) */
        *up = random >> 31 ? 0 : UINT64_C(2) << *n;
        break;
    case SR_A:
        *up = 2 * k;
        break;
    default:
        *up = 2 * k - 1;
    }
}

/* nu * 2^(n+1) is exact: a multiplication by a power of two. Of the 2^n values of R, A goes up for floor(nu *
 * 2^n), B for floor(nu * 2^n + 1/2) (those with 2R + 1 >= 2^(n+1) - floor(nu * 2^(n+1))), C for RNE(nu *
 * 2^n). */
double round_sr_probability(const struct rounding *r, double nu)
{
    int n = r->sr_bits ? r->sr_bits : 32;
    double half = nu * (double)(UINT64_C(2) << n);
    uint64_t halves = (uint64_t)half, whole = halves / 2;
    bool rest = half != (double)halves;
    switch (r->sr_kind) {
    case SR_EQUAL:
        return 0.5;
    case SR_A:
        break;
    case SR_B:
        whole += halves & 1;
        break;
    default:
        whole += (halves & 1) && (rest || (whole & 1));
    }
    return (double)whole / (double)(UINT64_C(1) << n);
}

/* Whether the magnitude goes up from s.integer, s not an integer. */
static bool goes_up(const struct split *s, const struct rounding *r, bool negative, bool lower_odd,
                    uint32_t random)
{
    const uint64_t half = UINT64_C(1) << 63;
    bool tie = s->fraction == half && !s->sticky;
    bool above = s->fraction >= half && !tie;
    switch (r->mode) {
    case ROUND_RNE:
        return above || (tie && lower_odd);
    case ROUND_RNA:
        return above || tie;
    case ROUND_RNZ:
        return above;
    case ROUND_RNO:
        return above || (tie && !lower_odd);
    case ROUND_RUP:
        return !negative;
    case ROUND_RDN:
        return negative;
    case ROUND_RTZ:
        return false;
    case ROUND_RAZ:
        return true;
    case ROUND_ODD:
        return !lower_odd;
    case ROUND_SR: {
        uint64_t up;
        int n;
        bool strict;
        round_sr_threshold(r, random, &up, &n, &strict);
        unsigned __int128 least = (unsigned __int128)up << (63 - n); /* in units of 2^-64 */
        return s->fraction > least || (s->fraction == least && (s->sticky || !strict));
    }
    case ROUND_MODES:
        break;
    }
    return false;
}

/* The integer part of |x| * 2^-q + 1/2, the sum rounded to the 24 bits of binary32; |x| < 2^(q + 23). */
static uint64_t add_half_f32(struct number x, int32_t q)
{
    enum { CUT = 64 - 24 };
    const uint64_t tie = UINT64_C(1) << (CUT - 1);
    bool sticky = x.sticky;
    x.negative = x.sticky = false; /* a sum at or above 2^(q-1) keeps every bit that x's rest is below */
    struct number sum = number_add(x, number_pow2(q - 1));
    uint64_t bits = sum.significand >> CUT, rest = sum.significand & (2 * tie - 1);
    bits += rest > tie || (rest == tie && (sum.sticky || sticky || (bits & 1)));
    return bits >> (q - sum.exponent - CUT); /* by 0, for a sum of 2^23, to 24 */
}

uint64_t number_round_to(struct number x, int32_t q, const struct rounding *r, uint32_t random,
                         bool (*lower_is_odd)(uint64_t lower, int32_t q, const struct format *f),
                         const struct format *f, uint32_t *events)
{
    struct split s = split_at(x, q);
    bool adds_half = r->half_f32 && r->mode == ROUND_RNA && s.integer < UINT64_C(1) << 23;
    if (!s.fraction && !s.sticky)
        return s.integer;
    *events |= EVENT_INEXACT;
    /* Distance from the midpoint in units of 2^-64, against 2^-24 of the value: (integer + 1/2) * 2^40. */
    uint64_t half = UINT64_C(1) << 63;
    uint64_t distance = s.fraction > half ? s.fraction - half : half - s.fraction;
    if (s.integer < UINT64_C(1) << 24 && distance <= (2 * s.integer + 1) << 39)
        *events |= EVENT_NEAR_TIE;
    if (adds_half)
        return add_half_f32(x, q);
    return s.integer + goes_up(&s, r, x.negative, lower_is_odd(s.integer, q, f), random);
}

bool round_overflows_to_inf(enum round_mode mode, bool negative)
{
    switch (mode) {
    case ROUND_RUP:
        return !negative;
    case ROUND_RDN:
        return negative;
    case ROUND_RTZ:
    case ROUND_ODD:
        return false;
    default:
        return true;
    }
}

/* A subnormal result becomes the zero of its sign. Formats with normals are sign-magnitude floats. */
static struct encoded flush_subnormal(const struct format *f, struct encoded e)
{
    struct number y = format_decode(f, e.code);
    if (y.class != NUMBER_FINITE || number_compare_magnitude(y, format_min_normal(f)) >= 0)
        return e;
    struct number zero = {.class = NUMBER_ZERO, .negative = y.negative};
    struct encoded out = format_round(f, zero, &(struct rounding){.mode = ROUND_RNE}, 0);
    out.events |= (e.events & EVENT_NEAR_TIE) | EVENT_INEXACT | EVENT_FLUSHED;
    return out;
}

struct encoded format_round(const struct format *f, struct number x, const struct rounding *r,
                            uint32_t random)
{
    struct encoded out = f->family->encode(f, x, r, random);
    if (r->ftz && x.class == NUMBER_FINITE && format_has_normals(f))
        out = flush_subnormal(f, out);
    bool zero = x.class == NUMBER_ZERO && format_has_neg_zero(f);
    if (r->neg_zero == NEG_ZERO_MADE && zero)
        out = (struct encoded){UINT32_C(1) << (f->bits - 1), x.negative ? 0 : EVENT_SIGN_LOST};
    bool drops = r->neg_zero == NEG_ZERO_DROP || (r->neg_zero == NEG_ZERO_ROUNDED && x.class == NUMBER_ZERO);
    if (drops && format_has_neg_zero(f) && out.code == UINT32_C(1) << (f->bits - 1)) {
        out.code = 0;
        out.events |= EVENT_SIGN_LOST;
    }
    return out;
}
