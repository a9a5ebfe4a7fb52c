/* Every kernel of every instruction set against the definition, by memcmp: values and counts. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 4096 }; /* lengths to try one by one: two vectors and one; elements at a time */

/* --- grid --- */

struct want {
    float y[BATCH];
    struct kernel_counts counts;
};

static void define(const struct kernel_grid *k, float inverse, float scale, const float *x, size_t n,
                   struct want *w)
{
    w->counts = (struct kernel_counts){0};
    for (size_t i = 0; i < n; i++) {
        struct number q = number_div(number_from_f32(x[i]), number_from_f32(scale));
        struct encoded e = format_round(&k->f, q, &k->r, 0);
        w->y[i] = number_to_f32(number_mul(format_decode(&k->f, e.code), number_from_f32(scale)));
        w->counts.saturated += (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
        w->counts.flushed += w->y[i] == 0 && x[i] != 0 && !isnan(x[i]);
        w->counts.near_ties += (e.events & EVENT_NEAR_TIE) != 0;
        w->counts.nan_lost += (e.events & EVENT_NAN_LOST) != 0;
        w->counts.nan_in += isnan(x[i]) != 0;
        w->counts.nan_out += isnan(w->y[i]) != 0;
    }
    (void)inverse;
}

static void expect(const struct kernels *s, const struct kernel_grid *k, float scale, const float *x,
                   const float *y, const struct kernel_counts *counts, const struct want *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bits_from_f32(y[i]) != bits_from_f32(w->y[i]))
            fail_msg("%s %s scale %a: %a: got %a, want %a", s->isa, k->f.name, (double)scale, (double)x[i],
                     (double)y[i], (double)w->y[i]);
    if (counts && memcmp(counts, &w->counts, sizeof *counts) != 0)
        fail_msg("%s %s scale %a: counts of %zu elements from %a differ: near ties %llu, want %llu; "
                 "saturated %llu, "
                 "want %llu; flushed %llu, want %llu",
                 s->isa, k->f.name, (double)scale, n, (double)x[0], (unsigned long long)counts->near_ties,
                 (unsigned long long)w->counts.near_ties, (unsigned long long)counts->saturated,
                 (unsigned long long)w->counts.saturated, (unsigned long long)counts->flushed,
                 (unsigned long long)w->counts.flushed);
}

/* n elements that end at the guard page, with and without counts, and in place. */
static void try_grid(const struct kernels *s, const struct kernel_grid *k, float scale, const float *x,
                     size_t n, struct room *from, struct room *to)
{
    static struct want w;
    float *in = from->end - n, *out = to->end - n;
    memcpy(in, x, n * sizeof *x);
    define(k, 1 / scale, scale, x, n, &w);
    struct kernel_counts counts = {0};
    s->grid(k, 1 / scale, scale, in, out, n, &counts);
    expect(s, k, scale, x, out, &counts, &w, n);
    memset(out, 0xa5, n * sizeof *out);
    s->grid(k, 1 / scale, scale, in, out, n, NULL);
    expect(s, k, scale, x, out, NULL, &w, n);
    s->grid(k, 1 / scale, scale, in, in, n, NULL);
    expect(s, k, scale, x, in, NULL, &w, n);
}

static bool grid_formats(size_t i, struct format *f)
{
    static const char *const more[] = {"e0m3",
                                       "e0m7",
                                       "e3m7",
                                       "e5m6",
                                       "e6m9",
                                       "e4m12",
                                       "e2m20",
                                       "int3",
                                       "int5",
                                       "int12",
                                       "int16",
                                       "p3109_k8p4se",
                                       "p3109_k6p2sf",
                                       "p3109_k12p5se",
                                       "int8,codes=twos",
                                       "int4,codes=signmag"};
    if (i < format_count()) {
        *f = *format_at(i);
        return true;
    }
    i -= format_count();
    if (i >= sizeof more / sizeof *more)
        return false;
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(more[i], ","), more[i]);
    assert_true(format_by_name(name, f, NULL));
    if (strstr(more[i], "codes=twos"))
        f->codes = CODES_TWOS;
    if (strstr(more[i], "codes=signmag"))
        f->codes = CODES_SIGNMAG;
    return true;
}

