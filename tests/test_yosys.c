/* sim/cost: the model yosys, on the table of synthesised units and by formulas fitted to it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/cost/cost.h"
#include "sim/cost/gates_formula.h"
#include "sim/mac.h"
#include "sim/scheme.h"
#include "tests/check.h"

/* --- the fit --- */

static void a_fit_by_hand(void **state)
{
    (void)state;
    /* y = 3x + 2 */
    const double x[] = {1, 1, 2, 1, 4, 1, 7, 1}, y[] = {5, 8, 14, 23};
    struct linear_fit f;
    assert_true(fit_relative(x, y, 4, 2, &f));
    assert_true(fabs(f.coefficient[0] - 3) < 1e-9 && fabs(f.coefficient[1] - 2) < 1e-9);
    assert_true(f.max_error < 1e-9 && f.rms_error <= f.max_error);
    /* One constant, relative errors: minimises (c/1 - 1)^2 + (c/2 - 1)^2, so c = (1 + 1/2) / (1 + 1/4) = 6/5.
     * Each row from the other: 2 for 1 is 1 off, 1 for 2 a half. */
    const double one[] = {1, 1}, two[] = {1, 2};
    assert_true(fit_relative(one, two, 2, 1, &f));
    assert_true(fabs(f.coefficient[0] - 1.2) < 1e-12);
    assert_true(fabs(f.max_error - 1) < 1e-12 && fabs(f.rms_error - sqrt((1 + 0.25) / 2)) < 1e-12);
    /* Columns that are each other's double; as many terms as rows; a row that alone has a term. */
    const double twice[] = {1, 2, 2, 4, 3, 6}, alone[] = {1, 0, 1, 0, 1, 1}, three[] = {1, 2, 3};
    assert_false(fit_relative(twice, three, 3, 2, &f));
    assert_false(fit_relative(x, y, 2, 2, &f));
    assert_false(fit_relative(alone, three, 3, 2, &f));
}

/* Rows left out in turn, literally. */
static void left_out(void **state)
{
    (void)state;
    enum { N = 9 };
    double x[N * 3], y[N], worst = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        x[3 * i] = 1;
        x[3 * i + 1] = i + 0.5;
        x[3 * i + 2] = (i * 7) % 5;
        y[i] = 10 + 3 * i + (i * 11) % 7;
    }
    struct linear_fit all, f;
    assert_true(fit_relative(x, y, N, 3, &all));
    for (int out = 0; out < N; out++) {
        double xs[N * 3], ys[N];
        int n = 0;
        for (int i = 0; i < N; i++)
            if (i != out) {
                memcpy(&xs[3 * n], &x[3 * i], 3 * sizeof *x);
                ys[n++] = y[i];
            }
        assert_true(fit_relative(xs, ys, n, 3, &f));
        const double error = fabs(fit_at(&f, &x[3 * out]) / y[out] - 1);
        worst = fmax(worst, error);
        squares += error * error;
    }
    assert_true(fabs(worst - all.max_error) < 1e-9 && fabs(sqrt(squares / N) - all.rms_error) < 1e-9);
}

/* --- the model --- */

static double quantity(const struct cost_value *v, int n, const char *name, const struct cost_value **which)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(v[i].quantity, name)) {
            *which = &v[i];
            return v[i].value;
        }
    fail_msg("no quantity %s", name);
    return 0;
}

static bool has_quantity(const struct cost_value *v, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(v[i].quantity, name))
            return true;
    return false;
}

static enum status cost_of_texts(const char *cost, const char *scheme, const char *weight, const char *mac,
                                 struct cost_value *v, int *n, struct error *e)
{
    struct quant_spec a, b;
    struct mac_spec m;
    assert_int_equal(scheme_parse(scheme, &a, e), STATUS_OK);
    assert_int_equal(scheme_parse(weight ? weight : scheme, &b, e), STATUS_OK);
    if (mac)
        assert_int_equal(mac_parse(mac, &m, e), STATUS_OK);
    const struct cost_input in = {.spec = &a,
                                  .weight = weight ? &b : NULL,
                                  .mac = mac ? &m : NULL,
                                  .scope = weight ? COST_PAIR : COST_SCHEME,
                                  .elements = 1,
                                  .stored = 1};
    struct cost_request r;
    assert_int_equal(cost_parse(cost, &r, e), STATUS_OK);
    return cost_of(&r, &in, v, n, e);
}

