#include "sim/proof/ladder_oracle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"
#include "sim/proof/made_up.h"

/* ---- lists ---- */

static int by_value(const void *a, const void *b)
{
    double x = ((const struct rung *)a)->value, y = ((const struct rung *)b)->value;
    return (x > y) - (x < y);
}

struct rungs rungs_of(const struct format *f, const uint32_t *codes, size_t n, bool whole)
{
    struct rungs r = {.f = f, .at = malloc(n * sizeof *r.at), .whole = whole};
    for (size_t i = 0; i < n; i++) {
        double v = ladder_define_value(f, codes[i]);
        if (isfinite(v))
            r.at[r.n++] = (struct rung){v, codes[i]};
    }
    qsort(r.at, r.n, sizeof *r.at, by_value);
    return r;
}

struct rungs rungs_all(const struct format *f)
{
    const struct codebook *b = f->family == &family_codebook ? f->book : NULL;
    size_t n = b ? (size_t)b->n : (size_t)1 << f->bits; /* codes without a rank are never produced */
    uint32_t *codes = malloc(n * sizeof *codes);
    for (size_t i = 0; i < n; i++)
        codes[i] = b && b->codes ? b->codes[i] : (uint32_t)i;
    struct rungs r = rungs_of(f, codes, n, true);
    free(codes);
    return r;
}

void rungs_free(struct rungs *r)
{
    free(r->at);
}

