/* sim/cost: storage and gates, worked by hand and against the published totals. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/cost/cost.h"
#include "tests/check.h"

static double quantity(const struct cost_value *v, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(v[i].quantity, name))
            return v[i].value;
    fail_msg("no quantity %s", name);
    return 0;
}

/* A model with what holds where nothing is said. */
static enum status cost(const char *model, const struct cost_input *in, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct cost_request r = cost_standard(cost_model_find(model));
    return cost_of(&r, in, out, n, e);
}

static struct format format_named(const char *name)
{
    struct format f;
    assert_true(format_by_name(name, &f, NULL));
    return f;
}

/* Every model covers some of these, or says why not; and says what it counts. */
static void registry(void **state)
{
    (void)state;
    static const char *const formats[] = {"e4m3", "e2m1", "int8", "int4", "fp16", "fp32", "nf4"};
    assert_true(cost_model_count() >= 2);
    for (size_t i = 0; i < cost_model_count(); i++) {
        const struct cost_model *m = cost_model_at(i);
        int covered = 0;
        assert_ptr_equal(cost_model_find(m->name), m);
        assert_true(*m->doc && *m->source && m->n_keys <= COST_KEYS_MAX);
        for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
            const struct quant_spec q = {.element = format_named(formats[f])};
            const struct cost_input in = {.spec = &q, .elements = 3, .stored = 3, .bit_operations = 64};
            struct cost_value v[COST_MAX_VALUES];
            struct error e = {{0}};
            int n = 7;
            const enum status s = cost(m->name, &in, v, &n, &e);
            assert_true(s == STATUS_OK || (s == STATUS_SKIP && n == 0 && *e.text));
            covered += s == STATUS_OK;
            for (int k = 0; k < n; k++) {
                assert_true(*v[k].quantity && *v[k].unit && isfinite(v[k].value) && v[k].value >= 0);
                assert_true(v[k].accuracy >= 0 && (!v[k].source || *v[k].source));
                assert_ptr_equal(cost_value_find(v, n, v[k].quantity), &v[k]); /* once */
            }
        }
        if (!covered)
            fail_msg("%s covers none of the formats tried", m->name);
    }
    assert_null(cost_model_find("fp8"));
}

/* A row of 40 in blocks of 16, padded: 48 codes of 4 bits, 3 scales of 8 bits, one binary32 scale:
 * 192 + 24 + 32 = 248 bits on 40 elements. */
static void storage(void **state)
{
    (void)state;
    struct quant_spec q = {.element = format_named("e2m1"),
                           .scaling = {.per = PER_BLOCK, .block = 16, .scale = format_named("e4m3")}};
    struct cost_input in = {.spec = &q, .elements = 40, .stored = 48, .scales = 3, .outer_scales = 1};
    struct cost_value v[COST_MAX_VALUES];
    int n = 0;
    assert_int_equal(cost("storage", &in, v, &n, NULL), STATUS_OK);
    assert_int_equal(n, 5);
    assert_true(quantity(v, n, "bits") == 248.0);
    assert_true(quantity(v, n, "bits_per_element") == 6.2);
    assert_true(quantity(v, n, "padding_bits_per_element") == 0.8);
    assert_true(quantity(v, n, "element_bits") == 4.0);
    assert_true(quantity(v, n, "scale_bits_per_element") == 1.4);

    q = (struct quant_spec){.element = format_named("fp16")};
    in = (struct cost_input){.spec = &q, .elements = 40, .stored = 40};
    assert_int_equal(cost("storage", &in, v, &n, NULL), STATUS_OK);
    assert_true(quantity(v, n, "bits_per_element") == 16.0);
    assert_true(quantity(v, n, "scale_bits_per_element") == 0.0);

    in.elements = 0;
    struct error e = {{0}};
    assert_int_equal(cost("storage", &in, v, &n, &e), STATUS_SKIP);
    assert_int_equal(n, 0);
    assert_non_null(strstr(e.text, "no elements"));
}

/* A site of two schemes: bits of both operands; its bit operations as they were counted. */
static void sites(void **state)
{
    (void)state;
    const struct quant_spec q = {.element = format_named("e2m1")};
    const struct cost_operand operands[2] = {{40, 248}, {10, 112}};
    struct cost_input in = {.spec = &q,
                            .elements = 50,
                            .stored = 50,
                            .operand = operands,
                            .bit_operations = 12800,
                            .scope = COST_PAIR};
    struct cost_value v[COST_MAX_VALUES];
    int n = 0;
    assert_int_equal(cost("storage", &in, v, &n, NULL), STATUS_OK);
    assert_true(quantity(v, n, "bits") == 360.0 && quantity(v, n, "bits_per_element") == 7.2);
    assert_int_equal(cost("bit_operations", &in, v, &n, NULL), STATUS_OK);
    assert_true(n == 1 && quantity(v, n, "bit_operations") == 12800.0);
    struct error e = {{0}};
    in.bit_operations = 0;
    assert_int_equal(cost("bit_operations", &in, v, &n, &e), STATUS_SKIP);
    assert_int_equal(n, 0);
    assert_non_null(strstr(e.text, "only sites"));
}

