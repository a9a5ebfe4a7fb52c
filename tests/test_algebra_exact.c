/* Exact accumulators against all products and sums. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/algebra.h"
#include "formats/codebook.h"
#include "tests/small.h"

/* The finite values of a format as multiples of its smallest bit. */
struct units {
    int lsb, n;
    long long v[256];
};

static bool units_of(const struct format *f, struct units *u)
{
    struct small_values v = small_values(f, false);
    bool fits = true;
    *u = (struct units){.lsb = 1 << 20};
    for (size_t i = 0; i < v.n; i++) {
        double x = f64_from_bits(v.bits[i]);
        int e;
        if (x == 0)
            continue;
        double m = frexp(x, &e);
        while (m != floor(m)) {
            m *= 2;
            e--;
        }
        while (floor(m / 2) == m / 2) {
            m /= 2;
            e++;
        }
        u->lsb = e < u->lsb ? e : u->lsb;
    }
    for (size_t i = 0; i < v.n && fits; i++) {
        double x = ldexp(f64_from_bits(v.bits[i]), -u->lsb);
        fits = fabs(x) < 0x1p30;
        if (fits)
            u->v[u->n++] = (long long)x;
    }
    small_values_free(&v);
    return fits;
}

static int bits_of(unsigned long long x)
{
    return x ? 64 - __builtin_clzll(x) : 0;
}

/* What a set of integers needs, member by member. */
struct brute_need {
    long long low, high;
    int precision, all_even; /* all_even: how many low bits no member has */
};

static void need_add(struct brute_need *b, long long x)
{
    unsigned long long m = (unsigned long long)(x < 0 ? -x : x);
    b->low = x < b->low ? x : b->low;
    b->high = x > b->high ? x : b->high;
    if (!x)
        return;
    int zeros = __builtin_ctzll(m), p = bits_of(m) - zeros;
    b->precision = p > b->precision ? p : b->precision;
    b->all_even = zeros < b->all_even ? zeros : b->all_even;
}

static int integer_bits(const struct brute_need *b)
{
    for (int w = 1; w < 63; w++)
        if (b->low >= 0 ? b->high < 1LL << w : b->low >= -(1LL << (w - 1)) && b->high < 1LL << (w - 1))
            return w;
    return 0;
}

/* Whether a float of x exponent and y fraction bits, every code a number, holds m * 2^lsb. */
static bool float_holds(int x, int y, long long m, int lsb)
{
    struct format f = {.family = &family_float,
                       .bits = 1 + x + y,
                       .exponent_bits = x,
                       .precision = y + 1,
                       .bias = (1 << (x - 1)) - 1,
                       .specials = SPECIALS_NONE};
    return algebra_holds(&f, number_make(m < 0, (uint64_t)(m < 0 ? -m : m), lsb));
}

static void check_need(const struct format *f, bool products, uint32_t terms, const struct brute_need *b,
                       int lsb, const long long *members, size_t n)
{
    struct exact_need need;
    assert_int_equal(algebra_exact(f, products, terms, &need), VERDICT_YES);
    bool right = need.lsb == lsb && need.integer_bits == integer_bits(b) && need.is_signed == (b->low < 0) &&
                 (need.precision == 0 || need.precision == b->precision) &&
                 need.top == lsb + bits_of((unsigned long long)(b->high > -b->low ? b->high : -b->low)) - 1;
    if (!right)
        fail_msg("%s%s x %u: lsb %d, top %d, %d integer bits, precision %d; brute force %d, %d, %d", f->name,
                 products ? " products" : "", (unsigned)terms, need.lsb, need.top, need.integer_bits,
                 need.precision, lsb, integer_bits(b), b->precision);
    if (!need.precision) { /* only sums of an even number of odd values */
        assert_true(terms % 2 == 0);
        return;
    }
    if (need.exponent_bits + need.fraction_bits > 26 || !members)
        return;
    /* It holds all of them, and no smaller one does. */
    for (size_t i = 0; i < n; i++)
        if (!float_holds(need.exponent_bits, need.fraction_bits, members[i], lsb))
            fail_msg("%s: e%dm%d lacks %lld", f->name, need.exponent_bits, need.fraction_bits, members[i]);
    int smaller = need.exponent_bits + need.fraction_bits - 1;
    for (int x = 1; x <= smaller && x <= 10; x++) {
        size_t i = 0;
        while (i < n && float_holds(x, smaller - x, members[i], lsb))
            i++;
        if (i == n)
            fail_msg("%s: e%dm%d is smaller and holds all", f->name, x, smaller - x);
    }
}

static void exact_products(void **state)
{
    (void)state;
    static struct format f[SMALL_FORMATS];
    static long long members[65536];
    size_t n = small_formats(f), done = 0;
    for (size_t i = 0; i < n; i++) {
        struct units u;
        struct exact_need need;
        if (algebra_exact(&f[i], true, 1, &need) == VERDICT_NOT_COVERED || !units_of(&f[i], &u))
            continue;
        struct brute_need b = {.all_even = 64};
        size_t count = 0;
        for (int x = 0; x < u.n; x++)
            for (int y = 0; y <= x; y++) {
                members[count] = u.v[x] * u.v[y];
                need_add(&b, members[count++]);
            }
        assert_int_equal(b.all_even, 0);
        check_need(&f[i], true, 1, &b, 2 * u.lsb, members, count);
        done++;
    }
    assert_true(done >= 45);
    printf("# covered exact products: %zu formats, all pairs\n", done);
}

