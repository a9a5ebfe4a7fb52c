/* Small inputs that claim much, or that naive readers take long over: each ends in its error, within seconds
 * of the processor and 256 MiB. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "experiments/config.h"
#include "sim/base/strbuf.h"
#include "sim/book.h"
#include "sim/dump/dump.h"
#include "sim/mac.h"
#include "sim/scheme.h"
#include "sim/transform.h"
#include "tests/check.h"

/* Far beyond what is needed: a machine may be slow, and what watches takes its share. */
enum { SECONDS = WATCHED ? 20 : 5, MEBIBYTES = WATCHED ? 1024 : 256 };

typedef enum status reads(const char *text, size_t bytes, struct error *e);

static enum status as_study(const char *text, size_t bytes, struct error *e)
{
    struct config *c = NULL;
    const enum status s = config_load_text("s.yaml", text, bytes, NULL, 0, &c, e);
    config_free(c);
    return s;
}

static enum status as_scheme(const char *text, size_t bytes, struct error *e)
{
    struct quant_spec q;
    (void)bytes;
    return scheme_parse(text, &q, e);
}

static enum status as_mac(const char *text, size_t bytes, struct error *e)
{
    struct mac_spec m;
    (void)bytes;
    return mac_parse(text, &m, e);
}

static enum status as_transform(const char *text, size_t bytes, struct error *e)
{
    struct transform_chain c;
    (void)bytes;
    return transform_parse(text, &c, e);
}

static enum status as_book(const char *text, size_t bytes, struct error *e)
{
    struct book_content c;
    return book_parse("b.txt", text, bytes, &c, e);
}

/* Opens a dump and loads its first tensor. */
static enum status as_dump(const char *text, size_t bytes, struct error *e)
{
    struct dump *d = NULL;
    const struct tensor_view *t;
    enum status s = dump_open_memory("x.dump", text, bytes, NULL, &d, e);
    if (!s && dump_count(d))
        s = dump_load(d, 0, &t, e);
    dump_close(d);
    return s;
}

/* Runs a reader in a process of its own, under limits; frees the text. */
static void expect(reads *read_it, struct strbuf *text, const char *message)
{
    char said[sizeof((struct error *)0)->text] = "";
    struct rusage use;
    int ends[2], status;
    const size_t bytes = text->length;
    char *input = strbuf_take(text);
    assert_non_null(input);
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        struct error e = {{0}};
        const struct rlimit most = {SECONDS, SECONDS};
        setrlimit(RLIMIT_CPU, &most);
        if (!read_it(input, bytes, &e))
            snprintf(e.text, sizeof e.text, "no error");
        _exit(write(ends[1], e.text, strlen(e.text)) < 0);
    }
    close(ends[1]);
    assert_true(child > 0 && read(ends[0], said, sizeof said - 1) >= 0);
    close(ends[0]);
    assert_int_equal(wait4(child, &status, 0, &use), child);
    if (status || !strstr(said, message))
        fail_msg("status %d, \"%s\"; expected \"%s\"", status, said, message);
    if (use.ru_maxrss > MEBIBYTES * 1024L)
        fail_msg("%s: %ld MiB", message, use.ru_maxrss / 1024);
    free(input);
}

static struct strbuf repeated(const char *head, const char *unit, size_t n, const char *tail)
{
    struct strbuf b = {0};
    strbuf_add(&b, head);
    for (size_t i = 0; i < n; i++)
        strbuf_add(&b, unit);
    strbuf_add(&b, tail);
    return b;
}

static void expect_text(reads *read_it, const char *head, const char *unit, size_t n, const char *tail,
                        const char *message)
{
    struct strbuf b = repeated(head, unit, n, tail);
    expect(read_it, &b, message);
}

#define STUDY "name: t\ninputs: [{dump: x.npy}]\n"

static void studies(void **state)
{
    (void)state;
    struct strbuf b = {0};
    for (int i = 0; i < 20000; i++)
        strbuf_printf(&b, "- &a%d x\n", i);
    expect(as_study, &b, "s.yaml:1001:3: more than 1000 anchors (&)");
    for (int i = 0; i < 12000; i++)
        strbuf_printf(&b, "%%TAG !a%d! b\n", i);
    expect(as_study, &b, "s.yaml:101:1: more than 100 directives (%)");
    expect_text(as_study, "- &a x\n", "- *a\n", 50000, "", "expected a mapping");
    expect_text(as_study, "", "? ", 120, "a\n", "nested more than 64 deep");
    expect_text(as_study, "", "? a\n", 60000, "", "a mapping of 60000 keys");
    expect_text(as_study, "[", ",", 200000, "]", "did not find expected node content");
    expect_text(as_study, STUDY "seed: ", "9", 200000, "\n", "seed: expected a whole number");
    expect_text(as_study, STUDY "format: int8\nclip: ", "9", 200000, "\n", "clip");
    expect_text(as_study, STUDY "format: ", "e", 200000, "\n", "3:9: scheme");
    expect_text(as_study, STUDY "doc: \"", "a\n", 100000, "", "unexpected end of stream");
    strbuf_add(&b, STUDY "sweep: {grid: {");
    for (int axis = 0; axis < 4; axis++) {
        static const char *const names[] = {"format", "block", "scale", "clip"};
        strbuf_printf(&b, "%s%s: [", axis ? "], " : "", names[axis]);
        for (int i = 0; i < 1000; i++)
            strbuf_printf(&b, "%s%d", i ? "," : "", i);
    }
    strbuf_add(&b, "]}}\n");
    expect(as_study, &b, "sweep: 1000000000000 schemes; allowed: at most 100000");
}

