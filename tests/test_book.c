/* Codebooks by rule and from files: the equations that computed values solve, the reader and its messages,
 * interning, scheme texts and keys of cells. */
#include "tests/check.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/pool.h"
#include "sim/book.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"

/* --- rules --- */

static int compute(const char *name, double values[static CODEBOOK_MAX])
{
    for (size_t i = 0; i < book_rule_count(); i++) {
        const char *why = NULL;
        int n = book_rule_at(i)->compute(name, values, &why);
        assert_true(n || !why);
        if (n)
            return n;
    }
    fail_msg("no rule knows %s", name);
    return 0;
}

static void rules_meet_goldens(void **state)
{
    (void)state;
    size_t values_done = 0;
    for (size_t i = 0; i < book_rule_count(); i++) {
        const struct book_rule *rule = book_rule_at(i);
        assert_true(rule->goldens && rule->names && rule->doc && rule->citation);
        for (size_t g = 0; g < rule->goldens; g++) {
            const struct book_golden *want = &rule->golden[g];
            double values[CODEBOOK_MAX];
            assert_non_null(want->source);
            assert_int_equal(rule->compute(want->name, values, NULL), want->n);
            for (int r = 0; r < want->n; r++, values_done++)
                if (!(fabs(values[r] - want->values[r]) <= want->within))
                    fail_msg("%s rank %d: %.12g, %s says %.12g", want->name, r, values[r], want->source,
                             want->values[r]);
        }
    }
    printf("# covered computed codebooks against publications: %zu values\n", values_done);
}

/* Every codebook that the rules give (block sizes of AF4 sampled): sound, with the bits of its name, and no
 * exact value so near to a binary32 tie that an error of 1e-12 could turn its rounding. */
static void rules_are_sound(void **state)
{
    (void)state;
    static const struct {
        const char *pattern;
        int low, high, values;
    } names[] = {{"nf%d", 2, 8, 0}, {"kvnf%d", 2, 5, 0}, {"lloydmax%d", 1, 8, 0}};
    static const int blocks[] = {4, 32, 64, 100, 128, 4096};
    char name[32];
    double nearest = 1;
    size_t books = 0;
    for (size_t i = 0; i < 3 + sizeof blocks / sizeof *blocks; i++)
        for (int b = i < 3 ? names[i].low : 4; b <= (i < 3 ? names[i].high : 4); b++, books++) {
            struct error e = {{0}};
            struct format f;
            double exact[CODEBOOK_MAX];
            if (i < 3)
                snprintf(name, sizeof name, names[i].pattern, b);
            else
                snprintf(name, sizeof name, "af4_%d", blocks[i - 3]);
            if (book_by_name(name, &f, &e))
                fail_msg("%s: %s", name, e.text);
            assert_string_equal(f.name, name);
            assert_null(format_problem(&f));
            assert_int_equal(f.bits, b);
            assert_int_equal(f.book->n, 1 << b);
            assert_int_equal(compute(name, exact), f.book->n);
            for (int r = 0; r < f.book->n; r++) {
                float v = f.book->values[r];
                assert_true(bits_from_f32(v) == bits_from_f32((float)exact[r]));
                double up = ((double)v + (double)nextafterf(v, HUGE_VALF)) / 2,
                       down = ((double)v + (double)nextafterf(v, -HUGE_VALF)) / 2;
                double gap = fmin(fabs(exact[r] - up), fabs(exact[r] - down)) / (fabs(exact[r]) + 1e-30);
                if (exact[r] != 0)
                    nearest = fmin(nearest, gap);
            }
        }
    printf("# covered computed codebooks: %zu books; nearest to a binary32 tie: %.2g of the value\n", books,
           nearest);
    assert_true(nearest > 2e-12);
}

/* --- AF4: its distribution function by another quadrature --- */

struct af4 {
    double block, x;
};