/* All sums of k members of a set, as a bitmap: reach[i] means that i - offset can be reached. */
static void exact_sums(void **state)
{
    (void)state;
    static struct format f[SMALL_FORMATS];
    enum { ROOM = 1 << 21 };
    unsigned char *reach = malloc(ROOM), *next = malloc(ROOM);
    size_t n = small_formats(f), done = 0, undecided = 0;
    for (size_t i = 0; i < n; i++)
        for (int products = 0; products < 2; products++) {
            struct units u;
            struct exact_need need;
            if (algebra_exact(&f[i], products, 1, &need) == VERDICT_NOT_COVERED || !units_of(&f[i], &u))
                continue;
            static long long members[65536];
            size_t count = 0;
            long long most = 0;
            for (int x = 0; x < u.n; x++)
                for (int y = 0; y <= (products ? x : 0); y++) {
                    long long v = products ? u.v[x] * u.v[y] : u.v[x];
                    most = llabs(v) > most ? llabs(v) : most;
                    members[count++] = v;
                }
            memset(reach, 0, ROOM);
            reach[ROOM / 2] = 1;
            for (uint32_t k = 1; k <= 5 && (k + 1) * most < ROOM / 2; k++) {
                if ((double)count * (double)(2 * k) * (double)most > 3e8)
                    break;
                memset(next, 0, ROOM);
                long long span = (k - 1) * most;
                for (long long s = -span; s <= span; s++)
                    if (reach[ROOM / 2 + s])
                        for (size_t m = 0; m < count; m++)
                            next[ROOM / 2 + s + members[m]] = 1;
                struct brute_need b = {.all_even = 64, .low = INT64_MAX, .high = INT64_MIN};
                for (long long s = -span - most; s <= span + most; s++)
                    if (next[ROOM / 2 + s])
                        need_add(&b, s);
                check_need(&f[i], products, k, &b, (products ? 2 : 1) * u.lsb, NULL, 0);
                algebra_exact(&f[i], products, k, &need);
                undecided += need.precision == 0;
                done++;
                unsigned char *swap = reach;
                reach = next;
                next = swap;
            }
        }
    free(reach);
    free(next);
    assert_true(done >= 200);
    printf("# covered exact sums: %zu sums of formats and of products, by all sums; %zu floats undecided\n",
           done, undecided);
}

/* Known accumulators. */
static void known_accumulators(void **state)
{
    (void)state;
    struct exact_need need;
    struct format fp32 = small_named("fp32"), fp16 = small_named("fp16"), int8 = small_named("int8"),
                  e4m3 = small_named("e4m3"), bf16 = small_named("bf16"), lns = small_named("lns4f3"),
                  posit32 = small_named("posit32"), p16 = small_named("posit16");
    /* +-127 * 127 = 16129 in 15 bits; 2^16 of them in 31: the int32 accumulator of int8. */
    assert_int_equal(algebra_exact(&int8, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 15);
    assert_int_equal(algebra_exact(&int8, true, 1 << 16, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 31);
    assert_int_equal(need.lsb, 0);
    /* binary64 holds products of binary32 but for their range: 48 bits of 2^-298 .. 2^256. */
    assert_int_equal(algebra_exact(&fp32, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 48);
    assert_int_equal(need.lsb, -298);
    assert_int_equal(need.top, 255);
    assert_int_equal(need.integer_bits, 255 + 298 + 1 + 1); /* Kulisch without carry guard */
    assert_int_equal(algebra_exact(&fp16, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 22);
    assert_int_equal(need.lsb, -48);
    assert_int_equal(need.integer_bits, 31 + 48 + 1 + 1);
    assert_int_equal(algebra_exact(&e4m3, true, 32, &need), VERDICT_YES);
    assert_int_equal(need.lsb, -18);
    assert_int_equal(need.integer_bits, 18 + 18 + 4 + 1 + 1); /* 32 * 448^2 = 1.53 * 2^22 */
    assert_int_equal(algebra_exact(&bf16, false, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 8);
    assert_int_equal(need.lsb, -133);
    /* posit16: the quire of the standard has 16 * 16 bits, its least bit minpos^2 = 2^-112. */
    assert_int_equal(algebra_exact(&p16, true, 1, &need), VERDICT_YES);
    assert_int_equal(need.lsb, -112);
    assert_int_equal(need.integer_bits, 112 + 112 + 1 + 1);
    assert_int_equal(algebra_exact(&lns, true, 1, &need), VERDICT_NOT_COVERED);
    assert_int_equal(algebra_exact(&posit32, true, 1, &need), VERDICT_NOT_COVERED);
    /* Of -2, 1 and 3 two make 6 at most, and as odd sums 1 and -1: that says nothing of 6, which has two
     * bits. */
    static const float three[] = {-2, 1, 3};
    static const struct codebook book = {.n = 3, .values = three};
    struct format odd = {.name = "three", .family = &family_codebook, .bits = 2, .book = &book};
    assert_int_equal(algebra_exact(&odd, false, 2, &need), VERDICT_YES);
    assert_int_equal(need.precision, 0);
    assert_int_equal(need.exponent_bits, 0);
    assert_int_equal(need.integer_bits, 4);
    struct format fixed = small_named("e0m24");
    assert_int_equal(algebra_exact(&fixed, false, 1, &need), VERDICT_YES);
    assert_int_equal(need.precision, 24);
    assert_int_equal(algebra_exact(&fp32, true, ALGEBRA_TERMS_MAX, &need), VERDICT_YES);
    assert_int_equal(need.integer_bits, 255 + 298 + 1 + 1 + 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_products),
        cmocka_unit_test(exact_sums),
        cmocka_unit_test(known_accumulators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
