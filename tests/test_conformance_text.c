/* Conformance vectors as texts: the same each time, read again, and the check of somebody's file. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/conformance.h"

static char *text_of(const struct vectors_spec *s)
{
    struct vectors *v = conformance_open(s);
    struct strbuf b = {0};
    struct error e = {{0}};
    if (vectors_write(v, &b, &e))
        fail_msg("%s", e.text);
    vectors_close(v);
    return strbuf_take(&b);
}

static const char *file_of(const char *text)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/v.txt", test_dir());
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
    return path;
}

static enum status check_text(const char *text, struct vectors_report *r, struct error *e)
{
    *e = (struct error){{0}};
    return vectors_check(file_of(text), r, e);
}

static const struct {
    const char *text, *from;
    size_t length;
    int pack;
} texts[] = {
    {"e4m3", NULL, 0, -1},
    {"e2m1,round=rna", NULL, 0, PACK_HIGH_FIRST},
    {"mxfp4", NULL, 0, PACK_LOW_FIRST},
    {"mxfp4", NULL, 8, PACK_HALVES},
    {"mxfp6_e3m2", NULL, 0, PACK_SPLIT},
    {"mxfp8_e4m3", "bf16", 5, -1},
    {"nvfp4", NULL, 0, PACK_LOW_FIRST},
    {"nvfp4", "fp16", 3, -1},
    {"mx9", NULL, 0, -1},
    {"int4,block=8,zero_point=yes", NULL, 0, -1},
    {"int8,per=token", NULL, 3, -1},
    {"q4_0", NULL, 0, PACK_HALVES},
    {"e4m3", "bf16", 0, -1},
    {"int4,nan=error", NULL, 0, -1},
    {"mxfp4,round=sr", NULL, 4, -1},
    {"e5m2,round=sr", "fp16", 0, -1},
    {"add:e3m2", NULL, 0, -1},
    {"fma:fp16,round=sr", NULL, 0, -1},
    {"div:fp32", NULL, 0, -1},
    {"mul:posit32", NULL, 0, -1},
    {"sqrt:fp32", NULL, 0, -1},
    {"recip:posit8", NULL, 0, -1},
    {"exp2:fp32,round=odd", NULL, 0, -1},
    {"exp2:lns4f3", NULL, 0, -1},
    {"minimum:e3m2", NULL, 0, -1},
    {"maximum-number:e2m3", NULL, 0, -1},
    {"convert:e4m3,overflow=nan", "fp32", 0, -1},
    {"convert:int4,round=sr", "e5m2", 0, -1},
    {"fma:fp16", "e4m3", 0, -1},
    {"compare:fp16", NULL, 0, -1},
    {"decode:ue5m3", NULL, 0, -1},
    {"decode:posit32", NULL, 0, -1},
    {"decode:e11m3,specials=ieee", NULL, 0, -1},
    {"nf4,block=16", NULL, 0, -1},
    {"if4", NULL, 0, -1},
    {"e4m3,neg_zero=made,carry=clamp", NULL, 0, -1},
    {"add:e4m3,neg_zero=rounded,carry=or", NULL, 0, -1},
    {"e2m1,round=rna,half=fp32,cast=bf16", NULL, 0, -1},
    {"fouroversix:nvfp4_static_6", NULL, 0, -1},
    {"quark:nvfp4", NULL, 0, -1},
};
enum { TEXTS = sizeof texts / sizeof *texts };

static struct vectors_spec text_spec(size_t i)
{
    struct vectors_spec s = conformance_spec(texts[i].text);
    s.length = texts[i].length;
    s.packed = texts[i].pack >= 0;
    s.pack = s.packed ? (enum pack_order)texts[i].pack : PACK_LOW_FIRST;
    if (texts[i].from)
        assert_true(format_by_name(texts[i].from, &s.from, NULL));
    s.seed = 5;
    s.random = 6;
    return s;
}

static void round_trips(void **state)
{
    (void)state;
    size_t lines = 0;
    for (size_t i = 0; i < TEXTS; i += WATCHED ? 2 : 1) {
        struct vectors_spec s = text_spec(i);
        char *a = text_of(&s), *b = text_of(&s);
        assert_string_equal(a, b);
        assert_null(strstr(a, "(null)")); /* every enumerator has a meaning */
        const char *body = strstr(a, "\n// sha256: ");
        assert_non_null(body);
        char hash[HASH_HEX_SIZE];
        const char *start = strchr(body + 1, '\n') + 1;
        hash_bytes(start, strlen(start), hash);
        assert_memory_equal(body + strlen("\n// sha256: "), hash, HASH_HEX_SIZE - 1);
        for (const char *p = a; p < start; p = strchr(p, '\n') + 1)
            assert_memory_equal(p, "// ", 3); /* the header first, and nothing else before the cases */
        for (const char *p = start; *p; p++)
            assert_true(strchr("0123456789abcdef \n", *p));
        struct vectors_report r;
        struct error e = {{0}};
        if (check_text(a, &r, &e))
            fail_msg("%s: %s\n%s", texts[i].text, e.text, r.first);
        assert_true(r.lines > 0 && !r.different);
        lines += r.lines;
        free(a);
        free(b);
    }
    struct vectors_spec s = text_spec(0);
    char *a = text_of(&s);
    s.seed++;
    char *b = text_of(&s);
    assert_true(strcmp(a, b) != 0);
    free(a);
    free(b);
    printf("# covered vectors as texts: %d kinds, %zu lines\n", TEXTS, lines);
}

