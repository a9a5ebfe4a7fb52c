/* Properties of quantizing whole tensors under every scheme that should have them, and TransformerEngine's
 * order. Bits are proven in test_scaling. */
#include "tests/check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"
#include "tests/scaling_oracle.h"

/* TransformerEngine's NVFP4 steps, restated in binary32 (arXiv 2509.25149 appendix B; its Python reference).
 */
static void te_order(void **state)
{
    (void)state;
    const struct format *e2m1 = format_find("e2m1"), *e4m3 = format_find("e4m3");
    struct rounding rne = {.mode = ROUND_RNE};
    for (int kind = DRAW_NORMAL; kind <= DRAW_BITS; kind++) {
        float x[8 * 48];
        draw_fill(x, 8 * 48, (enum draw)kind, 5);
        struct quant_spec q;
        struct error e = {{0}};
        assert_int_equal(scheme_parse("nvfp4", &q, &e), STATUS_OK);
        struct quant_input in = {.x = x, .rank = 2, .shape = {8, 48}, .axis = 1};
        uint32_t codes[8 * 48], scales[8 * 3];
        struct quant_output out = {.codes = codes, .scales = scales};
        struct quant_stats stats;
        assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
        float most = 0;
        for (size_t k = 0; k < 8 * 48; k++)
            most = fmaxf(most, fabsf(x[k]));
        float g = fminf(2688.0f / most, FLT_MAX), d = 1.0f / g, m = g * (1.0f / 6.0f);
        for (size_t b = 0; b < 24; b++) {
            float amax = 0;
            for (size_t i = 0; i < 16; i++)
                amax = fmaxf(amax, fabsf(x[16 * b + i]));
            uint32_t code = format_round(e4m3, number_from_f32(fminf(amax * m, 448.0f)), &rne, 0).code;
            assert_int_equal(scales[b], code);
            float r = fminf(1.0f / ((float)format_value(e4m3, code) * d), FLT_MAX);
            for (size_t i = 16 * b; i < 16 * b + 16; i++) {
                float y = fmaxf(-6.0f, fminf(6.0f, x[i] * r));
                uint32_t want = y == 0 ? 0 : format_round(e2m1, number_from_f32(y), &rne, 0).code;
                assert_int_equal(codes[i], want);
            }
        }
    }
}

/* --- both levels of scales --- */

/* The second-level scale above element k of [3][50][5] along the middle axis, in C order of its shape. */
static size_t second_above(const struct quant_spec *q, size_t k)
{
    const size_t o = k / 250, at = k / 5 % 50, i = k % 5, length = q->scaling.second_block;
    switch (q->scaling.second) {
    case SECOND_TENSOR:
        return 0;
    case SECOND_ROW:
        return o * 5 + i;
    default:
        return (o * ((50 + length - 1) / length) + at / length) * 5 + i;
    }
}

/* The first level above it. */
static size_t scale_above(const struct quant_spec *q, size_t k)
{
    const size_t o = k / 250, at = k / 5 % 50, i = k % 5, length = q->scaling.block;
    switch (q->scaling.per) {
    case PER_BLOCK:
        return (o * ((50 + length - 1) / length) + at / length) * 5 + i;
    case PER_CHANNEL:
        return at;
    default:
        return o * 5 + i;
    }
}

