/* Units of hardware without a simulator: what their texts must have, that their vectors are all inputs and
 * the emulator's answers, and what is refused. tests/check_rtl.sh runs them. */
#include "tests/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/rtl/fields.h"
#include "sim/rtl/rtl.h"
#include "sim/scheme.h"

static struct rtl_spec spec_of(const char *a, const char *b)
{
    struct quant_spec side[2];
    struct rtl_spec s = {.seed = 0};
    struct error e = {{0}};
    if (scheme_parse(a, &side[0], &e) || scheme_parse(b, &side[1], &e) ||
        rtl_spec_of_scheme(&side[0], &side[1], &s, &e))
        fail_msg("%s", e.text);
    return s;
}

static struct rtl_texts texts_of(const struct rtl_design *d, const struct rtl_spec *s)
{
    struct rtl_texts t;
    struct error e = {{0}};
    if (rtl_texts(d, s, "unit", &t, &e))
        fail_msg("%s", e.text);
    return t;
}

static const struct rtl_design *named(const char *name)
{
    const struct rtl_design *d = rtl_design_find(name);
    if (!d)
        fail_msg("no design %s", name);
    return d;
}

/* --- texts --- */

static void registry_is_sound(void **state)
{
    (void)state;
    assert_true(rtl_design_count() >= 9);
    for (size_t i = 0; i < rtl_design_count(); i++) {
        const struct rtl_design *d = rtl_design_at(i);
        assert_true(rtl_is_name(d->name));
        assert_ptr_equal(rtl_design_find(d->name), d); /* so no two have one name */
        assert_true(d->doc && *d->doc && d->citation && *d->citation);
    }
    assert_null(rtl_design_find("nonsense"));
    assert_true(rtl_is_name("e4m3_product") && rtl_is_name("_x"));
    assert_false(rtl_is_name("") || rtl_is_name("4x") || rtl_is_name("a-b") || rtl_is_name("a b"));
}

/* Words of a text that begin a line. */
static size_t lines_with(const char *text, const char *word)
{
    size_t n = 0;
    for (const char *p = text; p; p = strchr(p, '\n')) {
        p += *p == '\n';
        n += strncmp(p, word, strlen(word)) == 0;
    }
    return n;
}

/* Only names that begin with that of the unit, in the order of use: what a module is made of comes first. */
static void check_modules(const struct rtl_design *d, const char *text)
{
    const char *last = NULL;
    assert_int_equal(lines_with(text, "module "), lines_with(text, "endmodule"));
    for (const char *p = text; (p = strstr(p, "\nmodule ")); p++) {
        last = p + strlen("\nmodule ");
        if (strncmp(last, "unit (", 6) != 0 && strncmp(last, "unit__", 6) != 0)
            fail_msg("%s: a module of another name: %.40s", d->name, last);
    }
    if (!last || strncmp(last, "unit (", 6) != 0)
        fail_msg("%s: the last module is not the unit", d->name);
    assert_int_equal(lines_with(text, "module unit ("), 1);
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p >= 0x7f || (*p < ' ' && *p != '\n'))
            fail_msg("%s: character %#x", d->name, (unsigned)(unsigned char)*p);
    assert_null(strstr(text, " \n"));
    assert_null(strstr(text, "always_"));
    assert_null(strstr(text, "logic"));
}

struct cover {
    size_t units, lines, refused;
};

/* A line: as many digits as bits take, none beyond them. *inputs gets the first bits. */
static void check_line(const struct rtl_design *d, const char *line, size_t digits, int bits, int given,
                       uint64_t *inputs)
{
    const int first = bits % 4 ? bits % 4 : 4;
    for (size_t i = 0; i < digits; i++)
        if (!isxdigit((unsigned char)line[i]) || isupper((unsigned char)line[i]))
            fail_msg("%s: no line of vectors: %.*s", d->name, (int)digits, line);
    if (line[digits] != '\n' || strtoul((char[]){line[0], 0}, NULL, 16) >> first)
        fail_msg("%s: a line of another width than %d bits: %.*s", d->name, bits, (int)digits + 1, line);
    *inputs = 0;
    for (int i = 0; i < given && given <= 64; i++) {
        const int at = i + (4 - first);
        const unsigned long digit = strtoul((char[]){line[at / 4], 0}, NULL, 16);
        *inputs = *inputs << 1 | (digit >> (3 - at % 4) & 1);
    }
}