/* Values are the table's, and carry its band. */
static void from_the_table(void **state)
{
    (void)state;
    struct cost_value v[COST_MAX_VALUES];
    const struct cost_value *c = NULL;
    struct gates_row r;
    struct error e = {{0}};
    int n = 0;
    assert_int_equal(cost_of_texts("yosys", "e4m3", NULL, NULL, v, &n, &e), STATUS_OK);
    assert_true(gates_find("product", "e4m3", "", "", &r));
    assert_true(quantity(v, n, "product_gates", &c) == r.ge_min && c->accuracy == r.ge_max / r.ge_min - 1);
    assert_string_equal(c->source, "results/synth.csv");
    /* An inverter that drives four takes 5 units of logical effort, such a NAND2 22/3. */
    assert_true(fabs(quantity(v, n, "product_delay", &c) * 5 - r.delay * 22 / 3) < 1e-9);
    assert_string_equal(c->unit, "FO4");
    assert_true(gates_find("dot", "e4m3", "", "exact", &r));
    const double whole = r.ge_min + r.register_bits * 17 / 3.0;
    assert_true(fabs(quantity(v, n, "mac_gates", &c) / whole - 1) < 1e-12);
    assert_true(quantity(v, n, "register_bits", &c) == 52); /* 49 and three flags */
    assert_false(has_quantity(v, n, "mac_gates_rms_error"));

    assert_int_equal(cost_of_texts("yosys", "e4m3", NULL, "exact,product=rounded,into=e4m3", v, &n, &e),
                     STATUS_OK);
    assert_true(gates_find("rounded", "e4m3", "", "", &r));
    assert_true(quantity(v, n, "product_gates", &c) == r.ge_min);
    assert_false(has_quantity(v, n, "mac_gates"));
    assert_int_equal(cost_of_texts("yosys", "e4m3", NULL, "exact,product=lmul_bits,into=e4m3", v, &n, &e),
                     STATUS_OK);
    assert_true(gates_find("lmul", "e4m3", "", "", &r));
    assert_true(quantity(v, n, "product_gates", &c) == r.ge_min);

    /* Two formats, in either order. */
    assert_true(gates_find("product", "e4m3", "e2m1", "", &r));
    assert_int_equal(cost_of_texts("yosys", "e4m3", "e2m1", NULL, v, &n, &e), STATUS_OK);
    assert_true(quantity(v, n, "product_gates", &c) == r.ge_min);
    assert_int_equal(cost_of_texts("yosys", "e2m1", "e4m3", NULL, v, &n, &e), STATUS_OK);
    assert_true(quantity(v, n, "product_gates", &c) == r.ge_min);
}

/* What the table lacks is foretold, and says how well. */
static void from_formulas(void **state)
{
    (void)state;
    struct cost_value v[COST_MAX_VALUES];
    const struct cost_value *c = NULL, *rms = NULL;
    struct error e = {{0}};
    int n = 0;
    assert_int_equal(cost_of_texts("yosys", "tf32", NULL, NULL, v, &n, &e), STATUS_OK);
    const double ge = quantity(v, n, "product_gates", &c);
    assert_true(strstr(c->source, "formula") && c->accuracy > 0.05 && c->accuracy < 0.6);
    assert_true(quantity(v, n, "product_gates_rms_error", &rms) < c->accuracy);
    /* 11 digits: somewhat above the multiplier of 11 bits. */
    struct gates_row r;
    assert_true(gates_find("multiplier", "11", "", "", &r));
    printf("# tf32 product by formula: %.0f GE, multiplier of 11 bits %.0f\n", ge, r.ge_min);
    assert_true(ge > 0.85 * r.ge_min && ge < 1.4 * r.ge_min);
}

/* Each formula on its own rows: the errors that values carry, and how far e4m3 is from its row. */
static void formula_errors(void **state)
{
    (void)state;
    static const struct {
        const char *design;
        double rms, most, e4m3;
    } bounds[] = {{"product", .07, .25, .06},
                  {"rounded", .1, .23, .01},
                  {"lmul", .16, .33, .03},
                  {"dot", .04, .16, .02}};
    assert_int_equal(gates_formula_count(), sizeof bounds / sizeof *bounds);
    for (size_t i = 0; i < gates_formula_count(); i++) {
        const struct gates_formula *g = gates_formula_at(i);
        struct format f;
        struct linear_fit fit;
        double ge = 0;
        assert_ptr_equal(gates_formula_find(g->design, g->mac), g);
        assert_true(format_by_name("e4m3", &f, NULL));
        if (!gates_formula_value(g, &f, &f, 1, &ge, &fit))
            fail_msg("no formula of %s %s", g->design, g->mac);
        struct gates_row r;
        assert_true(gates_find(g->design, "e4m3", "", g->mac, &r));
        printf("# formula of %s: %d rows, largest error %.3f, rms %.3f; e4m3 %.1f GE, synthesised %.1f\n",
               g->design, fit.rows, fit.max_error, fit.rms_error, ge, gates_of_row(&r));
        assert_string_equal(g->design, bounds[i].design);
        assert_true(fit.rows >= 24 && fit.rms_error < bounds[i].rms && fit.max_error < bounds[i].most);
        assert_true(fit.rms_error > bounds[i].rms / 2 && fit.max_error > bounds[i].most / 2);
        assert_true(fabs(ge / gates_of_row(&r) - 1) < bounds[i].e4m3);
    }
    assert_null(gates_formula_find("product", "exact"));
}