/* One digit of one derived word changed is found, named and counted. */
static void changes(void **state)
{
    (void)state;
    size_t found = 0;
    for (size_t i = 0; i < TEXTS; i += WATCHED ? 4 : 1) {
        struct vectors_spec s = text_spec(i);
        struct vectors *v = conformance_open(&s);
        char *text = text_of(&s), *start = strchr(strstr(text, "\n// sha256: ") + 1, '\n') + 1;
        size_t lines = 1, header = 0;
        for (char *p = text; p < start; p++)
            header += *p == '\n';
        for (char *p = start; *p; p++)
            lines += *p == '\n';
        lines--;
        size_t target = lines * 2 / 3; /* an ordinary case */
        char *line = start;
        for (size_t k = 0; k < target; k++)
            line = strchr(line, '\n') + 1;
        for (size_t k = 0; k < vectors_columns(v); k++) {
            const struct vectors_column *c = vectors_column(v, k);
            char *word_at = line;
            for (size_t w = 0; w < c->first + c->words - 1; w++)
                word_at = strchr(word_at, ' ') + 1;
            char *digit = word_at + (c->bits + 3) / 4 - 1, kept = *digit;
            if (c->given)
                continue;
            *digit = kept == '0' ? '1' : '0';
            struct vectors_report r;
            struct error e = {{0}};
            enum status st = check_text(text, &r, &e);
            *digit = kept;
            char where[64];
            snprintf(where, sizeof where, ":%zu: %s", header + target + 1, c->name);
            if (st != STATUS_DIFFERENT || r.different != 1 || r.lines != lines || !strstr(r.first, where) ||
                !strstr(r.first, "\n  expected  ") || !strstr(r.first, "\n  found     "))
                fail_msg("%s, %s: status %d, %zu of %zu, wanted %s: %s", texts[i].text, c->name, (int)st,
                         r.different, r.lines, where, r.first);
            assert_non_null(strstr(e.text, "1 of "));
            found++;
        }
        free(text);
        vectors_close(v);
    }
    printf("# covered changed vectors: %zu columns of %d kinds\n", found, TEXTS);
}