/* Codes, scales and second level are all there is to the values. */
static void second_level(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t seconds;
        int rank;
    } cases[] = {
        {"e2m1,block=16,scale=e4m3,second=tensor,axis=1", 1, 0},
        {"nvfp4,axis=1", 1, 0},
        {"e2m1,block=16,scale=e4m3,second=row,axis=1", 15, 3},
        {"nvfp4,second=row,axis=1", 15, 3},
        {"e2m1,block=8,scale=e4m3,second=block,second_block=24,axis=1", 45, 3},
        {"e2m1,block=8,scale=e4m3,second=block,second_block=16,quotient=stages,second_stores=divisor,axis=1",
         60, 3},
        {"int4,per=token,scale=e5m2,second=tensor,axis=1", 1, 0},
        {"e2m1,per=channel,scale=e4m3,second=tensor,axis=1", 1, 0},
    };
    enum { SIZE = 3 * 50 * 5 };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        float x[SIZE], y[SIZE], seconds[64];
        uint32_t codes[SIZE], scales[SIZE];
        struct quant_spec q;
        struct quant_stats stats;
        struct error e = {{0}};
        draw_fill(x, SIZE, DRAW_NORMAL, c);
        assert_int_equal(scheme_parse(cases[c].text, &q, &e), STATUS_OK);
        const struct quant_input in = {.x = x, .rank = 3, .shape = {3, 50, 5}, .axis = 1};
        int rank;
        size_t shape[TENSOR_MAX_RANK];
        assert_int_equal(quant_second_shape(&q, &in, &rank, shape), cases[c].seconds);
        assert_int_equal(rank, cases[c].rank);
        const struct quant_output out = {.values = y, .codes = codes, .scales = scales, .seconds = seconds};
        assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
        assert_int_equal(stats.outer_scales, cases[c].seconds);
        for (size_t k = 0; k < SIZE; k++) {
            const size_t scale = scale_above(&q, k);
            const struct number second = number_from_f32(seconds[second_above(&q, k)]);
            struct number v = number_mul(format_decode(&q.element, codes[k]),
                                         format_decode(&q.scaling.scale, scales[scale]));
            v = q.scaling.second_stores == STORES_DIVISOR ? number_div(v, second) : number_mul(v, second);
            assert_int_equal(bits_from_f32(number_to_f32(v)), bits_from_f32(y[k]));
        }
    }
}

/* --- properties --- */

enum { ROWS = 4, COLUMNS = 192, N = ROWS * COLUMNS };

static size_t counts[6];
enum property { IN_PLACE, BY_ROW, POWER_OF_TWO, SIGN, TWICE, BY_PLACE };

static size_t scheme_count(void)
{
    return scaling_scheme_count() + scheme_alias_count();
}

static const char *scheme_text(size_t i)
{
    return i < scaling_scheme_count() ? scaling_scheme_at(i)
                                      : scheme_alias_at(i - scaling_scheme_count())->name;
}

static void run(const struct quant_spec *q, struct quant_input in, const float *x, float *y, uint32_t *codes)
{
    struct quant_stats s;
    struct error e = {{0}};
    in.x = x;
    in.seed = 5;
    if (quantize(q, &in, &(struct quant_output){.values = y, .codes = codes}, &s, &e))
        fail_msg("%s", e.text);
}

static const struct quant_input matrix = {.rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1};

static bool same(const float *a, const float *b, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (!(a[k] == b[k] || (isnan(a[k]) && isnan(b[k]))))
            return false;
    return true;
}

/* Rows share nothing: no scale, no random number. */
static bool is_by_row(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    return (s->per == PER_NONE || s->per == PER_TOKEN || s->per == PER_BLOCK) && s->second != SECOND_TENSOR &&
           !quant_spec_is_stochastic(q);
}

static bool is_wide(const struct format *f)
{
    return f->family == &family_float && f->exponent_bits >= 8;
}

/* The scale that is found first follows a power of two exactly, and nothing else knows about size. Under a
 * second level that is the outer one; with a wide scale below it it would be subnormal: amax / (Xmax *
 * 2^127). */
static bool is_equivariant(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    if (q->codec || s->per == PER_NONE || s->log2 || s->scale_overflow == SCALE_OVERFLOW_WRAP ||
        (s->rule && s->rule->ignores_amax) || s->scale_min > 0 || s->scale_max > 0 ||
        (q->out.family && !is_wide(&q->out)))
        return false;
    if (s->quotient != QUOTIENT_EXACT && !is_wide(&s->via))
        return false;
    bool second = s->second != SECOND_NONE && (s->order == ORDER_TE || is_wide(&s->second_scale));
    return second ? s->zero_point != ZERO_FLOAT && !is_wide(&s->scale)
                  : is_wide(&s->scale) && s->second == SECOND_NONE;
}

