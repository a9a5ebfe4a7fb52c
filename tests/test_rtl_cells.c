/* sim/rtl: cells.lib, what netlists are mapped to, and cells.v, what they are simulated with, are the same
 * cells: names, pins, functions on all inputs. Areas are whole sites, a third of a NAND2 each, and delays
 * those of the comment that cells.lib opens with. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bytes.h"
#include "tests/check.h"

#define CELLS_MAX 32
#define PINS_MAX  4

struct cell {
    char name[16], pins[PINS_MAX][4], function[80];
    int n; /* inputs */
    double area, capacitance[PINS_MAX], unloaded, loaded;
    bool sequential;
};

struct library {
    struct cell cell[CELLS_MAX];
    int n;
};

/* The word that begins at p, into out. */
static void word(const char *p, char *out, size_t size)
{
    size_t n = 0;
    for (; isalnum((unsigned char)p[n]) && n + 1 < size; n++)
        out[n] = p[n];
    out[n] = 0;
    assert_true(n > 0 && !isalnum((unsigned char)p[n]));
}

/* What stands between two texts in a line, or "" where they do not. */
static void between(const char *line, const char *before, const char *after, char *out, size_t size)
{
    const char *p = strstr(line, before), *end = p ? strstr(p + strlen(before), after) : NULL;
    *out = 0;
    if (!end)
        return;
    p += strlen(before);
    assert_true((size_t)(end - p) < size);
    memcpy(out, p, (size_t)(end - p));
    out[end - p] = 0;
}

static void liberty_line(const char *line, struct library *l)
{
    char text[120];
    struct cell *c = l->n ? &l->cell[l->n - 1] : NULL;
    const char *p = strstr(line, "    cell(");
    if (p == line) {
        assert_true(l->n < CELLS_MAX);
        c = &l->cell[l->n++];
        word(p + 9, c->name, sizeof c->name);
        return;
    }
    if (!c)
        return;
    if ((p = strstr(line, "area : ")))
        c->area = strtod(p + 7, NULL);
    if (strstr(line, " ff("))
        c->sequential = true;
    if ((p = strstr(line, "pin(")) && strstr(line, "direction : input")) {
        assert_true(c->n < PINS_MAX);
        word(p + 4, c->pins[c->n], sizeof c->pins[0]);
        c->capacitance[c->n++] = strtod(strstr(line, "capacitance : ") + 14, NULL);
    }
    between(line, "function : \"", "\"", text, sizeof text);
    if (*text)
        snprintf(c->function, sizeof c->function, "%s", text);
    for (int fall = 0; fall < 2; fall++) {
        between(line, fall ? "cell_fall(load) { values(" : "cell_rise(load) { values(", ");", text,
                sizeof text);
        double v[4];
        if (!*text)
            continue;
        assert_int_equal(sscanf(text, "\"%lf, %lf\", \"%lf, %lf\"", &v[0], &v[1], &v[2], &v[3]), 4);
        assert_true(v[0] == v[2] && v[1] == v[3]); /* whatever the slope of the input */
        assert_true(c->loaded == 0 || (v[0] == c->unloaded && v[1] == c->loaded));
        c->unloaded = v[0];
        c->loaded = v[1];
    }
}

static void verilog_line(const char *line, struct library *l)
{
    char text[120];
    struct cell *c = l->n ? &l->cell[l->n - 1] : NULL;
    if (!strncmp(line, "module ", 7)) {
        assert_true(l->n < CELLS_MAX);
        c = &l->cell[l->n++];
        word(line + 7, c->name, sizeof c->name);
        for (const char *p = line; (p = strstr(p, "input ")); p += 6) {
            assert_true(c->n < PINS_MAX);
            word(p + 6, c->pins[c->n++], sizeof c->pins[0]);
        }
        c->sequential = strstr(line, "output reg Q)") != NULL;
        assert_true(c->sequential || strstr(line, "output Y)"));
    }
    between(line, "assign Y = ", ";", text, sizeof text);
    if (c && *text)
        snprintf(c->function, sizeof c->function, "%s", text);
}

