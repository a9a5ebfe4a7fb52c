/* Derivations against the quantizer, for every registered format, published scheme and profile; examples
 * worked by hand. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/derivation/derivation.h"
#include "sim/derivation/neighbours.h"
#include "sim/profile.h"
#include "tests/draws.h"
#include "tests/sample.h"

enum { ROWS = 4, COLUMNS = 128, N = ROWS * COLUMNS, FEW = 24 };

static struct quant_spec parsed(const char *text)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(text, &q, &e))
        fail_msg("%s: %s", text, e.text);
    return q;
}

/* --- against the quantizer --- */

static struct {
    size_t schemes, elements, steps, adjacent, rules[DERIVATION_RULES];
} covered;

static bool same_number(struct number a, struct number b)
{
    return a.class == b.class && (a.class == NUMBER_NAN || a.negative == b.negative) &&
           (a.class != NUMBER_FINITE ||
            (a.exponent == b.exponent && a.significand == b.significand && a.sticky == b.sticky));
}

static bool same_f32(float a, float b)
{
    return bits_from_f32(a) == bits_from_f32(b) || (isnan(a) && isnan(b));
}

/* Rules under which the code need not be a neighbour of the quotient. */
static bool is_policy(enum derivation_rule rule)
{
    return rule < RULE_EXACT || rule == RULE_OVERFLOW || rule == RULE_SATURATED || rule == RULE_RAISED ||
           rule == RULE_CARRY || rule == RULE_FLUSHED;
}

/* No value of the format lies strictly between the neighbours, or beyond the one there is. */
static void expect_adjacent(const char *scheme, const struct quant_spec *q, const struct derivation *d)
{
    if (q->n_alternatives || q->fit || q->scaling.zero_point || q->element.bits > 8 || d->rule < RULE_EXACT)
        return;
    for (uint32_t code = 0; code <= format_code_mask(&q->element); code++) {
        struct number v = format_decode(&q->element, code);
        if (v.class > NUMBER_FINITE || v.sticky)
            continue;
        bool over = !d->has_below || number_compare(v, d->below) > 0;
        bool under = !d->has_above || number_compare(v, d->above) < 0;
        struct number back = format_decode(
            &q->element, format_round(&q->element, v, &(struct rounding){.mode = ROUND_RNE}, 0).code);
        bool kept = number_compare(back, v) != 0; /* rounding never gives it */
        if (over && under && !kept && (d->has_below || d->has_above))
            fail_msg("%s: code %x of x = %a lies between the neighbours", scheme, code, (double)d->x);
    }
    covered.adjacent++;
}

static void expect_steps(const char *scheme, const struct quant_spec *q, const struct derivation *d)
{
    const struct derivation_row *error = derivation_find(d, "error"),
                                *exact = derivation_find(d, "exact value"),
                                *steps = derivation_find(d, "steps"), *tie = derivation_find(d, "tie");
    assert_non_null(error);
    if (isfinite(d->x) && isfinite(d->y) && number_to_f64(error->value) != (double)d->y - (double)d->x)
        fail_msg("%s: x = %a: error %a", scheme, (double)d->x, number_to_f64(error->value));
    if (exact && !q->out.family && !same_f32(number_to_f32(exact->value), d->y))
        fail_msg("%s: x = %a: exact value %a, y = %a", scheme, (double)d->x, number_to_f64(exact->value),
                 (double)d->y);
    if (d->has_below && number_compare(d->below, d->quotient) > 0)
        fail_msg("%s: x = %a lies below its neighbours", scheme, (double)d->x);
    if (d->has_above && number_compare(d->above, d->quotient) < 0)
        fail_msg("%s: x = %a lies above its neighbours", scheme, (double)d->x);
    bool below = d->has_below && number_compare(d->chosen, d->below) == 0;
    bool above = d->has_above && number_compare(d->chosen, d->above) == 0;
    if (!is_policy(d->rule) && !below && !above)
        fail_msg("%s: x = %a went to no neighbour (%s)", scheme, (double)d->x,
                 derivation_rule_names[d->rule]);
    if (d->rule == RULE_EXACT && number_compare(d->chosen, d->quotient) != 0)
        fail_msg("%s: x = %a is not exact", scheme, (double)d->x);
    if (d->rule == RULE_NEAREST && (number_compare(d->quotient, tie->value) < 0) != below)
        fail_msg("%s: x = %a is not nearest to its value", scheme, (double)d->x);
    assert_true((d->rule == RULE_TIE) <= (tie && number_compare(d->quotient, tie->value) == 0));
    /* With the tie in the middle, half a step is as far as one can be. */
    if (steps && !q->element.family->ladder && number_to_f64(steps->value) > .5)
        fail_msg("%s: x = %a is %g steps from the tie", scheme, (double)d->x, number_to_f64(steps->value));
    const struct derivation_row *distance = derivation_find(d, "distance");
    assert_true(!distance || distance->value.class != NUMBER_FINITE ||
                distance->value.sticky >= d->quotient.sticky);
    assert_true(q->flip > 0 || !derivation_find(d, "flipped code"));
    covered.steps += steps != NULL;
    covered.rules[d->rule]++;
}

