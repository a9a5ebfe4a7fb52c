/* Figures in both widths: as wide as asked, the same bytes every time, no text over another or cut; and the
 * numbers of those whose data tests/test_plots.c does not look at. */
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/error_magnitude.h"
#include "experiments/positives.h"
#include "tests/check.h"
#include "tests/drawn.h"
#include "tests/svg_text.h"

static const double inches[] = {3.3, 7};

/* One text at (x, y) as gnuplot writes it. */
#define TEXT(x, y, anchor, words)                                                             \
    "<g transform=\"translate(" x "," y ")\" font-family=\"DejaVu Sans\" font-size=\"10.00\"" \
    "  text-anchor=\"" anchor "\">\n<text><tspan font-family=\"DejaVu Sans\" >" words         \
    "</tspan></text>\n</g>\n"

/* 10 px of DejaVu Sans: "mmm" is 29.2 wide and 5.6 high, "H" 7.5 and 7.4. */
static void boxes_of_texts(void **state)
{
    (void)state;
    static const struct {
        const char *texts, *why; /* NULL: clear */
    } cases[] = {
        {TEXT("10", "20", "start", "mmm") TEXT("39.3", "20", "start", "H"), NULL},
        {TEXT("10", "20", "start", "mmm") TEXT("38.5", "20", "start", "H"), "\"mmm\" and \"H\" overlap"},
        {TEXT("10", "20", "start", "mmm") TEXT("38.5", "14", "start", "H"), NULL},
        {TEXT("10", "20", "start", "mmm") TEXT("20", "27", "start", "H"), "overlap"},
        {TEXT("10", "20", "start", "mgm") TEXT("20", "27.6", "start", "H"), "overlap"},
        {TEXT("29.3", "20", "end", "mmm"), NULL},
        {TEXT("28.3", "20", "end", "mmm"), "\"mmm\" at (-0.9, 14.4) to (28.3, 20.1) is outside"},
        {TEXT("90", "20", "middle", "mmm"), "outside"},
        {TEXT("50", "5", "start", "H"), "outside"},
        {TEXT("10", "20", "start", "a&amp;b") TEXT("30.5", "20", "start", "H"), NULL},
        {TEXT("10", "20) rotate(-90", "start", "H"), NULL},
        {TEXT("3", "20) rotate(-90", "start", "H"), "outside"},
        {TEXT("50", "20) rotate(-90", "end", "mmm") TEXT("44", "49", "start", "H"), "overlap"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char svg[2000], why[300] = "";
        snprintf(svg, sizeof svg, "<svg \n viewBox=\"0 0 100 50\">\n%s</svg>", cases[i].texts);
        bool clear = svg_text_is_clear(svg, NULL, why, sizeof why);
        if (clear != !cases[i].why || (cases[i].why && !strstr(why, cases[i].why)))
            fail_msg("case %zu: \"%s\", expected \"%s\"", i, why, cases[i].why ? cases[i].why : "");
    }
}

/* Runs DIR/NAME.gp for its SVG alone, in the width of a column or a page. */
static char *redraw(const char *dir, const char *name, double width)
{
    char command[1500];
    size_t n;
    snprintf(command, sizeof command,
             "cd '%s' && sed 's/\"svg pdf png\"/\"svg\"/' %s.gp >script &&"
             " LC_ALL=C.UTF-8 gnuplot -d -e 'asked = %g' script >words 2>&1 &&"
             " ! grep -v '^$' words | grep -v 'no valid points' | grep .",
             dir, name, width);
    if (system(command) != 0)
        fail_msg("%s: gnuplot fails or says something", name);
    return drawn_file(dir, name, "svg", &n);
}

static void check_width(const char *dir, const char *name, double width, size_t *texts)
{
    size_t n = 0;
    char why[400] = "", *svg = redraw(dir, name, width);
    if (fabs(svg_width(svg) - width) > 0.5 / 96)
        fail_msg("%s is %g inches wide, not %g", name, svg_width(svg), width);
    if (svg_height(svg) > 9.7)
        fail_msg("%s is %g inches high: more than a page", name, svg_height(svg));
    if (!svg_text_is_clear(svg, &n, why, sizeof why))
        fail_msg("%s, %g in: %s", name, width, why);
    *texts += n;
    if (!WATCHED) {
        char *again = redraw(dir, name, width);
        assert_string_equal(svg, again);
        free(again);
    }
    free(svg);
}

/* Every figure of the database draws itself in both widths. */
static void both_widths(void **state)
{
    (void)state;
    if (!drawn_possible())
        skip();
    char full[300], dir[512];
    size_t texts = 0;
    snprintf(full, sizeof full, "%s", drawn_full());
    snprintf(dir, sizeof dir, "%s", test_path("widths"));
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        drawn_script(name, full, dir);
        for (size_t w = 0; w < 2; w++)
            check_width(dir, name, inches[w], &texts);
    }
    printf("# covered figures: %zu in two widths, %zu texts apart\n", figure_count(), texts);
    assert_true(texts > 40 * figure_count());
}