static void check_unit(const struct rtl_design *d, const struct rtl_spec *s, struct cover *c)
{
    struct rtl_ports p = {.n = 0};
    struct rtl_texts t = texts_of(d, s), again = texts_of(d, s);
    int given = 0, bits = 0;
    d->ports(s, &p);
    for (int i = 0; i < p.n; i++) {
        assert_true(p.port[i].bits > 0);
        assert_true(!i || p.port[i - 1].output <= p.port[i].output); /* inputs first */
        bits += p.port[i].bits;
        given += p.port[i].output ? 0 : p.port[i].bits;
    }
    assert_true(given > 0 && given < bits);
    assert_string_equal(t.unit.text, again.unit.text);
    assert_string_equal(t.vectors.text, again.vectors.text);
    assert_string_equal(t.bench.text, again.bench.text);
    check_modules(d, t.unit.text);
    assert_int_equal(lines_with(t.bench.text, "module unit_tb;"), 1);
    const size_t digits = (size_t)(bits + 3) / 4;
    assert_int_equal(t.vectors.length, t.lines * (digits + 1));
    assert_true(t.lines <= UINT64_C(1) << 17);
    const bool all = given <= 17;
    unsigned char *seen = calloc(UINT64_C(1) << (all ? given : 0), 1);
    for (uint64_t i = 0; i < t.lines; i++) {
        uint64_t inputs;
        check_line(d, t.vectors.text + i * (digits + 1), digits, bits, given, &inputs);
        if (all && seen[inputs]++)
            fail_msg("%s: inputs %llx twice", d->name, (unsigned long long)inputs);
    }
    if (all)
        assert_int_equal(t.lines, UINT64_C(1) << given);
    free(seen);
    c->units++;
    c->lines += t.lines;
    rtl_texts_free(&t);
    rtl_texts_free(&again);
}

static void texts_are_well_formed(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"e2m1", "e2m1"},     {"int4", "int4"},
        {"e3m2", "e2m3"},     {"p3109_k5p3se", "p3109_k5p3se"},
        {"e3m0", "e3m0"},     {"e3m2,specials=ieee", "e3m2,specials=ieee"},
        {"ue2m2", "int3"},    {"int4,codes=signmag", "int4"},
        {"flint4", "e2m1"},   {"e0m3", "e0m3"},
        {"if4_int", "e2m1"},  {"mxfp4", "mxfp4"},
        {"posit8", "binary"}, {"e3m2,specials=fnuz", "e3m2,specials=fnuz"},
    };
    struct cover c = {0};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (size_t k = 0; k < rtl_design_count(); k++) {
            const struct rtl_spec s = spec_of(pairs[i][0], pairs[i][1]);
            const struct rtl_design *d = rtl_design_at(k);
            if (d->refuses(&s))
                c.refused++;
            else
                check_unit(d, &s, &c);
        }
    assert_true(c.units > 50 && c.refused > 0);
    printf("# covered units: %zu, lines: %zu, refused: %zu\n", c.units, c.lines, c.refused);
}

/* --- what vectors say --- */

static uint64_t field(const char *line, size_t digits, int bits, int from, int n)
{
    uint64_t value = 0;
    for (int i = from; i < from + n; i++) {
        const int at = i + (int)(4 * digits) - bits;
        const unsigned long digit = strtoul((char[]){line[at / 4], 0}, NULL, 16);
        value = value << 1 | (digit >> (3 - at % 4) & 1);
    }
    return value;
}

/* The port's value in a line, or 0 if there is none. */
static uint64_t port(const struct rtl_ports *p, const char *line, size_t digits, int bits, const char *name)
{
    int at = 0;
    for (int i = 0; i < p->n; at += p->port[i++].bits)
        if (strcmp(p->port[i].name, name) == 0)
            return field(line, digits, bits, at, p->port[i].bits);
    return 0;
}

static bool has_port(const struct rtl_ports *p, const char *name)
{
    for (int i = 0; i < p->n; i++)
        if (strcmp(p->port[i].name, name) == 0)
            return true;
    return false;
}

