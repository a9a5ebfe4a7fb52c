/* plots/plot.h: figures from the database alone, the same every time. */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plots/plot.h"
#include "tests/check.h"
#include "tests/drawn.h"

static void assert_same(const char *a, const char *b, const char *name, const char *suffix)
{
    size_t n, m;
    char *x = drawn_file(a, name, suffix, &n), *y = drawn_file(b, name, suffix, &m);
    if (n != m || memcmp(x, y, n) != 0)
        fail_msg("%s.%s differs between %s and %s", name, suffix, a, b);
    free(x);
    free(y);
}

/* Analyses belong to no tensor, so their figures name none. */
static bool of_tensors(const struct figure *f)
{
    return strstr(f->sql, "dump") != NULL;
}

/* The figures of drawn_full(), drawn once. */
static const char *drawn(void)
{
    static char dir[512];
    if (!dir[0]) {
        snprintf(dir, sizeof dir, "%s", test_path("new/folder/of figures"));
        drawn_all(drawn_full(), dir, FIGURE_OWN_WIDTH);
    }
    return dir;
}

static void registry(void **state)
{
    (void)state;
    assert_true(figure_count() >= 3);
    assert_null(figure_at(figure_count()));
    assert_null(figure_find("none"));
    for (size_t i = 0; i < figure_count(); i++) {
        const struct figure *f = figure_at(i);
        assert_ptr_equal(figure_find(f->name), f);
        assert_true(f->title[0] && f->doc[0] && f->sql[0] && f->gp[0]);
    }
}

static void draws_all(void **state)
{
    (void)state;
    if (!drawn_possible())
        skip();
    const char *dir = drawn();
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        size_t n;
        char *svg = drawn_file(dir, name, "svg", &n);
        assert_non_null(strstr(svg, "<svg"));
        assert_non_null(strstr(svg, "</svg>"));
        assert_true(strstr(svg, "tinylm.safetensors") || !of_tensors(figure_at(i)));
        assert_non_null(strstr(svg, "DejaVu Sans"));
        assert_null(strstr(svg, "no data"));
        free(svg);
        char *png = drawn_file(dir, name, "png", &n);
        assert_memory_equal(png, "\x89PNG", 4);
        free(png);
        char *pdf = drawn_file(dir, name, "pdf", &n);
        assert_memory_equal(pdf, "%PDF", 4);
        assert_non_null(memmem(pdf, n, "/CreationDate (D:19700101000000", 31));
        free(pdf);
        char *tsv = drawn_file(dir, name, "tsv", &n);
        const char *number = strchr(tsv, '.');
        assert_non_null(number); /* 17 digits: some number has a long tail */
        size_t longest = 0;
        for (; number; number = strchr(number + 1, '.')) {
            size_t digits = strspn(number + 1, "0123456789");
            longest = digits > longest ? digits : longest;
        }
        assert_true(longest >= 14);
        free(tsv);
    }
}

/* Given figures draw what they are handed; a name with every kind of byte. Columns as in
 * experiments/value_spacing.h. */
static enum status write_given(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    const char *lines = what;
    (void)e;
    fputs("format\tindex\texponent_bits\tbits\tvalues\toctaves\tkind\tx0\ty0\tx1\tsubnormal\n", tsv);
    *rows = 0;
    for (const char *p = lines; *p; p++)
        *rows += *p == '\n';
    fputs(lines, tsv);
    return STATUS_OK;
}

static enum status write_refused(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    (void)tsv;
    *rows = 7;
    return error_set(e, STATUS_INVALID, "rows refused: %s", (const char *)what);
}

static const char *const suffixes[] = {"tsv", "gp", "svg", "pdf", "png"};
enum { FILES = sizeof suffixes / sizeof *suffixes };

/* Whatever the order of writing. Pictures are made of data and script alone, twice the same in
 * redraws_without_us() and tests/test_figures.c; of one figure all files are compared. */
static void same_every_time(void **state)
{
    (void)state;
    if (!drawn_possible())
        skip();
    const char *a = drawn();
    char b[512];
    snprintf(b, sizeof b, "%s", test_path("b"));
    const char *permuted = test_path("permuted.db");
    drawn_fill(permuted, 29);
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        if (i)
            drawn_script(name, permuted, b);
        else
            drawn_one(name, permuted, b, FIGURE_OWN_WIDTH);
        for (size_t k = 0; k < (i ? 2 : FILES); k++)
            assert_same(a, b, name, suffixes[k]);
    }
}