/* What is asked of figure_draw is what the script asks of itself, and all three kinds have it. */
static void asked_widths(void **state)
{
    (void)state;
    if (!drawn_possible())
        skip();
    char dir[512], full[300];
    snprintf(dir, sizeof dir, "%s", test_path("asked"));
    snprintf(full, sizeof full, "%s", drawn_full());
    for (size_t w = 0; w < 2; w++) {
        size_t n;
        drawn_one("em_split", full, dir, FIGURE_SINGLE + (enum figure_width)w);
        char *svg = drawn_file(dir, "em_split", "svg", &n), *png = drawn_file(dir, "em_split", "png", &n);
        assert_true(fabs(svg_width(svg) - inches[w]) < 0.5 / 96);
        unsigned char *b = (unsigned char *)png + 16; /* the width in IHDR, big end first */
        assert_int_equal(b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3], w ? 2100 : 990);
        char *again = redraw(dir, "em_split", inches[w]);
        assert_string_equal(svg, again);
        free(again);
        free(svg);
        free(png);
    }
    assert_string_equal(figure_width_names[0], "single");
    assert_string_equal(figure_width_names[1], "double");
}

/* The figures that the documentation shows, STUDY/FIGURE.svg: drawn from real results, so of other lengths
 * than those above. */
static void gallery(void **state)
{
    (void)state;
    size_t texts = 0;
    glob_t g = {0};
    if (glob("plots/gallery/*/*.svg", 0, NULL, &g))
        skip();
    for (size_t i = 0; i < g.gl_pathc; i++) {
        char name[256], why[400];
        size_t n, size;
        snprintf(name, sizeof name, "%.*s", (int)(strlen(g.gl_pathv[i]) - strlen(".svg")), g.gl_pathv[i]);
        char *svg = drawn_file(".", name, "svg", &size);
        if (!svg_text_is_clear(svg, &n, why, sizeof why))
            fail_msg("%s: %s", g.gl_pathv[i], why);
        free(svg);
        texts += n;
    }
    printf("# covered gallery: %zu pictures, %zu texts apart\n", g.gl_pathc, texts);
    assert_true(g.gl_pathc >= 39);
    globfree(&g);
}

/* --- numbers worked by hand: what scripts draw --- */

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* The rows of a figure of these cells hold each of the lines, and nothing of `without` (NULL: whatever). */
static void expect_rows(const char *figure, const struct row_spec *specs, size_t n, const char *const *lines,
                        size_t n_lines, const char *without)
{
    char name[64], dir[512];
    snprintf(name, sizeof name, "%s.db", figure);
    snprintf(dir, sizeof dir, "%s", test_path(figure));
    drawn_script(figure, drawn_db(name, specs, n, NULL), dir);
    drawn_says_all(dir, figure, "tsv", lines, n_lines);
    if (without)
        drawn_says_not(dir, figure, "tsv", without);
}

/* The rows of a figure of these analyses alone hold each of the lines; returns their folder. */
static const char *expect_theory(const char *figure, const char *const *texts, size_t n,
                                 const char *const *lines, size_t n_lines)
{
    static char dir[512];
    char name[64];
    snprintf(name, sizeof name, "%s.db", figure);
    snprintf(dir, sizeof dir, "%s", test_path(figure));
    const char *file = drawn_db(name, NULL, 0, NULL);
    drawn_analyses(file, texts, n);
    drawn_script(figure, file, dir);
    drawn_says_all(dir, figure, "tsv", lines, n_lines);
    return dir;
}

/* A column of DIR/FIGURE.tsv, row by row. */
static void expect_column(const char *dir, const char *figure, int column, const char *want)
{
    size_t n;
    char *tsv = drawn_file(dir, figure, "tsv", &n), got[1000] = "", *next = NULL;
    for (char *line = strtok_r(strchr(tsv, '\n'), "\n", &next); line; line = strtok_r(NULL, "\n", &next)) {
        for (int i = 1; i < column; i++)
            line = strchr(line, '\t') + 1;
        const size_t used = strlen(got);
        snprintf(got + used, sizeof got - used, "%s%.*s", used ? " " : "", (int)strcspn(line, "\t"), line);
    }
    assert_string_equal(got, want);
    free(tsv);
}

