/* The kernel of truncated bits against the definition, by memcmp: values and counts. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 4096 };

static size_t elements;
static struct room from, to;

/* n elements that end at the guard page, with and without counts, and in place. */
static void try_truncated(const struct kernel_truncated *k, float scale, const float *x, size_t n)
{
    static float want[BATCH];
    struct kernel_counts want_counts;
    kernel_want(&k->f, &k->r, scale, NULL, x, want, n, &want_counts);
    for (size_t set = 0; set < kernels_count(); set++)
        for (int turn = 0; turn < 3; turn++) {
            const struct kernels *s = kernels_at(set);
            float *in = from.end - n, *out = turn == 2 ? in : to.end - n;
            struct kernel_counts counts = {0};
            memcpy(in, x, n * sizeof *x);
            s->truncated(k, 1 / scale, scale, in, out, n, turn ? NULL : &counts);
            kernel_compare(s->isa, &k->f, &k->r, scale, x, out, turn ? NULL : &counts, want, &want_counts, n);
            elements += n;
        }
}

static void truncated(void **state)
{
    (void)state;
    static const char *const names[] = {"bf16", "tf32", "e8m1", "e8m3", "e8m12", "e8m20", "e8m22"};
    static const float scales[] = {1, 0x1p-20F, 0x1p13F, 0x1p-126F, 0x1p126F};
    static float x[BATCH];
    from = room_open(BATCH);
    to = room_open(BATCH);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t c = 0; c < sizeof scales / sizeof *scales; c++) {
            struct format f;
            struct kernel_truncated k;
            assert_true(format_by_name(names[i], &f, NULL));
            f.specials = SPECIALS_IEEE;
            assert_null(format_problem(&f));
            if (!kernel_truncated_open(&k, &f, &(struct rounding){.nan = NAN_TO_MAX}))
                fail_msg("%s is not served", names[i]);
            for (int tame = 0; tame < 2;
                 tame++) { /* without NaN, subnormals and the like vectors take the fast path */
                kernel_inputs(&f, x, BATCH, (i * 5 + c) * BATCH);
                for (uint32_t j = 0; j < 6; j++) /* where saturation begins */
                    x[j * 31] =
                        f32_from_bits(bits_from_f32(k.high) + (UINT32_C(1) << (k.shift - 1)) - 1 + j % 3) *
                        (j < 3 ? 1 : -1);
                for (size_t j = 0; j < BATCH; j++) {
                    x[j] *= scales[c];
                    if (tame && (bits_from_f32(x[j]) & 0x7fffffff) > 0x7f800000)
                        x[j] = 1;
                    if (tame && (bits_from_f32(x[j] / scales[c]) & 0x7fffffff) < 0x800000)
                        x[j] = scales[c] == 1 ? x[j] : 0;
                }
                for (size_t n = 0; n <= MOST; n++)
                    try_truncated(&k, scales[c], x + n * MOST, n);
                try_truncated(&k, scales[c], x, BATCH);
            }
        }
    room_close(&from);
    room_close(&to);
    printf("# covered truncated kernels: %zu sets, %zu formats, %zu elements\n", kernels_count(),
           sizeof names / sizeof *names, elements);
}

static void refuses(void **state)
{
    (void)state;
    struct kernel_truncated k;
    assert_false(kernel_truncated_open(&k, format_find("fp16"), &(struct rounding){.mode = ROUND_RNE}));
    assert_false(kernel_truncated_open(&k, format_find("fp32"), &(struct rounding){.mode = ROUND_RNE}));
    assert_false(kernel_truncated_open(&k, format_find("bf16"), &(struct rounding){.mode = ROUND_RTZ}));
    assert_false(kernel_truncated_open(&k, format_find("bf16"), &(struct rounding){.ftz = true}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(truncated), cmocka_unit_test(refuses)};
    return cmocka_run_group_tests_name("kernel_truncated", tests, NULL, NULL);
}
