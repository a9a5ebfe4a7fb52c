/* Codebooks: every registered one against its definition restated here, and encoding against a search for the
 * nearest value in exact arithmetic. */
#include "tests/check.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"
#include "formats/ladder.h"
#include "sim/base/rng.h"

/* --- definitions, restated: exact magnitudes or values, any order --- */

#define EXACT_BITS 200

struct list {
    int n;
    mpfr_t value[CODEBOOK_MAX + 1];
};

static void list_init(struct list *l)
{
    l->n = 0;
    for (int i = 0; i <= CODEBOOK_MAX; i++)
        mpfr_init2(l->value[i], EXACT_BITS);
}

static void list_clear(struct list *l)
{
    for (int i = 0; i <= CODEBOOK_MAX; i++)
        mpfr_clear(l->value[i]);
}

/* numerator / denominator * 2^exponent */
static void add(struct list *l, long numerator, unsigned long denominator, long exponent)
{
    assert_true(l->n < CODEBOOK_MAX);
    mpfr_ptr v = l->value[l->n++];
    mpfr_set_si_2exp(v, numerator, exponent, MPFR_RNDN);
    mpfr_div_ui(v, v, denominator, MPFR_RNDN);
}

static void add_both(struct list *l, long numerator, unsigned long denominator, long exponent)
{
    add(l, numerator, denominator, exponent);
    add(l, -numerator, denominator, exponent);
}

static int compare_values(const void *a, const void *b)
{
    return mpfr_cmp((mpfr_srcptr)a, (mpfr_srcptr)b);
}

static void sort(struct list *l)
{
    qsort(l->value, (size_t)l->n, sizeof l->value[0], compare_values);
}

/* bitsandbytes: boundaries linspace(0.1, 1, 2^i + 1), means of neighbours, times 10^(i - 6). */
static void define_dynamic8(struct list *l, int bits)
{
    (void)bits;
    for (int i = 0; i < 7; i++)
        for (long k = 0; k < 1L << i; k++) {
            /* boundary j of the decade is (1 + 9 j / 2^i) / 10; twice the mean of k and k + 1: */
            long doubled = 2 * (1L << i) + 9 * (2 * k + 1); /* over 10 * 2^i */
            unsigned long power = 1;
            for (int t = i; t < 6; t++)
                power *= 10;
            add_both(l, doubled, 10 * power, -i - 1);
        }
    add(l, 0, 1, 0);
    add(l, 1, 1, 0);
}

/* ANT: the value of exponent e has V - 1 - |e| fraction bits below 0 and V - 2 - e from 0 on. */
static void define_flint(struct list *l, int bits)
{
    int v = bits - 1;
    add(l, 0, 1, 0);
    for (int e = 1 - v; e <= v - 2; e++) {
        int fraction = e < 0 ? v - 1 + e : v - 2 - e;
        for (long j = 0; j < 1L << fraction; j++)
            add_both(l, (1L << fraction) + j, 1, e - fraction);
    }
    add_both(l, 1, 1, v - 1);
}

static void define_bitmod(struct list *l, int bits)
{
    static const long fp3[] = {1, 2, 4}, fp4[] = {1, 2, 3, 4, 6, 8, 12};
    add(l, 0, 1, 0);
    for (int i = 0; i < (bits == 3 ? 3 : 7); i++)
        add_both(l, bits == 3 ? fp3[i] : fp4[i], 1, 0);
}

static void define_denseshift(struct list *l, int bits)
{
    if (bits == 3) { /* S3 = ((b1 + 1) b2 + 1) b3 */
        bool seen[4] = {false};
        for (int b = 0; b < 8; b++) {
            int s = (((b & 1) + 1) * (b >> 1 & 1) + 1) * (b >> 2 & 1);
            if (!seen[s])
                add_both(l, 1, 1, s);
            seen[s] = true;
        }
        return;
    }
    for (int s = 0; s < 1 << (bits - 1); s++)
        add_both(l, 1, 1, s);
}

