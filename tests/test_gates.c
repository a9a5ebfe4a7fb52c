/* sim/cost: the table of synthesised units and the model that reads it, yosys. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/cost/cost.h"
#include "sim/cost/gates_formula.h"
#include "sim/mac.h"
#include "sim/rtl/rtl.h"
#include "sim/scheme.h"
#include "tests/bytes.h"
#include "tests/check.h"

static bool is_part(const char *design)
{
    return !strcmp(design, "adder") || !strcmp(design, "multiplier") || !strcmp(design, "shifter");
}

/* --- the table --- */

static void a_row_by_hand(void **state)
{
    (void)state;
    const char text[] =
        "\ndot,e4m3,e2m1,fused;group=4,4,30,1500,100.50,110.00,120.00,5,40.25,65536,aa,bb,0.23,1.01\n";
    struct gates_row r;
    const char *at = text;
    assert_true(gates_next(&at, &r));
    assert_true(gates_ended(at));
    assert_string_equal(r.design, "dot");
    assert_string_equal(r.format, "e4m3");
    assert_string_equal(r.other, "e2m1");
    assert_string_equal(r.mac, "fused,group=4");
    assert_string_equal(r.abc, "1.01");
    assert_true(r.lanes == 4 && r.register_bits == 30 && r.cells == 1500 && r.seeds == 5 &&
                r.vectors == 65536);
    assert_true(r.ge_min == 100.5 && r.ge_median == 110 && r.ge_max == 120 && r.delay == 40.25);
    /* (100.5 + 30 * 17/3) / 4 */
    assert_true(fabs(gates_of_row(&r) - 67.625) < 1e-12);

    const char *const bad[] = {
        "\na,b,c,d,1,2,3,4,5,6,7,8,9,aa,bb,0.23\n", "\na,b,c,d,1,2,x,4,5,6,7,8,9,aa,bb,0.23,1\n",
        "\na,b,c,d,1,2.5,3,4,5,6,7,8,9,aa,bb,0.23,1\n", "\na,b,c,d,1,2,3,4,5,6,7,8,9,aa,bb,0.23,1,1\n",
        "\na,b,c,d,1,2,3,-4,5,6,7,8,9,aa,bb,0.23,1\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        at = bad[i];
        if (gates_next(&at, &r) || gates_ended(at))
            fail_msg("row %zu was read", i);
    }
}

/* All of it is read, sorted, of one flow, which is that of the files beside it. */
static void the_table(void **state)
{
    (void)state;
    struct gates_row r, before;
    const char *at = NULL, *const files[] = {"sim/rtl/cells.lib", "sim/rtl/synth.abc", "sim/rtl/synth.sh",
                                             "sim/rtl/netlist.awk"};
    struct hash *h = hash_open();
    char flow[HASH_HEX_SIZE];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t n = 0;
        unsigned char *text = bytes_of(files[i], &n);
        hash_add(h, text, n);
        free(text);
    }
    hash_close(h, flow);
    int rows = 0;
    int64_t vectors = 0;
    while (gates_next(&at, &r)) {
        assert_string_equal(r.flow, flow);
        assert_true(r.ge_min <= r.ge_median && r.ge_median <= r.ge_max && r.seeds >= 5 && r.lanes >= 1);
        assert_true(is_part(r.design) == (r.vectors == 0));
        if (rows++) {
            assert_string_equal(r.yosys, before.yosys);
            assert_string_equal(r.abc, before.abc);
            assert_true(strcmp(before.design, r.design) < 0 || strcmp(before.format, r.format) ||
                        strcmp(before.other, r.other) || strcmp(before.mac, r.mac));
        }
        before = r;
        vectors += r.vectors;
    }
    assert_true(gates_ended(at));
    printf("# covered units: %d, netlists equal to the emulator on %lld vectors\n", rows, (long long)vectors);
    assert_true(rows > 300);
}

/* --- the table is of today's Verilog --- */