/* Limits of files hold for what --set makes of them. */
static void overrides(void **state)
{
    (void)state;
    enum { KEYS = 1200, DEEP = 60000 };
    static char words[KEYS][32];
    const char *sets[KEYS];
    struct config *c = NULL;
    struct error e = {{0}};
    for (int i = 0; i < KEYS; i++) {
        snprintf(words[i], sizeof words[i], "sweep.include.0.k%d=1", i);
        sets[i] = words[i];
    }
    static const char study[] = STUDY "sweep: {include: [{format: int8}]}\n";
    assert_int_equal(config_load_text("s", study, strlen(study), sets, KEYS, &c, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "'k999': a mapping of 1000 keys; allowed: at most 1000"));
    struct strbuf b = repeated("", "a.", DEEP, "b=1");
    e.text[0] = '\0';
    sets[0] = b.text;
    assert_int_equal(config_load_text("s", study, strlen(study), sets, 1, &c, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "nested more than 64 deep"));
    strbuf_free(&b);
}

static void texts(void **state)
{
    (void)state;
    expect_text(as_scheme, "e2m1", ",block=1", 100000, "", "longer than 2047 characters");
    expect_text(as_scheme, "int8,clip=", "9", 200, "", "clip");
    expect_text(as_scheme, "e2m1,or=", "(", 200, "", "or");
    expect_text(as_scheme, "int", "9", 1000, "", "names no format or scheme");
    expect_text(as_mac, "fused", "(", 1000000, "", "longer than");
    expect_text(as_transform, "hadamard", " | hadamard", 1000000, "", "longer than");
    expect_text(as_transform, "outliers,to=", "(", 1000, "", "outliers");
    expect_text(as_book, "", "9", 60000, "\n", "b.txt:1: found");
    expect_text(as_book, "", "1\n", 30000, "", "b.txt:257: value number 257");
    expect_text(as_book, "", "#\n", 40000, "", "more than 65536 bytes");
}

static void json(struct strbuf *b, size_t length, const char *text)
{
    for (int i = 0; i < 8; i++)
        strbuf_add_n(b, (const char *)&(const unsigned char){(unsigned char)(length >> 8 * i)}, 1);
    strbuf_add(b, text);
}

static void dumps(void **state)
{
    (void)state;
    enum { MANY = 20 * 1000 * 1000, DEEP = 100000 };
    struct strbuf b = {0}, text = repeated("{\"a\":[0", ",0", MANY, "]}");
    json(&b, text.length, text.text);
    strbuf_free(&text);
    expect(as_dump, &b, "20000003 commas, colons and brackets of JSON; allowed are 4000000");
    text = repeated("{\"a\":", "[", DEEP, "");
    json(&b, text.length, text.text);
    strbuf_free(&text);
    expect(as_dump, &b, "maximum parsing depth reached");
    text = repeated("{\"a\":", "9", MANY, "}");
    json(&b, text.length, text.text);
    strbuf_free(&text);
    expect(as_dump, &b, "too big");
    json(&b, (size_t)1 << 63, "{}");
    expect(as_dump, &b, "begins with 00 00 00 00 00 00 00 80");
    json(&b, 99999999, "{}");
    expect(as_dump, &b, "a header of 99999999 bytes, but only 2 follow its length");
    static const char *const shapes[] = {"9223372036854775807,2", "4294967296,4294967296",
                                         "3,9223372036854775807"};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        strbuf_printf(&text, "{\"a\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[0,0]}}", shapes[i]);
        json(&b, text.length, text.text);
        strbuf_free(&text);
        expect(as_dump, &b, "is too large");
        strbuf_add_n(&b, "\x93NUMPY\1\0\x60\0", 10);
        strbuf_printf(&text, "{'descr':'<f4','fortran_order':True,'shape':(%s)}", shapes[i]);
        strbuf_printf(&b, "%-96s", text.text);
        strbuf_free(&text);
        expect(as_dump, &b, "is too large");
    }
    strbuf_add_n(&b, "\x93NUMPY\2\0\xff\xff\xff\xff", 12);
    expect(as_dump, &b, "an npy header of 4294967295 bytes; allowed are 1048576");
}

/* --- archives --- */

/* Bits as deflate has them: the low ones first. */
struct bits {
    struct strbuf out;
    unsigned held, n;
};

