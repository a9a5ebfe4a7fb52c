/* Encoding into codebooks against a search for the nearest value in exact arithmetic: every registered one,
 * every rounding mode. */
#include "tests/check.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"
#include "sim/base/rng.h"

#define EXACT_BITS 200

static bool is_codebook(const struct format *f)
{
    return f->family == &family_codebook;
}

struct oracle {
    const struct format *f;
    mpfr_t x, scale, value[CODEBOOK_MAX], a, b;
};

static void oracle_init(struct oracle *o, const struct format *f)
{
    o->f = f;
    mpfr_inits2(EXACT_BITS, o->x, o->scale, o->a, o->b, (mpfr_ptr)0);
    for (int i = 0; i < f->book->n; i++) {
        mpfr_init2(o->value[i], EXACT_BITS);
        mpfr_set_flt(o->value[i], f->book->values[i], MPFR_RNDN);
    }
}

static void oracle_clear(struct oracle *o)
{
    mpfr_clears(o->x, o->scale, o->a, o->b, (mpfr_ptr)0);
    for (int i = 0; i < o->f->book->n; i++)
        mpfr_clear(o->value[i]);
}

/* x / scale against the value of a rank. */
static int against_value(struct oracle *o, int rank)
{
    mpfr_mul(o->a, o->scale, o->value[rank], MPFR_RNDN);
    return mpfr_cmp(o->x, o->a);
}

/* x / scale against the change-over between rank and rank + 1: the mean, or under BOUNDARY_LOG the square
 * root of half the square of the larger magnitude. */
static int against_boundary(struct oracle *o, int rank)
{
    mpfr_ptr low = o->value[rank], high = o->value[rank + 1];
    bool straddles = mpfr_sgn(low) < 0 && mpfr_sgn(high) > 0;
    if (o->f->book->boundary == BOUNDARY_MEAN || straddles) {
        mpfr_add(o->a, low, high, MPFR_RNDN);
        mpfr_mul(o->a, o->a, o->scale, MPFR_RNDN);
        mpfr_mul_2ui(o->b, o->x, 1, MPFR_RNDN);
        return mpfr_cmp(o->b, o->a);
    }
    int sign = mpfr_sgn(low) + mpfr_sgn(high) > 0 ? 1 : -1;
    if (mpfr_sgn(o->x) != sign)
        return -sign;
    mpfr_mul(o->a, sign > 0 ? high : low, o->scale, MPFR_RNDN);
    mpfr_sqr(o->a, o->a, MPFR_RNDN);
    mpfr_sqr(o->b, o->x, MPFR_RNDN);
    mpfr_mul_2ui(o->b, o->b, 1, MPFR_RNDN);
    return sign * mpfr_cmp(o->b, o->a);
}

static uint32_t code_of(const struct oracle *o, int rank)
{
    return o->f->book->codes ? o->f->book->codes[rank] : (uint32_t)rank;
}

/* Whether stochastic rounding takes the larger magnitude: nu from `small` to `large`. */
static bool stochastic(struct oracle *o, int small, int large, const struct rounding *r, uint32_t random)
{
    int n = r->sr_bits ? r->sr_bits : 32;
    uint64_t bits = random >> (32 - n);
    mpfr_sub(o->b, o->value[large], o->value[small], MPFR_RNDN);
    mpfr_mul(o->b, o->b, o->scale, MPFR_RNDN);
    mpfr_mul(o->a, o->scale, o->value[small], MPFR_RNDN);
    mpfr_sub(o->a, o->x, o->a, MPFR_RNDN);
    mpfr_t nu;
    mpfr_init2(nu, 2 * EXACT_BITS);
    mpfr_div(nu, o->a, o->b, MPFR_RNDZ);
    mpfr_mul_2si(nu, nu, r->sr_kind == SR_B ? n + 1 : n, MPFR_RNDN);
    if (r->sr_kind == SR_C)
        mpfr_rint_roundeven(nu, nu, MPFR_RNDN);
    else
        mpfr_floor(nu, nu);
    uint64_t whole = mpfr_get_ui(nu, MPFR_RNDN);
    mpfr_clear(nu);
    switch (r->sr_kind) {
    case SR_EQUAL:
        return random >> 31;
    case SR_B:
        return whole + 2 * bits + 1 >= UINT64_C(2) << n;
    default:
        return whole + bits >= UINT64_C(1) << n;
    }
}