static const double db[] = {10, 20, 21, 22, 24, 26, 30, 31, 39, 40, 42, 50, 19.5};
enum { DB10, DB20, DB21, DB22, DB24, DB26, DB30, DB31, DB39, DB40, DB42, DB50, DB19_5 };
static const double lost = -(double)INFINITY;

/* A curve a format with three shares or more; its best point is marked. */
static void clips(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {
        {.format = "int4", .sqnr = &db[DB20]},
        {.format = "int4", .clip = 0.5, .sqnr = &db[DB22]},
        {.format = "int4", .clip = 0.25, .sqnr = &db[DB21]},
        {.format = "int8", .sqnr = &db[DB40]},
        {.format = "int8", .clip = 0.5, .sqnr = &db[DB40]}, /* as good: the widest counts */
        {.format = "int8", .clip = 0.25, .sqnr = &db[DB30]},
        {.format = "e4m3", .sqnr = &db[DB50]},
        {.format = "e4m3", .clip = 0.5, .sqnr = &db[DB50]}};
    static const char *const lines[] = {
        "\n1\tone scale per tensor, fp32 absmax\t1\tint4\t-1\t4\t0\t0.25\t21\t0\ta.npy\t1\t1\t0\t0\t0\n",
        "\tint4\t-1\t4\t0\t0.5\t22\t1\t", "\tint4\t-1\t4\t0\t1\t20\t0\t", "\t2\tint8\t-1\t8\t0\t1\t40\t1\t",
        "\tint8\t-1\t8\t0\t0.5\t40\t0\t"};
    expect_rows("clip", specs, COUNT(specs), lines, COUNT(lines), "e4m3");
}

/* Boxes are roles by layers; a lost one is empty. */
static void layers_and_roles(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "layers.0.a", .sqnr = &db[DB30]},
        {.format = "int8", .tensor = "layers.12.a", .sqnr = &db[DB31]},
        {.format = "int8", .tensor = "layers.0.b", .sqnr = &db[DB20]},
        {.format = "int8", .tensor = "layers.12.b", .sqnr = &lost},
        {.format = "int8", .tensor = "layers.0.a", .mac = "exact,scales=partials", .sqnr = &db[DB10]}};
    static const char *const lines[] = {
        "\n1\tquantize\tint8,per=tensor\t1\ta\t1\t0\t30\ta.npy\t4\t2\t0\t1\t2\n",
        "\n1\tquantize\tint8,per=tensor\t1\ta\t2\t12\t31\t",
        "\n1\tquantize\tint8,per=tensor\t2\tb\t1\t0\t20\t",
        "\n2\tmatmul\tint8,per=tensor\t1\ta\t1\t0\t10\ta.npy\t4\t2\t0\t1\t1\n"};
    expect_rows("layers", specs, COUNT(specs), lines, COUNT(lines), "\tb\t2\t12\t");
}

/* Of 10, 20, 30, 50: quartiles at 3/4, 3/2 and 9/4 of the way from the first on. */
/* Formats without exponent bits have marks too: open ones, as variants have. */
static void codebooks(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {{.format = "nf4", .tensor = "a", .sqnr = &db[DB20]},
                                            {.format = "int8", .tensor = "a", .sqnr = &db[DB30]}};
    static const char *const lines[] = {"\tnf4\tcodebook\t-1\t4\t1\t", "\tint8\tint\t-1\t8\t0\t"};
    expect_rows("sqnr_bits", specs, COUNT(specs), lines, COUNT(lines), NULL);
}

static void quartiles(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {{.format = "int8", .tensor = "d", .sqnr = &db[DB50]},
                                            {.format = "int8", .tensor = "a", .sqnr = &db[DB10]},
                                            {.format = "int8", .tensor = "c", .sqnr = &db[DB30]},
                                            {.format = "int8", .tensor = "b", .sqnr = &db[DB20]}};
    static const char *const lines[] = {"\n1\tint8,per=tensor\tint8\t-1\t8\t8\ta\t10\t10\t17."
                                        "5\t25\t35\t50\t27.5\ta.npy\t4\t1\t0\t0\tquantize\n",
                                        "\td\t50\t10\t17.5\t25\t35\t50\t27.5\t"};
    expect_rows("spread", specs, COUNT(specs), lines, COUNT(lines), NULL);
}

