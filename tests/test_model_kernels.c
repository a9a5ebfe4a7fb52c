/* sim/model: matrix product and exp, on every instruction set of this machine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/model/exp.h"
#include "sim/model/net.h"
#include "tests/check.h"

/* The definition in the header, one element at a time. */
static float gemm_element(size_t depth, struct mat_f32 a, struct mat_f32 b, size_t i, size_t j, float start)
{
    float sum = start;
    for (size_t k = 0; k < depth; k++)
        sum += a.at[i * a.row + k * a.col] * b.at[k * b.row + j * b.col];
    return sum;
}

static void gemm_case(enum net_isa isa, size_t m, size_t n, size_t depth, bool a_transposed,
                      bool b_transposed, bool accumulate)
{
    size_t ldc = n + 3;
    float *a = malloc((m * depth + 1) * sizeof *a), *b = malloc((depth * n + 1) * sizeof *b);
    float *c = malloc(m * ldc * sizeof *c), *want = malloc(m * ldc * sizeof *want);
    assert_true(a && b && c && want);
    for (size_t i = 0; i < m * depth; i++)
        a[i] = (float)(rng_u32(1, 1, i) * 0x1p-31 - 1);
    for (size_t i = 0; i < depth * n; i++)
        b[i] = (float)(rng_u32(1, 2, i) * 0x1p-31 - 1);
    for (size_t i = 0; i < m * ldc; i++)
        want[i] = c[i] = (float)(rng_u32(1, 3, i) * 0x1p-31 - 1);
    struct mat_f32 left = {a, a_transposed ? 1 : depth, a_transposed ? m : 1};
    struct mat_f32 right = {b, b_transposed ? 1 : n, b_transposed ? depth : 1};
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            want[i * ldc + j] = gemm_element(depth, left, right, i, j, accumulate ? want[i * ldc + j] : 0);
    net_gemm_isa_f32(isa, m, n, depth, left, right, c, ldc, accumulate);
    if (memcmp(c, want, m * ldc * sizeof *c) != 0)
        fail_msg("gemm %zu x %zu x %zu, transposed %d %d, accumulate %d, instruction set %d: other bits than "
                 "the definition",
                 m, n, depth, a_transposed, b_transposed, accumulate, (int)isa);
    free(a);
    free(b);
    free(c);
    free(want);
}

static void gemm_is_the_definition(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},     {8, 16, 4},    {7, 15, 5},    {9, 17, 255},
                                      {16, 33, 256}, {23, 31, 257}, {128, 40, 600}};
    for (int isa = 0; isa <= (int)net_isa_best(); isa++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int flags = 0; flags < 8; flags++)
                gemm_case((enum net_isa)isa, sizes[i][0], sizes[i][1], sizes[i][2], flags & 1, flags & 2,
                          flags & 4);
    printf("# covered: matrix product on %d instruction sets\n", (int)net_isa_best() + 1);
}

static void exp_is_accurate(void **state)
{
    (void)state;
    enum { MANY = 200003 }; /* not whole vectors */
    double *x = malloc(MANY * sizeof *x), *y = malloc(MANY * sizeof *y);
    assert_true(x && y);
    for (size_t i = 0; i < MANY; i++)
        y[i] = x[i] = ((rng_u32(11, 5, i) + 0.5) * 0x1p-31 - 1) * (i % 2 ? 700 : 2);
    double *base = malloc(MANY * sizeof *base);
    assert_non_null(base);
    memcpy(base, x, MANY * sizeof *base);
    net_exp(y, MANY);
    net_exp_isa(NET_ISA_BASE, base, MANY);
    assert_memory_equal(y, base, MANY * sizeof *y);
    if (net_isa_best() >= NET_ISA_AVX2) {
        memcpy(base, x, MANY * sizeof *base);
        net_exp_isa(NET_ISA_AVX2, base, MANY);
        assert_memory_equal(y, base, MANY * sizeof *y);
    }
    free(base);
    for (size_t i = 0; i < MANY; i++)
        if (fabs(y[i] - exp(x[i])) > 2 * 0x1p-52 * exp(x[i]))
            fail_msg("exp(%a) = %a, want %a", x[i], y[i], exp(x[i]));
    free(x);
    free(y);
    double ends[] = {0, -1e9, -700, 1e9, 700};
    net_exp(ends, sizeof ends / sizeof *ends);
    assert_true(ends[0] == 1 && ends[1] == ends[2] && ends[3] == ends[4]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gemm_is_the_definition),
        cmocka_unit_test(exp_is_accurate),
    };
    return cmocka_run_group_tests_name("model_kernels", tests, NULL, NULL);
}