static void part_text(const struct gates_row *r, struct strbuf *out)
{
    const int n = atoi(r->format), top = n - 1;
    int amount = 1;
    while (1 << amount < n)
        amount++;
    const bool adds = !strcmp(r->design, "adder"), shifts = !strcmp(r->design, "shifter");
    strbuf_printf(out,
                  "module unit(input [%d:0] a, input [%d:0] %s, output [%d:0] y);\n    assign y = a %s "
                  "%s;\nendmodule\n",
                  top, shifts ? amount - 1 : top, shifts ? "n" : "b",
                  adds     ? n
                  : shifts ? top
                           : 2 * n - 1,
                  adds     ? "+"
                  : shifts ? ">>"
                           : "*",
                  shifts ? "n" : "b");
}

static void spec_of_row(const struct gates_row *r, struct rtl_spec *s)
{
    struct quant_spec a, b;
    struct mac_spec m;
    struct error e = {{0}};
    if (scheme_parse(r->format, &a, &e) || scheme_parse(*r->other ? r->other : r->format, &b, &e))
        fail_msg("%s %s: %s", r->design, r->format, e.text);
    if (*r->mac) {
        if (mac_parse(r->mac, &m, &e))
            fail_msg("%s %s: %s", r->design, r->mac, e.text);
        rtl_spec_of_mac(&m, &a, &b, s);
    } else if (rtl_spec_of_scheme(&a, &b, s, &e))
        fail_msg("%s %s: %s", r->design, r->format, e.text);
}

static void unit_text(const struct gates_row *r, struct strbuf *out)
{
    struct rtl_spec s;
    char top[RTL_NAME_MAX];
    const struct rtl_design *d = rtl_design_find(r->design);
    if (!d)
        fail_msg("no design %s", r->design);
    spec_of_row(r, &s);
    assert_null(d->refuses(&s));
    assert_int_equal(r->register_bits, d->register_bits ? d->register_bits(&s) : 0);
    snprintf(top, sizeof top, "unit_%s", r->design);
    strbuf_add(out, "`default_nettype none\n");
    d->emit(&s, top, out);
    strbuf_add(out, "`default_nettype wire\n");
}

static void verilog_of_today(void **state)
{
    (void)state;
    struct gates_row r;
    int rows = 0, stale = 0;
    for (const char *at = NULL; gates_next(&at, &r); rows++) {
        struct strbuf text = {0};
        char hex[HASH_HEX_SIZE];
        if (is_part(r.design))
            part_text(&r, &text);
        else
            unit_text(&r, &text);
        assert_false(text.failed);
        hash_bytes(text.text, text.length, hex);
        if (strcmp(hex, r.verilog)) {
            print_message("%s %s %s %s is of other Verilog: make synth\n", r.design, r.format, r.other,
                          r.mac);
            stale++;
        }
        strbuf_free(&text);
    }
    printf("# covered hashes of Verilog: %d\n", rows);
    assert_int_equal(stale, 0);
}

/* --- what the table has --- */

static bool has_row(const char *design, const char *format, const char *mac)
{
    struct gates_row r;
    return gates_find(design, format, "", mac, &r);
}

static const struct unit_kind {
    const char *design, *mac;
} kinds[] = {{"product", ""},   {"rounded", ""},     {"lmul", ""},
             {"quantizer", ""}, {"dequantizer", ""}, {"dot", "exact"}};

/* A unit is there exactly where one can be made. */
static int units_of(const char *format)
{
    int there = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        struct gates_row r = {.lanes = 1};
        struct rtl_spec s;
        snprintf(r.format, sizeof r.format, "%s", format);
        snprintf(r.mac, sizeof r.mac, "%s", kinds[k].mac);
        const struct rtl_design *d = rtl_design_find(kinds[k].design);
        if (!d)
            continue;
        spec_of_row(&r, &s);
        bool made = d->refuses(&s) == NULL, row = has_row(kinds[k].design, format, kinds[k].mac);
        if (made != row)
            fail_msg("%s of %s: %s", kinds[k].design, format,
                     made ? "no row: make synth" : "a row of a refused unit");
        there += row;
    }
    return there;
}