/* Numbers of the input are those of tests/drawn.h, whatever schemes and outputs there are. */
static void outliers_by_role(void **state)
{
    (void)state;
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "layers.0.a"},    {.format = "int4", .tensor = "layers.0.a"},
        {.format = "int8", .tensor = "layers.1.a"},    {.format = "int8", .tensor = "layers.10.a"},
        {.format = "int8", .tensor = "layers.10.abc"}, {.format = "int8", .tensor = "site", .mac = "exact"}};
    static const char *const lines[] = {"\n1\tcrest\t2\ta\tlayers.10.a\t6.75\t10\t3\t6.5\ta.npy\t4\t2\t0\n",
                                        "\n2\tkurtosis\t1\tabc\tlayers.10.abc\t7.33333333333333",
                                        "\n3\toutlier_channels\t2\ta\tlayers.0.a\t10\t0\t3\t10\t"};
    expect_rows("outliers", specs, COUNT(specs), lines, COUNT(lines), "site");
}

/* The best rule by its mean, the others less that; over tensors they may be better. */
static void rules_against_the_best(void **state)
{
    (void)state;
    static const char e8m0[] = "e8m0";
    static const struct row_spec specs[] = {
        {.format = "e2m1",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "floor",
         .tensor = "x",
         .sqnr = &db[DB20]},
        {.format = "e2m1",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "floor",
         .tensor = "y",
         .sqnr = &db[DB22]},
        {.format = "e2m1",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "x",
         .sqnr = &db[DB19_5]},
        {.format = "e2m1",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "y",
         .sqnr = &db[DB24]},
        {.format = "int8", .block = 32, .scale = e8m0, .scale_rule = "floor", .tensor = "x"},
        {.format = "int8", .block = 32, .scale = e8m0, .scale_rule = "floor", .tensor = "y"}};
    static const char *const lines[] = {
        "\n1\tblocks of 32, e8m0\t1\trceil\t1\te2m1\t21.75\t0\t0\t0\ta.npy\t2\t1\t0\t0\n",
        "\n1\tblocks of 32, e8m0\t2\tfloor\t1\te2m1\t21\t-0.75\t-2\t0.5\ta.npy\t2\t1\t0\t0\n"};
    expect_rows("scale_rules", specs, COUNT(specs), lines, COUNT(lines), "int8");
}

/* Lengths are those of tests/drawn.h; sites of one length share a point. */
static void lengths_of_sums(void **state)
{
    (void)state;
    static const char fp16[] = "sequential,acc=fp16,scales=partials";
    static const struct row_spec specs[] = {
        {.format = "e4m3", .tensor = "k64", .mac = "exact,scales=dequantize", .sqnr = &db[DB40]},
        {.format = "e4m3", .tensor = "k64", .mac = fp16, .sqnr = &db[DB30]},
        {.format = "e4m3", .tensor = "k128", .mac = fp16, .sqnr = &db[DB24]},
        {.format = "e4m3", .tensor = "k128 too", .mac = fp16, .sqnr = &db[DB26]},
        {.format = "e4m3", .tensor = "k256", .mac = fp16, .sqnr = &lost},
        {.format = "e4m3", .tensor = "k512"}};
    static const char *const lines[] = {
        "\n1\te4m3,per=tensor\t1\texact\t64\t40\t40\t40\t1\ta.npy\t3\t1\t2\t1\t0\n",
        "\n1\te4m3,per=tensor\t2\tsequential,acc=fp16\t64\t30\t30\t30\t1\t",
        "\n1\te4m3,per=tensor\t2\tsequential,acc=fp16\t128\t25\t24\t26\t2\ta.npy\t3\t1\t2\t1\t0\n"};
    expect_rows("accumulators", specs, COUNT(specs), lines, COUNT(lines), "\t512\t");
}

/* A scheme without its faults is a curve, over what all its points have. */
static void flips(void **state)
{
    (void)state;
    static const char clean[] = "int8 * int8 @ exact,scales=dequantize",
                      codes[] = "int8,flip=0.01 * int8 @ exact", sums[] = "int8 * int8 @ exact,flip=1e-08";
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "x", .mac = "exact", .label = clean, .keys = ",a", .sqnr = &db[DB40]},
        {.format = "int8", .tensor = "y", .mac = "exact", .label = clean, .keys = ",a", .sqnr = &db[DB42]},
        {.format = "int8", .tensor = "x", .mac = "exact", .label = codes, .keys = ",b", .sqnr = &db[DB20]},
        {.format = "int8", .tensor = "y", .mac = "exact", .label = codes, .keys = ",b", .sqnr = &db[DB10]},
        {.format = "int8", .tensor = "z", .mac = "exact", .label = codes, .keys = ",b", .sqnr = &db[DB10]},
        {.format = "int8", .tensor = "x", .mac = "exact", .label = sums, .keys = ",c", .sqnr = &db[DB39]},
        {.format = "int8", .tensor = "x", .mac = "exact", .label = "other", .keys = ",d"}};
    static const char *const lines[] = {
        "\n1\tcodes\t1\tint8 * int8 @ exact\t0\t41\t40\t42\t2\ta.npy\t2\t0\t0\t0\n",
        "\n1\tcodes\t1\tint8 * int8 @ exact\t0.01\t15\t10\t20\t2\ta.npy\t2\t0\t0\t0\n",
        "\n2\taccumulators\t1\tint8 * int8 @ exact\t0\t40\t40\t40\t1\t",
        "\n2\taccumulators\t1\tint8 * int8 @ exact\t1e-08\t39\t39\t39\t1\t"};
    expect_rows("faults", specs, COUNT(specs), lines, COUNT(lines), "other");
}

