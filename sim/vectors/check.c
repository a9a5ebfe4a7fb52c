/* Somebody's vectors against the definition. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "sim/vectors/parts.h"

/* What a header may say, besides comments. */
enum head_key {
    HEAD_VECTORS,
    HEAD_FROM,
    HEAD_LENGTH,
    HEAD_PACK,
    HEAD_SEED,
    HEAD_SEMANTICS,
    HEAD_LINES,
    HEAD_HASH,
    HEAD_KEYS
};
static const char *const head_names[HEAD_KEYS] = {"vectors", "from",      "length", "pack",
                                                  "seed",    "semantics", "lines",  "sha256"};

/* Of a line: twice what the longest case takes. */
enum { LINE_BYTES = 1 << 20 };

struct check {
    const char *path;
    FILE *file;
    char *text; /* the line under way, without its end */
    size_t room, number;
    struct vectors_spec spec;
    size_t said[HEAD_KEYS]; /* the line of each key, 0: not said */
    uint64_t semantics, lines;
    char hash[HASH_HEX_SIZE];
    struct vectors *v;
    uint64_t *found, *expected;
    struct hash body;
    struct vectors_report *report;
};

static enum status invalid(const struct check *c, struct error *e, const char *what, const char *found,
                           const char *allowed)
{
    return error_set(e, STATUS_INVALID, "%s:%zu: %s: found '%.80s'; allowed: %s", c->path, c->number, what,
                     found, allowed);
}

/* --- the header --- */

static enum status read_count(const struct check *c, const char *key, const char *text, uint64_t *out,
                              struct error *e)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || errno)
        return invalid(c, e, key, text, "a whole number of 0..18446744073709551615");
    *out = value;
    return STATUS_OK;
}

static enum status read_pack(struct check *c, const char *text, struct error *e)
{
    for (int i = 0; i < PACK_ORDERS; i++)
        if (!strcmp(text, pack_order_names[i])) {
            c->spec.pack = (enum pack_order)i;
            c->spec.packed = true;
            return STATUS_OK;
        }
    return invalid(c, e, "pack", text, "low-first, high-first, halves, split");
}

static enum status read_hash(struct check *c, const char *text, struct error *e)
{
    if (strlen(text) != HASH_HEX_SIZE - 1 || strspn(text, "0123456789abcdef") != HASH_HEX_SIZE - 1)
        return invalid(c, e, "sha256", text, "64 lower-case hexadecimal digits");
    memcpy(c->hash, text, HASH_HEX_SIZE);
    return STATUS_OK;
}

static enum status read_key(struct check *c, enum head_key key, const char *text, struct error *e)
{
    uint64_t length;
    enum status s;
    switch (key) {
    case HEAD_VECTORS:
        s = vectors_parse(text, &c->spec, e);
        return s ? error_prefix(e, s, "%s:%zu", c->path, c->number) : s;
    case HEAD_FROM:
        if (format_by_name(text, &c->spec.from, NULL))
            return STATUS_OK;
        return invalid(c, e, "from", text, "a format by name, as bitsweep formats lists them");
    case HEAD_LENGTH:
        s = read_count(c, "length", text, &length, e);
        if (!s && (!length || length > VECTORS_LENGTH_MAX))
            s = invalid(c, e, "length", text, "1..4096");
        if (!s)
            c->spec.length = length;
        return s;
    case HEAD_PACK:
        return read_pack(c, text, e);
    case HEAD_SEED:
        return read_count(c, "seed", text, &c->spec.seed, e);
    case HEAD_SEMANTICS:
        return read_count(c, "semantics", text, &c->semantics, e);
    case HEAD_LINES:
        return read_count(c, "lines", text, &c->lines, e);
    default:
        return read_hash(c, text, e);
    }
}