struct gates {
    const char *format;
    double multiply, align_add, accumulate, accumulator_bits;
};

/* multiply = S^2 + 7 (S-1)^2 + 3 (S-1), and 7 (E-1) + 3 with an exponent
 * align_add = [3 (N-2) ceil(log2(k+1)) + 4k] + [7 (W-1) + 3], and 6 (N+E+1) with an exponent
 * accumulate = 3*12 + 6 (W+12);  N = 2S-1, k = 2(2^E - 2), W = N+k */
static const struct gates by_hand[] = {
    /* S 8, N 15, W 15 */
    {"int8", 64 + 343 + 21, 0 + 101, 36 + 162, 27},
    /* sign and magnitude of 7 bits: as int8 */
    {"e0m7", 428, 101, 198, 27},
    /* S 8, N 15, k 0, W 15 */
    {"e1m6", 428 + 3, 0 + 101 + 102, 198, 27},
    /* S 7, N 13, k 4, W 17 */
    {"e2m5", 49 + 252 + 18 + 10, 99 + 16 + 115 + 96, 36 + 174, 29},
    /* S 6, N 11, k 12, W 23 */
    {"e3m4", 36 + 175 + 15 + 17, 108 + 48 + 157 + 90, 36 + 210, 35},
    /* S 5, N 9, k 28, W 37 */
    {"e4m3", 25 + 112 + 12 + 24, 105 + 112 + 255 + 84, 36 + 294, 49},
    /* S 4, N 7, k 60, W 67 */
    {"e5m2", 16 + 63 + 9 + 31, 90 + 240 + 465 + 78, 36 + 474, 79},
    /* S 4, N 7, W 7 */
    {"int4", 16 + 63 + 9, 0 + 45, 36 + 114, 19},
    /* S 3, N 5, k 4, W 9 */
    {"e2m1", 9 + 28 + 6 + 10, 27 + 16 + 59 + 48, 36 + 126, 21},
    /* S 2, N 3, k 12, W 15 */
    {"e3m0", 4 + 7 + 3 + 17, 12 + 48 + 101 + 42, 36 + 162, 27},
};

static double mac_gates(const char *format, struct cost_value v[COST_MAX_VALUES], int *n)
{
    const struct quant_spec q = {.element = format_named(format)};
    const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
    struct error e = {{0}};
    if (cost("fp8_vs_int8", &in, v, n, &e))
        fail_msg("%s", e.text);
    return quantity(v, *n, "mac_gates");
}

static void gates_by_hand(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof by_hand / sizeof *by_hand; i++) {
        const struct gates *g = &by_hand[i];
        struct cost_value v[COST_MAX_VALUES];
        int n = 0;
        double total = mac_gates(g->format, v, &n);
        if (quantity(v, n, "multiply_gates") != g->multiply ||
            quantity(v, n, "align_add_gates") != g->align_add ||
            quantity(v, n, "accumulate_gates") != g->accumulate ||
            quantity(v, n, "accumulator_bits") != g->accumulator_bits ||
            total != g->multiply + g->align_add + g->accumulate)
            fail_msg("%s: %g %g %g, accumulator %g", g->format, quantity(v, n, "multiply_gates"),
                     quantity(v, n, "align_add_gates"), quantity(v, n, "accumulate_gates"),
                     quantity(v, n, "accumulator_bits"));
    }
}

/* arXiv 2303.17951, figure 3, fixed-point column, measured from the plot (within 4 gates), and the same
 * formulas evaluated independently. */
static void published_totals(void **state)
{
    (void)state;
    static const struct {
        const char *format;
        double plot, formula;
    } c[] = {{"int8", 724, 727}, {"e2m5", 877, 865}, {"e4m3", 1054, 1059}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct cost_value v[COST_MAX_VALUES];
        int n = 0;
        double total = mac_gates(c[i].format, v, &n);
        printf("# %s: %g gates, %+.1f %% of the plot's %g\n", c[i].format, total,
               100 * (total / c[i].plot - 1), c[i].plot);
        assert_true(total == c[i].formula);
        assert_true(fabs(total / c[i].plot - 1) <= 0.015);
        assert_true(cost_value_find(v, n, "mac_gates")->accuracy == fabs(total / c[i].plot - 1));
    }
}

/* Float accumulators: the multiplier by the rule, 428, 329, 173 gates; the rest and the totals as read off
 * the plot. */