static void draws_given_rows(void **state)
{
    (void)state;
    static const char one[] = "a<&\"%d_#\t1\t4\t8\t3\t1.5\t0\t0\tNaN\t0\t0\n";
    static const char some[] = "x\t1\t4\t8\t3\t1.5\t0\t0\tNaN\t1\t1\n"
                               "x\t1\t4\t8\t3\t1.5\t1\t0\t0\t0\t0\n"
                               "x\t1\t4\t8\t3\t1.5\t1\t1\t-3\t1\t0\n"
                               "y\t2\t-1\t8\t9\t2\t0\t-9\tNaN\t-9\t0\n";
    const struct figure *f = figure_given_find("value_spacing");
    struct error e = {{0}};
    size_t n;
    assert_non_null(f);
    assert_null(f->sql);
    assert_ptr_equal(f, figure_given_at(0));
    assert_null(figure_given_at(figure_given_count()));
    assert_null(figure_find(f->name));
    if (!drawn_possible())
        skip();
    char dir[512], again[512];
    snprintf(dir, sizeof dir, "%s", test_path("given"));
    snprintf(again, sizeof again, "%s", test_path("given again"));
    const char *const all[] = {one, some};
    for (size_t i = 0; i < 2; i++) {
        struct figure_rows rows = {write_given, all[i]};
        assert_int_equal(figure_draw_rows(f, &rows, dir, FIGURE_OWN_WIDTH, &e), STATUS_OK);
        assert_int_equal(figure_draw_rows(f, &rows, again, FIGURE_OWN_WIDTH, &e), STATUS_OK);
        for (size_t k = 0; k < FILES; k++)
            assert_same(dir, again, f->name, suffixes[k]);
        char *svg = drawn_file(dir, f->name, "svg", &n);
        assert_non_null(strstr(svg, i ? ">x<" : "a&lt;&amp;\"%d_#<"));
        free(svg);
    }
    /* A writer that fails leaves the figure; none at all is said. */
    struct figure_rows refused = {write_refused, "why"}, none = {write_given, ""};
    assert_int_equal(figure_draw_rows(f, &refused, again, FIGURE_OWN_WIDTH, &e), STATUS_INVALID);
    assert_string_equal(e.text, "rows refused: why");
    assert_same(dir, again, f->name, "svg");
    assert_int_equal(figure_draw_rows(f, &none, dir, FIGURE_OWN_WIDTH, &e), STATUS_OK);
    char *svg = drawn_file(dir, f->name, "svg", &n);
    assert_non_null(strstr(svg, "value_spacing: no data"));
    free(svg);
}

/* A reader redraws with gnuplot alone, which no sanitizer watches. */
static void redraws_without_us(void **state)
{
    (void)state;
    if (!drawn_possible())
        skip();
    const char *dir = drawn();
    char copy[512], command[2048];
    snprintf(copy, sizeof copy, "%s", test_path("theirs"));
    assert_int_equal(mkdir(copy, 0777), 0);
    for (size_t i = 0; i < (WATCHED ? 1 : figure_count()); i++) {
        const char *name = figure_at(i)->name;
        snprintf(command, sizeof command,
                 "cp '%s/%s.gp' '%s/%s.tsv' '%s' && cd '%s' && LC_ALL=C.UTF-8 gnuplot %s.gp >words 2>&1 &&"
                 " ! grep -v '^$' words | grep -v 'no valid points' | grep .",
                 dir, name, dir, name, copy, copy, name);
        assert_int_equal(system(command), 0);
        assert_same(dir, copy, name, "svg");
        assert_same(dir, copy, name, "png");
    }
}

/* A folder for drawn_svg(). */
static const char *svg_dir(const char *name)
{
    const char *dir = test_path(name);
    assert_int_equal(mkdir(dir, 0777), 0);
    return dir;
}

static void no_data(void **state)
{
    (void)state;
    static const double worst = -(double)INFINITY;
    if (!drawn_possible())
        skip();
    const char *empty = drawn_db("empty.db", NULL, 0, NULL), *dir = svg_dir("nothing");
    const char *lost = drawn_db("lost.db", &(struct row_spec){.format = "fp16"}, 1, &worst);
    const char *const dbs[] = {empty, lost};
    for (size_t d = 0; d < 2; d++) {
        for (size_t i = WATCHED ? d : 0; i < figure_count(); i += WATCHED ? 2 : 1) {
            const char *name = figure_at(i)->name;
            char want[64];
            if (d == 1 && strcmp(name, "outliers") == 0) /* of what is quantized, not of results */
                continue;
            snprintf(want, sizeof want, "%s: no data", name);
            drawn_svg(name, dbs[d], dir);
            drawn_says(dir, name, "svg", want);
        }
    }
}

