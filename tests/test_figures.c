/* Figures in both widths: as wide as asked, the same bytes every time, no text over another or cut. */
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    char db[300], dir[512];
    size_t texts = 0;
    snprintf(db, sizeof db, "%s", drawn_full());
    snprintf(dir, sizeof dir, "%s", test_path("widths"));
    for (size_t i = 0; i < figure_count(); i++) {
        const char *name = figure_at(i)->name;
        drawn_script(name, db, dir);
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
    char dir[512], db[300];
    snprintf(dir, sizeof dir, "%s", test_path("asked"));
    snprintf(db, sizeof db, "%s", drawn_full());
    for (size_t w = 0; w < 2; w++) {
        size_t n;
        drawn_one("em_split", db, dir, FIGURE_SINGLE + (enum figure_width)w);
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

/* The figures that the documentation shows: drawn from real results, so of other lengths than those above. */
static void gallery(void **state)
{
    (void)state;
    size_t pictures = 0, texts = 0;
    DIR *d = opendir("plots/gallery");
    if (!d)
        skip();
    for (const struct dirent *f; (f = readdir(d));) {
        char name[256], why[400], *dot;
        size_t n, size;
        snprintf(name, sizeof name, "%s", f->d_name);
        if (!(dot = strstr(name, ".svg")))
            continue;
        *dot = '\0';
        char *svg = drawn_file("plots/gallery", name, "svg", &size);
        if (!svg_text_is_clear(svg, &n, why, sizeof why))
            fail_msg("plots/gallery/%s.svg: %s", name, why);
        free(svg);
        pictures++;
        texts += n;
    }
    closedir(d);
    printf("# covered gallery: %zu pictures, %zu texts apart\n", pictures, texts);
    assert_true(pictures >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_of_texts),
        cmocka_unit_test(both_widths),
        cmocka_unit_test(asked_widths),
        cmocka_unit_test(gallery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