static void expect_same(const char *scheme, const struct derivation *a, const struct derivation *b)
{
    bool same = a->rows == b->rows && a->index == b->index && a->rule == b->rule && a->code == b->code &&
                same_f32(a->y, b->y);
    for (size_t i = 0; same && i < a->rows; i++)
        same = !strcmp(a->row[i].step, b->row[i].step) && !strcmp(a->row[i].note, b->row[i].note) &&
               !strcmp(a->row[i].bits, b->row[i].bits) && same_number(a->row[i].value, b->row[i].value);
    if (!same)
        fail_msg("%s: element %zu by itself is derived in another way", scheme, a->index);
}

struct quantized {
    float y[N];
    uint32_t codes[N], scales[N];
};

static void check_tensor(const char *scheme, const struct quant_spec *q, const struct sample *s)
{
    static struct quantized r;
    static struct derivation d[N], one;
    struct error e = {{0}};
    struct quant_stats stats;
    struct quant_input in;
    const struct cell_request request = {.subject = &s->subject, .spec = q, .seed = 5};
    const struct quant_output out = {.values = r.y, .codes = r.codes, .scales = r.scales};
    if (pipeline_quant_input(&request, &in, &e) || quantize(q, &in, &out, &stats, &e))
        fail_msg("%s: %s", scheme, e.text);
    for (size_t i = 0; i < N; i++)
        d[i].rows = 0;
    if (derivations_of(q, &in, &s->subject.range, 0, N, d, &e))
        fail_msg("%s: %s", scheme, e.text);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(d[i].index, i);
        assert_true(d[i].rows > 3 && d[i].rows <= DERIVATION_ROWS);
        if (d[i].code != r.codes[i] || !same_f32(d[i].y, r.y[i]) || !same_f32(d[i].x, in.x[i]))
            fail_msg("%s: x = %a: code %x, y = %a derived, %x, %a quantized", scheme, (double)in.x[i],
                     d[i].code, (double)d[i].y, r.codes[i], (double)r.y[i]);
        uint32_t mark = q->n_alternatives == 1 ? UINT32_C(1) << (q->scaling.scale.bits - 1) : 0;
        if (!q->codec && q->scaling.per != PER_NONE &&
            d[i].scale_code != (r.scales[d[i].scale_index] & ~mark))
            fail_msg("%s: element %zu: scale %x derived, %x quantized", scheme, i, d[i].scale_code,
                     r.scales[d[i].scale_index]);
        expect_steps(scheme, q, &d[i]);
        if (i < FEW)
            expect_adjacent(scheme, q, &d[i]);
    }
    for (size_t i = 1; i < N; i += N / 3) {
        assert_int_equal(derivation_of(q, &in, &s->subject.range, i, &one, &e), STATUS_OK);
        expect_same(scheme, &d[i], &one);
    }
    covered.elements += N;
}