static void define_s3(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    add_both(l, 1, 1, 0); /* b1 = 0 */
    for (int b2 = 0; b2 < 2; b2++)
        add_both(l, 1, 1, b2 + 1);
}

static void define_deepshift(struct list *l, int bits)
{
    for (int s = 1 - (1 << (bits - 1)); s <= 0; s++)
        add_both(l, 1, 1, s);
}

static void define_pot(struct list *l, int bits)
{
    add(l, 0, 1, 0);
    for (int s = 0; s <= (1 << (bits - 1)) - 2; s++)
        add_both(l, 1, 1, s);
}

/* APoT's build_power_value: the terms of each set as negated exponents, 0 standing for the term 0. */
static void define_apot_magnitudes(struct list *l, int magnitude_bits, bool both)
{
    static const int sets[7][3][4] = {
        [2] = {{0, 1, 2, 3}},
        [3] = {{0, 1, 2, 4}, {0, 3, 0, 0}},
        [4] = {{0, 1, 3, 5}, {0, 2, 4, 6}},
        [5] = {{0, 1, 3, 6}, {0, 2, 4, 7}, {0, 5, 0, 0}},
        [6] = {{0, 1, 4, 7}, {0, 2, 5, 8}, {0, 3, 6, 9}},
    };
    static const int least[7] = {[2] = 3, [3] = 4, [4] = 6, [5] = 7, [6] = 9};
    bool seen[1024] = {false};
    for (int t = 0; t < 64; t++) {
        long sum = 0;
        for (int s = 0; s < 3; s++) {
            int e = sets[magnitude_bits][s][t >> 2 * s & 3];
            sum += e ? 1L << (least[magnitude_bits] - e) : 0;
        }
        if (sum && !seen[sum]) {
            if (both)
                add_both(l, sum, 1, 0);
            else
                add(l, sum, 1, 0);
        }
        seen[sum] = true;
    }
    add(l, 0, 1, 0);
}

static void define_apot(struct list *l, int bits)
{
    define_apot_magnitudes(l, bits - 1, true);
}

static void define_apot_u(struct list *l, int bits)
{
    define_apot_magnitudes(l, bits, false);
}

static void define_binary(struct list *l, int bits)
{
    (void)bits;
    add_both(l, 1, 1, 0);
}

static void define_ternary(struct list *l, int bits)
{
    (void)bits;
    add_both(l, 1, 1, 0);
    add(l, 0, 1, 0);
}

static void define_binary01(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    add(l, 1, 1, 0);
}

static void define_log2(struct list *l, int bits)
{
    (void)bits;
    add(l, 0, 1, 0);
    for (int q = 0; q < 16; q++)
        add(l, 1, 1, -q);
}

/* OliVe: 2^i (1 + j 2^-m), i = 5..8, the first one dropped. */
static void define_olive(struct list *l, int bits)
{
    int m = bits - 3;
    for (int i = 5; i <= 8; i++)
        for (long j = i == 5; j < 1L << m; j++)
            add_both(l, (1L << m) + j, 1, i - m);
}

/* bitsandbytes: twelfths, by code without sign. */
static void define_fp4(struct list *l, int bits)
{
    (void)bits;
    static const long sixteenths[] = {1, 8 * 16, 12 * 16, 4 * 16, 6 * 16, 2 * 16, 3 * 16};
    add(l, 0, 1, 0);
    for (int c = 0; c < 7; c++)
        add_both(l, sixteenths[c], 12, -4);
}

static const struct definition {
    const char *prefix;
    void (*define)(struct list *l, int bits);
} definitions[] = {
    {"dynamic8", define_dynamic8},
    {"flint", define_flint},
    {"bitmod", define_bitmod},
    {"denseshift", define_denseshift},
    {"s3", define_s3},
    {"deepshift_q", define_deepshift},
    {"pot", define_pot},
    {"binary01", define_binary01},
    {"binary", define_binary},
    {"ternary", define_ternary},
    {"log2_softmax4", define_log2},
    {"olive_abfloat", define_olive},
    {"fp4_bnb", define_fp4},
    {"apot", define_apot},
};

