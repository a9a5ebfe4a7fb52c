/* The kernel of stochastic rounding against the definition, by memcmp: values and counts. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 1500 };

static struct {
    size_t formats, kernels, elements;
} covered;
static struct room from, to;

/* n elements that end at the guard page, with and without counts, and in place. */
static void try_stochastic(const struct kernel_stochastic *k, const struct kernel_random *r, float scale,
                           const float *x, size_t n)
{
    static float want[BATCH];
    static uint32_t random[BATCH];
    struct kernel_counts want_counts;
    for (size_t i = 0; i < n; i++)
        random[i] = rng_u32(r->seed, r->stream, r->first + i);
    kernel_want(&k->grid.f, &k->r, scale, random, x, want, n, &want_counts);
    for (size_t set = 0; set < kernels_count(); set++)
        for (int turn = 0; turn < 3; turn++) {
            const struct kernels *s = kernels_at(set);
            float *in = from.end - n, *out = turn == 2 ? in : to.end - n;
            struct kernel_counts counts = {0};
            memcpy(in, x, n * sizeof *x);
            s->stochastic(k, r, 1 / scale, scale, in, out, n, turn ? NULL : &counts);
            kernel_compare(s->isa, &k->grid.f, &k->r, scale, x, out, turn ? NULL : &counts, want,
                           &want_counts, n);
            covered.elements += n;
        }
}

static void try_rounding(const struct format *f, const struct rounding *r)
{
    static const float scales[] = {1, 0x1p-20F, 0x1p13F, 0x1p-126F, 0x1p126F};
    static float x[BATCH];
    struct kernel_stochastic k;
    if (!kernel_stochastic_open(&k, f, r))
        return;
    for (size_t c = 0; c < sizeof scales / sizeof *scales; c++) {
        struct kernel_random random = {.seed = 0x123456789abcdef + covered.kernels,
                                       .stream = UINT64_C(0xfedcba9876543210) * c,
                                       .first = c == 2 ? UINT64_C(0xfffffff0) * 4 : 13 * c + covered.kernels};
        kernel_inputs(f, x, BATCH, covered.kernels * BATCH);
        for (size_t i = 0; i < BATCH; i++) /* NaN takes whole vectors from the kernel: few of them */
            x[i] = x[i] != x[i] && i % 64 ? (float)i : x[i] * scales[c];
        for (size_t n = 0; n <= MOST && c < 2 && r->sr_bits == 0; n++) {
            random.first += n;
            try_stochastic(&k, &random, scales[c], x + n * MOST, n);
        }
        try_stochastic(&k, &random, scales[c], x, BATCH);
    }
    covered.kernels++;
}

static void stochastic(void **state)
{
    (void)state;
    static const int bits[] = {0, 1, 2, 7, 16, 29, 30, 31};
    static const char *const more[] = {"e0m3", "e5m6", "e6m9", "e2m20", "int3", "int12", "p3109_k8p4se"};
    from = room_open(BATCH);
    to = room_open(BATCH);
    for (size_t i = 0; i < format_count() + 2 + sizeof more / sizeof *more; i++) {
        struct format f = i < format_count() ? *format_at(i) : *format_find("int4");
        size_t before = covered.kernels;
        if (i == format_count())
            f.codes = CODES_TWOS;
        else if (i == format_count() + 1)
            f.codes = CODES_SIGNMAG;
        else if (i > format_count())
            assert_true(format_by_name(more[i - format_count() - 2], &f, NULL));
        for (int kind = 0; kind < SR_KINDS; kind++)
            for (size_t b = 0; b < sizeof bits / sizeof *bits; b++)
                try_rounding(&f, &(struct rounding){.mode = ROUND_SR,
                                                    .sr_kind = (enum sr_kind)kind,
                                                    .sr_bits = bits[b],
                                                    .nan = b & 1 ? NAN_TO_MAX : NAN_TO_ZERO,
                                                    .neg_zero = b & 2 ? NEG_ZERO_DROP : NEG_ZERO_KEEP});
        covered.formats += covered.kernels > before;
    }
    room_close(&from);
    room_close(&to);
    printf("# covered stochastic kernels: %zu sets, %zu formats, %zu with kinds and bits, %zu elements\n",
           kernels_count(), covered.formats, covered.kernels, covered.elements);
    assert_true(covered.formats > 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stochastic)};
    return cmocka_run_group_tests_name("kernel_sr", tests, NULL, NULL);
}