/* Ranges of one point, one panel, one block: every figure still draws. */
static void few_rows(void **state)
{
    (void)state;
    static const struct row_spec one[] = {{.format = "e4m3"}};
    static const struct row_spec block[] = {
        {.format = "e2m1", .block = 16, .scale = "e4m3", .scale_rule = "absmax", .second = "tensor"},
        {.format = "e2m1", .block = 32, .scale = "e4m3", .scale_rule = "absmax", .second = "tensor"}};
    static const struct row_spec mixed[] = {{.format = "int8", .block = 64},
                                            {.format = "int8", .block = 128, .round = "rtz"},
                                            {.format = "fp16"},
                                            {.format = "e5m2", .dump = "a dump's_%name.npz", .tensor = "x"}};
    static const double zero = 0;
    if (!drawn_possible())
        skip();
    const char *dir = svg_dir("few");
    const char *const dbs[] = {drawn_db("mixed.db", mixed, 4, NULL), drawn_db("one.db", one, 1, NULL),
                               drawn_db("zero.db", one, 1, &zero), drawn_db("block.db", block, 2, NULL)};
    assert_string_equal(figure_at(0)->name, "sqnr_bits");
    for (size_t d = 0; d < 4; d++)
        for (size_t i = WATCHED ? d : 0; i < figure_count(); i += WATCHED ? 4 : 1) {
            drawn_svg(figure_at(i)->name, dbs[d], dir);
            if (i == 0 && d == 0)
                drawn_says(dir, "sqnr_bits", "svg", "1 of 2 dumps");
        }
}

/* Every byte of a name is shown, whatever gnuplot and XML take it for. */
static void names_are_shown(void **state)
{
    (void)state;
    static const char name[] = "#d/#\"a\"\"b\t\\t\\042 \xc3\xa9\xe9\xed\xa0\x80<&amp;{x}_%d\n\x01.npy ";
    static const char shown[] = " of #\"a\"\"b\\t\\t\\042 \xc3\xa9\\xE9\\xED\\xA0\\x80&lt;"
                                "&amp;amp;{x}_%d\\n .npy ";
    static const struct row_spec rows[] = {
        {.dump = name, .format = "e2m1", .block = 16},
        {.dump = name, .format = "e2m1", .block = 32},
        {.dump = name, .format = "e2m1", .mac = "exact"},
        {.dump = name, .format = "e2m1", .mac = "exact,product=lmul_bits"},
        {.dump = name, .format = "int8"},
        {.dump = name, .format = "int8", .clip = 0.5},
        {.dump = name, .format = "int8", .clip = 0.25},
        {.dump = name, .format = "int8", .block = 32, .scale = "e8m0", .scale_rule = "floor"},
        {.dump = name, .format = "int8", .block = 32, .scale = "e8m0", .scale_rule = "rceil"},
        {.dump = name, .format = "int8", .mac = "exact,fma=no", .label = "a * a @ b,flip=0.01"},
        {.dump = name, .format = "int8", .round = "sr", .keys = ",sr_kind=a,sr_bits=2"}};
    static const char *const pair[] = {"crossover"};
    if (!drawn_possible())
        skip();
    const char *dir = svg_dir("names"), *db = drawn_db("names.db", rows, sizeof rows / sizeof *rows, NULL);
    drawn_analyses(db, pair, 1);
    for (size_t i = 0; i < figure_count(); i++) {
        if (!of_tensors(figure_at(i)))
            continue;
        drawn_svg(figure_at(i)->name, db, dir);
        drawn_tells(dir, figure_at(i)->name, shown);
    }
}

/* What figures are said to leave out of the rows below: profiles with lost elements have a row. */
static const struct {
    const char *figure, *words;
} left_out[] = {{"profiles", "1 profile left out: other tensors"},
                {"outputs", "1 output left out: lost elements"},
                {"lmul", "1 output left out: lost elements"},
                {"methods", "1 method left out: lost elements"},
                {"sqnr_bits", "2 schemes left out: other tensors or lost elements"},
                {"pareto", "2 schemes left out: other tensors or lost elements"},
                {"em_split", "2 schemes left out: other tensors or lost elements"},
                {"block_size", "2 schemes left out: other tensors or lost elements"},
                {"spread", "2 schemes left out: other tensors or lost elements"}};