/* "// key: value"; any other text behind the slashes is a comment. */
static enum status read_head(struct check *c, struct error *e)
{
    char *key = c->text + 2 + strspn(c->text + 2, " \t"), *colon = strchr(key, ':');
    for (int k = 0; colon && k < HEAD_KEYS; k++) {
        if ((size_t)(colon - key) != strlen(head_names[k]) ||
            strncmp(key, head_names[k], strlen(head_names[k])) != 0)
            continue;
        if (c->v)
            return error_set(e, STATUS_INVALID,
                             "%s:%zu: '%s' stands behind the first case; the header comes first", c->path,
                             c->number, head_names[k]);
        if (c->said[k])
            return error_set(e, STATUS_INVALID, "%s:%zu: '%s' is said twice, first in line %zu", c->path,
                             c->number, head_names[k], c->said[k]);
        c->said[k] = c->number;
        return read_key(c, (enum head_key)k, colon + 1 + strspn(colon + 1, " \t"), e);
    }
    return STATUS_OK;
}

static enum status open_vectors(struct check *c, struct error *e)
{
    if (!c->said[HEAD_VECTORS])
        return error_set(
            e, STATUS_INVALID,
            "%s:%zu: found a case before a line '// vectors: SCHEME' (or OPERATION:SCHEME), which says "
            "what the words are",
            c->path, c->number);
    enum status s = vectors_open(&c->spec, &c->v, e);
    if (s)
        return error_prefix(e, s, "%s:%zu", c->path, c->said[HEAD_VECTORS]);
    c->found = calloc(c->v->words, sizeof *c->found);
    c->expected = calloc(c->v->words, sizeof *c->expected);
    return c->found && c->expected ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- cases --- */

static void column_of(const struct vectors *v, size_t word, const struct vectors_column **column,
                      size_t *index)
{
    size_t i = 0;
    while (word >= v->column[i].first + v->column[i].words)
        i++;
    *column = &v->column[i];
    *index = word - v->column[i].first;
}

static enum status read_words(struct check *c, struct error *e)
{
    const struct vectors *v = c->v;
    char *rest = c->text;
    for (size_t w = 0;; w++) {
        rest += strspn(rest, " \t");
        if (!*rest && w == v->words)
            return STATUS_OK;
        if (!*rest || w == v->words)
            return error_set(e, STATUS_INVALID, "%s:%zu: found %s words; a case has %zu, as the columns say",
                             c->path, c->number, *rest ? "more" : "fewer", v->words);
        const struct vectors_column *column;
        size_t index, digits = strcspn(rest, " \t");
        column_of(v, w, &column, &index);
        char word[32];
        snprintf(word, sizeof word, "%.*s", digits < 31 ? (int)digits : 31, rest);
        char *end;
        uint64_t value = strtoull(word, &end, 16);
        bool hex = strspn(word, "0123456789abcdefABCDEF") == digits && digits <= 16;
        if (!hex || (column->bits < 64 && value >> column->bits))
            return error_set(
                e, STATUS_INVALID,
                "%s:%zu: word %zu, %s[%zu]: found '%s'; allowed: hexadecimal digits of at most %d bits",
                c->path, c->number, w + 1, column->name, index, word, column->bits);
        c->found[w] = value;
        rest += digits;
    }
}

static enum status tell_difference(const struct check *c, const struct difference *d, struct error *e)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "%s:%zu: ", c->path, c->number);
    difference_tell(c->v, c->found, c->expected, d, &b);
    char *text = strbuf_take(&b);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    snprintf(c->report->first, sizeof c->report->first, "%s", text);
    free(text);
    return STATUS_OK;
}

static enum status check_case(struct check *c, struct error *e)
{
    enum status s = c->v ? STATUS_OK : open_vectors(c, e);
    if (!s)
        s = read_words(c, e);
    if (s)
        return s;
    memcpy(c->expected, c->found, c->v->words * sizeof *c->found);
    s = vectors_fill(c->v, c->expected, 1, e);
    if (s)
        return error_prefix(e, s, "%s:%zu", c->path, c->number);
    struct difference d;
    c->report->lines++;
    if (!difference_find(c->v, c->found, c->expected, &d))
        return STATUS_OK;
    return c->report->different++ ? STATUS_OK : tell_difference(c, &d, e);
}

/* --- the file --- */