/* A pair's curves, its crossovers and its tensors: of e8m0 the rule of most cells, of NV the blocks of its
 * own. */
static void integers_and_floats(void **state)
{
    (void)state;
    static const char e8m0[] = "e8m0", e4m3[] = "e4m3", level[] = "tensor";
    static const struct row_spec specs[] = {
        {.format = "int4",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "a",
         .sqnr = &db[DB20]},
        {.format = "e2m1",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "a",
         .sqnr = &db[DB21]},
        {.format = "int4",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "bb",
         .sqnr = &db[DB22]},
        {.format = "e2m1", .block = 32, .scale = e8m0, .scale_rule = "rceil", .tensor = "bb", .sqnr = &lost},
        {.format = "int4",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "floor",
         .tensor = "a",
         .sqnr = &db[DB50]},
        {.format = "int4",
         .block = 64,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "a",
         .sqnr = &db[DB50]},
        {.format = "int4", .block = 16, .scale = e4m3, .second = level, .tensor = "a", .sqnr = &db[DB24]},
        {.format = "int4", .block = 16, .scale = e4m3, .tensor = "a", .sqnr = &db[DB50]},
        {.format = "int8",
         .block = 32,
         .scale = e8m0,
         .scale_rule = "rceil",
         .tensor = "a",
         .sqnr = &db[DB50]}};
    static const char *const texts[] = {"crossover,int=int4,float=e2m1,steps=largest",
                                        "crossover,int=int4,float=e2m1,block=16,rho=1.05",
                                        "crossover,int=int4,float=e2m1,block=16,rho=1",
                                        "qsnr,scheme=int4,crest=1",
                                        "qsnr,scheme=int4,crest=1,rho=2",
                                        "qsnr,scheme=e2m1,crest=2,steps=largest",
                                        "qsnr,scheme=int4,crest=2,block=16,rho=1"};
    /* 4.78 + 4 * 6.02 - 20 log10 1.5; the crossover of PUBLISHED section 1 by its symmetric steps; NV has the
     * rho with a curve. */
    static const char *const lines[] = {"\n1\tint4\te2m1\t0\t1.5\t1\t1\t1\t1\t25.33817481888637",
                                        "\n1\tint4\te2m1\t0\t1.5\t2\t0\t2\t1.73",
                                        "\n1\tint4\te2m1\t0\t1.5\t3\t1\t0\t2.25\t20\tint4,block=32,scale="
                                        "e8m0,scale_rule=rceil\ta\t0\t2\trceil\t"
                                        "a.npy\t2\t1\n",
                                        "\n1\tint4\te2m1\t0\t1.5\t3\t1\t0\t2.5\t22\t",
                                        "\n1\tint4\te2m1\t0\t1.5\t3\t2\t0\t2.25\t21\t",
                                        "\n2\tint4\te2m1\t16\t1\t1\t1\t1\t2\t",
                                        "\n2\tint4\te2m1\t16\t1\t3\t1\t0\t1.25\t24\tint4,block=16,",
                                        "\t1\t-\ta.npy\t2\t1\n"};
    char dir[512];
    const char *name = drawn_db("crossover.db", specs, COUNT(specs), NULL);
    drawn_analyses(name, texts, COUNT(texts));
    snprintf(dir, sizeof dir, "%s", test_path("crossover"));
    drawn_script("crossover", name, dir);
    drawn_says_all(dir, "crossover", "tsv", lines, COUNT(lines));
    static const char *const without[] = {"\t50\t", "1.05", "\n1\tint4\te2m1\t0\t2\t", "\t3\t2\t0\t2.5\t",
                                          "\n3\t"};
    for (size_t i = 0; i < COUNT(without); i++)
        drawn_says_not(dir, "crossover", "tsv", without[i]);
}

/* A curve a kind; rounding to nearest is the scheme without it. Shares of the rms error are those of
 * tests/drawn.h. */