static bool has_a_side(enum round_mode mode)
{
    return mode == ROUND_RUP || mode == ROUND_RDN;
}

static bool is_symmetric_format(const struct format *f)
{
    return f->family == &family_float ? !f->is_unsigned : f->family == &family_int && f->codes != CODES_TWOS;
}

static bool is_symmetric(const struct quant_spec *q)
{
    bool formats = is_symmetric_format(&q->element);
    for (int i = 0; i < q->n_alternatives; i++)
        formats &= is_symmetric_format(&q->alternative[i]);
    return formats && !q->codec && !q->scaling.zero_point && !has_a_side(q->rounding.mode) &&
           !(q->flip > 0) && !(q->out.family && has_a_side(q->out_round));
}

/* Codes of a cast are its own values. Under a power of two from the largest magnitude so are those of a
 * block: what is rounded lies in the binade that gives the same scale, or in the one below, whose grid is
 * finer. Not so where the largest magnitude may become 2^(emax + 1) (two's complement), where a scale is not
 * a power of two (amax' = Xmax * scale is rounded), or where the best of several scales is kept. */
static bool is_idempotent(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    if (q->codec || q->flip > 0 || q->out.family)
        return false;
    if (s->per == PER_NONE)
        return true;
    return s->rule && s->rule->power_of_two && !s->log2 && !s->rule->ignores_amax && !(s->rule->side > 0) &&
           is_wide(&s->scale) && s->second == SECOND_NONE && !s->zero_point && !s->n_peaks && !q->search &&
           !q->n_alternatives && s->clip >= 1 && is_symmetric_format(&q->element);
}

static void properties(void **state)
{
    (void)state;
    static float x[N], whole[N], again[N], twice[N];
    static uint32_t codes[N], other[N];
    draw_fill(x, N, DRAW_NORMAL, 3);
    for (size_t i = 0; i < scheme_count(); i++) {
        struct quant_spec q;
        struct error e = {{0}};
        struct quant_stats stats;
        const char *text = scheme_text(i);
        if (scheme_parse(text, &q, &e)) { /* test_scheme demands that aliases parse */
            assert_true(i >= scaling_scheme_count());
            continue;
        }
        run(&q, matrix, x, whole, codes);
        memcpy(again, x, sizeof again);
        run(&q, matrix, again, again, NULL);
        if (!same(again, whole, N))
            fail_msg("%s: in place differs", text);
        counts[IN_PLACE]++;
        if (is_by_row(&q)) {
            struct quant_input row = {.rank = 1, .shape = {COLUMNS}};
            run(&q, row, x + COLUMNS, again, NULL);
            if (!same(again, whole + COLUMNS, COLUMNS))
                fail_msg("%s: a row alone differs", text);
            counts[BY_ROW]++;
        }
        if (is_equivariant(&q)) { /* an even power: E8M0 breaks ties by the parity of the exponent */
            for (size_t k = 0; k < N; k++)
                again[k] = ldexpf(x[k], 10);
            run(&q, matrix, again, again, other);
            for (size_t k = 0; k < N; k++)
                twice[k] = ldexpf(whole[k], 10);
            if (!same(again, twice, N) || memcmp(codes, other, sizeof codes) != 0)
                fail_msg("%s: 2^10 x differs", text);
            counts[POWER_OF_TWO]++;
        }
        if (is_symmetric(&q)) {
            for (size_t k = 0; k < N; k++)
                again[k] = -x[k];
            run(&q, matrix, again, again, NULL);
            for (size_t k = 0; k < N; k++)
                again[k] = -again[k];
            if (!same(again, whole, N))
                fail_msg("%s: -x differs", text);
            counts[SIGN]++;
        }
        if (is_idempotent(&q)) {
            run(&q, matrix, whole, again, NULL);
            if (!same(again, whole, N))
                fail_msg("%s: the image of an image differs", text);
            counts[TWICE]++;
        }
        bool flat = q.scaling.per != PER_CHANNEL && q.scaling.per != PER_TOKEN && q.scaling.per != PER_TILE &&
                    q.scaling.second != SECOND_ROW && q.scaling.second != SECOND_BLOCK &&
                    (q.scaling.per != PER_BLOCK || COLUMNS % q.scaling.block == 0);
        if (flat) { /* the same places in one vector: faults and random numbers too */
            struct quant_input vector = {.rank = 1, .shape = {N}};
            run(&q, vector, x, again, other);
            if (!same(again, whole, N) || memcmp(codes, other, sizeof codes) != 0)
                fail_msg("%s: one long row differs", text);
            counts[BY_PLACE]++;
        }
        struct quant_input none = {.x = x, .rank = 2, .shape = {0, COLUMNS}, .axis = 1};
        assert_int_equal(quantize(&q, &none, &(struct quant_output){0}, &stats, &e), STATUS_OK);
        assert_int_equal(quantize(&q, &none, &(struct quant_output){0}, NULL, &e), STATUS_OK);
        assert_int_equal(stats.elements, 0);
        none.shape[0] = 3;
        none.shape[1] = 0;
        assert_int_equal(quantize(&q, &none, &(struct quant_output){0}, &stats, &e), STATUS_OK);
        assert_int_equal(stats.scales, 0);
    }
    printf(
        "# covered properties: %zu in place, %zu by row, %zu under 2^k, %zu by sign, %zu idempotent, %zu by "
        "place, of %zu schemes\n",
        counts[IN_PLACE], counts[BY_ROW], counts[POWER_OF_TWO], counts[SIGN], counts[TWICE], counts[BY_PLACE],
        scheme_count());
    for (size_t p = 0; p < sizeof counts / sizeof *counts; p++)
        assert_true(counts[p] > 10);
}