/* The rank of x / scale by search. x is not zero. */
static int expected_rank(struct oracle *o, const struct rounding *r, uint32_t random)
{
    int n = o->f->book->n, low = -1;
    for (int i = 0; i < n && against_value(o, i) >= 0; i++)
        low = i;
    if (low < 0)
        return 0;
    if (low == n - 1 || against_value(o, low) == 0)
        return low;
    int high = low + 1, side = against_boundary(o, low);
    bool negative = mpfr_sgn(o->x) < 0;
    bool straddles = mpfr_sgn(o->value[low]) < 0 && mpfr_sgn(o->value[high]) > 0;
    int c = mpfr_cmpabs(o->value[high], o->value[low]);
    int larger = c > 0 || (c == 0 && !negative) ? high : low, smaller = low + high - larger;
    int away = c >= 0 ? high : low, near = low + high - away; /* of stochastic rounding */
    uint32_t low_code = code_of(o, low), high_code = code_of(o, high);
    int odd = (low_code ^ high_code) & 1 ? (low_code & 1 ? low : high) : larger;
    int even = (low_code ^ high_code) & 1 ? low + high - odd : larger;
    int own = negative ? low : high;
    switch (r->mode) {
    case ROUND_RUP:
        return high;
    case ROUND_RDN:
        return low;
    case ROUND_RTZ:
        return straddles ? own : smaller;
    case ROUND_RAZ:
        return straddles ? own : larger;
    case ROUND_ODD:
        return odd;
    case ROUND_SR:
        return stochastic(o, near, away, r, random) ? away : near;
    case ROUND_RNA:
        return side ? (side > 0 ? high : low) : larger;
    case ROUND_RNZ:
        return side ? (side > 0 ? high : low) : smaller;
    case ROUND_RNO:
        return side ? (side > 0 ? high : low) : odd;
    default:
        return side ? (side > 0 ? high : low) : even;
    }
}

static uint64_t inputs, conversions, ties;

/* x / scale in ten modes, stochastic in four kinds; every overflow policy in the default mode. */
static void try_quotient(struct oracle *o, float x, float scale)
{
    if (x == 0 || !isfinite(x))
        return;
    mpfr_set_flt(o->x, x, MPFR_RNDN);
    mpfr_set_flt(o->scale, scale, MPFR_RNDN);
    struct number q = number_div(number_from_f32(x), number_from_f32(scale));
    uint32_t random = rng_u32(17, bits_from_f32(x), bits_from_f32(scale));
    inputs++;
    for (int i = 0; i < ROUND_MODES + SR_KINDS - 1; i++) {
        struct rounding r = {.mode = (enum round_mode)(i < ROUND_MODES ? i : ROUND_SR)};
        if (r.mode == ROUND_SR) {
            r.sr_kind = (enum sr_kind)(i - ROUND_SR);
            r.sr_bits = (int)(random % 33);
        }
        r.overflow = (enum overflow_mode)(random / 64 % OVERFLOW_MODES);
        uint32_t want = code_of(o, expected_rank(o, &r, random)),
                 got = format_round(o->f, q, &r, random).code;
        conversions++;
        if (got != want)
            fail_msg("%s round=%s sr_kind=%s sr_bits=%d: %a / %a gives code 0x%x (%a), want 0x%x (%a)",
                     o->f->name, round_mode_names[r.mode], sr_kind_names[r.sr_kind], r.sr_bits, (double)x,
                     (double)scale, (unsigned)got, format_value(o->f, got), (unsigned)want,
                     format_value(o->f, want));
    }
}

static void try_around(struct oracle *o, double v, float scale)
{
    float x = (float)v;
    ties += (double)x == v;
    try_quotient(o, x, scale);
    try_quotient(o, nextafterf(x, HUGE_VALF), scale);
    try_quotient(o, nextafterf(x, -HUGE_VALF), scale);
}

static void check_encode(const struct format *f)
{
    struct oracle o;
    oracle_init(&o, f);
    int n = f->book->n;
    const float *v = f->book->values;
    for (int i = 0; i < n; i++) {
        double a = (double)v[i], b = i + 1 < n ? (double)v[i + 1] : 2 * a - (double)v[i - 1];
        try_around(&o, a, 1);
        try_around(&o, (a + b) / 2, 1);
        try_around(&o, b, 1);
        if (f->book->boundary == BOUNDARY_LOG)
            try_around(&o, sqrt(0.5) * (fabs(a) > fabs(b) ? a : b), 1);
    }
    try_around(&o, 2 * (double)v[0] - (double)v[1], 1);
    for (uint64_t i = 0; i < (WATCHED ? 40 : 700); i++) {
        double top = number_to_f64(format_max(f)), u = (double)rng_u32(5, 1, i) * 0x1p-31 - 1;
        float scale = f32_from_bits(0x30000000 + (rng_u32(5, 2, i) & 0x1fffffff));
        try_quotient(&o, (float)(top * 1.5 * u), 1);
        try_quotient(&o, (float)(top * 1.2 * u * (double)scale), scale);
        int r = (int)(rng_u32(5, 3, i) % (uint32_t)(n - 1)); /* next to a boundary times the scale */
        try_around(&o, ((double)v[r] + (double)v[r + 1]) / 2 * (double)scale, scale);
        if (f->book->boundary == BOUNDARY_LOG)
            try_around(&o, sqrt(2) * (double)v[r] * (double)scale, scale);
    }
    static const float extremes[] = {0x1p-149f, 0x1p-126f, 0x1p-127f, 1, 0x1.fffffep127f, 0x1p100f};
    for (size_t i = 0; i < sizeof extremes / sizeof *extremes; i++) {
        try_quotient(&o, extremes[i], 1);
        try_quotient(&o, -extremes[i], 1);
    }
    oracle_clear(&o);
}