static void check_scheme(const char *scheme)
{
    static const enum draw kinds[] = {DRAW_NORMAL,  DRAW_SHORT, DRAW_SPECIAL,
                                      DRAW_SHIFTED, DRAW_TINY,  DRAW_WIDE};
    struct quant_spec q = parsed(scheme);
    if (q.rounding.nan == NAN_REFUSED)
        q.rounding.nan = NAN_TO_ZERO;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        float x[N];
        draw_fill(x, N, kinds[i], covered.schemes + i);
        struct sample s = sample_of(x, ROWS, COLUMNS);
        check_tensor(scheme, &q, &s);
        sample_free(&s);
    }
    covered.schemes++;
}

static void every_scheme(void **state)
{
    (void)state;
    static const char *const more[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
        "nf4,block=64,fit=lloyd",
        "int4,flip=0.1",
        "e2m1,block=16,scale=e4m3,search=2",
        "e4m3,out=bf16",
        "int8,per=token,stat=percentile",
        "e4m3,half=fp32,round=rna"};
    const size_t step = WATCHED ? 5 : 1;
    for (size_t i = 0; i < format_count(); i += step)
        check_scheme(format_at(i)->name);
    for (size_t i = 0; i < scheme_alias_count(); i += WATCHED ? 2 : 1)
        check_scheme(scheme_alias_at(i)->name);
    for (size_t i = 0; i < profile_count(); i += step)
        check_scheme(profile_at(i)->scheme.name);
    for (size_t i = 0; i < sizeof more / sizeof *more; i += WATCHED ? 2 : 1)
        check_scheme(more[i]);
    for (size_t i = 0; i < DERIVATION_RULES; i++)
        if (!WATCHED && !covered.rules[i] && i != RULE_HALF) /* too rare: half_in_binary32 */
            fail_msg("no element met rule %s", derivation_rule_names[i]);
    printf("# covered derivations: %zu elements of %zu schemes, %zu between neighbours, %zu of these "
           "adjacent by "
           "all codes\n",
           covered.elements, covered.schemes, covered.steps, covered.adjacent);
}

/* --- by hand --- */

enum { MOST = 64 };
static struct derivation worked[MOST];

static void derive(const char *scheme, const float *x, size_t n)
{
    struct sample s = sample_of(x, 1, n);
    struct quant_spec q = parsed(scheme);
    struct quant_input in;
    struct error e = {{0}};
    const struct cell_request request = {.subject = &s.subject, .spec = &q, .seed = 7};
    assert_int_equal(pipeline_quant_input(&request, &in, &e), STATUS_OK);
    if (derivations_of(&q, &in, &s.subject.range, 0, n, worked, &e))
        fail_msg("%s: %s", scheme, e.text);
    sample_free(&s);
}

#define DERIVE(scheme, ...)                         \
    do {                                            \
        const float x_[] = {__VA_ARGS__};           \
        derive(scheme, x_, sizeof x_ / sizeof *x_); \
    } while (0)

static const struct derivation_row *row_of(size_t i, const char *step)
{
    const struct derivation_row *r = derivation_find(&worked[i], step);
    if (!r)
        fail_msg("no step %s", step);
    return r;
}

static void expect_number(size_t i, const char *step, double value)
{
    struct number x = row_of(i, step)->value;
    if (x.sticky || !same_number(x, number_from_f64(value)))
        fail_msg("%s: %a, expected %a", step, number_to_f64(x), value);
}

static void expect_bits(size_t i, const char *step, const char *bits)
{
    assert_string_equal(row_of(i, step)->bits, bits);
}

static void expect_none(size_t i, const char *step)
{
    assert_null(derivation_find(&worked[i], step));
}

