/* A tensor quantized piece by piece has the bits and the counts of the tensor quantized whole. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"

enum { MOST = 6 * 400 };

struct results {
    float y[MOST];
    uint32_t codes[MOST], scales[MOST];
    struct quant_stats stats;
};

/* What is asked for: everything with arrays, everything but arrays, values and counts. */
enum asked { ARRAYS, MARKS, COUNTS };
static size_t fast[3]; /* tensors that kernels quantized */

static const struct quant_output *output_of(struct results *r, enum asked asked, struct quant_output *out)
{
    memset(r, 0, sizeof *r);
    *out = (struct quant_output){.values = r->y, .wants = asked == COUNTS ? QUANT_COUNTS : QUANT_ALL};
    if (asked == ARRAYS) {
        out->codes = r->codes;
        out->scales = r->scales;
    }
    return out;
}

/* Pieces of lengths drawn from 1 to `longest`, each cut where the quantizer allows. */
static size_t in_pieces(const struct quant_spec *q, const struct quant_input *in, size_t n, size_t longest,
                        uint64_t seed, enum asked asked, struct results *r)
{
    struct quant_output out;
    struct quantizer *z;
    struct error e = {{0}};
    struct quant_range range = {.finite = false};
    size_t pieces = 0;
    quant_range_add(&range, in->x, n / 2); /* ranges add up */
    quant_range_add(&range, in->x + n / 2, n - n / 2);
    assert_int_equal(quantizer_open(q, in, output_of(r, asked, &out), &z, &e), STATUS_OK);
    bool takes = quantizer_takes_pieces(z);
    assert_int_equal(quantizer_begin(z, &range, takes ? NULL : in->x, &e), STATUS_OK);
    fast[asked] += quantizer_is_fast(z);
    for (size_t first = 0, end = 0; first < n;) {
        end += 1 + rng_u32(seed, 1, pieces + end) % longest;
        end = end < n ? end : n;
        size_t length = quantizer_cut(z, first, end);
        assert_true(length <= end - first);
        if (!length)
            continue;
        assert_true(takes || length == n);
        quantizer_piece(z, first, length, in->x + first, r->y + first);
        first += length;
        pieces++;
    }
    assert_int_equal(quantizer_end(z, &r->stats, &e), STATUS_OK);
    quantizer_close(z);
    return pieces;
}

/* b has no arrays unless they were asked for, and of COUNTS values and counts alone. */
static void expect_same(const char *scheme, struct results *a, const struct results *b, enum asked asked)
{
    if (asked != ARRAYS) {
        memset(a->codes, 0, sizeof a->codes);
        memset(a->scales, 0, sizeof a->scales);
    }
    if (asked == COUNTS) {
        a->stats.codes_used = 0;
        a->stats.expected_error = b->stats.expected_error;
    }
    for (size_t i = 0; i < MOST; i++)
        if (bits_from_f32(a->y[i]) != bits_from_f32(b->y[i]))
            fail_msg("%s element %zu: %a, want %a", scheme, i, (double)b->y[i], (double)a->y[i]);
    if (memcmp(a->codes, b->codes, sizeof a->codes) || memcmp(a->scales, b->scales, sizeof a->scales))
        fail_msg("%s: codes or scales differ", scheme);
    if (memcmp(&a->stats, &b->stats, sizeof a->stats))
        fail_msg("%s: counts differ", scheme);
}

/* Without counts: the same values, and as many scales and bits beside them. */
static void values_alone(const char *scheme, const struct quant_spec *q, const struct quant_input *in,
                         size_t n, const struct results *want)
{
    static float y[MOST];
    struct quant_stats stats;
    struct error e = {{0}};
    struct quant_output out = {.values = y, .wants = QUANT_VALUES};
    assert_int_equal(quantize(q, in, &out, &stats, &e), STATUS_OK);
    for (size_t i = 0; i < n; i++)
        assert_true(bits_from_f32(y[i]) == bits_from_f32(want->y[i]));
    if (stats.scales != want->stats.scales || stats.outer_scales != want->stats.outer_scales ||
        stats.side_bits != want->stats.side_bits || stats.stored != want->stats.stored)
        fail_msg("%s: %llu scales, want %llu", scheme, (unsigned long long)stats.scales,
                 (unsigned long long)want->stats.scales);
}

static const char *const schemes[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
    "e4m3",
    "int8",
    "nf4",
    "posit8",
    "e4m3,round=sr",
    "e2m1,daz=yes",
    "bf16,out=e5m2",
    "int4,flip=0.01",
    "q4_0",
    "nf4,block=16,fit=mse",
    "int8,per=tensor,stat=percentile",
    "int8,per=token",
    "fp16",
};

static void pieces_equal_whole(void **state)
{
    (void)state;
    static const size_t shapes[][3] = {{1, 1, MOST}, {2, 3, 400}, {5, 31, 7}, {1, 40, 48}, {3, 1, 1}};
    static struct results whole, cut;
    static float x[MOST];
    size_t count = 0, pieces = 0, taken = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (uint64_t turn = 0; turn < 3; turn++) {
                struct quant_spec q;
                struct error e = {{0}};
                struct quant_output out;
                if (WATCHED && (i + s + turn) % 3)
                    continue;
                size_t n = shapes[s][0] * shapes[s][1] * shapes[s][2];
                if (scheme_parse(schemes[i], &q, &e))
                    fail_msg("%s", e.text);
                struct quant_input in = {
                    .x = x, .rank = 3, .axis = turn == 2 ? 1 : 2, .seed = 3, .stream = 4};
                memcpy(in.shape, shapes[s], sizeof shapes[s]);
                draw_fill(x, n, (enum draw)((i + turn) % DRAWS), i);
                if (quantize(&q, &in, output_of(&whole, ARRAYS, &out), &whole.stats, &e))
                    continue; /* a refused tail */
                size_t more = in_pieces(&q, &in, n, turn ? 1 + n / 3 : 37, i, ARRAYS, &cut);
                expect_same(schemes[i], &whole, &cut, ARRAYS);
                in_pieces(&q, &in, n, 1 + n / 2, i, MARKS, &cut);
                expect_same(schemes[i], &whole, &cut, MARKS);
                in_pieces(&q, &in, n, 1 + n / 2, i, COUNTS, &cut);
                expect_same(schemes[i], &whole, &cut, COUNTS);
                values_alone(schemes[i], &q, &in, n, &whole);
                pieces += more;
                taken += more > 1;
                count++;
            }
    printf("# covered tensors in pieces: %zu, of which %zu in %zu pieces; %zu by kernels, %zu with codes\n",
           count, taken, pieces, fast[COUNTS], fast[MARKS]);
    assert_true(taken > (WATCHED ? 60 : 200));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(pieces_equal_whole)};
    return cmocka_run_group_tests_name("quant_pieces", tests, NULL, NULL);
}