static void define(struct list *l, const struct format *f)
{
    if (f->is_unsigned && strncmp(f->name, "apot", 4) == 0) {
        define_apot_u(l, f->bits);
        return;
    }
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
        if (strncmp(f->name, definitions[i].prefix, strlen(definitions[i].prefix)) == 0) {
            definitions[i].define(l, f->bits);
            int special;
            char sign;
            if (sscanf(f->name, "bitmod%*d_%c%d", &sign, &special) == 2)
                add(l, sign == 'p' ? special : -special, 1, 0);
            return;
        }
    fail_msg("no definition of %s", f->name);
}

static bool is_codebook(const struct format *f)
{
    return f->family == &family_codebook;
}

/* Values of every rank, once rounded to binary32, and of unused codes. */
static void tables_equal_definitions(void **state)
{
    (void)state;
    size_t formats = 0, values = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (!is_codebook(f) || strcmp(f->name, "nf4") == 0)
            continue;
        struct list l;
        list_init(&l);
        define(&l, f);
        sort(&l);
        assert_null(format_problem(f));
        assert_int_equal(l.n, f->book->n);
        for (int r = 0; r < l.n; r++, values++) {
            float want = mpfr_get_flt(l.value[r], MPFR_RNDN), got = f->book->values[r];
            if (bits_from_f32(want) != bits_from_f32(got))
                fail_msg("%s rank %d: %a, want %a", f->name, r, (double)got, (double)want);
            uint32_t code = f->book->codes ? f->book->codes[r] : (uint32_t)r;
            assert_true(format_value(f, code) == (double)want);
        }
        list_clear(&l);
        formats++;
    }
    printf("# covered codebooks against their definitions: %zu formats, %zu values\n", formats, values);
    assert_true(formats == 45);
}

/* Codes without a rank, and codes that follow a rule. */
static void codes_of_published_tables(void **state)
{
    (void)state;
    const struct format *fp4 = format_find("fp4_bnb");
    static const long sixteenths[] = {0, 1, 8 * 16, 12 * 16, 4 * 16, 6 * 16, 2 * 16, 3 * 16};
    for (uint32_t c = 0; c < 16; c++) {
        float want = (float)(sixteenths[c & 7]) / 192.0f; /* correctly rounded quotient */
        assert_true(bits_from_f64(format_value(fp4, c)) ==
                    bits_from_f64(c & 8 ? -(double)want : (double)want));
    }
    const struct format *log2 = format_find("log2_softmax4");
    for (uint32_t q = 0; q < 32; q++)
        assert_true(format_value(log2, q) == (q < 16 ? 1.0 / (double)(1u << q) : 0.0));
    assert_true(format_value(format_find("flint4"), 15) == 0.0);
    assert_true(format_value(format_find("ternary"), 7) == 0.0); /* bits above the code are ignored */
    static const double flint4[] = {0, 1, 2, 3, 4, 6, 8, 16};
    for (uint32_t r = 0; r < 8; r++)
        assert_true(4 * format_value(format_find("flint4"), 7 + r) == flint4[r]);
}

/* NF4's published constants against the recipe with GSL's probit: probabilities from 0.9677083 to 1/2. */
static void nf4_recipe(void **state)
{
    (void)state;
    const struct format *f = format_find("nf4");
    const double offset = 0.9677083, top = gsl_cdf_ugaussian_Pinv(offset);
    double worst = 0;
    for (int i = 0; i < 16; i++) {
        double want = 0;
        if (i < 7)
            want = -gsl_cdf_ugaussian_Pinv(offset + (0.5 - offset) * i / 7) / top;
        else if (i > 7)
            want = gsl_cdf_ugaussian_Pinv(offset + (0.5 - offset) * (15 - i) / 8) / top;
        worst = fmax(worst, fabs(format_value(f, (uint32_t)i) - want));
    }
    printf("# covered NF4 against its recipe: 16 values, largest difference %.2g\n", worst);
    assert_true(worst < 1.2e-7);
}