/* A figure says what its means count and what is not in it. */
static void says_what_is_left_out(void **state)
{
    (void)state;
    static const double lost = -(double)INFINITY, exact = (double)INFINITY;
    static const struct row_spec rows[] = {
        {.format = "e2m1", .block = 16, .tensor = "x"},
        {.format = "e2m1", .block = 16, .tensor = "y"},
        {.format = "e2m1", .block = 32, .tensor = "x"},
        {.format = "e2m1", .block = 32, .tensor = "y", .sqnr = &exact},
        {.format = "int8", .mac = "exact", .tensor = "x", .sqnr = &exact},
        {.format = "int8", .mac = "exact,product=lmul_bits", .tensor = "x"},
        {.format = "int8", .mac = "exact,product=lmul_bits", .tensor = "y"},
        {.format = "e2m1", .block = 64, .tensor = "x"}, /* from here on left out */
        {.format = "e2m1", .block = 128, .tensor = "x", .sqnr = &lost},
        {.format = "e2m1", .block = 128, .tensor = "y"},
        {.format = "int8", .mac = "exact", .tensor = "y", .sqnr = &lost}};
    if (!drawn_possible())
        skip();
    const char *dir = svg_dir("notes"), *none = svg_dir("no notes");
    const char *notes = drawn_db("notes.db", rows, 11, NULL), *plain = drawn_db("no notes.db", rows, 3, NULL);
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++) {
        drawn_svg(left_out[i].figure, notes, dir);
        drawn_svg(left_out[i].figure, plain, none);
        drawn_tells(dir, left_out[i].figure, "exact tensors count 150 dB");
        drawn_tells(dir, left_out[i].figure, left_out[i].words);
        drawn_says_not(none, left_out[i].figure, "svg", "150 dB");
    }
    drawn_tells(none, "sqnr_bits", "1 scheme left out: other tensors or lost elements");
    drawn_says(dir, "profiles", "svg", ">lost elements on 1 of 2 tensors<");
}

/* Letters are for published schemes: a profile has none, nor has a scheme with keys. */
static void profiles_have_no_letter(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {{.format = "e2m1", .label = "a:f4"},
                                            {.format = "e2m1", .block = 16, .label = "published"},
                                            {.format = "int8", .label = "int8"}};
    const char *db = drawn_db("letters.db", specs, sizeof specs / sizeof *specs, NULL),
               *dir = test_path("letters");
    drawn_script("sqnr_bits", db, dir);
    size_t n;
    char *tsv = drawn_file(dir, "sqnr_bits", "tsv", &n);
    assert_non_null(strstr(tsv, "\na:f4\te2m1\t"));
    assert_null(strstr(tsv, "\ta:f4\t"));
    assert_non_null(strstr(tsv, "\tpublished\t"));
    free(tsv);
}

/* A panel for each way to quantize and multiply, a mark for each accumulator; tensors and other dumps have
 * none. */
static void outputs_of_sites(void **state)
{
    (void)state;
    static const double sqnr[] = {30, 29, 20, 40};
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "b", .mac = "exact,scales=dequantize", .sqnr = &sqnr[0]},
        {.format = "int8", .tensor = "a", .mac = "sequential,acc=fp16,scales=partials", .sqnr = &sqnr[1]},
        {.format = "int8", .tensor = "a", .mac = "exact,scales=dequantize", .sqnr = &sqnr[0]},
        {.format = "e4m3", .tensor = "a", .mac = "sequential,product=lmul_bits,acc=fp16", .sqnr = &sqnr[2]},
        {.format = "e4m3", .tensor = "a", .sqnr = &sqnr[3]}};
    const char *db = drawn_db("sites.db", specs, sizeof specs / sizeof *specs, NULL),
               *dir = test_path("sites");
    drawn_script("outputs", db, dir);
    static const char *const lines[] = {
        "\n1\tint8,per=tensor\t1\ta\t1\texact\t30\t30\ta.npy\t2\t2\t2\t0\t0\n",
        "\n1\tint8,per=tensor\t1\ta\t2\tsequential,acc=fp16\t29\t29\ta.npy\t2\t2\t2\t0\t0\n",
        "\n1\tint8,per=tensor\t2\tb\t1\texact\t30\t30\ta.npy\t2\t2\t2\t0\t0\n",
        "\n2\te4m3,per=tensor, lmul_bits\t1\ta\t2\tsequential,acc=fp16\t20\t20\ta.npy\t2\t2\t2\t0\t0\n"};
    drawn_says_all(dir, "outputs", "tsv", lines, sizeof lines / sizeof *lines);
}

/* A panel for each cost that tells schemes apart, its front numbered by cost. */
static void fronts_by_cost(void **state)
{
    (void)state;
    static const double sqnr[] = {20, 30, 25};
    static const struct row_spec specs[] = {{.format = "int4", .sqnr = &sqnr[0]},
                                            {.format = "int6", .sqnr = &sqnr[1]},
                                            {.format = "int8", .sqnr = &sqnr[2]}};
    if (!drawn_possible())
        skip();
    const char *db = drawn_db("costs.db", specs, 3, NULL), *dir = test_path("costs");
    drawn_one("pareto", db, dir, FIGURE_OWN_WIDTH);
    static const char *const lines[] = {
        "\n1\tfp8_vs_int8\tmac_gates\tgate\t0\t216\t20\tint4\t-1\t4\t0\t1\tint4,per=tensor\t3\ta.npy\t1\t",
        "\n1\tfp8_vs_int8\tmac_gates\tgate\t0\t336\t30\tint6\t-1\t6\t0\t2\t",
        "\n1\tfp8_vs_int8\tmac_gates\tgate\t0\t504\t25\tint8\t-1\t8\t0\t0\t",
        "\n2\tyosys\tmac_gates\tgate\t0\t", "\n3\tyosys\tmac_energy\tpJ\t45\t"};
    drawn_says_all(dir, "pareto", "tsv", lines, sizeof lines / sizeof *lines);
    drawn_says(dir, "pareto", "svg", ">energy (pJ, 45 nm)<");
}