static void expect_result(size_t i, enum derivation_rule rule, uint32_t code, double y)
{
    assert_string_equal(derivation_rule_names[worked[i].rule], derivation_rule_names[rule]);
    assert_int_equal(worked[i].code, code);
    assert_true(same_f32(worked[i].y, (float)y));
}

/* Between 8 and 9, and between 9 and 10. */
static void tie_of_e4m3(void **state)
{
    (void)state;
    DERIVE("e4m3", 8.5F, 9.5F, 460, 8.75F);
    expect_number(0, "quotient", 8.5);
    expect_bits(0, "below", "0x50: 0 1010 000");
    expect_bits(0, "above", "0x51: 0 1010 001");
    expect_number(0, "tie", 8.5);
    expect_number(0, "distance", 0);
    expect_result(0, RULE_TIE, 0x50, 8);
    expect_number(0, "error", -.5);
    assert_string_equal(row_of(0, "rule")->note, "rne: tie, to the even code");
    expect_none(0, "scale");
    expect_result(1, RULE_TIE, 0x52, 10);
    expect_result(2, RULE_EDGE, 0x7e, 448);
    expect_number(3, "distance", .25);
    expect_number(3, "steps", .25);
    expect_result(3, RULE_NEAREST, 0x51, 9);
}

/* amax 7.5: the floor rule has 2^(2 - 2), and 7.5 lies beyond 6; 7.5 / 6 rounded up is 2. */
static void two_rules_of_mxfp4(void **state)
{
    (void)state;
    DERIVE("ocp:mxfp4", 7.5F, .25F);
    expect_number(0, "elements", 2);
    expect_number(0, "amax", 7.5);
    expect_number(0, "Xmax", 6);
    expect_number(0, "wanted", 1);
    expect_bits(0, "scale", "0x7f: 01111111");
    expect_number(0, "quotient", 7.5);
    expect_number(0, "below", 6);
    assert_false(worked[0].has_above);
    assert_non_null(strstr(row_of(0, "above")->note, "beyond the range"));
    expect_none(0, "tie");
    expect_result(0, RULE_SATURATED, 7, 6);
    expect_number(0, "error", -1.5);
    expect_result(1, RULE_TIE, 0, 0);
    DERIVE("torchao:mxfp4_rceil", 7.5F, .25F);
    expect_number(0, "scale", 2);
    expect_number(0, "quotient", 3.75);
    expect_number(0, "below", 3);
    expect_number(0, "above", 4);
    expect_number(0, "tie", 3.5);
    expect_number(0, "distance", .25);
    expect_result(0, RULE_NEAREST, 6, 8);
    expect_number(0, "error", .5);
}

/* A quarter less 2^-26, and half a step of 1/2: the sum has no bit left for the difference. */
static void half_in_binary32(void **state)
{
    (void)state;
    DERIVE("microxcaling:mxfp4", 4, 0x1.fffffep-3F, 0x1.fffffcp-3F);
    expect_number(1, "tie", .25);
    expect_number(1, "distance", 0x1p-26);
    expect_result(1, RULE_HALF, 1, .5);
    expect_result(2, RULE_NEAREST, 0, 0);
}

/* 0x1.ffp-6 rounds to 2^-5, whose field 2 is or-ed into 1: half of it. */
static void carry(void **state)
{
    (void)state;
    DERIVE("mase:e4m3", 0x1.ffp-6F);
    expect_number(0, "above", 0x1p-5);
    expect_result(0, RULE_CARRY, 8, 0x1p-6);
}