static double phi_ratio(double m, void *context)
{
    const struct af4 *a = context;
    double within = erf(m / sqrt(2)); /* 2 Phi(m) - 1 */
    double below = (erf(m * a->x / sqrt(2)) + within) / 2 / within;
    return 2 * a->block * exp(-m * m / 2) / sqrt(2 * acos(-1)) * pow(within, a->block - 1) * below;
}

static double af4_distribution(double block, double x, gsl_integration_workspace *w)
{
    struct af4 a = {block, x};
    gsl_function f = {phi_ratio, &a};
    double whole = 0, part, error;
    for (int i = 0; i < 16; i++) {
        gsl_integration_qag(&f, i, i + 1, 1e-14, 1e-13, 1000, GSL_INTEG_GAUSS31, w, &part, &error);
        whole += part;
    }
    return 1 / (2 * block) + (block - 1) / block * whole;
}

/* -1 and n values, ascending below 0: each value is the median of its cell, the last cell ends at 0. */
static double af4_residual(double block, const double *v, int n, gsl_integration_workspace *w)
{
    double worst = fabs(af4_distribution(block, 0, w) - 0.5);
    for (int i = 1; i <= n; i++) {
        double low = (v[i - 1] + v[i]) / 2, high = i < n ? (v[i] + v[i + 1]) / 2 : 0;
        double middle = (af4_distribution(block, low, w) + af4_distribution(block, high, w)) / 2;
        worst = fmax(worst, fabs(af4_distribution(block, v[i], w) - middle));
    }
    return worst;
}

static void af4_solves_its_equations(void **state)
{
    (void)state;
    static const int blocks[] = {4, 17, 64, 1024, 65536};
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(1000);
    double worst = 0;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        char name[32];
        double v[CODEBOOK_MAX], mirrored[8];
        snprintf(name, sizeof name, "af4_%d", blocks[i]);
        assert_int_equal(compute(name, v), 16);
        assert_true(v[0] == -1 && v[7] == 0 && v[15] == 1);
        for (int r = 0; r < 8; r++)
            mirrored[r] = -v[15 - r];
        worst = fmax(worst, af4_residual(blocks[i], v, 6, w));
        worst = fmax(worst, af4_residual(blocks[i], mirrored, 7, w));
    }
    gsl_integration_workspace_free(w);
    printf("# covered AF4's equations by adaptive quadrature: 5 block sizes, largest residual %.2g\n", worst);
    assert_true(worst < 1e-12);
}

/* KVQuant's own steps: running sums of probabilities, each half scaled by its ends. */
static void kvquant_steps(void **state)
{
    (void)state;
    for (int bits = 2; bits <= 5; bits++) {
        char name[16];
        double v[CODEBOOK_MAX];
        snprintf(name, sizeof name, "kvnf%d", bits);
        compute(name, v);
        int half = 1 << (bits - 1);
        double offset = 0.5 * (1.0 / 32 + 1.0 / 30), low_end = gsl_cdf_ugaussian_Pinv(offset);
        for (int i = 0; i < half; i++) {
            double p = offset + i * ((0.5 - offset) / (half - 1));
            assert_true(fabs(v[i] - gsl_cdf_ugaussian_Pinv(p) / fabs(low_end)) < 1e-14);
            p = 0.5 + (i + 1) * ((1 - offset - 0.5) / half);
            assert_true(fabs(v[half + i] - gsl_cdf_ugaussian_Pinv(p) / gsl_cdf_ugaussian_Pinv(1 - offset)) <
                        1e-14);
        }
    }
}

/* Distortion of levels on N(0,1), cells halfway: the sum of integrals of (x - y)^2 phi(x), in closed form. */
static double gaussian_mse(const double *y, int n, double scale)
{
    double mse = 0;
    for (int i = 0; i < n; i++) {
        double v = y[i] * scale, a = i ? (y[i - 1] + y[i]) / 2 * scale : -40,
               b = i < n - 1 ? (y[i] + y[i + 1]) / 2 * scale : 40;
        double p = a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                         : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
        double at_a = gsl_ran_ugaussian_pdf(a), at_b = gsl_ran_ugaussian_pdf(b);
        mse += (1 + v * v) * p + a * at_a - b * at_b - 2 * v * (at_a - at_b);
    }
    return mse;
}