static void float_accumulators(void **state)
{
    (void)state;
    static const struct {
        const char *text, *format;
        double multiply, align_add, accumulate, plot;
    } c[] = {{"fp8_vs_int8,accumulator=fp16", "int8", 428, 593, 359, 1395},
             {"fp8_vs_int8,accumulator=fp16", "e2m5", 329, 583, 359, 1274},
             {"fp8_vs_int8,accumulator=fp16", "e4m3", 173, 568, 359, 1109},
             {"fp8_vs_int8,accumulator=fp32", "int8", 428, 1089, 802, 2334},
             {"fp8_vs_int8,accumulator=fp32", "e2m5", 329, 1079, 802, 2213},
             {"fp8_vs_int8,accumulator=fp32", "e4m3", 173, 1058, 801, 2041}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const struct quant_spec q = {.element = format_named(c[i].format)};
        const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
        struct cost_request r;
        struct cost_value v[COST_MAX_VALUES];
        int n = 0;
        assert_int_equal(cost_parse(c[i].text, &r, NULL), STATUS_OK);
        assert_int_equal(cost_of(&r, &in, v, &n, NULL), STATUS_OK);
        assert_true(n == 4);
        assert_true(quantity(v, n, "multiply_gates") == c[i].multiply && !v[0].source);
        assert_true(quantity(v, n, "align_add_gates") == c[i].align_add &&
                    strstr(v[1].source, "read off the plot"));
        assert_true(quantity(v, n, "accumulate_gates") == c[i].accumulate &&
                    strstr(v[2].source, "read off the plot"));
        const double total = quantity(v, n, "mac_gates");
        assert_true(total == c[i].multiply + c[i].align_add + c[i].accumulate);
        assert_true(strstr(v[3].source, "read off figure 3") && v[3].accuracy == fabs(total / c[i].plot - 1));
        printf("# %s of %s: %g gates, %+.1f %% of the plot's %g\n", c[i].text, c[i].format, total,
               100 * (total / c[i].plot - 1), c[i].plot);
    }
    /* what was not read is not told */
    const struct quant_spec q = {.element = format_named("e5m2")};
    const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
    struct cost_request r;
    struct cost_value v[COST_MAX_VALUES];
    struct error e = {{0}};
    int n = 0;
    assert_int_equal(cost_parse("fp8_vs_int8,accumulator=fp16", &r, NULL), STATUS_OK);
    assert_int_equal(cost_of(&r, &in, v, &n, &e), STATUS_SKIP);
    assert_true(n == 0 && strstr(e.text, "no rule for their normalisers"));
}

/* S = precision + 1 is the paper's 9 - max(E, 1) for each split of 8 bits: the products' width says so. */
static void significand_of_eight_bits(void **state)
{
    (void)state;
    for (int e = 1; e <= 6; e++) {
        char name[16];
        snprintf(name, sizeof name, "e%dm%d", e, 7 - e);
        struct cost_value v[COST_MAX_VALUES];
        int n = 0;
        mac_gates(name, v, &n);
        int s = 9 - e, shift = e > 1 ? 2 * ((1 << e) - 2) : 0;
        assert_true(quantity(v, n, "accumulator_bits") == 2 * s - 1 + shift + 12);
    }
}

static void not_covered(void **state)
{
    (void)state;
    static const struct format_family other = {.name = "other"};
    struct format codebook = {.name = "book4", .family = &other, .bits = 4};
    struct format tiny = {.name = "e0m0", .family = &family_float, .bits = 1, .precision = 1};
    struct format no_zero = format_named("e2m1");
    no_zero.subnormals = SUBNORMALS_NONE;
    const struct {
        struct format f;
        const char *reason;
    } c[] = {{format_named("e8m0"), "e8m0 has no sign"},
             {codebook, "book4 is neither float nor integer"},
             {tiny, "e0m0 has less than"},
             {no_zero, "e2m1 has no subnormal"}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const struct quant_spec q = {.element = c[i].f};
        const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
        struct cost_value v[COST_MAX_VALUES];
        struct error e = {{0}};
        int n = 7;
        assert_int_equal(cost("fp8_vs_int8", &in, v, &n, &e), STATUS_SKIP);
        assert_int_equal(n, 0);
        if (!strstr(e.text, c[i].reason))
            fail_msg("%s", e.text);
    }
}

/* Every registered format is covered or skipped with a reason, and costs are whole numbers of gates. */
static void every_format(void **state)
{
    (void)state;
    int covered = 0, skipped = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct quant_spec q = {.element = *format_at(i)};
        const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
        struct cost_value v[COST_MAX_VALUES];
        struct error e = {{0}};
        int n = 0;
        enum status s = cost("fp8_vs_int8", &in, v, &n, &e);
        if (s == STATUS_SKIP) {
            assert_true(*e.text && n == 0);
            skipped++;
            continue;
        }
        assert_int_equal(s, STATUS_OK);
        for (int k = 0; k < n; k++)
            assert_true(v[k].value > 0 && v[k].value == floor(v[k].value));
        covered++;
    }
    printf("# covered: gates of %d formats, %d skipped with a reason\n", covered, skipped);
    assert_true(covered > 0 && skipped > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry),
        cmocka_unit_test(storage),
        cmocka_unit_test(sites),
        cmocka_unit_test(gates_by_hand),
        cmocka_unit_test(published_totals),
        cmocka_unit_test(float_accumulators),
        cmocka_unit_test(significand_of_eight_bits),
        cmocka_unit_test(not_covered),
        cmocka_unit_test(every_format),
    };
    return cmocka_run_group_tests_name("cost", tests, NULL, NULL);
}