/* G = 2688 / 2; 2 * (1344 * (1/6)) = 448, and 1 / (448 * (1 / 1344)) = 3 in binary32. */
static void nvfp4_in_two_levels(void **state)
{
    (void)state;
    DERIVE("nvfp4", 1, 2, .375F);
    expect_number(2, "outer amax", 2);
    expect_number(2, "encode scale", 1344);
    expect_number(2, "outer scale", (double)(1 / 1344.0F));
    expect_number(2, "wanted", 448);
    expect_bits(2, "scale", "0x7e: 0 1111 110");
    expect_number(2, "multiplier", 3);
    expect_number(2, "quotient", 1.125);
    expect_number(2, "below", 1);
    expect_number(2, "above", 1.5);
    expect_number(2, "steps", .25);
    expect_result(2, RULE_NEAREST, 2, 0x1.555556p-2);
    DERIVE("e2m1,block=16,scale=e4m3,second=tensor", 2688, 1344);
    expect_number(0, "outer wanted", 1);
    expect_number(0, "outer scale", 1);
    expect_number(0, "scale", 448);
    expect_number(1, "whole scale", 448);
    expect_result(1, RULE_EXACT, 5, 1344);
}

/* (2.984375 + 1) / 255 = 1/64; 1.5 of it lies between 1 and 2, and 64 more. */
static void integer_with_zero_point(void **state)
{
    (void)state;
    DERIVE("int8,per=token,zero_point=yes", -1, 2.984375F, .0234375F, -0.0F);
    expect_number(2, "lowest", -1);
    expect_number(2, "highest", 2.984375);
    expect_number(2, "scale", 1 / 64.0);
    expect_number(2, "zero point", 64);
    expect_number(2, "quotient", 1.5);
    expect_number(2, "below", 1);
    expect_number(2, "above", 2);
    expect_number(2, "tie", 1.5);
    expect_number(2, "code", 66);
    expect_result(2, RULE_TIE, 66, .03125);
    expect_result(0, RULE_EXACT, 0, -1);
    expect_result(1, RULE_EXACT, 255, 2.984375);
    expect_result(3, RULE_EXACT, 64, 0);
}

/* Of 2 bits R, kind a: up from a fraction of (4 - R) / 4 on. */
static void stochastic(void **state)
{
    (void)state;
    float x[MOST];
    size_t ups = 0;
    for (size_t i = 0; i < MOST; i++)
        x[i] = i % 2 ? -.25F : .375F; /* of a step of .5: 1/2, 3/4 */
    derive("e2m1,round=sr,sr_bits=2", x, MOST);
    for (size_t i = 0; i < MOST; i++) {
        double r = number_to_f64(row_of(i, "random")->value), fraction = i % 2 ? .5 : .75;
        bool up = fraction >= (4 - r) / 4;
        assert_true(r == 0 || r == 1 || r == 2 || r == 3);
        expect_number(i, "fraction", fraction);
        expect_number(i, "threshold", (4 - r) / 4);
        expect_result(i, RULE_STOCHASTIC, (i % 2 ? 8U : 0) + up, up ? (i % 2 ? -.5 : .5) : i % 2 ? -0.0 : 0);
        ups += up;
    }
    assert_in_range(ups, 25, 55); /* 40 expected */
}

static void zeros(void **state)
{
    (void)state;
    DERIVE("e4m3", -0.0F, 0);
    expect_bits(0, "x", "0x80000000");
    expect_bits(0, "code", "0x80: 1 0000 000");
    expect_result(0, RULE_EXACT, 0x80, -0.0);
    expect_none(0, "events");
    DERIVE("e4m3,neg_zero=drop", -0.0F);
    expect_result(0, RULE_EXACT, 0, 0);
    assert_string_equal(row_of(0, "events")->note, "sign lost");
    DERIVE("mxfp4", 0, -0.0F);
    expect_number(0, "amax", 0);
    expect_number(0, "wanted", 0);
    expect_bits(0, "scale", "0x00: 00000000");
    expect_number(0, "scale", 0x1p-127);
    expect_result(0, RULE_EXACT, 0, 0);
    expect_result(1, RULE_EXACT, 8, -0.0);
    DERIVE("e2m1,block=4,scale=e4m3", 0, 0);
    expect_result(0, RULE_ZERO_SCALE, 0, 0);
    DERIVE("fp32,daz=yes", 0x1p-140F);
    expect_bits(0, "x", "0x00000200");
    expect_bits(0, "read as", "0x00000000");
    expect_result(0, RULE_EXACT, 0, 0);
    DERIVE("e4m3,ftz=yes", 0x1p-7F, 0x1.8p-10F, 0x1p-11F); /* subnormal, rounded to it, rounded to zero */
    expect_result(0, RULE_FLUSHED, 0, 0);
    expect_result(1, RULE_FLUSHED, 0, 0);
    expect_result(2, RULE_NEAREST, 0, 0);
    DERIVE("e8m0", 0, 0x1p-130F, -1);
    expect_result(0, RULE_RAISED, 0, 0x1p-127);
    expect_result(2, RULE_UNSIGNED, 0xff, (double)NAN);
}