/* Each format by the other model against yosys; a quantity that one model alone has is no panel. */
static void models_against_another(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {{.format = "int4"}, {.format = "int8"}, {.format = "e4m3"}};
    if (!drawn_possible())
        skip();
    const char *db = drawn_db("models.db", specs, 3, NULL), *dir = test_path("models");
    drawn_one("cost_models", db, dir, FIGURE_OWN_WIDTH);
    size_t n;
    char *tsv = drawn_file(dir, "cost_models", "tsv", &n);
    assert_non_null(strstr(tsv, "\n1\tfp8_vs_int8\tmac_gates\tyosys\tint4\t-1\t4\t0\t229."));
    assert_non_null(strstr(tsv, "\n1\tfp8_vs_int8\tmac_gates\tyosys\te4m3\t4\t8\t0\t"));
    assert_null(strstr(tsv, "product_gates")); /* one model alone has it */
    free(tsv);
    drawn_says(dir, "cost_models", "svg", ">3 formats: ratios 0.");
}

/* A row for each format that was multiplied both ways; sites that one way alone has are not compared. */
static void lmul_and_exact(void **state)
{
    (void)state;
    static const double sqnr[] = {30, 20, 40, 24, 50};
    static const char product[] = "exact,product=lmul_bits,scales=partials",
                      exact[] = "exact,scales=dequantize";
    static const struct row_spec specs[] = {
        {.format = "e4m3", .tensor = "a", .mac = exact, .sqnr = &sqnr[0]},
        {.format = "e4m3", .tensor = "a", .mac = product, .sqnr = &sqnr[1]},
        {.format = "e4m3", .tensor = "b", .mac = exact, .sqnr = &sqnr[2]},
        {.format = "e4m3", .tensor = "b", .mac = product, .sqnr = &sqnr[3]},
        {.format = "e4m3", .tensor = "c", .mac = exact, .sqnr = &sqnr[4]},
        {.format = "e5m2", .tensor = "a", .mac = exact, .sqnr = &sqnr[4]},
        {.format = "bf16", .tensor = "a", .mac = "sequential,acc=fp32", .sqnr = &sqnr[4]},
        {.format = "bf16", .tensor = "a", .mac = product, .sqnr = &sqnr[4]}};
    if (!drawn_possible())
        skip();
    const char *db = drawn_db("lmul.db", specs, sizeof specs / sizeof *specs, NULL), *dir = test_path("lmul");
    drawn_one("lmul", db, dir, FIGURE_OWN_WIDTH);
    static const char *const lines[] = {
        "\n1\te4m3,per=tensor\texact\tlmul_bits\ta\t30\t20\t35\t22\te4m3\t4\tyosys\t",
        "\n1\te4m3,per=tensor\texact\tlmul_bits\tb\t40\t24\t35\t22\te4m3\t4\tyosys\t",
        "\t-\t-1\t-1\ta.npy\t2\t0\t0\t0\t0\t0\t0\n"};
    drawn_says_all(dir, "lmul", "tsv", lines, sizeof lines / sizeof *lines);
    drawn_says(dir, "lmul", "svg", ">-13.0 dB<");
    size_t n;
    char *tsv = drawn_file(dir, "lmul", "tsv", &n);
    assert_null(strstr(tsv, "\tc\t"));
    assert_null(strstr(tsv, "e5m2"));
    assert_null(strstr(tsv, "bf16"));
    free(tsv);
}

/* A row for each method, its schemes alone beside it; those of one op together. */
static void methods_of_papers(void **state)
{
    (void)state;
    static const double sqnr[] = {30, 33, 40, 41};
    static const struct row_spec specs[] = {
        {.format = "int8", .mac = "exact", .sqnr = &sqnr[0]},
        {.format = "int8", .mac = "exact", .transform = "turn", .sqnr = &sqnr[1]},
        {.format = "e2m1", .block = 16, .sqnr = &sqnr[2]},
        {.format = "e2m1", .block = 16, .sqnr = &sqnr[3], .tensor = "b"}};
    const char *db = drawn_db("methods.db", specs, 4, NULL), *dir = test_path("methods");
    drawn_script("methods", db, dir);
    static const char *const lines[] = {"\nquantize\t1\ta method\t\t40\t40.5\t40.5\t0\t",
                                        "\nquantize\t1\ta method\tb\t41\t40.5\t40.5\t0\t",
                                        "\nmatmul\t2\td method\t\t33\t33\t30\t1\t"};
    drawn_says_all(dir, "methods", "tsv", lines, sizeof lines / sizeof *lines);
}