static void not_covered(void **state)
{
    (void)state;
    static const struct {
        const char *scheme, *mac, *reason;
    } c[] = {{"nf4", NULL, "nf4 is neither"},
             {"hif4", NULL, "one element format"},
             {"e4m3", "exact,product=mitchell", "exact, rounded, lmul_bits"},
             {"e4m3", "exact,product=rounded,into=e5m2", "their own format"},
             {"e4m3", "exact,product=rounded,into=e4m3,into_round=rtz", "nearest even"},
             {"e4m3", "exact,product=lmul_bits,into=e4m3,l=2", "the paper's offset"},
             {"e4m3", "exact,product=lmul_bits,into=e4m3,normalise=yes", "subnormal operands"},
             {"e4m3", "exact,daz=yes", "daz=no"},
             {"e4m3", "exact,product=rounded,into=e4m3,daz=yes", "daz=no"}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct cost_value v[COST_MAX_VALUES];
        struct error e = {{0}};
        int n = 7;
        assert_int_equal(cost_of_texts("yosys", c[i].scheme, NULL, c[i].mac, v, &n, &e), STATUS_SKIP);
        assert_int_equal(n, 0);
        if (!strstr(e.text, c[i].reason))
            fail_msg("%s %s: %s", c[i].scheme, c[i].mac, e.text);
    }
    /* An accumulator that no unit has: the product alone. */
    struct cost_value v[COST_MAX_VALUES];
    struct error e = {{0}};
    int n = 0;
    assert_int_equal(cost_of_texts("yosys", "e4m3", NULL, "sequential,acc=fp16", v, &n, &e), STATUS_OK);
    assert_true(has_quantity(v, n, "product_gates") && !has_quantity(v, n, "mac_gates"));
}

/* Quantizer and dequantizer are those of the rows: every row's, and nobody else's. */
static void code_units(void **state)
{
    (void)state;
    static const struct {
        const char *scheme, *weight;
        bool quantizer, dequantizer;
    } c[] = {{"e4m3,round=rtz", NULL, false, true},    {"e4m3,round=sr", NULL, false, true},
             {"e4m3,overflow=nan", NULL, false, true}, {"e4m3,ftz=yes", NULL, false, true},
             {"e4m3,daz=yes", NULL, false, true},      {"e4m3,out=bf16", NULL, true, false},
             {"e4m3,per=tensor", NULL, false, false},  {"mxfp8_e4m3", NULL, false, false},
             {"nvfp4", "e4m3", false, true},           {"e4m3", "nvfp4", true, false}};
    struct cost_value v[COST_MAX_VALUES];
    const struct cost_value *which = NULL;
    struct error e = {{0}};
    struct gates_row r;
    int n = 0, rows = 0;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        assert_int_equal(cost_of_texts("yosys", c[i].scheme, c[i].weight, NULL, v, &n, &e), STATUS_OK);
        if (has_quantity(v, n, "quantizer_gates") != c[i].quantizer ||
            has_quantity(v, n, "dequantizer_gates") != c[i].dequantizer)
            fail_msg("%s %s", c[i].scheme, c[i].weight ? c[i].weight : "");
    }
    for (const char *at = NULL; gates_next(&at, &r);) {
        const bool to = !strcmp(r.design, "quantizer"), from = !strcmp(r.design, "dequantizer");
        if (!to && !from)
            continue;
        if (cost_of_texts("yosys", r.format, NULL, NULL, v, &n, &e))
            fail_msg("%s: %s", r.format, e.text);
        assert_true(quantity(v, n, to ? "quantizer_gates" : "dequantizer_gates", &which) > 0);
        rows++;
    }
    printf("# covered: %d quantizers and dequantizers\n", rows);
    assert_true(rows >= 110);
}