static void random_bits(void **state)
{
    (void)state;
    static const char a1[] = ",sr_kind=a,sr_bits=1", a8[] = ",sr_kind=a,sr_bits=8",
                      b8[] = ",sr_kind=b,sr_bits=8";
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "x", .sqnr = &db[DB30]},
        {.format = "int8", .tensor = "yy", .sqnr = &db[DB40]},
        {.format = "int8", .tensor = "x", .round = "sr", .keys = a1, .sqnr = &db[DB20]},
        {.format = "int8", .tensor = "yy", .round = "sr", .keys = a1, .sqnr = &db[DB30]},
        {.format = "int8", .tensor = "x", .round = "sr", .keys = b8, .sqnr = &db[DB26]},
        {.format = "int8", .tensor = "yy", .round = "sr", .keys = b8, .sqnr = &db[DB24]},
        {.format = "int8", .tensor = "x", .round = "sr", .keys = a8, .sqnr = &db[DB50]},
        {.format = "e4m3", .tensor = "x", .round = "rtz"},
        {.format = "int4", .tensor = "x", .round = "sr", .keys = a1, .sqnr = &db[DB31]},
        {.format = "int4", .tensor = "yy", .round = "sr", .keys = a1, .sqnr = &db[DB39]}};
    /* (1/64 + 2/64) / 2, half of it expected; 25 - 35 dB; sqrt(2 / pi / 65536); a8 lacks a tensor */
    static const char *const lines[] = {
        "\n1\tint8,per=tensor\t1\ta\t1\t0.0234375\t0.01171875\t-10\t0.0234375\t0.003116736565",
        "\n1\tint8,per=tensor\t2\tb\t8\t0.0234375\t0.01171875\t-10\t0.0234375\t0.003116736565",
        "\n2\tint4,per=tensor\t1\ta\t1\t0.0234375\t0.01171875\tNaN\tNaN\t", "\ta.npy\t2\t2\t1\n"};
    expect_rows("random_bits", specs, COUNT(specs), lines, COUNT(lines), "\ta\t8\t");
}

/* Rows are formats, the widest first, integers before floats before codebooks; the best of a width is marked
 * where there are several. Of n equal steps over a uniform density log2(n) bits; of the signs of a normal one
 * -log2(1 - 2 / pi) / 2. */
static void accuracies(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "optimal_scale,scheme=midrise1",
        "optimal_scale,scheme=nf4",
        "optimal_scale,scheme=e2m1",
        "optimal_scale,scheme=int4,density=uniform",
        "optimal_scale,scheme=int4",
        "optimal_scale,scheme=(e3m4,specials=none)",
        "optimal_scale,scheme=e2m5",
        "optimal_scale,scheme=int8,density=uniform",
        "aciq,bits=3",
    };
    static const char *const lines[] = {"\n1\tint8\tint8\t-1\t8\t0\t2\tuniform\t7.9943534368",
                                        "\n2\te2m5\te2m5\t2\t8\t0\t1\tgaussian\t7.08",
                                        "\n3\te3m4,specials=none\te3m4\t3\t8\t0\t1\tgaussian\t6.23",
                                        "\n4\tint4\tint4\t-1\t4\t0\t1\tgaussian\t3.13",
                                        "\n4\tint4\tint4\t-1\t4\t0\t2\tuniform\t3.90689059560",
                                        "\n5\te2m1\te2m1\t2\t4\t0\t1\tgaussian\t3.15",
                                        "\n6\tnf4\tnf4\t-1\t4\t1\t1\tgaussian\t3.32",
                                        "\n7\tmidrise1\tmidrise1\t-1\t1\t1\t1\tgaussian\t0.7302240867",
                                        "\t48.130803608",
                                        "\t0\t7\n"};
    const char *dir = expect_theory("accuracy_bits", texts, COUNT(texts), lines, COUNT(lines));
    expect_column(dir, "accuracy_bits", 11, "0 1 0 0 0 0 1 0");
    drawn_says_not(dir, "accuracy_bits", "tsv", "aciq");
}

/* Means over what most schemes have, over the bits of the weight alone; the front is of more recall for more
 * bits. Recalls are those of tests/drawn.h. */