/* Profiles with equal bits share a row, however many; names are without the family; rows say how far they are
 * from the best and from the row above. */
static void profiles_of_equal_bits_share_a_row(void **state)
{
    (void)state;
    static const double sqnr[] = {20, 20, 20, 20.5, 9}, other[] = {40, 40.25};
    static const struct row_spec specs[] = {
        {.format = "e2m1", .block = 16, .sqnr = &sqnr[0], .result_hash = "equal"},
        {.format = "e2m1", .block = 32, .sqnr = &sqnr[1], .result_hash = "equal"},
        {.format = "e2m1", .block = 64, .sqnr = &sqnr[2]},
        {.format = "e2m1", .block = 32, .scale = "e8m0", .scale_rule = "floor", .sqnr = &sqnr[3]},
        {.format = "e2m1", .block = 128, .sqnr = &sqnr[4]},
        {.format = "int8", .block = 64, .sqnr = &other[0]},
        {.format = "int8", .block = 128, .round = "rtz", .sqnr = &other[1]}};
    if (!drawn_possible())
        skip();
    const char *db = drawn_db("rows.db", specs, sizeof specs / sizeof *specs, NULL), *dir = test_path("rows");
    drawn_one("profiles", db, dir, FIGURE_OWN_WIDTH);
    static const char *const lines[] = {
        "\n1\tf4\t1\ta floor\t\t0\t20.5\t0\te2m1\t2\t4\ta.npy\t1\t0\t0\t0\t0\n",
        "\n1\tf4\t2\ta, b, b half\t\t-0.5\t20\t-0.5\te2m1\t2\t4\ta.npy\t1\t0\t0\t0\t0\n",
        "\n1\tf4\t3\ta 64\t\t-0.5\t20\t-0.5\te2m1\t2\t4\ta.npy\t1\t1\t0\t0\t0\n", /* as the row above */
        "\n1\tf4\t4\tc other\t\t-11.5\t9\t-11.5\te2m1\t2\t4\ta.npy\t1\t0\t0\t0\t0\n",
        "\n2\tf8\t1\tb\t\t0\t40.25\t0\tint8\t-1\t8\ta.npy\t1\t0\t0\t0\t0\n",
        "\n2\tf8\t2\ta\t\t-0.25\t40\t-0.25\tint8\t-1\t8\ta.npy\t1\t0\t0\t0\t0\n"};
    drawn_says_all(dir, "profiles", "tsv", lines, sizeof lines / sizeof *lines);
    static const char *const words[] = {">a, b, b half<", ">f8<",      ">-0.500<", ">=<",
                                        ">9.00<",         ">-11.500<", ">-0.250<"};
    drawn_says_all(dir, "profiles", "svg", words, sizeof words / sizeof *words);
}

/* Of the keys that block_size does not draw, one way is shown, the plainest of the commonest; the others are
 * named. */
static void block_size_draws_one_way(void **state)
{
    (void)state;
    static const struct row_spec rows[] = {
        {.format = "e2m1", .block = 16, .clip = (double)0.9F},
        {.format = "e2m1", .block = 32, .clip = (double)0.9F},
        {.format = "e2m1", .block = 16},
        {.format = "e2m1", .block = 32},
        {.format = "int8", .block = 16, .keys = ",codes=sym,tail=zero-pad"},
        {.format = "int8", .block = 32, .keys = ",codes=sym,tail=zero-pad"},
        {.format = "int8", .block = 16, .keys = ",codes=twos,tail=zero-pad"},
        {.format = "int8", .block = 32, .keys = ",codes=twos,tail=zero-pad"},
        {.format = "e2m1", .block = 16, .keys = ",neg_zero=drop"},
        {.format = "e2m1", .block = 16, .keys = ",scale_round=rup"},
        {.format = "e2m1", .block = 16, .keys = ",nan=max"}};
    if (!drawn_possible())
        skip();
    const char *dir = test_path("ways");
    drawn_one("block_size", drawn_db("tie.db", rows, 4, NULL), dir, FIGURE_OWN_WIDTH);
    drawn_says(dir, "block_size", "svg", ">2 schemes left out: clip=0.9<");
    drawn_one("block_size", drawn_db("tail.db", rows, 8, NULL), dir, FIGURE_OWN_WIDTH);
    drawn_says(dir, "block_size", "svg", ">drawn: tail=zero-pad; 4 schemes left out: plain; clip=0.9<");
    drawn_says(dir, "block_size", "svg", ">int8 codes=sym<");
    drawn_says(dir, "block_size", "svg", ">int8 codes=twos<");
    drawn_one("block_size", drawn_db("many.db", rows, 11, NULL), dir, FIGURE_OWN_WIDTH);
    drawn_says(dir, "block_size", "tsv", "\ttail=zero-pad\tplain; clip=0.9; nan=max\t2\t7\t0\t0\n");
    drawn_says(dir, "block_size", "svg", "7 schemes left out: plain; clip=0.9; nan=max and 2 more<");
}

