/* Published figures of schemes that choose, share or shift: absolute ratios, shares of choices, differences
 * between formats, and the bound of shared micro-exponents. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sample.h"

/* Under sanitizers a sixteenth of the values, and four times the room. */
enum { ROWS = WATCHED ? 256 : 4096, COLUMNS = 256, ROOM = WATCHED ? 4 : 1 };

static void expect(struct sample *s, const char *scheme, double want, double room)
{
    double got = sample_sqnr(s, scheme);
    printf("# %s: %.3f dB, published %.2f\n", scheme, got, want);
    if (!(fabs(got - want) <= room * ROOM))
        fail_msg("%s: %.3f dB, published %.2f", scheme, got, want);
}

/* --- Gaussian data --- */

/* Groups of 128 under a real scale; MX and MSFP, both rounded to nearest: so the figures of MSFP were made,
 * though its own paper truncates. Sampling errors are below .02 dB. */
static void gaussian(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        double db;
    } table[] = {{"nf4,block=128", 20.40},
                 {"int4,block=128,zero_point=yes", 19.96},
                 {"bitmod4", 20.19},
                 {"int3,block=128", 11.26},
                 {"int3,block=128,zero_point=yes", 13.34},
                 {"e2m0,block=128", 12.45}, /* FP3: 0 1 2 4 */
                 {"bitmod3", 14.20},
                 {"mx9", 46.52},
                 {"mx6", 28.30},
                 {"mx4", 15.72},
                 {"msfp16,round=rne", 42.79},
                 {"msfp12,round=rne", 18.64}};
    struct sample s = sample_draw("gaussian", (double)NAN, ROWS, COLUMNS);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        expect(&s, table[i].scheme, table[i].db, 0.04);
    printf("# covered published SQNR: gaussian, %zu schemes\n", sizeof table / sizeof *table);
    sample_free(&s);
}

/* HiFloat4's check on N(0, 1): its error over that of NVFP4, and relative errors. A relative error of 2^20
 * values has a sampling error below .3 %, a quotient on the same data less. */
static void hifloat4(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        double error;
    } table[] = {{"hifloat4", .006884}, {"nvfp4", .009058}, {"mxfp4", .013209}};
    struct sample s = sample_draw("gaussian", (double)NAN, ROWS, COLUMNS);
    double error[3];
    for (size_t i = 0; i < 3; i++) {
        error[i] = pow(10, -sample_sqnr(&s, table[i].scheme) / 10);
        printf("# %s: relative error %.6f, published %.6f\n", table[i].scheme, error[i], table[i].error);
        assert_true(fabs(error[i] / table[i].error - 1) < .003 * ROOM);
    }
    printf("# covered HiFloat4 over NVFP4: %.4f, published .7600\n", error[0] / error[1]);
    assert_true(fabs(error[0] / error[1] - .7600) < .004 * ROOM);
    sample_free(&s);
}

/* --- four over six --- */

/* A block chose 4 if its scale lies above that of the scheme that knows 6 alone. */
static void four_over_six_on(const char *distribution, double parameter, double db, double room, double share)
{
    struct sample s = sample_draw(distribution, parameter, ROWS, COLUMNS);
    size_t blocks = s.n / 16, fours = 0;
    sample_sqnr(&s, "four_over_six,peak=6");
    uint32_t *sixes = s.scales;
    s.scales = malloc(s.n * sizeof *s.scales);
    expect(&s, "four_over_six", db, room);
    for (size_t b = 0; b < blocks; b++)
        fours += s.scales[b] > sixes[b];
    double got = (double)fours / (double)blocks;
    printf("# covered four over six: %s, %.4f of %zu blocks choose 4, published %.3f\n", distribution, got,
           blocks, share);
    assert_true(fabs(got - share) < .005 * ROOM); /* 4 sampling errors of 65536 blocks are .0077 at most */
    free(sixes);
    sample_free(&s);
}

static void four_over_six(void **state)
{
    (void)state;
    four_over_six_on("gaussian", (double)NAN, 21.22, 0.04, .452);
    four_over_six_on("student-t", 5, 21.24, 0.12, .365);
    four_over_six_on("uniform", (double)NAN, 21.19, 0.04, .689);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian),
        cmocka_unit_test(hifloat4),
        cmocka_unit_test(four_over_six),
    };
    return cmocka_run_group_tests_name("published_blocks", tests, NULL, NULL);
}