/* What agrees although the digits differ, and what does not. */
static void agreement(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t different;
        const char *first;
    } cases[] = {
        {"// vectors: e5m2\n7fc00000 7d ffffffff\n", 0, ""},             /* another NaN */
        {"// vectors: e5m2\n7fc00000 7c 7f800000\n", 1, "code differs"}, /* Inf is none */
        {"// vectors: e5m2\r\n3F800000 3c   3f800000 \r\n\n// a comment: of theirs\n", 0, ""},
        {"// vectors: e5m2\n80000000 00 00000000\n", 1,
         "given     x 80000000 (-0)\n  expected  code 80 (-0), y 80000000 (-0)\n"
         "  found     code 00 (0), y 00000000 (0)\n"},
        {"// vectors: e4m3\n3f800000 38 3f800000\n40000000 41 40000000\n40800000 48 40800001\n", 2,
         ":3: code differs\n  given     x 40000000 (2)\n  expected  code 40 (2), y 40000000 (2)\n  found     "
         "code 41 (2.25), "},
        {"// vectors: add:e4m3\n38 38 40\n38 38 39\n", 1,
         ":3: result differs\n  given     a 38 (1), b 38 (1)\n"},
        {"// vectors: compare:e4m3\n38 40 0\n80 00 1\n40 38 2\n7f 7f 3\n7f 38 1\n", 1,
         ":6: relation differs\n  given     a 7f (NaN), b 38 (1)\n  expected  relation 3\n  found     "
         "relation 1\n"},
        {"// vectors: minimum:e4m3\n00 80 80\n80 00 00\n7f 38 ff\n", 1, ":3: result differs"},
        {"// vectors: minimum-number:e4m3\n7f 38 38\n7f ff 7f\n38 7f 7f\n", 1, ":4: result differs"},
        {"// vectors: convert:e4m3\n// from: fp32\n43e80000 7e\n43e80001 7e\n3f880000 38\n3f880001 38\n", 1,
         ":6: result differs\n  given     a 3f880001 (1.0625001192"},
        {"// vectors: decode:e4m3\n7f 7fc00000\nff ffc12345\n00 80000000\n", 1, ":4: value differs"},
        /* under a NaN scale codes mean nothing, but its scale and values count */
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 ff 12 34 7fc00000 ffffffff\n", 0, ""},
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 fe 12 34 7fc00000 ffffffff\n", 1,
         "scale differs"},
        {"// vectors: e4m3,block=2,scale=e8m0\n7fc00000 3f800000 ff 12 34 7fc00000 3f800000\n", 1,
         "y[1] differs"},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: low-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 02 a7 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: high-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 20 7a 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
        {"// vectors: e4m3,block=4,scale=e8m0\n// pack: low-first\n// length: 1\n7f800000 ff 12 ffffffff\n",
         0, ""},
        {"// vectors: e4m3\n// pack: low-first\n7fc00000 ff 7fc00000\n7fc00000 7e 7fc00000\n", 1,
         ":4: bytes: code[0] differs\n"},
        {"// vectors: e2m1\n// pack: high-first\n3f800000 20 3f800000\n3f800000 21 3f800000\n", 1,
         ":4: bytes: code[0] differs\n"},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: low-first\n"
         "3f800000 00000000 40c00000 bf800000 7f 02 a6 3f800000 00000000 40c00000 bf800000\n",
         1,
         ":3: bytes: code[2] differs\n  given     x[2] 40c00000 (6)\n  expected  scale 7f (1), code[2] 7 "
         "(6), y[2] "},
        {"// vectors: e2m1,block=4,scale=e8m0\n// pack: halves\n"
         "3f800000 00000000 40c00000 bf800000 7f 72 a0 3f800000 00000000 40c00000 bf800000\n",
         0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_report r;
        struct error e = {{0}};
        enum status s = check_text(cases[i].text, &r, &e);
        if (s != (cases[i].different ? STATUS_DIFFERENT : STATUS_OK) || r.different != cases[i].different ||
            !strstr(r.first, cases[i].first))
            fail_msg("%s: status %d, %zu differ\n%s%s", cases[i].text, (int)s, r.different, r.first, e.text);
    }
}

