/* The bias of stochastic rounding by theory: against all values of the random bits, and against measurement.
 */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"

enum { N = WATCHED ? 20000 : 100000, BITS = WATCHED ? 3 : 6 };
static float x[N], y[N];

static void run(const char *scheme, struct quant_spec *q, size_t n, uint64_t seed, struct quant_stats *stats)
{
    struct error e = {{0}};
    if (scheme_parse(scheme, q, &e))
        fail_msg("%s", e.text);
    struct quant_input in = {.x = x, .rank = 1, .shape = {n}, .seed = seed, .stream = 3};
    if (quantize(q, &in, &(struct quant_output){.values = y}, stats, &e))
        fail_msg("%s", e.text);
}

/* Under one scale (blocks of one element) the value of every R, averaged. Finite results only. */
static double by_enumeration(const struct quant_spec *q, float v)
{
    const struct scaling *s = &q->scaling;
    int n = q->rounding.sr_kind == SR_EQUAL ? 1 : q->rounding.sr_bits;
    struct outer_scale outer = scaling_outer(s, &q->element, fabsf(v));
    struct candidate c = {.element = &q->element};
    struct region_range range = {.lo = v, .hi = v, .amax = fabsf(v)};
    struct block_scale scale = scaling_block(s, &c, &outer, &range, 0);
    double sum = 0;
    for (uint32_t r = 0; r < UINT32_C(1) << n; r++) {
        uint32_t code = scaling_encode(s, &q->rounding, &scale, v, r << (32 - n)).code;
        sum += (double)scaling_decode(s, &scale, code) - (double)v;
    }
    return sum / (double)(1 << n);
}

static const char *const grids[] = {
    "e2m1",
    "e4m3",
    "e4m3,ftz=yes",
    "e3m2,subnormals=off",
    "int4",
    "int8,fraction=5,codes=signmag",
    "nf4",
    "e2m1,bias=1.3",
    "e2m1,block=1,scale=e8m0",
    "e2m1,block=1,scale=e4m3",
    "int4,block=1,scale=e3m2,quotient=divide,via=bf16",
    "int4,block=1,scale=e3m2,quotient=reciprocal,via=fp16",
    "int4,block=1,scale=e5m2,zero_point=yes",
    "int3,block=1,scale=e4m3,zero_point=float,scale_max=0.1",
    "e4m3,block=1,scale_rule=static,scale_value=0.37",
    "e2m1,block=1,scale=e2m3,second=row,order=te",
};

static void theory_is_the_mean_over_all_bits(void **state)
{
    (void)state;
    static const char *const kinds[] = {"a", "b", "c", "equal"};
    size_t cases = 0;
    for (size_t g = 0; g < sizeof grids / sizeof *grids; g++)
        for (size_t k = 0; k < 4; k++)
            for (int bits = 1; bits <= (k == 3 ? 1 : BITS); bits++) {
                char text[160], of_bits[16] = "";
                if (k < 3)
                    snprintf(of_bits, sizeof of_bits, ",sr_bits=%d", bits);
                snprintf(text, sizeof text, "%s,round=sr,sr_kind=%s%s", grids[g], kinds[k], of_bits);
                for (int i = 0; i < 150; i++, cases++) {
                    struct quant_spec q;
                    struct quant_stats stats;
                    /* multiples of 2^-7 hit every threshold of 6 bits on a grid of powers of two */
                    x[0] =
                        i < 100 ? (float)(i - 50) * 0x1p-7f * (i % 2 ? 1 : 13) : (float)(i - 124) * 0.0931f;
                    run(text, &q, 1, 1, &stats);
                    double want = by_enumeration(&q, x[0]);
                    if (!(fabs(stats.expected_error - want) <= 1e-12 * fabs((double)x[0])))
                        fail_msg("%s: %a expects the error %a, its %d bits give %a", text, (double)x[0],
                                 stats.expected_error, bits, want);
                }
            }
    printf("# covered expected errors of stochastic rounding by enumeration: %zu elements\n", cases);
}

static const char *const measured[] = {
    "e2m1,per=tensor,round=sr,sr_bits=4",
    "e2m1,per=tensor,round=sr,sr_bits=4,sr_kind=b",
    "e2m1,per=tensor,round=sr,sr_bits=4,sr_kind=c",
    "e2m1,per=tensor,round=sr,sr_kind=equal",
    "mxfp4,round=sr,sr_bits=2",
    "mxfp4,round=sr",
    "mxfp4,round=sr,sr_bits=1,sr_kind=b,out=bf16",
    "nvfp4,round=sr,sr_bits=3",
    "e4m3,round=sr,sr_bits=3",
    "int4,block=16,scale=fp16,zero_point=yes,round=sr,sr_bits=2",
    "int4,block=16,scale=fp16,zero_point=float,round=sr,sr_bits=3,quotient=reciprocal,via=bf16",
    "mx6,round=sr,sr_bits=2",
    "int8,per=channel,round=sr,sr_bits=1",
    "nf4,block=64,round=sr,sr_bits=5,scale=e8m0",
};

/* Errors are independent, and the errors themselves bound their standard deviation. Not for a choice among
 * ways to scale a block: it looks at the bits drawn, and keeps what they made small. */
static void measurement_is_near_theory(void **state)
{
    (void)state;
    double worst = 0;
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++)
        for (int data = DRAW_NORMAL; data <= DRAW_SHIFTED; data++) {
            struct quant_spec q;
            struct quant_stats stats;
            if (data == DRAW_WIDE || data == DRAW_BITS || data == DRAW_SPECIAL)
                continue;
            draw_fill(x, N, (enum draw)data, 40 + i);
            run(measured[i], &q, N, 7 * i + 1, &stats);
            double sum = 0, sum2 = 0;
            for (size_t k = 0; k < N; k++) {
                double e = (double)y[k] - (double)x[k];
                sum += e;
                sum2 += e * e;
            }
            double sigmas = fabs(sum - stats.expected_error) / sqrt(sum2);
            worst = fmax(worst, sigmas);
            if (!(sigmas < 5))
                fail_msg("%s: mean error %g, by theory %g: %.1f sigma", measured[i], sum / N,
                         stats.expected_error / N, sigmas);
        }
    printf("# covered bias of stochastic rounding: %zu schemes x 4 tensors of %d, at most %.2f sigma from "
           "theory\n",
           sizeof measured / sizeof *measured, N, worst);
}

static void none_without_it(void **state)
{
    (void)state;
    struct quant_spec q;
    struct quant_stats stats;
    draw_fill(x, 1000, DRAW_NORMAL, 1);
    run("mxfp4,scale_rule=absmax,scale_round=sr", &q, 1000, 1, &stats);
    assert_true(stats.expected_error == 0);
    run("e4m3", &q, 1000, 1, &stats);
    assert_true(stats.expected_error == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(theory_is_the_mean_over_all_bits),
        cmocka_unit_test(measurement_is_near_theory),
        cmocka_unit_test(none_without_it),
    };
    return cmocka_run_group_tests_name("sr_bias", tests, NULL, NULL);
}