static void put(struct bits *b, unsigned value, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        b->held |= (value >> i & 1) << b->n++;
        if (b->n == 8) {
            strbuf_add_n(&b->out, (const char *)&(const unsigned char){(unsigned char)b->held}, 1);
            b->held = b->n = 0;
        }
    }
}

/* `head` stored, then n times 258 copies of `fill` in the fixed code: 13 bits each. */
static struct strbuf deflated(const char *head, size_t length, unsigned char fill, size_t n)
{
    struct bits b = {.held = 0};
    put(&b, 0, 8); /* stored, not the last; its padding */
    put(&b, (unsigned)length, 16);
    put(&b, ~(unsigned)length, 16);
    for (size_t i = 0; i < length; i++)
        put(&b, (unsigned char)head[i], 8);
    put(&b, 3, 3); /* the last, fixed codes */
    for (int i = 7; i >= 0; i--)
        put(&b, (0x30u + fill) >> i & 1, 1); /* a literal below 144, its high bits first */
    for (size_t i = 0; i < n; i++) {
        put(&b, 0xa3, 8); /* 11000101 reversed: length 258 */
        put(&b, 0, 5);    /* of what is one byte back */
    }
    put(&b, 0, 7 + 7); /* the end, and the last byte's padding */
    return b.out;
}

static void field(struct strbuf *b, uint64_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        strbuf_add_n(b, (const char *)&(const unsigned char){(unsigned char)value}, 1);
}

/* Local header, or the directory's entry for the one at 0; the member "a...". */
static void member(struct strbuf *b, bool directory, unsigned number, size_t packed, uint64_t size)
{
    field(b, directory ? 0x02014b50 : 0x04034b50, 4);
    field(b, 20, directory ? 2 : 0);
    field(b, 20, 2);
    field(b, 0, 2); /* flags */
    field(b, 8, 2); /* deflated */
    field(b, 0, 4); /* time */
    field(b, 0, 4); /* sum */
    field(b, packed, 4);
    field(b, size, 4);
    field(b, 9, 2); /* of the name */
    field(b, 0, directory ? 2 + 2 + 2 + 2 + 4 + 4 : 2);
    strbuf_printf(b, "%05u.npy", number);
}

/* An archive of one member of which the directory claims `size` bytes, n times. */
static struct strbuf archive(struct strbuf *packed, uint64_t size, unsigned n)
{
    struct strbuf b = {0};
    const size_t bytes = packed->length;
    member(&b, false, 0, bytes, size);
    strbuf_add_n(&b, packed->text, bytes);
    const size_t directory = b.length;
    for (unsigned i = 0; i < n; i++)
        member(&b, true, i, bytes, size);
    const size_t end = b.length;
    field(&b, 0x06054b50, 4);
    field(&b, 0, 4);
    field(&b, n, 2);
    field(&b, n, 2);
    field(&b, end - directory, 4);
    field(&b, directory, 4);
    field(&b, 0, 2);
    strbuf_free(packed);
    return b;
}

/* A header of 10 + `length` bytes for so many bytes of data. */
static struct strbuf header(size_t length, uint64_t elements)
{
    struct strbuf b = {0};
    strbuf_add_n(&b, "\x93NUMPY\1\0", 8);
    field(&b, length, 2);
    strbuf_printf(&b, "{'descr':'|u1','fortran_order':False,'shape':(%llu,)}", (unsigned long long)elements);
    while (b.length < 10 + length)
        strbuf_add(&b, " ");
    return b;
}

static void archives(void **state)
{
    (void)state;
    enum { HEAD = 118, GIB = 4161790 }; /* 258 bytes times that is a gibibyte */
    struct strbuf h = header(HEAD, 10), p = deflated(h.text, h.length, 0, GIB);
    const uint64_t whole = HEAD + 10 + 1 + 258ull * GIB;
    struct strbuf b = archive(&p, whole, 1);
    expect(as_dump, &b, "[10] of |u1 are 10 bytes, but 1073741821 follow the npy header");
    p = deflated(h.text, h.length, 0, GIB);
    b = archive(&p, HEAD + 10 + 10, 1);
    expect(as_dump, &b, "is longer than the directory says");
    strbuf_free(&h);
    h = header(HEAD, 1000000000000000000);
    p = deflated(h.text, h.length, 0, 10);
    b = archive(&p, 0xfffffff0, 1);
    expect(as_dump, &b, "a bomb or damaged");
    strbuf_free(&h);
    /* One header of a mebibyte, that 60,000 members share. */
    strbuf_add_n(&h, "\x93NUMPY\2\0\0\0\x10\0{'descr':'|u1','fortran_order':False,'shape':(0,)}", 62);
    p = deflated(h.text, h.length, ' ', 4065);
    b = archive(&p, 1048576 + 12, 60000);
    expect(as_dump, &b, "headers of more than 67108864 bytes up to here; a bomb or damaged");
    strbuf_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(studies), cmocka_unit_test(overrides), cmocka_unit_test(texts),
        cmocka_unit_test(dumps),   cmocka_unit_test(archives),
    };
    return cmocka_run_group_tests_name("bombs", tests, NULL, NULL);
}