static void mean(mpfr_ptr out, double a, double b)
{
    mpfr_set_prec(out, LADDER_PRECISION);
    mpfr_set_d(out, a, MPFR_RNDN);
    mpfr_add_d(out, out, b, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
}

/* Rounded in the logarithmic domain, a power of two begins at its value over the square root of two. */
static void codebook_boundary(mpfr_ptr out, const struct codebook *b, double low, double high)
{
    if (b->boundary == BOUNDARY_MEAN || (low < 0 && high > 0)) {
        mean(out, low, high);
        return;
    }
    double large = fabs(high) > fabs(low) ? high : low;
    mpfr_sqrt_ui(out, 2, MPFR_RNDN);
    mpfr_div_2ui(out, out, 1, MPFR_RNDN);
    mpfr_mul_d(out, out, large, MPFR_RNDN);
}

void rungs_boundary(mpfr_ptr out, const struct rungs *r, size_t i, bool *just_beyond)
{
    const struct format *f = r->f;
    const struct rung *low = &r->at[i], *high = low + 1;
    bool at_zero = low->value == 0 || high->value == 0;
    *just_beyond = strcmp(f->name, "hif8") == 0 && at_zero;
    mpfr_set_prec(out, 320); /* enough for what is irrational; mean() takes what it needs */
    if (is_made_up(f)) {
        const struct made_up *m = made_up_of(f);
        *just_beyond = m->just_beyond;
        if (m->own_boundaries)
            mpfr_set_d(out, m->boundary[i], MPFR_RNDN);
        else
            mean(out, low->value, high->value);
    } else if (f->family == &family_codebook)
        codebook_boundary(out, f->book, low->value, high->value);
    else if (f->family == &family_hif8)
        mean(out, low->value, high->value);
    else if (f->family == &family_lns) {
        mpfr_set_si_2exp(out, ladder_lns_log(f, low->code) + ladder_lns_log(f, high->code),
                         -f->fraction_bits - 1, MPFR_RNDN);
        mpfr_exp2(out, out, MPFR_RNDN);
        if (low->value < 0)
            mpfr_neg(out, out, MPFR_RNDN);
    } else if (at_zero)
        mpfr_set_zero(out, 1);
    else
        ladder_define(out, f, 2 * (uint64_t)low->code + 1, f->bits + 1);
}

/* ---- rounding ---- */

void ladder_case_init(struct ladder_case *c)
{
    mpfr_inits2(LADDER_PRECISION, c->x, c->share, c->width, c->scratch, (mpfr_ptr)0);
    mpfr_init2(c->boundary, 320);
}

void ladder_case_clear(struct ladder_case *c)
{
    mpfr_clears(c->x, c->share, c->width, c->scratch, c->boundary, (mpfr_ptr)0);
}

static bool type_has_inf(const struct format *f)
{
    return f->family == &family_hif8 || (is_made_up(f) && made_up_of(f)->has_inf);
}

static bool type_has_nan(const struct format *f)
{
    return is_made_up(f) ? made_up_of(f)->has_nan : f->family != &family_codebook;
}

static double beyond(const struct format *f)
{
    if (f->family == &family_hif8)
        return 49152;
    return is_made_up(f) ? made_up_of(f)->beyond : 0;
}

static double low_value(const struct ladder_case *c)
{
    return c->below ? c->next : c->rungs->at[c->low].value;
}

static double high_value(const struct ladder_case *c)
{
    return c->above ? c->next : c->rungs->at[c->below ? 0 : c->low + 1].value;
}

/* Whether the upper neighbour has the larger magnitude. */
static bool high_is_larger(const struct ladder_case *c)
{
    double a = fabs(low_value(c)), b = fabs(high_value(c));
    return a == b ? !c->negative : b > a;
}

static void find_near(struct ladder_case *c)
{
    c->near = c->near_unsure = false;
    if (mpfr_zero_p(c->boundary))
        return;
    mpfr_sub(c->share, c->x, c->boundary, MPFR_RNDN);
    mpfr_div(c->share, c->share, c->boundary, MPFR_RNDN);
    mpfr_set_ui_2exp(c->scratch, 1, -24, MPFR_RNDN);
    c->near = mpfr_cmpabs(c->share, c->scratch) <= 0;
    mpfr_abs(c->share, c->share, MPFR_RNDN);
    mpfr_sub(c->share, c->share, c->scratch, MPFR_RNDN);
    mpfr_set_ui_2exp(c->scratch, 1, -60, MPFR_RNDN);
    c->near_unsure = mpfr_min_prec(c->boundary) > 40 && mpfr_cmpabs(c->share, c->scratch) < 0;
}

/* The contract of formats/ladder.h: x and an irrational boundary that agree to 64 bits, x with more of them.
 */
static bool agree_to_64_bits(const struct ladder_case *c)
{
    mpfr_t a, b;
    mpfr_inits2(64, a, b, (mpfr_ptr)0);
    mpfr_set(a, c->x, MPFR_RNDZ);
    mpfr_set(b, c->boundary, MPFR_RNDZ);
    bool agree = mpfr_equal_p(a, b) && mpfr_min_prec(c->x) > 64 && mpfr_min_prec(c->boundary) > 64;
    mpfr_clears(a, b, (mpfr_ptr)0);
    return agree;
}

/* Stochastic rounding counts from the neighbour of smaller magnitude, of two equal ones the lower. */
static bool upper_is_away(const struct ladder_case *c)
{
    return fabs(high_value(c)) >= fabs(low_value(c));
}

static void set_share(struct ladder_case *c)
{
    double near = upper_is_away(c) ? low_value(c) : high_value(c);
    double away = upper_is_away(c) ? high_value(c) : low_value(c);
    mpfr_sub_d(c->share, c->x, near, MPFR_RNDN);
    mpfr_set_d(c->width, away, MPFR_RNDN);
    mpfr_sub_d(c->width, c->width, near, MPFR_RNDN);
}

bool ladder_case_set(struct ladder_case *c, const struct rungs *r, mpfr_srcptr x)
{
    c->rungs = r;
    mpfr_set(c->x, x, MPFR_RNDN);
    c->negative = mpfr_signbit(x) != 0;
    size_t below = 0, above = r->n; /* rungs <= x: below..above */
    while (below < above) {
        size_t middle = (below + above) / 2;
        if (mpfr_cmp_d(x, r->at[middle].value) >= 0)
            below = middle + 1;
        else
            above = middle;
    }
    c->below = below == 0;
    c->low = c->below ? 0 : below - 1;
    c->exact = !c->below && mpfr_cmp_d(x, r->at[c->low].value) == 0;
    c->above = !c->exact && below == r->n;
    if (c->exact)
        return true;
    if ((c->below || c->above) && !r->whole)
        return false;
    bool just_beyond = false;
    if (c->below || c->above) {
        double edge = r->at[c->above ? r->n - 1 : 0].value, inner = edge;
        if (r->n > 1)
            inner = r->at[c->above ? r->n - 2 : 1].value;
        double b = beyond(r->f);
        c->next = b != 0 ? (c->above ? b : -b) : 2 * edge - inner;
        mean(c->boundary, edge, c->next);
        if (b == 0) { /* half the last gap beyond the edge; c->next itself may not fit a double */
            mean(c->boundary, edge, -inner);
            mpfr_add_d(c->boundary, c->boundary, edge, MPFR_RNDN);
        }
    } else
        rungs_boundary(c->boundary, r, c->low, &just_beyond);
    c->side = mpfr_cmp(x, c->boundary);
    c->side = (c->side > 0) - (c->side < 0);
    if (just_beyond && c->side == 0)
        c->side = high_is_larger(c) ? -1 : 1;
    else if (mpfr_get_prec(c->boundary) != LADDER_PRECISION && agree_to_64_bits(c))
        c->side = high_is_larger(c) ? 1 : -1;
    find_near(c);
    set_share(c);
    return true;
}

/* floor(nu * 2^bits); *whole tells whether nu * 2^bits is an integer. */
static uint64_t scaled_share(struct ladder_case *c, int bits, bool *whole)
{
    mpfr_t q;
    mpfr_init2(q, 128);
    mpfr_mul_2si(c->scratch, c->share, bits, MPFR_RNDN);
    mpfr_div(q, c->scratch, c->width, MPFR_RNDD);
    uint64_t n = mpfr_get_ui(q, MPFR_RNDD);
    mpfr_mul_ui(c->scratch, c->width, n, MPFR_RNDN);
    mpfr_div_2ui(c->scratch, c->scratch, (unsigned)bits, MPFR_RNDN);
    *whole = mpfr_equal_p(c->scratch, c->share);
    mpfr_clear(q);
    return n;
}

static bool stochastic_away(struct ladder_case *c, const struct rounding *r, uint32_t random)
{
    int n = r->sr_bits ? r->sr_bits : 32;
    uint64_t all = UINT64_C(1) << n, bits = random >> (32 - n), t;
    bool whole;
    switch (r->sr_kind) {
    case SR_A:
        return scaled_share(c, n, &whole) + bits >= all;
    case SR_B:
        return scaled_share(c, n + 1, &whole) + 2 * bits + 1 >= 2 * all;
    case SR_C:
        t = scaled_share(c, n + 1, &whole); /* halves */
        t = t & 1 ? (whole && !(t >> 1 & 1) ? t >> 1 : (t >> 1) + 1) : t >> 1;
        return t + bits >= all;
    default:
        return random >> 31;
    }
}

static uint32_t low_code(const struct ladder_case *c)
{
    return c->below ? c->rungs->at[0].code + 1 : c->rungs->at[c->low].code;
}

static uint32_t high_code(const struct ladder_case *c)
{
    return c->above ? c->rungs->at[c->low].code + 1 : c->rungs->at[c->below ? 0 : c->low + 1].code;
}

static bool goes_high(struct ladder_case *c, const struct rounding *r, uint32_t random)
{
    bool larger = high_is_larger(c), straddles = low_value(c) < 0 && high_value(c) > 0;
    bool same_parity = (low_code(c) & 1) == (high_code(c) & 1);
    bool even = same_parity ? larger : !(high_code(c) & 1), odd = same_parity ? larger : high_code(c) & 1;
    switch (r->mode) {
    case ROUND_RUP:
        return true;
    case ROUND_RDN:
        return false;
    case ROUND_RTZ:
        return straddles ? !c->negative : !larger;
    case ROUND_RAZ:
        return straddles ? !c->negative : larger;
    case ROUND_ODD:
        return odd;
    case ROUND_SR:
        return stochastic_away(c, r, random) == upper_is_away(c);
    case ROUND_RNE:
        return c->side ? c->side > 0 : even;
    case ROUND_RNO:
        return c->side ? c->side > 0 : odd;
    case ROUND_RNA:
        return c->side ? c->side > 0 : larger;
    case ROUND_RNZ:
        return c->side ? c->side > 0 : !larger;
    default:
        abort();
    }
}

/* "Inf or NaN as the type allows", else the outermost value. */
static struct ladder_want inf_or_nan(const struct rungs *r, bool negative, bool nan_first)
{
    const struct format *f = r->f;
    uint32_t made_inf = MADE_UP_INF | (negative ? 0x80 : 0), hif8_inf = negative ? 0xef : 0x6f;
    uint32_t nan = is_made_up(f)              ? MADE_UP_NAN
                   : f->family == &family_lns ? 3u << (f->bits - 2)
                                              : 1u << (f->bits - 1);
    if (type_has_nan(f) && (nan_first || !type_has_inf(f)))
        return (struct ladder_want){nan, EVENT_NAN};
    if (type_has_inf(f))
        return (struct ladder_want){is_made_up(f) ? made_inf : hif8_inf, 0};
    return (struct ladder_want){r->at[negative ? 0 : r->n - 1].code, EVENT_SATURATED | EVENT_INEXACT};
}

/* Outward roundings that IEEE 754 takes to infinity. */
static bool to_infinity(struct ladder_case *c, const struct rounding *r, uint32_t random)
{
    if (r->mode == ROUND_RTZ || r->mode == ROUND_ODD || r->mode == (c->above ? ROUND_RDN : ROUND_RUP))
        return false;
    bool past = mpfr_cmp_d(c->x, c->next) * (c->above ? 1 : -1) >= 0;
    return past || goes_high(c, r, random) == c->above;
}

static struct ladder_want encode_outside(struct ladder_case *c, const struct rounding *r, uint32_t random)
{
    uint32_t near = c->near ? EVENT_NEAR_TIE : 0;
    bool outward =
        r->mode != ROUND_RTZ && r->mode != ROUND_ODD && r->mode != (c->above ? ROUND_RDN : ROUND_RUP);
    bool ieee = beyond(c->rungs->f) != 0 && (r->overflow == OVERFLOW_INFINITY || r->overflow == OVERFLOW_NAN);
    if (ieee && to_infinity(c, r, random)) {
        struct ladder_want w = inf_or_nan(c->rungs, !c->above, r->overflow == OVERFLOW_NAN);
        w.events |= EVENT_INEXACT | near | (w.events & EVENT_SATURATED ? 0 : EVENT_OVERFLOW);
        return w;
    }
    bool past = mpfr_cmp_d(c->x, c->next) * (c->above ? 1 : -1) >= 0;
    bool half_a_gap = past || goes_high(c, &(struct rounding){.mode = ROUND_RNE}, 0) == c->above;
    bool counted = half_a_gap && !(ieee && outward);
    return (struct ladder_want){c->rungs->at[c->above ? c->rungs->n - 1 : 0].code,
                                EVENT_INEXACT | near | (counted ? EVENT_SATURATED : 0)};
}

struct ladder_want ladder_case_encode(struct ladder_case *c, const struct rounding *r, uint32_t random)
{
    if (c->exact)
        return (struct ladder_want){c->rungs->at[c->low].code, 0};
    if (c->above || c->below)
        return encode_outside(c, r, random);
    const struct rung *to = &c->rungs->at[c->low + goes_high(c, r, random)];
    return (struct ladder_want){to->code, EVENT_INEXACT | (c->near ? EVENT_NEAR_TIE : 0) |
                                              (to->value == 0 ? EVENT_FLUSHED : 0)};
}

static struct ladder_want zero(const struct rungs *r, bool negative, const struct rounding *rounding,
                               uint32_t random)
{
    size_t high = 0; /* the first rung >= 0 */
    while (high < r->n && r->at[high].value < 0)
        high++;
    if (high < r->n && r->at[high].value == 0)
        return (struct ladder_want){r->at[high].code, negative ? EVENT_SIGN_LOST : 0};
    size_t to = high == r->n ? high - 1 : high;
    if (high > 0 && high < r->n) {
        mpfr_t b;
        mpfr_init2(b, 320);
        bool just_beyond;
        rungs_boundary(b, r, high - 1, &just_beyond);
        to = mpfr_sgn(b) > 0 ? high - 1 : high; /* a tie goes upward */
        mpfr_clear(b);
        enum round_mode mode = rounding->mode;
        if (mode == ROUND_RUP || mode == ROUND_RDN)
            to = mode == ROUND_RUP ? high : high - 1;
        if (mode == ROUND_SR) {
            struct ladder_case c = {.rungs = r, .low = high - 1};
            ladder_case_init(&c);
            mpfr_set_zero(c.x, 1);
            set_share(&c);
            to = stochastic_away(&c, rounding, random) == upper_is_away(&c) ? high : high - 1;
            ladder_case_clear(&c);
        }
        if (mode == ROUND_ODD && (r->at[high - 1].code ^ r->at[high].code) & 1)
            to = r->at[high].code & 1 ? high : high - 1;
    }
    return (struct ladder_want){r->at[to].code, EVENT_RAISED | EVENT_INEXACT};
}

struct ladder_want ladder_special(const struct rungs *rungs, enum number_class class, bool negative,
                                  const struct rounding *r, uint32_t random)
{
    struct ladder_want saturated = {rungs->at[negative ? 0 : rungs->n - 1].code,
                                    EVENT_SATURATED | EVENT_INEXACT};
    if (class == NUMBER_ZERO)
        return zero(rungs, negative, r, random);
    if (class == NUMBER_NAN) {
        if (type_has_nan(rungs->f))
            return inf_or_nan(rungs, false, true);
        uint32_t code = r->nan == NAN_TO_MAX
                            ? rungs->at[rungs->n - 1].code
                            : zero(rungs, false, &(struct rounding){.mode = ROUND_RNE}, 0).code;
        return (struct ladder_want){code, EVENT_NAN_LOST};
    }
    switch (r->overflow) {
    case OVERFLOW_SATURATE_KEEP_INF:
        return type_has_inf(rungs->f) ? inf_or_nan(rungs, negative, false) : saturated;
    case OVERFLOW_SATURATE_MLDTYPES:
    case OVERFLOW_INFINITY:
        return inf_or_nan(rungs, negative, false);
    case OVERFLOW_NAN:
        return inf_or_nan(rungs, negative, true);
    default:
        return saturated;
    }
}