static void recalls(void **state)
{
    (void)state;
    static const char mac[] = "exact,scales=dequantize";
    static const struct row_spec specs[] = {
        {.format = "int8", .tensor = "ab", .mac = mac},
        {.format = "int8", .tensor = "abcdef", .mac = mac},
        {.format = "e2m1", .tensor = "ab", .mac = mac},
        {.format = "e2m1", .tensor = "abcdef", .mac = mac},
        {.format = "e4m3", .tensor = "ab", .mac = mac},
        {.format = "e4m3", .tensor = "abcdef", .mac = mac},
        {.format = "int4", .tensor = "ab", .mac = mac},
        {.format = "fp16", .tensor = "ab"},
        {.format = "fp16", .tensor = "abcdef", .mac = mac, .dump = "other.npy"}};
    /* 1 - (2 + 6) / 2 / (64 * 4), of 8 bits half as much missed */
    static const char *const lines[] = {"\n1\te2m1,per=tensor\te2m1\t0\t2\t0.984375\t1\ta.npy\t2\t3\t1\n",
                                        "\n2\te4m3,per=tensor\te4m3\t0\t4\t0.9921875\t1\ta.npy\t2\t3\t1\n",
                                        "\n3\tint8,per=tensor\tint8\t0\t4\t0.9921875\t0\ta.npy\t2\t3\t1\n"};
    expect_rows("recall", specs, COUNT(specs), lines, COUNT(lines), "\n4\t");
}

/* Splits and critical tokens are golden values of sim/analysis: 4 * 2.9543 / 6.1469 - .5. Another number of
 * parameters has fewer cells, another of tokens says the same again. */
static void training(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "fp_layout,bits=8",
        "fp_layout,bits=4",
        "fp_scaling_law",
        "fp_scaling_law,group=32",
        "fp_scaling_law,tokens=1e12",
        "fp_scaling_law,parameters=1e8",
        "fp_scaling_law,exponent=8,mantissa=7",
    };
    static const char *const lines[] = {"\n1\t0\te2m1\t2\t1\t4\t1.42246",
                                        "\n1\t0\te4m3\t4\t3\t8\t3.34492",
                                        "\t0\tNaN\t1000000000\t2\n",
                                        "\n2\t1\te8m7\t8\t7\t16\tNaN\t128\t1729",
                                        "\n2\t2\te4m3\t4\t3\t8\tNaN\t32\t37858",
                                        "\n2\t2\te4m3\t4\t3\t8\tNaN\t128\t27329"};
    const char *dir = expect_theory("scaling_law", texts, COUNT(texts), lines, COUNT(lines));
    expect_column(dir, "scaling_law", 8, "0 0 128 32 128");
    drawn_says_not(dir, "scaling_law", "tsv", "\t100000000\t");
}

/* The mean of |Q(x) - x| / x over a binade by its definition: the middles of many small steps of log x. */
static double sampled(const double *values, size_t n, int binade, double *max)
{
    enum { SAMPLES = WATCHED ? 2000 : 20000 };
    double sum = 0;
    *max = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const double x = exp2(binade + (i + 0.5) / SAMPLES);
        double least = x; /* zero is a value */
        for (size_t k = 0; k < n; k++)
            least = fmin(least, fabs(values[k] - x));
        sum += least / x;
        *max = fmax(*max, least / x);
    }
    return sum / SAMPLES;
}

static void errors_by_magnitude(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "e4m3", "int8", "e5m2", "e3m0", "nf4"};
    struct studied formats[COUNT(names)];
    struct spacing what = {formats, COUNT(names)};
    struct error e = {{0}};
    char *text = NULL, label[64];
    size_t size, rows = 0, seen = 0;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(studied_open(&formats[i], names[i], &e), STATUS_OK);
    FILE *memory = open_memstream(&text, &size);
    assert_int_equal(error_magnitude_write(&what, memory, &rows, &e), STATUS_OK);
    fclose(memory);
    /* 4 and 6, and 6 for what lies beyond: 8 is off by a quarter. In [1, 2) 1.25 is off by a fifth. */
    assert_non_null(strstr(text, "\ne2m1\t1\t2\t4\t2\t0.113257428110"));
    assert_non_null(strstr(text, "\t0.25\ne2m1\t1\t2\t4\t3\t"));
    assert_non_null(strstr(text, "\t0.20000000000000001\ne2m1\t1\t2\t4\t1\t"));
    assert_non_null(strstr(text, "\ne2m1\t1\t2\t4\t-2\t0.4426950408889"));
    for (const char *line = strchr(text, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        int index, exponent, bits, binade;
        double mean, max, largest, values[256];
        size_t n = 0;
        assert_int_equal(sscanf(line, "%63[^\t]\t%d\t%d\t%d\t%d\t%lf\t%lf", label, &index, &exponent, &bits,
                                &binade, &mean, &max),
                         7);
        const struct positives p = positives_of(&formats[index - 1]);
        for (size_t i = 0; i < p.n; i = positives_next(&p, i))
            values[n++] = number_to_f64(p.values[i].value);
        const double expected = sampled(values, n, binade, &largest);
        if (fabs(mean - expected) > 1e-4 * expected || largest > max || largest < 0.99 * max)
            fail_msg("%s, binade %d: mean %g, max %g; sampled %g, %g", label, binade, mean, max, expected,
                     largest);
        seen++;
    }
    for (size_t i = 0; i < COUNT(names); i++)
        studied_close(&formats[i]);
    free(text);
    assert_int_equal(seen, rows);
    printf("# covered binades: %zu of %zu formats\n", seen, COUNT(names));
    assert_true(seen > 60);
}