/* The constant of "2^(exp - 20)" or "2^-3" in the text that explains the module. */
static int constant_of(const char *text)
{
    const char *p = strstr(text, "2^(exp "), *end = strchr(strstr(text, "// value"), '\n');
    if (p && p < end)
        return p[7] == '-' ? -atoi(p + 9) : atoi(p + 9);
    p = strstr(strstr(text, "// value"), " * 2^");
    return p && p < end ? atoi(p + 5) : 0;
}

/* What a reader makes of the outputs is the product; where both operands have exponents, exp is that of the
 * term up to a constant. */
static size_t check_product(const char *a, const char *b)
{
    const struct rtl_spec s = spec_of(a, b);
    const struct rtl_design *d = named("product");
    struct rtl_texts t = texts_of(d, &s);
    struct rtl_ports p = {.n = 0};
    d->ports(&s, &p);
    const struct format *fa = &s.scheme.element, *fb = &s.other.element;
    const int q = constant_of(t.unit.text);
    int bits = 0, offset = INT32_MAX;
    for (int i = 0; i < p.n; i++)
        bits += p.port[i].bits;
    const size_t digits = (size_t)(bits + 3) / 4;
    const bool aligned = fa->family == &family_float && fb->family == &family_float && fa->exponent_bits &&
                         fb->exponent_bits && !(fa->stretch > 0) && !(fb->stretch > 0);
    for (uint64_t i = 0; i < t.lines; i++) {
        const char *line = t.vectors.text + i * (digits + 1);
        const uint32_t x = (uint32_t)port(&p, line, digits, bits, "a");
        const uint32_t y = (uint32_t)port(&p, line, digits, bits, "b");
        uint64_t sig = port(&p, line, digits, bits, has_port(&p, "p") ? "p" : "sig");
        bool negative = port(&p, line, digits, bits, "sign") != 0;
        if (has_port(&p, "p") && (negative = sig >> (fa->bits + fb->bits - 1)))
            sig = (UINT64_C(1) << (fa->bits + fb->bits)) - sig;
        const int exp = (int)port(&p, line, digits, bits, "exp");
        struct number got = number_make(negative, sig, exp + q);
        if (fa->stretch > 0)
            got = number_mul(got, number_from_f32(fa->stretch));
        if (fb->stretch > 0)
            got = number_mul(got, number_from_f32(fb->stretch));
        if (port(&p, line, digits, bits, "inf"))
            got = (struct number){.class = NUMBER_INF, .negative = negative};
        uint32_t events = 0;
        const struct term want = product_find("exact")->multiply(&s.mac.args, fa, x, fb, y, &events);
        if (port(&p, line, digits, bits, "nan")) {
            assert_int_equal(want.value.class, NUMBER_NAN);
            continue;
        }
        const bool no_sign = has_port(&p, "p") && want.value.class == NUMBER_ZERO;
        if (got.class != want.value.class || (got.negative != want.value.negative && !no_sign) ||
            (got.class == NUMBER_FINITE && number_compare(got, want.value) != 0))
            fail_msg("%s x %s: codes %x, %x: another value", a, b, (unsigned)x, (unsigned)y);
        if (!aligned || want.value.class != NUMBER_FINITE)
            continue;
        if (offset == INT32_MAX)
            offset = want.exponent - exp;
        if (want.exponent - exp != offset)
            fail_msg("%s x %s: codes %x, %x: exponent %d for a term at %d", a, b, (unsigned)x, (unsigned)y,
                     exp, (int)want.exponent);
    }
    const size_t lines = t.lines;
    rtl_texts_free(&t);
    return lines;
}

static void products_mean_what_they_say(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"e4m3", "e4m3"},
        {"e5m2", "e4m3"},
        {"e2m1", "e2m1"},
        {"e3m2", "ue4m3"},
        {"e8m0", "e2m1"},
        {"e3m2,subnormals=off", "e2m3,subnormals=none"},
        {"int4", "int4"},
        {"int6,codes=twos", "int3"},
        {"int4,codes=signmag", "e2m1"},
        {"if4_int", "if4_int"},
        {"e2m3,bias=1.3", "e2m1"},
        {"if6_int_e2m3", "if4_int"},
        {"nf4", "nf4"},
        {"posit8", "e2m1"},
        {"hif8", "int2"},
        {"e0m4", "e3m1"},
        {"p3109_k6p3se", "p3109_k6p2ue"},
        {"e3m2,specials=fnuz", "e3m2,specials=ieee"},
        {"binary", "ternary"},
        {"e3m0", "e4m0,specials=ieee"},
    };
    size_t n = 0;
    for (size_t i = WATCHED ? 2 : 0; i < sizeof pairs / sizeof *pairs; i++)
        n += check_product(pairs[i][0], pairs[i][1]);
    printf("# covered products: %zu\n", n);
}

