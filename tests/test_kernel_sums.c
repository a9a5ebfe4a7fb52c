/* The sums and histograms of every instruction set against the definition, element by element, by memcmp. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 3 * SUM_CHUNK };

/* Lengths around groups, strips and chunks; the sums go on from one to the next. */
static const size_t lengths[] = {0, 16, 32, 48, 1008, 1024, 1040, 2048, 4080, 4096, 4112, 64, 8192, 16, MOST};
enum { LENGTHS = sizeof lengths / sizeof *lengths };

enum data { ORDINARY, ANY_FINITE, RARE, OFTEN, EQUAL, DATA }; /* RARE, OFTEN: not finite */

static float made_finite(uint32_t bits)
{
    return f32_from_bits((bits & 0x7f800000) == 0x7f800000 ? bits ^ 0x00800000 : bits);
}

static void draw(enum data kind, uint64_t stream, float *x, float *y, size_t n)
{
    static const float special[] = {NAN, INFINITY, -INFINITY, -NAN};
    for (size_t i = 0; i < n; i++) {
        uint32_t r[4];
        rng_u32x4(kind, stream, i, r);
        x[i] = (float)((double)r[0] * 0x1p-31 - 1.0) * (i % 50 == 3 ? 100.0F : 1.0F);
        y[i] = kind == EQUAL ? x[i] : rintf(x[i] * 8) / 8;
        if (kind == ANY_FINITE) {
            x[i] = made_finite(r[0]);
            y[i] = made_finite(r[1]);
        }
        if (r[2] % 16 == 0)
            x[i] = r[2] & 16 ? 0.0F : -0.0F;
        if (r[2] % 16 == 1)
            y[i] = r[2] & 16 ? 0.0F : -0.0F;
        uint32_t odds = kind == RARE ? 3000 : kind == OFTEN ? 3 : 0;
        if (odds && r[3] % odds == 0) {
            *(r[1] & 4 ? &x[i] : &y[i]) = special[r[1] % 4];
            if (r[1] & 8)
                x[i] = y[i] = special[r[1] % 4];
        }
    }
}

struct all {
    struct kernel_signal signal;
    struct kernel_deviations deviations;
    struct kernel_errors errors;
    struct kernel_bins bins;
};

/* Its padding too is zero. */
static void begin(struct all *a, unsigned flags)
{
    memset(a, 0, sizeof *a);
    a->signal.lo = INFINITY;
    a->signal.hi = -INFINITY;
    a->deviations.mean = 0.123456789;
    a->bins.range = 0.99 + flags;
    a->errors.largest = flags & 1;
    a->errors.means = flags & 16;
    a->errors.products = flags & 2;
    a->errors.relative = flags & 4;
    a->errors.ulps = flags & 8;
}

/* Number of binary32 values between, by walking the ordered line of their codes. */
static uint32_t steps(float x, float y)
{
    int64_t a = bits_from_f32(fabsf(x)), b = bits_from_f32(fabsf(y));
    int64_t d = (signbit(x) ? -a : a) - (signbit(y) ? -b : b);
    return (uint32_t)(d < 0 ? -d : d);
}

static void define_bin(struct kernel_bins *k, float x, float y)
{
    double b = ((double)y / k->range + 1.0) * 128;
    if (isfinite(x) && isfinite(y))
        k->count[b < 0 ? 0 : b >= 256 ? 255 : (int)b]++;
}

static void define_signal(struct all *a, float x)
{
    double v = isfinite(x) ? (double)x : 0, d = isfinite(x) ? v - a->deviations.mean : 0;
    sum_add(&a->signal.x, v);
    sum_add(&a->signal.x2, v * v);
    sum_add(&a->deviations.m2, d * d);
    sum_add(&a->deviations.m4, (d * d) * (d * d));
    a->signal.zeros += x == 0;
    a->signal.nan += isnan(x) != 0;
    a->signal.infinite += isinf(x) != 0;
    if (isfinite(x) && x < a->signal.lo)
        a->signal.lo = x;
    if (isfinite(x) && x > a->signal.hi)
        a->signal.hi = x;
}

static void define_errors(struct kernel_errors *k, float x, float y)
{
    bool keep = isfinite(x) && isfinite(y);
    double a = keep ? (double)x : 0, b = keep ? (double)y : 0, e = b - a;
    k->lost += isfinite(x) && !isfinite(y);
    sum_add(&k->e2, e * e);
    if (k->largest)
        k->max_e = fmax(k->max_e, fabs(e));
    if (k->means) {
        sum_add(&k->e, e);
        sum_add(&k->abs_e, fabs(e));
    }
    if (k->products) {
        sum_add(&k->xy, a * b);
        sum_add(&k->y2, b * b);
    }
    if (k->relative)
        sum_add(&k->rel_e, a == 0 ? 0 : fabs(e) / fabs(a));
    if (k->ulps && keep && steps(x, y) > k->max_ulp)
        k->max_ulp = steps(x, y);
}