/* A region whose rows lie apart and do not fit into one piece of work has the bits of the same elements laid
 * together: values of a channel, one of two, between those of the other. */
static void regions_of_many_pieces(void **state)
{
    (void)state;
    enum { OUTER = 96, CHANNELS = 2, INNER = 80, CHANNEL = OUTER * INNER };
    static const char *const texts[] = {"int8,per=channel", "e4m3,per=channel,round=rtz", "nf4,per=channel",
                                        "int4,per=channel,zero_point=yes", "e2m1,per=channel,nan=max"};
    static float x[CHANNELS * CHANNEL], y[CHANNELS * CHANNEL], alone[CHANNEL], want[CHANNEL];
    static uint32_t codes[CHANNELS * CHANNEL], want_codes[CHANNEL];
    const struct quant_input apart = {.rank = 3, .shape = {OUTER, CHANNELS, INNER}, .axis = 1};
    const struct quant_input together = {.rank = 2, .shape = {1, CHANNEL}, .axis = 0};
    draw_fill(x, CHANNELS * CHANNEL, DRAW_NORMAL, 7);
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        struct quant_spec q;
        struct error e = {{0}};
        if (scheme_parse(texts[t], &q, &e))
            fail_msg("%s: %s", texts[t], e.text);
        run(&q, apart, x, y, codes);
        for (size_t c = 0; c < CHANNELS; c++) {
            for (size_t k = 0; k < CHANNEL; k++)
                alone[k] = x[(k / INNER * CHANNELS + c) * INNER + k % INNER];
            run(&q, together, alone, want, want_codes);
            for (size_t k = 0; k < CHANNEL; k++) {
                const size_t at = (k / INNER * CHANNELS + c) * INNER + k % INNER;
                if (codes[at] != want_codes[k] || !same(&y[at], &want[k], 1))
                    fail_msg("%s: element %zu of channel %zu: %g (code %u); alone: %g (code %u)", texts[t], k,
                             c, (double)y[at], codes[at], (double)want[k], want_codes[k]);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(te_order),
        cmocka_unit_test(second_level),
        cmocka_unit_test(properties),
        cmocka_unit_test(regions_of_many_pieces),
    };
    return cmocka_run_group_tests_name("quant", tests, NULL, NULL);
}