/* The code in each line is that of the product, rounded. */
static void rounded_products_are_rounded(void **state)
{
    (void)state;
    static const char *const schemes[] = {"e3m2,specials=ieee,round=rup,overflow=infinity", "e2m3,round=rtz",
                                          "int5,round=raz", "ue2m2,specials=nan,overflow=nan",
                                          "e3m2,ftz=yes,neg_zero=drop"};
    size_t n = 0;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const struct rtl_spec s = spec_of(schemes[i], "e2m2,specials=ieee");
        struct rtl_texts t = texts_of(named("rounded"), &s);
        const struct format *fa = &s.scheme.element, *fb = &s.other.element;
        const int bits = 2 * fa->bits + fb->bits;
        const size_t digits = (size_t)(bits + 3) / 4;
        for (uint64_t k = 0; k < t.lines; k++, n++) {
            const char *line = t.vectors.text + k * (digits + 1);
            const struct number x = format_decode(fa, (uint32_t)field(line, digits, bits, 0, fa->bits));
            const struct number y =
                format_decode(fb, (uint32_t)field(line, digits, bits, fa->bits, fb->bits));
            const uint64_t got = field(line, digits, bits, fa->bits + fb->bits, fa->bits);
            assert_int_equal(got, format_round(fa, number_mul(x, y), &s.scheme.rounding, 0).code);
        }
        rtl_texts_free(&t);
    }
    printf("# covered rounded products: %zu\n", n);
}

/* Fields are the code's value, of every registered format that has them. */
static void fields_are_values(void **state)
{
    (void)state;
    size_t formats = 0, codes = 0;
    for (size_t i = 0; i < format_count(); i++) {
        struct format f = *format_at(i);
        struct rtl_fields z;
        if (rtl_fields_refuse(&f))
            continue;
        f.stretch = f.real_bias = 0;
        rtl_fields_of(&f, &z);
        for (uint32_t code = 0; code <= format_code_mask(&f); code++, codes++) {
            const struct rtl_code c = rtl_code_of(&f, code);
            const struct number want = format_decode(&f, code);
            const struct number got = number_make(c.sign, c.sig, (int32_t)c.exp + z.q);
            assert_int_equal(c.nan, want.class == NUMBER_NAN);
            assert_int_equal(c.inf, want.class == NUMBER_INF);
            assert_true(z.nan >= c.nan && z.inf >= c.inf && c.sig >> z.sig_bits == 0);
            assert_true(z.zero >= (want.class == NUMBER_ZERO));
            if (want.class == NUMBER_INF)
                assert_true(c.sig != 0);
            if (want.class == NUMBER_NAN || want.class == NUMBER_INF)
                continue;
            const bool zero = got.class == NUMBER_ZERO;
            assert_int_equal(zero, want.class == NUMBER_ZERO);
            if (!zero && number_compare(got, want) != 0)
                fail_msg("%s: code %x", f.name, (unsigned)code);
            assert_true(zero || ((int32_t)c.exp >= z.exp_min && (int32_t)c.exp <= z.exp_max));
        }
        formats++;
    }
    assert_true(formats > 60);
    printf("# covered formats: %zu, codes: %zu\n", formats, codes);
}

/* --- what is refused --- */

static void expect_refusal(const char *design, const char *a, const char *b, const char *why)
{
    const struct rtl_spec s = spec_of(a, b);
    const char *got = named(design)->refuses(&s);
    if (!got || !strstr(got, why))
        fail_msg("%s of %s and %s: %s, not: %s", design, a, b, got ? got : "taken", why);
    struct rtl_texts t;
    struct error e = {{0}};
    assert_int_equal(rtl_texts(named(design), &s, "unit", &t, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, why));
    rtl_texts_free(&t);
}