static struct library read_cells(const char *path, void (*take)(const char *, struct library *))
{
    struct library l = {.n = 0};
    size_t n = 0;
    char *text = (char *)bytes_of(path, &n), line[400];
    for (size_t at = 0; at < n;) {
        size_t k = 0;
        while (at + k < n && text[at + k] != '\n')
            k++;
        assert_true(k < sizeof line);
        memcpy(line, text + at, k);
        line[k] = 0;
        take(line, &l);
        at += k + 1;
    }
    free(text);
    return l;
}

/* --- one expression of either language: ? : of Verilog, then | ^ & and what binds tighter --- */

struct reader {
    const char *p;
    const struct cell *c;
    unsigned inputs;
};

static bool choose(struct reader *r);

static char peek(struct reader *r)
{
    while (*r->p == ' ')
        r->p++;
    return *r->p;
}

static bool atom(struct reader *r)
{
    char c = peek(r), name[4];
    if (c == '~' || c == '!') {
        r->p++;
        return !atom(r);
    }
    if (c == '(') {
        r->p++;
        bool v = choose(r);
        assert_int_equal(peek(r), ')');
        r->p++;
        return v;
    }
    word(r->p, name, sizeof name);
    r->p += strlen(name);
    for (int i = 0; i < r->c->n; i++)
        if (!strcmp(name, r->c->pins[i]))
            return r->inputs >> i & 1;
    fail_msg("%s: no pin %s", r->c->name, name);
    return false;
}

static bool both(struct reader *r)
{
    bool v = atom(r);
    while (peek(r) == '&') {
        r->p++;
        v = atom(r) && v;
    }
    return v;
}

static bool differ(struct reader *r)
{
    bool v = both(r);
    while (peek(r) == '^' || !strncmp(r->p, "~^", 2)) {
        bool equal = *r->p == '~';
        r->p += equal ? 2 : 1;
        v = v ^ both(r) ^ equal;
    }
    return v;
}

static bool either(struct reader *r)
{
    bool v = differ(r);
    while (peek(r) == '|') {
        r->p++;
        v = differ(r) || v;
    }
    return v;
}

static bool choose(struct reader *r)
{
    bool v = either(r);
    if (peek(r) != '?')
        return v;
    r->p++;
    bool yes = choose(r);
    assert_int_equal(peek(r), ':');
    r->p++;
    bool no = choose(r);
    return v ? yes : no;
}

static bool value(const struct cell *c, unsigned inputs)
{
    struct reader r = {c->function, c, inputs};
    bool v = choose(&r);
    assert_int_equal(peek(&r), 0);
    return v;
}

/* --- tests --- */

static void same_cells(void **state)
{
    (void)state;
    const struct library lib = read_cells("sim/rtl/cells.lib", liberty_line);
    const struct library v = read_cells("sim/rtl/cells.v", verilog_line);
    assert_int_equal(lib.n, v.n);
    int inputs = 0;
    for (int i = 0; i < lib.n; i++) {
        const struct cell *a = &lib.cell[i], *b = &v.cell[i];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->n, b->n);
        assert_true(a->n > 0 && a->sequential == b->sequential);
        for (int k = 0; k < a->n; k++)
            assert_string_equal(a->pins[k], b->pins[k]);
        if (a->sequential)
            continue;
        for (unsigned x = 0; x < 1u << a->n; x++, inputs++)
            if (value(a, x) != value(b, x))
                fail_msg("%s: at %x the library has %d, Verilog %d", a->name, x, value(a, x), value(b, x));
    }
    printf("# covered cells: %d, on %d inputs\n", lib.n, inputs);
    assert_true(inputs >= 100);
}