static void lloydmax_theory(void **state)
{
    (void)state;
    static const double mse[] = {0, .363380, .117482, .034548,
                                 .009501}; /* Max 1960, and computed again since */
    for (int bits = 1; bits <= 8; bits++) {
        char name[16];
        double y[CODEBOOK_MAX];
        snprintf(name, sizeof name, "lloydmax%d", bits);
        int n = compute(name, y);
        for (int i = 0; i < n; i++) { /* each level is the mean of its cell */
            double a = i ? (y[i - 1] + y[i]) / 2 : -40, b = i < n - 1 ? (y[i] + y[i + 1]) / 2 : 40;
            double p = a > 0 ? gsl_cdf_ugaussian_Q(a) - gsl_cdf_ugaussian_Q(b)
                             : gsl_cdf_ugaussian_P(b) - gsl_cdf_ugaussian_P(a);
            double mean = (gsl_ran_ugaussian_pdf(a) - gsl_ran_ugaussian_pdf(b)) / p;
            assert_true(fabs(mean - y[i]) < 1e-10);
            assert_true(y[i] == -y[n - 1 - i]);
        }
        if (bits <= 4)
            assert_true(fabs(gaussian_mse(y, n, 1) - mse[bits]) < 6e-7);
    }
}

/* The largest SQNR of a list over its scale, on N(0,1), in dB. */
static double best_db(const double *y, int n)
{
    double best = 1;
    for (double scale = 0.02; scale < 8; scale *= 1.002)
        best = fmin(best, gaussian_mse(y, n, scale));
    return -10 * log10(best);
}

static void expect_league(const char *name, int drop, double want)
{
    struct quant_spec q;
    struct error e = {{0}};
    double y[CODEBOOK_MAX];
    int n = 0;
    assert_int_equal(scheme_parse(name, &q, &e), STATUS_OK);
    for (uint32_t code = 0; code <= format_code_mask(&q.element); code++) {
        double v = format_value(&q.element, code);
        if (!(v == 0 && signbit(v)))
            y[n++] = v;
    }
    for (int i = 1; i < n; i++) /* ascending */
        for (int j = i; j > 0 && y[j] < y[j - 1]; j--) {
            double t = y[j];
            y[j] = y[j - 1];
            y[j - 1] = t;
        }
    double got = best_db(y + drop, n - drop);
    if (fabs(got - want) > .006)
        fail_msg("%s: %.4f dB, want %.2f", name, got, want);
}

/* "4-bit league" on N(0,1) with the best scale: two digits of each, computed elsewhere from the definitions.
 */
static void league(void **state)
{
    (void)state;
    expect_league("lloydmax4", 0, 20.22);
    expect_league("nf4", 0, 20.04);
    expect_league("int4", 0, 19.26);
    expect_league("e2m1", 0, 18.97);
    expect_league("int4", 1, 18.90); /* without -8 */
    expect_league("e3m0", 0, 14.23);
}

/* --- names --- */

static void expect_refusal(const char *name, const char *want)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (!scheme_parse(name, &q, &e))
        fail_msg("'%s' should be an error", name);
    if (!strstr(e.text, want))
        fail_msg("'%s': message '%s' lacks '%s'", name, e.text, want);
}