static void every_format(void **state)
{
    (void)state;
    int formats = 0, units = 0;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (f->bits > 8 || (f->family != &family_float && f->family != &family_int))
            continue;
        units += units_of(f->name);
        formats++;
    }
    for (int bits = 3; bits <= 8; bits++)
        for (int e = 0; e <= bits; e++) {
            char name[16];
            struct format f;
            snprintf(name, sizeof name, e < bits ? "e%dm%d" : "int%d", e < bits ? e : bits, bits - 1 - e);
            if (!strcmp(name, "e1m2") || !format_by_name(name, &f, NULL) || format_find(name))
                continue;
            units += units_of(name);
            formats++;
        }
    printf("# covered formats: %d, %d units of them in the table\n", formats, units);
    assert_true(formats >= 50 && units >= 3 * formats);
}

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
    assert_true(quantity(v, n, "product_delay", &c) == r.delay);
    assert_true(gates_find("dot", "e4m3", "", "exact", &r));
    const double whole = r.ge_min + r.register_bits * 17 / 3.0;
    assert_true(fabs(quantity(v, n, "mac_gates", &c) / whole - 1) < 1e-12);
    assert_true(quantity(v, n, "accumulator_bits", &c) == 52); /* 49 and three flags */
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

/* Each formula on its own rows: the errors that values carry. */
static void formula_errors(void **state)
{
    (void)state;
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
        assert_true(fit.rows >= 15 && fit.rms_error < 0.2 && fit.max_error < 0.6);
        assert_true(fabs(ge / gates_of_row(&r) - 1) <= fit.max_error);
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
             {"e4m3", "exact,product=lmul_bits,into=e4m3,normalise=yes", "subnormal operands"}};
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

/* Per lane, with the accumulator's registers. */
static void block_units(void **state)
{
    (void)state;
    static const char *const schemes[] = {"mxint8", "mxfp8_e4m3", "nvfp4", "nvint4"};
    double ge[4];
    for (size_t i = 0; i < 4; i++) {
        struct cost_value v[COST_MAX_VALUES];
        const struct cost_value *c = NULL;
        struct error e = {{0}};
        struct gates_row r = {.lanes = 1};
        int n = 0;
        if (cost_of_texts("yosys,mac=block", schemes[i], NULL, NULL, v, &n, &e))
            fail_msg("%s", e.text);
        for (const char *at = NULL; gates_next(&at, &r);)
            if (!strcmp(r.format, schemes[i]) && r.lanes > 1)
                break;
        ge[i] = quantity(v, n, "mac_gates", &c);
        assert_true(r.lanes == (i < 2 ? 32 : 16) && r.register_bits == 32);
        assert_true(fabs(ge[i] / ((r.ge_min + 32 * 17 / 3.0) / r.lanes) - 1) < 1e-12);
        printf("# %s: %.1f GE a lane\n", schemes[i], ge[i]);
    }
    struct cost_value v[COST_MAX_VALUES];
    struct error e = {{0}};
    int n = 7;
    assert_int_equal(cost_of_texts("yosys,mac=block", "mxfp4", NULL, NULL, v, &n, &e), STATUS_SKIP);
    assert_true(n == 0 && strstr(e.text, "no dot unit of blocks"));
    assert_int_equal(cost_of_texts("yosys,mac=block", "int8", NULL, NULL, v, &n, &e), STATUS_SKIP);
    /* As published for such units (INT v.s. FP). */
    assert_true(ge[3] < ge[2] && ge[2] < ge[0] && ge[0] < ge[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_by_hand),  cmocka_unit_test(the_table),     cmocka_unit_test(verilog_of_today),
        cmocka_unit_test(every_format),   cmocka_unit_test(a_fit_by_hand), cmocka_unit_test(left_out),
        cmocka_unit_test(from_the_table), cmocka_unit_test(from_formulas), cmocka_unit_test(formula_errors),
        cmocka_unit_test(not_covered),    cmocka_unit_test(block_units),
    };
    return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