static void define(struct all *a, const float *x, const float *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        define_signal(a, x[i]);
        define_errors(&a->errors, x[i], y[i]);
        define_bin(&a->bins, x[i], y[i]);
    }
}

static void run(const struct kernels *set, struct all *a, const float *x, const float *y, size_t n)
{
    set->signal(&a->signal, x, n);
    set->deviations(&a->deviations, x, n);
    set->errors(&a->errors, x, y, n);
    set->bins(&a->bins, x, y, n);
}

#define EXPECT(part)                                          \
    if (memcmp(&got.part, &want.part, sizeof want.part) != 0) \
    fail_msg("%s: " #part " differs: data %d, sums %u, %zu elements", set->isa, (int)kind, flags, n)

static void ends_are_equal(const struct kernel_signal *got, const struct kernel_signal *want)
{
    assert_true(got->lo == want->lo && got->hi == want->hi); /* zeros may differ in sign */
}

static size_t try_lengths(const struct kernels *set, enum data kind, unsigned flags, struct room *in,
                          struct room *out)
{
    static struct all want, got;
    size_t elements = 0;
    begin(&want, flags);
    begin(&got, flags);
    for (size_t l = 0; l < LENGTHS; l++) {
        size_t n = lengths[l];
        float *x = in->end - n, *y = out->end - n;
        draw(kind, l * 32 + flags, x, y, n);
        define(&want, x, y, n);
        run(set, &got, x, y, n);
        ends_are_equal(&got.signal, &want.signal);
        got.signal.lo = want.signal.lo;
        got.signal.hi = want.signal.hi;
        EXPECT(signal);
        EXPECT(deviations);
        EXPECT(errors);
        EXPECT(bins);
        elements += n;
    }
    return elements;
}

static void sums(void **state)
{
    (void)state;
    struct room in = room_open(MOST), out = room_open(MOST);
    size_t elements = 0;
    for (size_t i = 0; i < kernels_count(); i++)
        for (int kind = 0; kind < DATA; kind++)
            for (unsigned flags = 0; flags < 32; flags++)
                elements += try_lengths(kernels_at(i), (enum data)kind, flags, &in, &out);
    room_close(&in);
    room_close(&out);
    printf("# covered sums by kernels: %zu sets, %d kinds of data, 32 choices of sums, %zu elements\n",
           kernels_count(), DATA, elements);
}

/* An element that is not finite at each place of a strip, in x, in y and in both. */
static void every_place(void **state)
{
    (void)state;
    enum { N = 64 };
    static struct all want, got;
    const unsigned flags = 31;
    const enum data kind = ORDINARY;
    const size_t n = N;
    float x[N], y[N];
    size_t cases = 0;
    for (size_t s = 0; s < kernels_count(); s++)
        for (size_t at = 0; at < N; at++)
            for (int where = 1; where < 4; where++, cases++) {
                const struct kernels *set = kernels_at(s);
                const float bad[] = {NAN, INFINITY, -INFINITY};
                draw(kind, at, x, y, N);
                if (where & 1)
                    x[at] = bad[at % 3];
                if (where & 2)
                    y[at] = bad[(at + (size_t)where / 3) % 3];
                begin(&want, flags);
                begin(&got, flags);
                define(&want, x, y, N);
                run(set, &got, x, y, N);
                ends_are_equal(&got.signal, &want.signal);
                EXPECT(errors);
                EXPECT(deviations);
                EXPECT(bins);
                assert_memory_equal(&got.signal.x2, &want.signal.x2, sizeof want.signal.x2);
                assert_memory_equal(&got.signal.zeros, &want.signal.zeros, 3 * sizeof want.signal.zeros);
            }
    printf("# covered elements that are not finite: %zu places\n", cases);
}

/* Histograms of any length, at the guard page. */
static void short_bins(void **state)
{
    (void)state;
    struct room in = room_open(100), out = room_open(100);
    for (size_t s = 0; s < kernels_count(); s++)
        for (size_t n = 0; n <= 100; n++) {
            static struct all want, got;
            float *x = in.end - n, *y = out.end - n;
            begin(&want, 0);
            begin(&got, 0);
            draw(n % 2 ? ORDINARY : OFTEN, n, x, y, n);
            for (size_t i = 0; i < n; i++)
                define_bin(&want.bins, x[i], y[i]);
            kernels_at(s)->bins(&got.bins, x, y, n);
            assert_memory_equal(&got.bins, &want.bins, sizeof want.bins);
        }
    room_close(&in);
    room_close(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(every_place),
        cmocka_unit_test(short_bins),
    };
    return cmocka_run_group_tests_name("kernel_sums", tests, NULL, NULL);
}