static void names(void **state)
{
    (void)state;
    struct quant_spec q;
    struct error e = {{0}};
    assert_int_equal(scheme_parse("NF3,block=64", &q, &e), STATUS_OK);
    assert_string_equal(q.element.name, "nf3");
    assert_int_equal(scheme_parse("nf4", &q, &e), STATUS_OK); /* the published constants come first */
    assert_ptr_equal(q.element.book, format_find("nf4")->book);
    expect_refusal("nf1", "2 to 8 bits");
    expect_refusal("nf9", "2 to 8 bits");
    expect_refusal("kvnf6", "2 to 5 bits");
    expect_refusal("lloydmax9", "1 to 8 bits");
    expect_refusal("af4_3", "block size, 4 to 65536");
    expect_refusal("af4_65537", "block size, 4 to 65536");
    expect_refusal("af4_064", "block size, 4 to 65536");
    expect_refusal("af4_64x", "block size, 4 to 65536");
    expect_refusal("af4_", "block size, 4 to 65536");
    expect_refusal("nfx", "these are names by rule: eXmY and ueXmY (X 0..11)");
    expect_refusal("nf3,overflow=nan", "neither Inf nor NaN");
    expect_refusal("nf3,book_hash=0123456789abcdef", "book:PATH");
    expect_refusal("nf3,block=8,scale=nf3", "unknown scale format");
}

/* --- files --- */

static const char *write_file(const char *name, const char *text, size_t size)
{
    static char path[100];
    snprintf(path, sizeof path, "%s/%s", test_dir(), name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, size, f), size);
    assert_int_equal(fclose(f), 0);
    return path;
}

static struct format read_text(const char *text)
{
    struct format f;
    struct error e = {{0}};
    if (book_read(write_file("book.txt", text, strlen(text)), &f, &e))
        fail_msg("%s", e.text);
    return f;
}

static void files(void **state)
{
    (void)state;
    struct format f = read_text("# a codebook\r\n-1\r\n\r\n 0 # zero\n\t0x1.8p-1\n2.5e0");
    assert_int_equal(f.bits, 2);
    assert_int_equal(f.book->n, 4);
    assert_null(f.book->codes);
    assert_true(format_value(&f, 0) == -1 && format_value(&f, 1) == 0 && format_value(&f, 2) == 0.75 &&
                format_value(&f, 3) == 2.5);
    assert_true(strncmp(f.name, "book:", 5) == 0 && book_is_file(&f));
    f = read_text("0 0\n6 1\n5\t-1\n"); /* codes leave gaps, which decode to zero */
    assert_int_equal(f.bits, 3);
    assert_true(format_value(&f, 6) == 1 && format_value(&f, 5) == -1 && format_value(&f, 1) == 0);
    f = read_text("0.1\n0.2\n"); /* rounded to binary32 */
    assert_true(f.bits == 1 && format_value(&f, 0) == (double)0.1f);
    f = read_text("-0x1p-140\n0x1p-149\n"); /* subnormals are numbers */
    assert_true(format_value(&f, 1) == 0x1p-149);
    char many[256 * 8] = "";
    for (int i = 0; i < 256; i++)
        snprintf(many + strlen(many), 8, "%d\n", i - 100);
    f = read_text(many);
    assert_true(f.bits == 8 && f.book->n == 256 && format_value(&f, 255) == 155);
}

static void expect_file_error(const char *text, size_t size, enum status want, const char *part)
{
    struct format f;
    struct error e = {{0}};
    enum status s = book_read(write_file("bad.txt", text, size), &f, &e);
    if (s != want || !strstr(e.text, part) || !strstr(e.text, "bad.txt"))
        fail_msg("status %d, message '%s', want %d, '%s'", (int)s, e.text, (int)want, part);
}

