/* Codebooks from files and by name: the reader and its messages, interning, scheme texts and keys of cells.
 */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/pool.h"
#include "sim/book.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"

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
        cmocka_unit_test(names),     cmocka_unit_test(files),          cmocka_unit_test(file_errors),
        cmocka_unit_test(interning), cmocka_unit_test(texts_and_keys),
    };
    return cmocka_run_group_tests_name("book", tests, NULL, NULL);
}
