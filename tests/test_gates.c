/* sim/cost: the table of synthesised units is read, is of today's Verilog and flow, and has every unit that
 * there is. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
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

static int line_length(const char *line)
{
    return (int)strcspn(line, "\n");
}

static bool same_key(const struct gates_row *a, const struct gates_row *b)
{
    return !strcmp(a->design, b->design) && !strcmp(a->format, b->format) && !strcmp(a->other, b->other) &&
           !strcmp(a->mac, b->mac);
}

/* All of it is read, of one flow, which is that of the files beside it. */
static void the_table(void **state)
{
    (void)state;
    struct gates_row r, before = {.seeds = 0};
    const char *at = NULL, *const files[] = {"sim/rtl/cells.lib", "sim/rtl/synth.abc", "sim/rtl/synth.sh",
                                             "sim/rtl/netlist.awk"};
    struct hash h;
    char flow[HASH_HEX_SIZE];
    hash_begin(&h);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t n = 0;
        unsigned char *text = bytes_of(files[i], &n);
        hash_add(&h, text, n);
        free(text);
    }
    hash_end(&h, flow);
    int rows = 0;
    int64_t vectors = 0;
    while (gates_next(&at, &r)) {
        assert_string_equal(r.flow, flow);
        assert_true(r.ge_min <= r.ge_median && r.ge_median <= r.ge_max && r.seeds >= 5 && r.lanes >= 1);
        assert_true(is_part(r.design) == (r.vectors == 0));
        if (rows++) {
            assert_string_equal(r.yosys, before.yosys);
            assert_string_equal(r.abc, before.abc);
        }
        before = r;
        vectors += r.vectors;
    }
    assert_true(gates_ended(at));
    assert_int_equal(gates_count(), rows);
    printf("# covered units: %d, the table says netlists are equal to the emulator on %lld vectors\n", rows,
           (long long)vectors);
    assert_true(rows > 300);
}

/* Lines ascend by bytes, so none is there twice, and no two rows are of one unit. */
static void sorted(void **state)
{
    (void)state;
    size_t n = 0;
    char *text = (char *)bytes_of("results/synth.csv", &n), *lines = realloc(text, n + 1);
    assert_non_null(lines);
    lines[n] = 0;
    struct gates_row *rows = NULL, r;
    size_t count = 0;
    for (const char *at = NULL; gates_next(&at, &r); count++) {
        rows = realloc(rows, (count + 1) * sizeof *rows);
        assert_non_null(rows);
        rows[count] = r;
        for (size_t i = 0; i < count; i++)
            if (same_key(&rows[i], &r))
                fail_msg("two rows of %s %s %s %s", r.design, r.format, r.other, r.mac);
    }
    free(rows);
    size_t compared = 0;
    char *line = strchr(lines, '\n') + 1, *next; /* the header stands first */
    line[line_length(line)] = 0;
    for (next = line + strlen(line) + 1; next < lines + n; next += strlen(next) + 1) {
        next[line_length(next)] = 0;
        if (strcmp(line, next) >= 0)
            fail_msg("%s\nstands before\n%s", line, next);
        line = next;
        compared++;
    }
    assert_int_equal(compared + 1, count);
    free(lines);
    printf("# covered lines in order: %zu\n", count);
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
            fail_msg("no design %s", kinds[k].design);
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

/* What is there beside the formats of at most 8 bits. */
static void the_others(void **state)
{
    (void)state;
    static const char *const wide[] = {"bf16", "fp16"}, *const parts[] = {"adder", "multiplier", "shifter"};
    static const char *const pairs[][2] = {{"e4m3", "e2m1"}, {"e4m3", "e5m2"}, {"e3m2", "e2m1"},
                                           {"e2m3", "e3m2"}, {"int8", "int4"}, {"int6", "int4"}};
    static const struct {
        const char *format, *mac;
        int lanes;
    } blocks[] = {{"mxint8", "fused,group=32,presum=32,fraction=24,scales=unit", 32},
                  {"mxfp8_e4m3", "fused,group=32,fraction=24,scales=unit", 32},
                  {"nvfp4", "fused,group=16,presum=16,fraction=24,scales=unit", 16},
                  {"nvint4", "fused,group=16,presum=16,fraction=24,scales=unit", 16}};
    struct gates_row r;
    int rows = 0;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        for (size_t k = 0; k < 3; k++, rows++)
            if (!has_row(kinds[k].design, wide[i], ""))
                fail_msg("no %s of %s", kinds[k].design, wide[i]);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++, rows += 2)
        if (!gates_find("product", pairs[i][0], pairs[i][1], "", &r) ||
            !gates_find("dot", pairs[i][0], pairs[i][1], "exact", &r))
            fail_msg("no product or no dot of %s and %s", pairs[i][0], pairs[i][1]);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++, rows++)
        if (!gates_find("dot", blocks[i].format, "", blocks[i].mac, &r) || r.lanes != blocks[i].lanes)
            fail_msg("no dot of %s", blocks[i].format);
    for (int bits = 2; bits <= 24; bits++)
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++, rows++) {
            char n[8];
            snprintf(n, sizeof n, "%d", bits);
            if (!has_row(parts[k], n, ""))
                fail_msg("no %s of %s bits", parts[k], n);
        }
    printf("# covered rows of wide formats, pairs, blocks and parts: %d\n", rows);
    assert_int_equal(rows, 6 + 12 + 4 + 69);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_by_hand),    cmocka_unit_test(the_table),    cmocka_unit_test(sorted),
        cmocka_unit_test(verilog_of_today), cmocka_unit_test(every_format), cmocka_unit_test(the_others),
    };
    return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