/* The line with its newline, and *length; 0 at the end of the file. */
static enum status read_line(struct check *c, size_t *length, struct error *e)
{
    int byte = 0;
    errno = 0;
    for (*length = 0; byte != '\n' && (byte = getc_unlocked(c->file)) != EOF;
         c->text[(*length)++] = (char)byte) {
        if (*length + 1 < c->room)
            continue;
        if (c->room >= LINE_BYTES)
            return error_set(e, STATUS_INVALID, "%s:%zu: a line of more than %d bytes", c->path,
                             c->number + 1, LINE_BYTES);
        const size_t room = c->room ? 2 * c->room : 256;
        char *text = realloc(c->text, room);
        if (!text)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        c->text = text;
        c->room = room;
    }
    if (*length)
        c->text[*length] = '\0';
    return STATUS_OK;
}

static enum status read_lines(struct check *c, struct error *e)
{
    size_t length = 0;
    enum status s;
    while (!(s = read_line(c, &length, e)) && length) {
        c->number++;
        if (strlen(c->text) != length)
            return error_set(e, STATUS_INVALID, "%s:%zu: found a NUL byte; allowed: text", c->path,
                             c->number);
        bool head = !strncmp(c->text, "//", 2);
        if (!head)
            hash_add(&c->body, c->text, length);
        size_t end = length;
        while (end && isspace((unsigned char)c->text[end - 1]))
            end--;
        c->text[end] = '\0';
        if (end)
            s = head ? read_head(c, e) : check_case(c, e);
        if (s)
            return s;
    }
    if (!s && (errno == ENOMEM || ferror(c->file)))
        s = error_errno(e, errno, c->path);
    return s;
}

/* What the header says of the whole. */
static enum status check_whole(struct check *c, const char *hash, struct error *e)
{
    struct vectors_report *r = c->report;
    if (!r->lines && !c->said[HEAD_VECTORS])
        return error_set(e, STATUS_INVALID, "%s: holds no vectors: no line '// vectors: SCHEME'", c->path);
    if (c->said[HEAD_LINES] && c->lines != r->lines)
        return error_set(e, STATUS_INVALID, "%s: holds %zu cases; its header says %llu", c->path, r->lines,
                         (unsigned long long)c->lines);
    if (!r->lines)
        return error_set(e, STATUS_INVALID, "%s: holds no case below its header", c->path);
    if (c->said[HEAD_SEMANTICS] && c->semantics != SEMANTICS_VERSION)
        snprintf(r->note, sizeof r->note, "written under semantics %llu; this is %d",
                 (unsigned long long)c->semantics, SEMANTICS_VERSION);
    if (r->different)
        return error_set(e, STATUS_DIFFERENT, "%s: %zu of %zu cases differ", c->path, r->different, r->lines);
    if (c->said[HEAD_HASH] && strcmp(hash, c->hash) != 0)
        return error_set(
            e, STATUS_DIFFERENT,
            "%s: every case agrees, but these are not the lines that the header hashed (sha256 %.12s..., "
            "found %.12s...)",
            c->path, c->hash, hash);
    return STATUS_OK;
}

/* Closes the file. */
static enum status check_file(const char *path, FILE *file, struct vectors_report *report, struct error *e)
{
    struct check c = {.path = path, .report = report, .file = file};
    char hash[HASH_HEX_SIZE] = "";
    hash_begin(&c.body);
    enum status s = read_lines(&c, e);
    hash_end(&c.body, hash);
    if (!s)
        s = check_whole(&c, hash, e);
    fclose(c.file);
    vectors_close(c.v);
    free(c.text);
    free(c.found);
    free(c.expected);
    return s;
}

enum status vectors_check(const char *path, struct vectors_report *report, struct error *e)
{
    *report = (struct vectors_report){.lines = 0};
    FILE *file = fopen(path, "r");
    if (!file)
        return error_errno(e, errno, path);
    return check_file(path, file, report, e);
}

enum status vectors_check_text(const char *name, const char *text, size_t bytes,
                               struct vectors_report *report, struct error *e)
{
    *report = (struct vectors_report){.lines = 0};
    FILE *file = fmemopen((void *)text, bytes, "r");
    if (!file)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", name);
    return check_file(name, file, report, e);
}