static void wrong_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
        enum status status;
    } cases[] = {
        {"", ": holds no vectors: no line '// vectors: SCHEME'", STATUS_INVALID},
        {"3f800000\n", ":1: found a case before a line '// vectors: SCHEME'", STATUS_INVALID},
        {"// vectors: e9m99\n", ":1: scheme 'e9m99'", STATUS_INVALID},
        {"// vectors: ad:e4m3\n",
         ":1: 'ad:e4m3': unknown operation 'ad'; did you mean 'add'?; allowed: decode, compare, add, sub, "
         "mul, div, fma, sqrt",
         STATUS_INVALID},
        {"// vectors: add:mxfp4\n", ":1: 'add:mxfp4': add takes an element without a scale", STATUS_INVALID},
        {"// vectors: decode:e4m3,round=rtz\n", ":1: 'decode:e4m3,round=rtz': decode rounds nothing",
         STATUS_INVALID},
        {"// vectors: compare:e4m3,round=rtz\n", ":1: 'compare:e4m3,round=rtz': compare rounds nothing",
         STATUS_INVALID},
        {"// vectors: minimum-numer:e4m3\n", ":1: 'minimum-numer:e4m3': unknown operation 'minimum-numer'",
         STATUS_INVALID},
        {"// vectors: decode:e4m3,carry=or\n", ":1: 'decode:e4m3,carry=or': decode rounds nothing",
         STATUS_INVALID},
        {"// vectors: add:e4m3,cast=bf16\n",
         ":1: 'add:e4m3,cast=bf16': add takes no keys but those of the element", STATUS_INVALID},
        {"// vectors: e4m3\n// vectors: e5m2\n", ":2: 'vectors' is said twice, first in line 1",
         STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38\n", ":2: found fewer words; a case has 3", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38 3f800000 1\n", ":2: found more words; a case has 3", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 zz 3f800000\n",
         ":2: word 2, code[0]: found 'zz'; allowed: hexadecimal digits of at most 8 bits", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 138 3f800000\n", ":2: word 2, code[0]: found '138'", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 0x38 3f800000\n", ":2: word 2, code[0]: found '0x38'", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 00000000000000038 3f800000\n", ":2: word 2, code[0]", STATUS_INVALID},
        {"// vectors: e4m3\n3f800000 38 3f800000\n// from: bf16\n", ":3: 'from' stands behind the first case",
         STATUS_INVALID},
        {"// vectors: e4m3\n// from: fp31\n", ":2: from: found 'fp31'; allowed: a format by name",
         STATUS_INVALID},
        {"// vectors: e4m3\n// from: posit32\n0\n", ":1: no vectors: --from takes formats of at most 20 bits",
         STATUS_INVALID},
        {"// vectors: e4m3\n// length: 0\n", ":2: length: found '0'; allowed: 1..4096", STATUS_INVALID},
        {"// vectors: e4m3\n// length: 1x\n", ":2: length: found '1x'; allowed: a whole number",
         STATUS_INVALID},
        {"// vectors: e4m3\n// pack: low\n",
         ":2: pack: found 'low'; allowed: low-first, high-first, halves, split", STATUS_INVALID},
        {"// vectors: e4m3\n// seed: -1\n", ":2: seed: found '-1'", STATUS_INVALID},
        {"// vectors: e4m3\n// seed: 18446744073709551616\n", ":2: seed: found", STATUS_INVALID},
        {"// vectors: e4m3\n// sha256: 12\n", ":2: sha256: found '12'; allowed: 64 lower-case",
         STATUS_INVALID},
        {"// vectors: e4m3\n// lines: 2\n3f800000 38 3f800000\n", ": holds 1 cases; its header says 2",
         STATUS_INVALID},
        {"// vectors: e4m3\n// lines: 1\n", ": holds 0 cases; its header says 1", STATUS_INVALID},
        {"// vectors: e4m3\n\n", ": holds no case below its header", STATUS_INVALID},
        {"// vectors: mxfp4\n// length: 33\n0\n", ":1: --length: a case of this scheme has 32 elements",
         STATUS_INVALID},
        {"// vectors: int4,nan=error\n7fc00000 0 0\n", ":2: nan=error", STATUS_INVALID},
        {"// vectors: nvfp4\n// length: 1\n3f800000 0 40000000 0 0 0\n",
         ":3: amax: found 3f800000 (1), which is not the largest", STATUS_INVALID},
        {"// vectors: e4m3\n// sha256: "
         "0000000000000000000000000000000000000000000000000000000000000000\n3f800000 38 3f800000\n",
         ": every case agrees, but these are not the lines that the header hashed", STATUS_DIFFERENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_report r;
        struct error e = {{0}};
        enum status s = check_text(cases[i].text, &r, &e);
        if (s != cases[i].status || !strstr(e.text, cases[i].message) ||
            strncmp(e.text, test_dir(), strlen(test_dir())) != 0)
            fail_msg("%s: status %d: %s\nwanted %s", cases[i].text, (int)s, e.text, cases[i].message);
    }
    struct vectors_report r;
    struct error e = {{0}};
    assert_int_equal(vectors_check("/nonexistent", &r, &e), STATUS_MISSING);
    e = (struct error){{0}};
    assert_int_equal(vectors_check(test_dir(), &r, &e), STATUS_IO);
    FILE *f = fopen(file_of(""), "w");
    fwrite("// vectors: e4m3\n\0\n", 1, 19, f);
    fclose(f);
    char path[128];
    snprintf(path, sizeof path, "%s/v.txt", test_dir());
    e = (struct error){{0}};
    assert_int_equal(vectors_check(path, &r, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, ":2: found a NUL byte"));
    assert_int_equal(check_text("// vectors: e4m3\n// semantics: 1\n3f800000 38 3f800000\n", &r, &e),
                     STATUS_OK);
    assert_non_null(strstr(r.note, "written under semantics 1; this is "));
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *from, *message;
        size_t length;
        int pack;
    } cases[] = {
        {"e4m3,flip=0.1", NULL, "flip= makes faults", 0, -1},
        {"nf4,block=64,fit=lloyd", NULL, "fit= fits a codebook", 0, -1},
        {"e4m3,block=32,scale_round=sr", NULL, "scale_round=sr", 0, -1},
        {"mxfp4", NULL, "a case of this scheme has 32 elements or, as a tail, fewer; found 33", 33, -1},
        {"mxfp4,tail=refuse", NULL, "a case of this scheme has 32 elements; found 31", 31, -1},
        {"e4m3", NULL, "a case of this scheme has 1 elements; found 2", 2, -1},
        {"mxfp4", NULL, "split packs codes of 6 bits; a case has 32 of 4 bits", 0, PACK_SPLIT},
        {"e4m3", "posit32", "--from takes formats of at most 20 bits", 0, -1},
        {"e4m3", "e11m4", "--from takes formats whose values are binary32 numbers", 0, -1},
        {"compare:e4m3", "bf16", "--from, --length and --pack are for vectors of a scheme", 0, -1},
        {"add:e4m3", "bf16", "--length and --pack are for vectors of a scheme", 3, -1},
        {"decode:e4m3", NULL, "--from, --length and --pack are for vectors of a scheme", 2, -1},
        {"decode:p3109_k16p1se", NULL, "do not fit binary64", 0, -1},
        {"int8,block=8192", NULL, "a case of 8192 elements is too long; allowed: 4096", 0, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct vectors_spec s = conformance_spec(cases[i].text);
        struct vectors *v;
        struct error e = {{0}};
        s.length = cases[i].length;
        s.packed = cases[i].pack >= 0;
        s.pack = s.packed ? (enum pack_order)cases[i].pack : PACK_LOW_FIRST;
        if (cases[i].from)
            assert_true(format_by_name(cases[i].from, &s.from, NULL));
        enum status st = vectors_open(&s, &v, &e);
        if (st != STATUS_INVALID || !strstr(e.text, cases[i].message))
            fail_msg("%s: status %d: %s", cases[i].text, (int)st, e.text);
        vectors_close(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips), cmocka_unit_test(changes), cmocka_unit_test(agreement),
        cmocka_unit_test(wrong_files), cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