static void units_that_there_are_not(void **state)
{
    (void)state;
    expect_refusal("product", "fp32", "e4m3", "at most 16 bits");
    expect_refusal("product", "e4m3", "tf32", "at most 16 bits");
    expect_refusal("product", "q4_0", "e4m3", "block codec");
    expect_refusal("product", "if4", "e4m3", "one of several");
    expect_refusal("product", "lns4f3", "e4m3", "24 significant bits");
    expect_refusal("rounded", "e2m3,bias=1.5", "e2m1", "constant factor");
    expect_refusal("rounded", "e2m1", "if4_int", "constant factor");
    expect_refusal("rounded", "posit8", "posit8", "floats and integers");
    expect_refusal("rounded", "e4m3,round=sr", "e4m3", "no random numbers");
    expect_refusal("rounded", "e4m3,carry=or", "e4m3", "as formats do");
    expect_refusal("lmul", "int8", "int8", "floats");
    expect_refusal("lmul", "e3m0", "e3m0", "fraction bit");
    expect_refusal("mitchell", "nf4", "nf4", "integers, or floats");
    expect_refusal("lmul_fpga", "e4m3", "e3m2", "one format");
}

/* A MAC text has one product. */
static void macs_have_one_product(void **state)
{
    (void)state;
    struct rtl_spec s = spec_of("e4m3", "e4m3");
    s.mac_given = true;
    for (size_t i = 0; i < product_count(); i++) {
        s.mac.product = product_at(i);
        s.mac.daz = false;
        int taken = 0;
        static const char *const designs[] = {"product",  "rounded",   "lmul",
                                              "mitchell", "lmul_real", "lmul_fpga"};
        for (size_t k = 0; k < sizeof designs / sizeof *designs; k++)
            taken += !named(designs[k])->refuses(&s);
        const bool none = !strcmp(s.mac.product->name, "truncated") || !strcmp(s.mac.product->name, "table");
        assert_int_equal(taken, none ? 0 : 1);
        s.mac.daz = true;
        for (size_t k = 0; k < sizeof designs / sizeof *designs; k++)
            assert_non_null(named(designs[k])->refuses(&s));
    }
}

static void files_are_whole_or_an_error(void **state)
{
    (void)state;
    const struct rtl_spec s = spec_of("e2m1", "e2m1");
    const struct rtl_design *d = named("product");
    struct rtl_texts t = texts_of(d, &s);
    struct error e = {{0}};
    char dir[4096], path[4200];
    snprintf(dir, sizeof dir, "%s/units", test_dir());
    assert_int_equal(rtl_write(d, &s, "unit", dir, &e), STATUS_OK);
    assert_int_equal(rtl_write(d, &s, "unit", dir, &e), STATUS_OK); /* again, into the folder that is there */
    const struct {
        const char *end;
        const struct strbuf *text;
    } files[] = {{".v", &t.unit}, {".hex", &t.vectors}, {"_tb.v", &t.bench}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/unit%s", dir, files[i].end);
        FILE *f = fopen(path, "rb");
        char *got = calloc(files[i].text->length + 2, 1);
        assert_non_null(f);
        assert_int_equal(fread(got, 1, files[i].text->length + 1, f), files[i].text->length);
        assert_string_equal(got, files[i].text->text);
        fclose(f);
        free(got);
    }
    assert_int_equal(rtl_write(d, &s, "no name", dir, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "no name of a module"));
    e.text[0] = '\0';
    assert_int_equal(rtl_write(d, &s, "unit", path, &e), STATUS_IO); /* a file is no folder */
    snprintf(path, sizeof path, "%s/no/where", test_dir());
    e.text[0] = '\0';
    assert_int_equal(rtl_write(d, &s, "unit", path, &e), STATUS_IO);
    rtl_texts_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry_is_sound),           cmocka_unit_test(texts_are_well_formed),
        cmocka_unit_test(products_mean_what_they_say), cmocka_unit_test(rounded_products_are_rounded),
        cmocka_unit_test(fields_are_values),           cmocka_unit_test(units_that_there_are_not),
        cmocka_unit_test(macs_have_one_product),       cmocka_unit_test(files_are_whole_or_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