/* Per lane, with the accumulator's registers; of the row's MAC, said or not. */
static void block_units(void **state)
{
    (void)state;
    static const struct {
        const char *scheme, *mac;
    } units[] = {{"mxint8", "fused,group=32,presum=32,fraction=24,scales=unit"},
                 {"mxfp8_e4m3", "fused,group=32,fraction=24,scales=unit"},
                 {"nvfp4", "fused,group=16,presum=16,fraction=24,scales=unit"},
                 {"nvint4", "fused,group=16,presum=16,fraction=24,scales=unit"}};
    double gates[4];
    for (size_t i = 0; i < 4; i++) {
        struct cost_value v[COST_MAX_VALUES];
        const struct cost_value *c = NULL;
        struct error e = {{0}};
        struct gates_row r = {.lanes = 1};
        int n = 0;
        if (cost_of_texts("yosys,mac=block", units[i].scheme, NULL, NULL, v, &n, &e))
            fail_msg("%s", e.text);
        gates[i] = quantity(v, n, "mac_gates", &c);
        if (cost_of_texts("yosys,mac=block", units[i].scheme, NULL, units[i].mac, v, &n, &e))
            fail_msg("%s", e.text);
        assert_true(gates[i] == quantity(v, n, "mac_gates", &c));
        for (const char *at = NULL; gates_next(&at, &r);)
            if (!strcmp(r.format, units[i].scheme) && r.lanes > 1)
                break;
        assert_true(r.lanes == (i < 2 ? 32 : 16) && r.register_bits == 32);
        assert_true(quantity(v, n, "register_bits", &c) == 32. / r.lanes);
        assert_true(fabs(gates[i] / ((r.ge_min + 32 * 17 / 3.0) / r.lanes) - 1) < 1e-12);
    }
    for (size_t i = 0; i < 4; i++)
        printf("# %s: %.1f GE a lane, %.2f of mxfp8_e4m3\n", units[i].scheme, gates[i], gates[i] / gates[1]);
    struct cost_value v[COST_MAX_VALUES];
    struct error e = {{0}};
    int n = 7;
    assert_int_equal(cost_of_texts("yosys,mac=block", "mxfp4", NULL, NULL, v, &n, &e), STATUS_SKIP);
    assert_true(n == 0 && strstr(e.text, "no dot unit of blocks"));
    assert_int_equal(cost_of_texts("yosys,mac=block", "int8", NULL, NULL, v, &n, &e), STATUS_SKIP);
    static const char *const others[] = {"exact", "fused,group=32,presum=32,fraction=25,scales=unit",
                                         "fused,group=16,fraction=24,scales=unit", "sequential,acc=fp16"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct error why = {{0}};
        assert_int_equal(cost_of_texts("yosys,mac=block", "mxint8", NULL, others[i], v, &n, &why),
                         STATUS_SKIP);
        assert_true(n == 0 && strstr(why.text, units[0].mac));
    }
}

static bool mac_gates(const char *model, const struct format *f, double *out)
{
    const struct quant_spec q = {.element = *f};
    const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
    const struct cost_request r = cost_standard(cost_model_find(model));
    struct cost_value v[COST_MAX_VALUES];
    const struct cost_value *c = NULL;
    int n = 0;
    if (cost_of(&r, &in, v, &n, NULL) || !has_quantity(v, n, "mac_gates"))
        return false;
    *out = quantity(v, n, "mac_gates", &c);
    return true;
}

/* The published gate model beside synthesis: the same unit but for its pipeline registers, Inf and NaN. One
 * factor between unit gates and gate equivalents; what remains is the model's error. */
static void analytic_beside_synthesised(void **state)
{
    (void)state;
    struct gates_row r;
    double ratio[128], sum = 0, squares = 0, low = HUGE_VAL, high = 0;
    int n = 0;
    for (const char *at = NULL; gates_next(&at, &r);) {
        struct format f;
        double analytic = 0, synthesised = 0;
        if (strcmp(r.design, "dot") || strcmp(r.mac, "exact") || *r.other ||
            !format_by_name(r.format, &f, NULL) || !mac_gates("fp8_vs_int8", &f, &analytic) ||
            !mac_gates("yosys", &f, &synthesised))
            continue;
        assert_true(n < 128);
        ratio[n] = log(synthesised / analytic);
        sum += ratio[n++];
    }
    assert_true(n >= 40);
    for (int i = 0; i < n; i++) {
        squares += (ratio[i] - sum / n) * (ratio[i] - sum / n);
        low = fmin(low, exp(ratio[i] - sum / n));
        high = fmax(high, exp(ratio[i] - sum / n));
    }
    printf("# %d formats: GE synthesised are %.3f gates of fp8_vs_int8, rms of the logarithm about that "
           "%.3f, %.2f to %.2f\n",
           n, exp(sum / n), sqrt(squares / n), low, high);
    assert_true(sqrt(squares / n) < 0.2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fit_by_hand),
        cmocka_unit_test(left_out),
        cmocka_unit_test(from_the_table),
        cmocka_unit_test(from_formulas),
        cmocka_unit_test(formula_errors),
        cmocka_unit_test(not_covered),
        cmocka_unit_test(code_units),
        cmocka_unit_test(block_units),
        cmocka_unit_test(analytic_beside_synthesised),
    };
    return cmocka_run_group_tests_name("yosys", tests, NULL, NULL);
}