/* Where zero goes without a value of its own, `nearest` being the rank of the nearest one. */
static uint32_t beside_zero(const struct codebook *b, int nearest, enum round_mode mode)
{
    int high = 0;
    while (high < b->n - 1 && b->values[high] < 0)
        high++;
    int low = high - 1;
    if (b->values[high] < 0 || low < 0)
        return b->codes ? b->codes[nearest] : (uint32_t)nearest;
    uint32_t up = b->codes ? b->codes[high] : (uint32_t)high, down = b->codes ? b->codes[low] : (uint32_t)low;
    if (mode ==
        ROUND_SR) /* random 0 of kind a never leaves the smaller magnitude, of two equal ones the lower */
        return fabsf(b->values[high]) >= fabsf(b->values[low]) ? down : up;
    bool odd = mode == ROUND_ODD && ((up ^ down) & 1);
    if (mode == ROUND_RUP || (odd && (up & 1)))
        return up;
    if (mode == ROUND_RDN || odd)
        return down;
    return nearest == high ? up : down;
}

/* Zero, infinities and NaN. */
static void check_specials(const struct format *f)
{
    const struct codebook *b = f->book;
    int zero = -1, nearest = 0, last = b->n - 1;
    for (int i = 0; i < b->n; i++) {
        if (b->values[i] == 0)
            zero = i;
        if (fabsf(b->values[i]) <= fabsf(b->values[nearest])) /* a tie goes up */
            nearest = i;
    }
    struct rounding r = {.mode = ROUND_RNE};
    uint32_t at_zero = b->codes ? b->codes[nearest] : (uint32_t)nearest,
             top = b->codes ? b->codes[last] : (uint32_t)last, bottom = b->codes ? b->codes[0] : 0;
    for (int mode = 0; mode < ROUND_MODES; mode++)
        for (int policy = 0; policy < OVERFLOW_MODES; policy++) {
            r.mode = (enum round_mode)mode;
            r.overflow = (enum overflow_mode)policy;
            r.nan = NAN_TO_ZERO;
            struct encoded e = format_round(f, number_from_f32(0), &r, 0);
            uint32_t raised = zero < 0 ? beside_zero(b, nearest, r.mode) : at_zero;
            assert_int_equal(e.code, raised);
            assert_int_equal(e.events, zero < 0 ? EVENT_RAISED | EVENT_INEXACT : 0);
            assert_int_equal(format_round(f, number_from_f32(-0.0f), &r, 0).code, raised);
            e = format_round(f, number_from_f32(HUGE_VALF), &r, 0);
            assert_int_equal(e.code, top);
            assert_int_equal(e.events, EVENT_SATURATED | EVENT_INEXACT);
            assert_int_equal(format_round(f, number_from_f32(-HUGE_VALF), &r, 0).code, bottom);
            e = format_round(f, number_from_f32(NAN), &r, 0);
            assert_int_equal(e.code, at_zero);
            assert_int_equal(e.events, EVENT_NAN_LOST);
            r.nan = NAN_TO_MAX;
            assert_int_equal(format_round(f, number_from_f32(NAN), &r, 0).code, top);
        }
}

/* What no published codebook has: neighbours whose codes have the same last bit, no zero between unequal
 * neighbours, a range on one side, the widest ratio of magnitudes. */
static void check_odd_ones(void)
{
    static const float lone[] = {-2, -0.5f, 0.25f, 1, 3, 8},
                       wide[] = {-0x1.fffffep31f, -3, 0, 1, 0x1.234566p20f}, high[] = {5, 6, 7.25f},
                       equal[] = {-3, -1, 1, 3};
    static const uint8_t lone_codes[] = {0, 2, 4, 6, 1, 3}, equal_codes[] = {1, 3, 5, 7};
    static const struct codebook books[] = {{6, lone, lone_codes, 0, BOUNDARY_MEAN},
                                            {5, wide, NULL, 0, BOUNDARY_MEAN},
                                            {3, high, NULL, 0, BOUNDARY_MEAN},
                                            {4, equal, equal_codes, 0, BOUNDARY_MEAN}};
    for (size_t i = 0; i < sizeof books / sizeof *books; i++) {
        struct format f = {.name = "odd one", .family = &family_codebook, .bits = 3, .book = &books[i]};
        assert_null(format_problem(&f));
        check_encode(&f);
        check_specials(&f);
    }
}

static void encode_equals_search(void **state)
{
    (void)state;
    size_t formats = 0;
    check_odd_ones();
    for (size_t i = 0; i < format_count(); i++)
        if (is_codebook(format_at(i))) {
            check_encode(format_at(i));
            check_specials(format_at(i));
            formats++;
        }
    printf("# covered codebook encoding against exact search: %zu formats x %d modes, %llu inputs (%llu at "
           "exact "
           "values and boundaries), %llu conversions\n",
           formats, ROUND_MODES, (unsigned long long)inputs, (unsigned long long)ties,
           (unsigned long long)conversions);
    assert_true(formats == 46);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(encode_equals_search)};
    return cmocka_run_group_tests_name("codebook_encode", tests, NULL, NULL);
}