/* --- encoding --- */

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
    for (uint64_t i = 0; i < (SANITIZED ? 40 : 700); i++) {
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

/* --- the contract of struct codebook --- */

static void expect_problem(const struct codebook *b, int bits, const char *want)
{
    struct format f = {.name = "book", .family = &family_codebook, .bits = bits, .book = b};
    const char *why = format_problem(&f);
    if (!why || strcmp(why, want) != 0)
        fail_msg("'%s', want '%s'", why ? why : "no problem", want);
}

static void problems(void **state)
{
    (void)state;
    static const float one[] = {1}, down[] = {1, 0}, twice[] = {1, 1}, negative_zero[] = {-0.0f, 1},
                       infinite[] = {0, HUGE_VALF}, not_a_number[] = {0, NAN}, below[] = {-2, -1},
                       flat[] = {-1, 0}, wide[] = {1, 0x1p32f}, fits[] = {0, 0x1.000002p0f, 0x1p32f},
                       threes[] = {3, 6}, skips[] = {1, 4}, three[] = {-1, 0, 1};
    static const uint8_t same[] = {1, 1}, high[] = {0, 4, 1};
    expect_problem(NULL, 1, "a codebook format needs a codebook");
    expect_problem(&(struct codebook){1, one, NULL, 0, 0}, 1, "a codebook has 2 to 256 values");
    expect_problem(&(struct codebook){2, down, NULL, 0, 0}, 1, "codebook values ascend, each once");
    expect_problem(&(struct codebook){2, twice, NULL, 0, 0}, 1, "codebook values ascend, each once");
    expect_problem(&(struct codebook){2, negative_zero, NULL, 0, 0}, 1, "a codebook has no -0");
    expect_problem(&(struct codebook){2, infinite, NULL, 0, 0}, 1, "codebook values are finite");
    expect_problem(&(struct codebook){2, not_a_number, NULL, 0, 0}, 1, "codebook values are finite");
    expect_problem(&(struct codebook){2, below, NULL, 0, 0}, 1, "a codebook has a positive value");
    expect_problem(&(struct codebook){2, flat, NULL, 0, 0}, 1, "a codebook has a positive value");
    expect_problem(&(struct codebook){2, wide, NULL, 0, 0}, 1,
                   "the largest magnitude of a codebook is below 2^32 times the smallest nonzero one");
    expect_problem(&(struct codebook){2, three + 1, same, 0, 0}, 1, "the codes of a codebook differ");
    expect_problem(&(struct codebook){3, three, high, 0, 0}, 2, "a code of the codebook exceeds its bits");
    expect_problem(&(struct codebook){3, three, NULL, 0, 0}, 1, "a code of the codebook exceeds its bits");
    expect_problem(&(struct codebook){3, three, NULL, 0, 0}, 9, "codebooks have 1 to 8 bits");
    expect_problem(&(struct codebook){2, threes, NULL, 0, BOUNDARY_LOG}, 1,
                   "logarithmic boundaries need consecutive powers of two");
    expect_problem(&(struct codebook){2, skips, NULL, 0, BOUNDARY_LOG}, 1,
                   "logarithmic boundaries need consecutive powers of two");
    assert_null(codebook_problem(&(struct codebook){3, fits, NULL, 0, 0}));
    assert_int_equal(codebook_bits(2), 1);
    assert_int_equal(codebook_bits(3), 2);
    assert_int_equal(codebook_bits(16), 4);
    assert_int_equal(codebook_bits(17), 5);
    assert_int_equal(codebook_bits(256), 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_equal_definitions),
        cmocka_unit_test(codes_of_published_tables),
        cmocka_unit_test(nf4_recipe),
        cmocka_unit_test(encode_equals_search),
        cmocka_unit_test(problems),
    };
    return cmocka_run_group_tests_name("codebook", tests, NULL, NULL);
}
