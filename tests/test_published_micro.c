/* Shared micro-exponents (Rouhani et al., arXiv 2302.08007): the differences that it publishes, and its
 * theorem. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/rng.h"
#include "tests/sample.h"

/* Under sanitizers a sixteenth of the values, and four times the room. */
enum { ROWS = WATCHED ? 256 : 4096, COLUMNS = 256, ROOM = WATCHED ? 4 : 1 };

static const char *micro_scheme(int bits, int k2, int d2)
{
    static char text[128];
    snprintf(text, sizeof text,
             "int%d,codes=signmag,fraction=%d,block=16,scale=e8m0,scale_rule=floor,micro=%d,micro_bits=%d",
             bits + 1, bits - 1, k2, d2);
    return text;
}

/* Blocks of 16 from N(0, s), s from |N(0, 1)| for each block. */
static struct sample mixed_blocks(void)
{
    struct sample s = sample_draw("gaussian", (double)NAN, ROWS, COLUMNS);
    struct sample widths = sample_draw("gaussian", (double)NAN, 1, (size_t)ROWS * COLUMNS / 16 + 1);
    for (size_t i = 0; i < s.n; i++)
        s.subject.x[i] *= fabsf(widths.subject.x[widths.n - 1 - i / 16]);
    sample_free(&widths);
    return s;
}

/* "About 3.6 dB" between MX9 and MSFP16 (3.61); k2 8 to 2 "about 2", 2 to 1 "0.7", d2 1 to 2 "0.5": 2.00,
 * .69, .55 with 2 bits of magnitude, 2.34, .87, .74 with 4, 2.45, .94, .80 with 7. */
static void differences(void **state)
{
    (void)state;
    static const struct {
        int bits;
        double to_pairs, to_single, to_two_bits;
    } table[] = {{2, 2.00, .69, .55}, {4, 2.34, .87, .74}, {7, 2.45, .94, .80}};
    struct sample s = mixed_blocks();
    double gap = sample_sqnr(&s, "mx9") - sample_sqnr(&s, "msfp16,round=rne");
    double cut = sample_sqnr(&s, "mx9") - sample_sqnr(&s, "msfp16");
    printf("# MX9 - MSFP16: %.3f dB, published 3.61; truncated %.2f dB, published 9.6\n", gap, cut);
    assert_true(fabs(gap - 3.61) < .05 * ROOM && fabs(cut - 9.6) < .1 * ROOM);
    for (size_t i = 0; i < 3; i++) {
        int m = table[i].bits;
        double eight = sample_sqnr(&s, micro_scheme(m, 8, 1)), two = sample_sqnr(&s, micro_scheme(m, 2, 1));
        double one = sample_sqnr(&s, micro_scheme(m, 1, 1)), deep = sample_sqnr(&s, micro_scheme(m, 2, 2));
        printf("# covered shared micro-exponents, %d bits: k2 8 to 2 %.3f dB (%.2f), 2 to 1 %.3f (%.2f), d2 "
               "1 to 2 %.3f "
               "(%.2f)\n",
               m, two - eight, table[i].to_pairs, one - two, table[i].to_single, deep - two,
               table[i].to_two_bits);
        assert_true(fabs(two - eight - table[i].to_pairs) < .04 * ROOM);
        assert_true(fabs(one - two - table[i].to_single) < .04 * ROOM);
        assert_true(fabs(deep - two - table[i].to_two_bits) < .04 * ROOM);
    }
    sample_free(&s);
}

/* With beta = 2^d2 - 1 and m bits of magnitude, QSNR >= 6.02 m + 10 log10(2^(2 beta) / (min(N, k1) + (2^(2
 * beta) - 1) k2)) for every input. */
static double bound(int m, int k2, int d2)
{
    double gain = pow(4, (1 << d2) - 1);
    return 20 * log10(2) * m + 10 * log10(gain / (16 + (gain - 1) * k2));
}

/* Values midway between neighbours of the grid that their group will have: the largest is 1 or a step and a
 * half above it; groups lie 0 .. 4 binades below, or hold nothing but half a step. Row 0 is the proof's own
 * worst block. */
static void adversary(size_t row, int m, int k2, int d2, float x[static 16])
{
    int most = (1 << d2) - 1;
    for (int i = 0; i < 16; i++) {
        uint32_t u = rng_u32(77, row, (uint64_t)i), group = rng_u32(78, row, (uint64_t)(i / k2));
        int shift = i < k2 ? 0 : row == 0 ? most : (int)(group % (uint32_t)(most + 2));
        float step = ldexpf(1, 1 - m - (shift < most ? shift : most)), n = 0;
        if (row && u % 3 == 0)
            n = (float)(u >> 8 &
                        ((UINT32_C(1) << (m + 1)) - 1)); /* up to twice the largest: it saturates or shifts */
        else if (row && u % 3 == 1)
            n = (float)(u >> 8 & ((UINT32_C(1) << m) - 1));
        float v = (n + .5F) * step * ldexpf(1, shift > most ? -(int)(group >> 8) % 4 : 0);
        x[i] = u & 0x80 ? -v : v;
    }
    x[0] = row == 0 ? 1 + ldexpf(1, -m) : row % 2 ? 1 : 1 + ldexpf(1.5F, 1 - m);
}

static void theorem(void **state)
{
    (void)state;
    enum { BLOCKS = WATCHED ? 500 : 4000 };
    size_t compared = 0;
    double nearest = HUGE_VAL;
    float *x = malloc(sizeof(float[16]) * BLOCKS);
    for (int m = 2; m <= 7; m++)
        for (int k2 = 1; k2 <= 16; k2 *= 2)
            for (int d2 = 1; d2 <= 2; d2++) {
                for (size_t row = 0; row < BLOCKS; row++)
                    adversary(row, m, k2, d2, x + 16 * row);
                struct sample s = sample_of(x, BLOCKS, 16);
                sample_sqnr(&s, micro_scheme(m, k2, d2));
                for (size_t row = 0; row < BLOCKS; row++, compared++) {
                    double signal = 0, noise = 0;
                    for (size_t i = 16 * row; i < 16 * row + 16; i++) {
                        double e = (double)s.values[i] - (double)x[i];
                        signal += (double)x[i] * (double)x[i];
                        noise += e * e;
                    }
                    double room = 10 * log10(signal / noise) - bound(m, k2, d2);
                    nearest = fmin(nearest, room);
                    if (room < -1e-9)
                        fail_msg("%s, block %zu: %.4f dB below the bound %.4f", micro_scheme(m, k2, d2), row,
                                 -room, bound(m, k2, d2));
                }
                sample_free(&s);
            }
    free(x);
    assert_true(fabs(bound(7, 2, 1) - 34.74) < .005 && fabs(bound(4, 2, 1) - 16.68) < .005 &&
                fabs(bound(2, 2, 1) - 4.64) < .005);
    printf("# covered bound of shared micro-exponents: %zu blocks, the nearest %.3f dB above it\n", compared,
           nearest);
    assert_true(nearest < .5); /* the adversary is one */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences),
        cmocka_unit_test(theorem),
    };
    return cmocka_run_group_tests_name("published_micro", tests, NULL, NULL);
}