static void expect(const char *db, const char *dir, enum status want, const char *words)
{
    struct error e = {{0}};
    enum status got = figure_draw(figure_at(0), &(struct figure_from){db, NULL}, dir, FIGURE_OWN_WIDTH, &e);
    if (got != want || !strstr(e.text, words))
        fail_msg("status %d, \"%s\"; expected %d, \"%s\"", got, e.text, want, words);
}

/* A program named gnuplot that is not. */
static void fake_gnuplot(const char *dir, const char *script)
{
    char path[600];
    mkdir(dir, 0777);
    snprintf(path, sizeof path, "%s/gnuplot", dir);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    assert_int_equal(chmod(path, 0755), 0);
    setenv("PATH", dir, 1);
}

static void says_what_failed(void **state)
{
    (void)state;
    char path[4096], db[300];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    snprintf(db, sizeof db, "%s", drawn_full());
    expect(test_path("none.db"), test_path("out"), STATUS_MISSING, "none.db: no database here");
    expect(db, db, STATUS_IO, "is not a folder");
    char under[512];
    snprintf(under, sizeof under, "%s/x", db);
    expect(db, under, STATUS_IO, "cannot make the folder");
    fake_gnuplot(test_path("fake"), "echo 'line 7: undefined variable: x' >&2; exit 3");
    expect(db, test_path("out"), STATUS_INTERNAL, "exit code 3: line 7: undefined variable: x");
    fake_gnuplot(test_path("fake"), "exit 0");
    expect(db, test_path("out"), STATUS_INTERNAL, "gnuplot wrote nothing");
    fake_gnuplot(test_path("fake"), "kill -9 $$");
    expect(db, test_path("out"), STATUS_INTERNAL, "died of signal 9");
    setenv("PATH", test_path("nowhere"), 1);
    expect(db, test_path("out"), STATUS_MISSING, "gnuplot is not on the PATH");
    fake_gnuplot(test_path("fake"), "exit 127"); /* as where posix_spawn cannot tell: under valgrind */
    expect(db, test_path("out"), STATUS_MISSING, "gnuplot is not on the PATH");
    fake_gnuplot(test_path("fake"), "echo 'gnuplot-x11: not found' >&2; exit 127");
    expect(db, test_path("out"), STATUS_INTERNAL, "exit code 127: gnuplot-x11: not found");
    setenv("PATH", path, 1);
    size_t n;
    free(drawn_file(test_path("out"), figure_at(0)->name, "tsv",
                    &n)); /* data and script are there to draw with */
    free(drawn_file(test_path("out"), figure_at(0)->name, "gp", &n));
}