static void grids(void **state)
{
    (void)state;
    static const float scales[] = {1, 0x1p-20F, 0x1p13F, 0x1p-126F, 0x1p126F};
    static float x[BATCH];
    struct room from = room_open(BATCH), to = room_open(BATCH);
    struct format f;
    size_t served = 0, elements = 0;
    for (size_t i = 0; grid_formats(i, &f); i++)
        for (int nan = 0; nan < 2; nan++)
            for (int zero = 0; zero < NEG_ZERO_MODES; zero++) {
                struct rounding r = {.nan = nan ? NAN_TO_MAX : NAN_TO_ZERO,
                                     .neg_zero = (enum neg_zero_mode)zero};
                struct kernel_grid k;
                if (!kernel_grid_open(&k, &f, &r))
                    continue;
                served++;
                for (size_t set = 0; set < kernels_count(); set++)
                    for (size_t c = 0; c < sizeof scales / sizeof *scales; c++) {
                        kernel_inputs(&f, x, BATCH, served * BATCH);
                        for (size_t j = 0; j < BATCH; j++)
                            x[j] *= scales[c];
                        for (size_t n = 0; n <= MOST; n++, elements += n)
                            try_grid(kernels_at(set), &k, scales[c], x + n * MOST, n, &from, &to);
                        try_grid(kernels_at(set), &k, scales[c], x, BATCH, &from, &to);
                        elements += BATCH;
                    }
            }
    room_close(&from);
    room_close(&to);
    assert_true(served > 40);
    printf("# covered grid kernels: %zu sets, %zu formats with policies, %zu elements\n", kernels_count(),
           served, elements);
}

/* --- range --- */

static void ranges(void **state)
{
    (void)state;
    struct room room = room_open(BATCH);
    for (size_t set = 0; set < kernels_count(); set++)
        for (size_t n = 0; n <= 200; n++)
            for (uint64_t turn = 0; turn < 16; turn++) {
                float *x = room.end - n, lo = INFINITY, hi = -INFINITY, low = lo, high = hi;
                bool finite = true;
                for (size_t i = 0; i < n; i++) {
                    uint32_t bits = rng_u32(8, n, turn * 512 + i);
                    bool special = (bits & 0x7fffffff) >= 0x7f800000;
                    x[i] = turn % 2 && special ? 1 : f32_from_bits(bits);
                    if (turn > 12 && i == n / 2)
                        x[i] = turn == 13 ? INFINITY : turn == 14 ? -INFINITY : NAN;
                    finite &= isfinite(x[i]) != 0;
                    low = fminf(low, x[i]);
                    high = fmaxf(high, x[i]);
                }
                if (kernels_at(set)->range(x, n, &lo, &hi) != finite)
                    fail_msg("%s: range of %zu: finite is %d", kernels_at(set)->isa, n, finite);
                if (finite && (lo != low || hi != high))
                    fail_msg("%s: range of %zu: %a to %a, want %a to %a", kernels_at(set)->isa, n, (double)lo,
                             (double)hi, (double)low, (double)high);
            }
    room_close(&room);
}

/* --- which kernels run --- */

static void dispatch(void **state)
{
    (void)state;
    const char *allowed;
    assert_true(kernels_count() >= 1);
    assert_string_equal(kernels_at(0)->isa, "scalar");
    for (size_t i = 1; i < kernels_count(); i++)
        assert_true(kernels_at(i)->lanes > kernels_at(i - 1)->lanes);
    const char *cap = getenv("BITSWEEP_ISA");
    if (!cap)
        assert_ptr_equal(kernels_best(), kernels_at(kernels_count() - 1));
    assert_true(kernels_isa_known("avx2", &allowed));
    assert_false(kernels_isa_known("sse", &allowed));
    assert_string_equal(allowed, "scalar, avx2, avx512");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dispatch),
        cmocka_unit_test(ranges),
        cmocka_unit_test(grids),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