static void specials(void **state)
{
    (void)state;
    DERIVE("mxfp4", 1, NAN);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(row_of(i, "amax")->value.class, NUMBER_NAN);
        expect_bits(i, "scale", "0xff: 11111111");
        expect_none(i, "quotient");
        expect_result(i, RULE_POISONED, 0, (double)NAN);
        assert_int_equal(row_of(i, "error")->value.class, NUMBER_NAN);
    }
    DERIVE("mxfp4", 1, -INFINITY);
    expect_result(0, RULE_POISONED, 0, (double)NAN);
    DERIVE("mxfp4,block_nan=element,nan=error", 4, NAN);
    expect_result(0, RULE_EXACT, 6, 4);
    expect_result(1, RULE_NAN, 0, 0);
    assert_non_null(strstr(row_of(1, "rule")->note, "an error"));
    DERIVE("e5m2,overflow=infinity", INFINITY, 1e6F, NAN);
    expect_result(0, RULE_INFINITY, 0x7c, (double)INFINITY);
    expect_result(1, RULE_OVERFLOW, 0x7c, (double)INFINITY);
    expect_result(2, RULE_NAN, 0x7e, (double)NAN);
}

static void expect_outcome(const char *scheme, float x, const char *outcome)
{
    derive(scheme, &x, 1);
    const char *note = row_of(0, "scale")->note;
    if (strlen(note) < strlen(outcome) || strcmp(note + strlen(note) - strlen(outcome), outcome) != 0)
        fail_msg("%s: %s, expected %s", scheme, note, outcome);
}

static void ends_of_scales(void **state)
{
    (void)state;
    expect_outcome("e2m1,block=4,scale=e4m3", 6, "exact");
    expect_outcome("e2m1,block=4,scale=e4m3", 6.1F, "rounded");
    expect_outcome("e2m1,block=4,scale=e4m3", 0x1p-20F, "became zero");
    expect_outcome("e2m1,block=4,scale=e4m3,scale_underflow=min", 0x1p-20F, "not zero (scale_underflow)");
    expect_outcome("e2m1,block=4,scale=e4m3,scale_overflow=clamp", 6e3F, "beyond its range: the largest");
    expect_outcome("e2m1,block=4,scale=e4m3,scale_overflow=nan", 6e3F, "beyond its range: NaN");
    expect_outcome("ggml:mxfp4", 0x1p-130F, "its exponent field wraps");
    expect_outcome("mxfp4", NAN, ": NaN");
}

/* The pair .375, .13671875 lies two binades below 1, its shift is at most one: 17.5 steps of 1/128. */
static void micro_exponent(void **state)
{
    (void)state;
    DERIVE("mx9", 1, .25F, .375F, .13671875F);
    expect_number(0, "shift", 0);
    expect_number(3, "scale", 1);
    expect_number(3, "shift", 1);
    expect_number(3, "whole scale", .5);
    expect_number(3, "quotient", .2734375);
    expect_number(3, "below", 17 / 64.0);
    expect_number(3, "above", 18 / 64.0);
    expect_result(3, RULE_TIE, 18, .140625);
}