/* What a folder holds, but for . and .. */
static int entries(const char *dir)
{
    int n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void write_text(const char *dir, const char *name, const char *text)
{
    char path[700];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Figures of an earlier time, told apart from any that could be drawn. */
static void assert_untouched(const char *dir)
{
    assert_int_equal(entries(dir), FILES);
    for (int i = 0; i < FILES; i++)
        drawn_says(dir, figure_at(0)->name, suffixes[i], "of an earlier time");
}

static void make_old(const char *dir)
{
    mkdir(dir, 0777);
    for (int i = 0; i < FILES; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", figure_at(0)->name, suffixes[i]);
        write_text(dir, name, "of an earlier time");
    }
}

static void failure_keeps_figures(void **state)
{
    (void)state;
    char path[4096], db[300], dir[512];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    snprintf(db, sizeof db, "%s", drawn_full());
    snprintf(dir, sizeof dir, "%s", test_path("old"));
    make_old(dir);
    expect(test_path("none.db"), dir, STATUS_MISSING, "no database here");
    assert_untouched(dir);
    fake_gnuplot(test_path("fake"), "echo half >sqnr_bits.svg; echo no; exit 3");
    expect(db, dir, STATUS_INTERNAL, "old/sqnr_bits.gp: gnuplot ended with exit code 3: no");
    assert_untouched(dir);
    fake_gnuplot(test_path("fake"), "for k in svg pdf png; do echo half >sqnr_bits.$k; done");
    expect(db, dir, STATUS_IO, "old/sqnr_bits.svg: gnuplot wrote a part only");
    assert_untouched(dir);
    setenv("PATH", path, 1);
    char obstacle[600];
    snprintf(obstacle, sizeof obstacle, "%s/sqnr_bits.png", dir);
    if (!drawn_possible())
        return;
    assert_int_equal(unlink(obstacle) || mkdir(obstacle, 0777), 0);
    expect(db, dir, STATUS_IO, "old/sqnr_bits.png: exists and is a directory");
    assert_int_equal(rmdir(obstacle), 0);
    write_text(dir, "sqnr_bits.png", "of an earlier time");
    assert_untouched(dir);
    expect(db, dir, STATUS_OK, "");
    assert_int_equal(entries(dir), FILES);
}

static rlim_t size_of(const char *dir, const char *kind)
{
    char path[600];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s.%s", dir, figure_at(0)->name, kind);
    if (stat(path, &st) != 0)
        fail_msg("%s: not there", path);
    return (rlim_t)st.st_size;
}

/* Files end in the midst of the data, of the script, and of a picture. */
static void full_disk(void **state)
{
    (void)state;
    static const struct row_spec one[] = {{.format = "e4m3"}};
    struct rlimit before;
    char dir[512], db[512], whole[512];
    snprintf(dir, sizeof dir, "%s", test_path("full disk"));
    snprintf(db, sizeof db, "%s", drawn_db("small.db", one, 1, NULL));
    snprintf(whole, sizeof whole, "%s", test_path("whole"));
    make_old(dir);
    const bool drawn = drawn_possible();
    expect(db, whole, drawn ? STATUS_OK : STATUS_MISSING, "");
    const rlim_t data = size_of(whole, "tsv"), script = size_of(whole, "gp");
    assert_true(data < script / 2);
    const struct {
        rlim_t bytes;
        const char *words;
    } steps[] = {{data / 2, "full disk/sqnr_bits.tsv: cannot write: File too large"},
                 {script / 2, "full disk/sqnr_bits.gp: cannot write: File too large"},
                 {script, "gnuplot wrote a part only"}};
    if (drawn)
        assert_true(script < size_of(whole, "png"));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*was)(int) = signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < (drawn ? 3U : 2U); i++) {
        struct rlimit small = before;
        struct error e = {{0}};
        small.rlim_cur = steps[i].bytes;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        enum status got =
            figure_draw(figure_at(0), &(struct figure_from){db, NULL}, dir, FIGURE_OWN_WIDTH, &e);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (got != STATUS_IO || !strstr(e.text, steps[i].words))
            fail_msg("status %d, \"%s\"; expected \"%s\"", got, e.text, steps[i].words);
        assert_untouched(dir);
    }
    signal(SIGXFSZ, was);
}

/* A signal ends program and gnuplot, and leaves nothing behind. */
static void interrupted(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    char path[4096], db[300], dir[512];
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    snprintf(db, sizeof db, "%s", drawn_full());
    snprintf(dir, sizeof dir, "%s", test_path("interrupted"));
    make_old(dir);
    for (size_t i = 0; i < 3; i++) {
        char script[128];
        int status;
        snprintf(script, sizeof script, "echo half >sqnr_bits.svg; kill -%d $PPID; exec /bin/sleep 900",
                 signals[i]);
        fake_gnuplot(test_path("fake"), script);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            signal(signals[i], SIG_DFL);
            alarm(600);
            _exit(figure_draw(figure_at(0), &(struct figure_from){db, NULL}, dir, FIGURE_OWN_WIDTH, NULL)
                      ? 1
                      : 0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), signals[i]);
        assert_untouched(dir);
    }
    setenv("PATH", path, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry),
        cmocka_unit_test(draws_all),
        cmocka_unit_test(same_every_time),
        cmocka_unit_test(draws_given_rows),
        cmocka_unit_test(redraws_without_us),
        cmocka_unit_test(no_data),
        cmocka_unit_test(few_rows),
        cmocka_unit_test(says_what_failed),
        cmocka_unit_test(names_are_shown),
        cmocka_unit_test(says_what_is_left_out),
        cmocka_unit_test(profiles_have_no_letter),
        cmocka_unit_test(outputs_of_sites),
        cmocka_unit_test(fronts_by_cost),
        cmocka_unit_test(models_against_another),
        cmocka_unit_test(lmul_and_exact),
        cmocka_unit_test(methods_of_papers),
        cmocka_unit_test(profiles_of_equal_bits_share_a_row),
        cmocka_unit_test(block_size_draws_one_way),
        cmocka_unit_test(failure_keeps_figures),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(interrupted),
    };
    return cmocka_run_group_tests_name("plots", tests, NULL, NULL);
}