/* Numbers of papers: some of each verdict, far and near, of no tolerance, long reasons. */
static enum status write_published(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    static const char text[] =
        "paper\twhere\tquantity\tpublished\tours\tdifference\ttolerance\tunit\tverdict\n"
        "first\tt 1\ta, b\t1\t1.5\t0.5\t1\tdB\tagrees\n"
        "first\tt 1\ta, c\t1\t101\t100\t0.001\tdB\tdiffers: a mean over tensors of another network, which is "
        "not "
        "public, with other words that make the line too long for a column\n"
        "first\tt 2\ta, c\t1\t0\t-1\t0.5\tdB\tdiffers: cut\n"
        "first\tt 2\ta, d\t1\tNaN\tNaN\t0.5\tdB\tno result\n"
        "a_paper_of_a_name_that_is_too_long\tt\tx\t2\t3\t1\t0\t1\tDIFFERS\n"
        "a_paper_of_a_name_that_is_too_long\tt\ty\t2\t2\t0\t0\t1\tagrees\n"
        "third\tt\tz\t2\t2\t0\t1\t1\tSTALE: it agrees, though it is said to differ\n"
        "third\tt\tz\t2\t1\t-1\t0.1\t1\tdiffers: cut\n"
        "third\tt\tz\t2\t1\t-1\t0.1\t1\tdiffers: other\n";
    (void)what;
    (void)e;
    fputs(text, tsv);
    *rows = 9;
    return STATUS_OK;
}

/* What the rows above come to. */
static void tells_of_numbers(const char *dir)
{
    static const char *const words[] = {
        "8 numbers of 3 papers", "2 numbers that should not differ", "1 number without a result not drawn",
        "edge: 10^4 or more",    "1  a mean over tensors",           "3  other"};
    for (size_t i = 0; i < COUNT(words); i++)
        drawn_tells(dir, "published", words[i]);
    /* all of each paper, those that differ, reasons: the first has 1 and 2, the third 2 and 3 */
    drawn_tells(dir, "published", " 4 2 3 2 1 3 1-2 2-3 ");
}

/* Given figures, in both widths too. */
static void given_widths(void **state)
{
    (void)state;
    static const char *const names[] = {"e2m1", "e4m3", "int8", "e5m2", "e3m3,specials=ieee"};
    static enum status (*const writers[])(const void *, FILE *, size_t *, struct error *) = {
        spacing_write, error_magnitude_write, write_published};
    struct studied formats[COUNT(names)];
    const struct spacing what = {formats, COUNT(names)};
    struct error e = {{0}};
    size_t texts = 0;
    if (!drawn_possible())
        skip();
    assert_int_equal(figure_given_count(), COUNT(writers));
    char dir[512];
    snprintf(dir, sizeof dir, "%s", test_path("given"));
    for (size_t i = 0; i < COUNT(names); i++)
        assert_int_equal(studied_open(&formats[i], names[i], &e), STATUS_OK);
    for (size_t i = 0; i < COUNT(writers); i++) {
        const struct figure *f = figure_given_at(i);
        const struct figure_rows rows = {writers[i], &what};
        if (figure_draw_rows(f, &rows, dir, FIGURE_SINGLE, &e))
            fail_msg("%s", e.text);
        for (size_t w = 0; w < 2; w++)
            check_width(dir, f->name, inches[w], &texts);
    }
    tells_of_numbers(dir);
    for (size_t i = 0; i < COUNT(names); i++)
        studied_close(&formats[i]);
    assert_true(texts > 80);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_of_texts),
        cmocka_unit_test(both_widths),
        cmocka_unit_test(asked_widths),
        cmocka_unit_test(given_widths),
        cmocka_unit_test(gallery),
        cmocka_unit_test(clips),
        cmocka_unit_test(layers_and_roles),
        cmocka_unit_test(codebooks),
        cmocka_unit_test(quartiles),
        cmocka_unit_test(outliers_by_role),
        cmocka_unit_test(rules_against_the_best),
        cmocka_unit_test(lengths_of_sums),
        cmocka_unit_test(flips),
        cmocka_unit_test(integers_and_floats),
        cmocka_unit_test(random_bits),
        cmocka_unit_test(accuracies),
        cmocka_unit_test(recalls),
        cmocka_unit_test(training),
        cmocka_unit_test(errors_by_magnitude),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