static void file_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } bad[] = {
        {"0\n1\nx\n", "bad.txt:3: found 'x'; a line holds a value, or a code and a value"},
        {"0\n1 2 3\n", "bad.txt:2: found '1 2 3'"},
        {"0\nnan\n", "bad.txt:2: found 'nan'"},
        {"0\ninf\n", "bad.txt:2: found 'inf'"},
        {"0\n1e39\n", "bad.txt:2: found '1e39'"},
        {"0\n1e-60\n", "bad.txt:2: found '1e-60'"},
        {"0\n1,5\n", "bad.txt:2: found '1,5'"},
        {"256 0\n", "bad.txt:1: found '256 0'"},
        {"-1 0\n", "bad.txt:1: found '-1 0'"},
        {"1.5 0\n", "bad.txt:1: found '1.5 0'"},
        {"-0\n1\n", "bad.txt:1: found -0; a codebook has no -0"},
        {"1\n0\n", "bad.txt:2: 0 comes after 1; values without codes ascend"},
        {"0\n1\n1\n", "bad.txt:3: the value 1 is that of line 2"},
        {"0\n0.1\n0.10000000001\n", "bad.txt:3: the value 0.100000001 is that of line 2"},
        {"0 1\n1 1\n", "bad.txt:2: the value 1 is that of line 1"},
        {"0 0\n0 1\n", "lines 1 and 2 have the code 0; codes come once"},
        {"0\n1 2\n", "bad.txt:2: has a code, unlike line 1"},
        {"0 0\n2\n", "bad.txt:2: lacks a code, unlike line 1"},
        {"", "0 values: a codebook has 2 to 256 values"},
        {"# nothing\n", "0 values: a codebook has 2 to 256 values"},
        {"1\n", "1 values: a codebook has 2 to 256 values"},
        {"-2\n-1\n", "a codebook has a positive value"},
        {"1\n0x1p32\n", "below 2^32 times the smallest"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_file_error(bad[i].text, strlen(bad[i].text), STATUS_INVALID, bad[i].part);
    expect_file_error("0\n1\0\n", 5, STATUS_INVALID, "zero byte");
    char many[300 * 4] = "";
    for (int i = 0; i < 257; i++)
        snprintf(many + strlen(many), 8, "%d\n", i);
    expect_file_error(many, strlen(many), STATUS_INVALID,
                      "bad.txt:257: value number 257; a codebook has at most 256");
    char *big = malloc(65537);
    assert_non_null(big);
    memset(big, '#', 65537);
    expect_file_error(big, 65537, STATUS_INVALID, "more than 65536 bytes");
    memcpy(big, "0\n1\n", 4);
    struct format f;
    struct error e = {{0}};
    assert_int_equal(book_read(write_file("full.txt", big, 65536), &f, &e), STATUS_OK);
    free(big);
    assert_int_equal(book_read("/nowhere/book.txt", &f, &e), STATUS_MISSING);
    assert_non_null(strstr(e.text, "/nowhere/book.txt: No such file"));
    e.text[0] = '\0';
    assert_int_equal(book_read(test_dir(), &f, &e), STATUS_IO);
    e.text[0] = '\0';
    assert_int_equal(book_read("", &f, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "0 characters; allowed are 1..122"));
    char longest[FORMAT_NAME_SIZE];
    memset(longest, 'x', sizeof longest);
    longest[123] = '\0';
    e.text[0] = '\0';
    assert_int_equal(book_read(longest, &f, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "123 characters; allowed are 1..122"));
}

/* --- interning, texts and keys --- */

static const struct codebook *seen[64];

static void intern_one(void *context, int worker, size_t i)
{
    (void)context;
    (void)worker;
    float values[] = {-1, 0.25f, (float)(2 + i % 4)};
    seen[i] = book_intern(&(struct codebook){.n = 3, .values = values});
}

static void interning(void **state)
{
    (void)state;
    struct error e = {{0}};
    struct pool_job job = {.tasks = 64, .jobs = 4, .work = intern_one};
    assert_int_equal(pool_run(&job, &e), STATUS_OK);
    for (size_t i = 4; i < 64; i++) {
        assert_ptr_equal(seen[i], seen[i % 4]);
        assert_true(seen[i]->values[2] == (float)(2 + i % 4));
    }
    static const float values[] = {1, 2};
    static const uint8_t ranks[] = {0, 1}, swapped[] = {1, 0};
    const struct codebook variants[] = {{2, values, NULL, 0, BOUNDARY_MEAN},
                                        {2, values, NULL, 0, BOUNDARY_LOG},
                                        {2, values, NULL, -0.0f, BOUNDARY_MEAN},
                                        {2, values, ranks, 0, BOUNDARY_MEAN},
                                        {2, values, swapped, 0, BOUNDARY_MEAN}};
    char hash[5][BOOK_HASH_SIZE];
    for (int i = 0; i < 5; i++) {
        book_hash(&variants[i], hash[i]);
        assert_int_equal(strlen(hash[i]), 16);
        for (int j = 0; j < i; j++) {
            assert_ptr_not_equal(book_intern(&variants[i]), book_intern(&variants[j]));
            assert_true((strcmp(hash[i], hash[j]) == 0) ==
                        (i == 3 && j == 0)); /* codes that are ranks say nothing */
        }
    }
}

static void key_of(const char *text, const struct subject *subject, char key[static HASH_HEX_SIZE],
                   char *json, size_t size)
{
    struct quant_spec q;
    struct error e = {{0}};
    char *params;
    if (scheme_parse(text, &q, &e))
        fail_msg("%s", e.text);
    struct cell_request r = {.subject = subject, .spec = &q};
    assert_int_equal(pipeline_cell_key(&r, key, &params, &e), STATUS_OK);
    snprintf(json, size, "%s", params);
    free(params);
}

static void texts_and_keys(void **state)
{
    (void)state;
    struct subject subject = {.hash = "00"};
    char text[3][200], key[3][HASH_HEX_SIZE], json[SCHEME_TEXT_SIZE + 200];
    static const char *const content[] = {"-1\n0\n1\n", "-1.0 # minus one\n0\n0x1p0", "-1\n0\n2\n"};
    static const char *const file[] = {"a.txt", "b.txt", "c.txt"};
    for (int i = 0; i < 3; i++) {
        snprintf(text[i], sizeof text[i], "book:%s,block=32",
                 write_file(file[i], content[i], strlen(content[i])));
        key_of(text[i], &subject, key[i], json, sizeof json);
        assert_null(strstr(json, file[i]));
        assert_non_null(strstr(json, "book_hash="));
    }
    assert_string_equal(key[0], key[1]); /* neither path nor spelling */
    assert_string_not_equal(key[0], key[2]);

    struct quant_spec q, again;
    struct error e = {{0}};
    char canonical[SCHEME_TEXT_SIZE], back[SCHEME_TEXT_SIZE], brief[SCHEME_TEXT_SIZE];
    assert_int_equal(scheme_parse(text[0], &q, &e), STATUS_OK);
    scheme_canonical(&q, canonical);
    assert_non_null(strstr(canonical, "a.txt,book_hash="));
    assert_int_equal(scheme_parse(canonical, &again, &e), STATUS_OK);
    scheme_canonical(&again, back);
    assert_string_equal(back, canonical);
    scheme_short(&q, brief);
    assert_string_equal(brief, text[0]);
    assert_ptr_equal(again.element.book, q.element.book);

    write_file("a.txt", content[2], strlen(content[2])); /* the file changes under the canonical text */
    char hash[BOOK_HASH_SIZE];
    book_hash(q.element.book, hash);
    if (!scheme_parse(canonical, &again, &e))
        fail_msg("a changed file should be noticed");
    if (!strstr(e.text, "book_hash") || !strstr(e.text, "a.txt holds the codebook") || !strstr(e.text, hash))
        fail_msg("%s", e.text);
    char paths[SCHEME_TEXT_SIZE] = "book:";
    memset(paths + 5, 'p', 200);
    expect_refusal(paths, "characters; allowed are 1..");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_meet_goldens),
        cmocka_unit_test(rules_are_sound),
        cmocka_unit_test(af4_solves_its_equations),
        cmocka_unit_test(kvquant_steps),
        cmocka_unit_test(lloydmax_theory),
        cmocka_unit_test(league),
        cmocka_unit_test(names),
        cmocka_unit_test(files),
        cmocka_unit_test(file_errors),
        cmocka_unit_test(interning),
        cmocka_unit_test(texts_and_keys),
    };
    return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