/* Whole numbers up to 7 are integers under a scale of 1, which E2M1 has not all. */
static void chosen_element(void **state)
{
    (void)state;
    DERIVE("if4", 7, 5, 3, 7, 5, 7, 5);
    assert_non_null(strstr(row_of(0, "element")->note, "if4_int: the least error of 2"));
    assert_int_equal(worked[1].code, 5);
    DERIVE("if4", 6, 4, 3, 2, 1.5F, 1, .5F);
    assert_non_null(strstr(row_of(0, "element")->note, "e2m1: "));
    expect_result(1, RULE_EXACT, 6, 4);
}

static void codec(void **state)
{
    (void)state;
    float x[64];
    for (size_t i = 0; i < 64; i++)
        x[i] = (float)i;
    derive("hif4", x, 64);
    for (size_t i = 0; i < 64; i++) {
        expect_none(i, "quotient");
        expect_none(i, "scale");
        assert_int_equal(worked[i].rule, RULE_CODEC);
        assert_int_equal(worked[i].quotient.class, NUMBER_NAN);
        assert_false(row_of(i, "code")->has_value);
    }
    assert_non_null(strstr(row_of(0, "rule")->note, "hifloat4 codes whole blocks"));
}

static void faults(void **state)
{
    (void)state;
    DERIVE("e4m3,flip=1", 8.5F);
    expect_number(0, "code", 8);
    expect_bits(0, "flipped code", "0xaf: 1 0101 111"); /* 0x50 */
    expect_result(0, RULE_TIE, 0xaf, -.46875);
}

static void texts(void **state)
{
    (void)state;
    char text[NUMBER_TEXT_SIZE];
    struct derivation_row r = {.has_value = true,
                               .value = number_div(number_make(false, 1, 0), number_make(false, 3, 0))};
    derivation_decimal(&r, text);
    assert_string_equal(text, "~0.3333333333");
    derivation_hex(&r, text);
    assert_string_equal(text, "0x1.5555555555555554...p-2");
    r.value = number_from_f64(-2.5);
    derivation_decimal(&r, text);
    assert_string_equal(text, "-2.5");
    derivation_hex(&r, text);
    assert_string_equal(text, "-0x1.4p+1");
    r.value = number_make(false, 3, 19999);
    r.value.sticky = true;
    derivation_decimal(&r, text);
    assert_string_equal(text, "~1.5*2^20000");
    r.has_value = false;
    derivation_decimal(&r, text);
    assert_string_equal(text, "");
    derivation_hex(&r, text);
    assert_string_equal(text, "");
}

static void refusals(void **state)
{
    (void)state;
    const float x[] = {1, 2, 3};
    struct sample s = sample_of(x, 1, 3);
    struct quant_spec q = parsed("mxfp4,tail=refuse");
    struct quant_input in;
    struct error e = {{0}};
    const struct cell_request request = {.subject = &s.subject, .spec = &q};
    assert_int_equal(pipeline_quant_input(&request, &in, &e), STATUS_OK);
    assert_int_equal(derivation_of(&q, &in, &s.subject.range, 0, worked, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "tail=refuse"));
    assert_int_equal(derivations_of(&q, &in, &s.subject.range, 0, 0, worked, &e), STATUS_OK);
    sample_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheme),
        cmocka_unit_test(tie_of_e4m3),
        cmocka_unit_test(two_rules_of_mxfp4),
        cmocka_unit_test(half_in_binary32),
        cmocka_unit_test(nvfp4_in_two_levels),
        cmocka_unit_test(integer_with_zero_point),
        cmocka_unit_test(stochastic),
        cmocka_unit_test(zeros),
        cmocka_unit_test(specials),
        cmocka_unit_test(ends_of_scales),
        cmocka_unit_test(micro_exponent),
        cmocka_unit_test(chosen_element),
        cmocka_unit_test(codec),
        cmocka_unit_test(carry),
        cmocka_unit_test(faults),
        cmocka_unit_test(texts),
        cmocka_unit_test(refusals),
    };
    return cmocka_run_group_tests_name("derivation", tests, NULL, NULL);
}