/* What the cells are said to do, from their names: NAND3 of three inputs and so on. */
static bool meant(const char *name, unsigned x)
{
    const unsigned a = x & 1, b = x >> 1 & 1, c = x >> 2 & 1, d = x >> 3 & 1;
    const struct {
        const char *name;
        unsigned value;
    } rows[] = {{"INV", !a},
                {"BUF", a},
                {"NAND2", !(a && b)},
                {"NOR2", !(a || b)},
                {"NAND3", !(a && b && c)},
                {"NOR3", !(a || b || c)},
                {"AND2", a && b},
                {"OR2", a || b},
                {"AOI21", !((a && b) || c)},
                {"OAI21", !((a || b) && c)},
                {"AOI22", !((a && b) || (c && d))},
                {"OAI22", !((a || b) && (c || d))},
                {"XOR2", a != b},
                {"XNOR2", a == b},
                {"MUX2", c ? b : a}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].name, name))
            return rows[i].value;
    fail_msg("no cell %s is known", name);
    return false;
}

static void functions(void **state)
{
    (void)state;
    const struct library lib = read_cells("sim/rtl/cells.lib", liberty_line);
    for (int i = 0; i < lib.n; i++)
        for (unsigned x = 0; !lib.cell[i].sequential && x < 1u << lib.cell[i].n; x++)
            if (value(&lib.cell[i], x) != meant(lib.cell[i].name, x))
                fail_msg("%s at %x", lib.cell[i].name, x);
}

/* Widths in sites and delays as the library's comment has them. */
static void areas_and_delays(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int sites;
        double parasitic, each, last; /* and the capacitance of the inputs, and of the last of them */
    } rows[] = {{"INV", 2, 1, 1, 1},
                {"BUF", 3, 3, 1, 1},
                {"NAND2", 3, 2, 4 / 3.0, 4 / 3.0},
                {"NOR2", 3, 2, 5 / 3.0, 5 / 3.0},
                {"NAND3", 4, 3, 5 / 3.0, 5 / 3.0},
                {"NOR3", 4, 3, 7 / 3.0, 7 / 3.0},
                {"AND2", 4, 4, 4 / 3.0, 4 / 3.0},
                {"OR2", 4, 4, 5 / 3.0, 5 / 3.0},
                {"AOI21", 4, 7 / 3.0, 2, 5 / 3.0},
                {"OAI21", 4, 8 / 3.0, 2, 4 / 3.0},
                {"AOI22", 5, 4, 2, 2},
                {"OAI22", 5, 4, 2, 2},
                {"XOR2", 6, 4, 4, 4},
                {"XNOR2", 6, 4, 4, 4},
                {"MUX2", 7, 4, 2, 2},
                {"DFF", 17, 0, 1, 1}};
    const struct library lib = read_cells("sim/rtl/cells.lib", liberty_line);
    assert_int_equal(lib.n, sizeof rows / sizeof *rows);
    int pins = 0;
    for (int i = 0; i < lib.n; i++) {
        const struct cell *c = &lib.cell[i];
        assert_string_equal(c->name, rows[i].name);
        assert_true(fabs(c->area - rows[i].sites / 3.0) < 1e-6);
        for (int k = 0; k < c->n; k++, pins++) {
            const double wanted = k == c->n - 1 ? rows[i].last : rows[i].each;
            assert_true(fabs(c->capacitance[k] - wanted) < 1e-6);
        }
        if (c->sequential)
            continue;
        /* In units of 22/3: what a NAND2 takes that drives four NAND2. */
        assert_true(fabs(c->unloaded - rows[i].parasitic * 3 / 22) < 1e-6);
        assert_true(fabs(c->loaded - (rows[i].parasitic + 64) * 3 / 22) < 1e-6);
    }
    printf("# covered pins: %d\n", pins);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_cells),
        cmocka_unit_test(functions),
        cmocka_unit_test(areas_and_delays),
    };
    return cmocka_run_group_tests_name("rtl_cells", tests, NULL, NULL);
}
