/* The reader of codebook files. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/book.h"

#define FILE_MAX 65536 /* bytes */

struct entry {
    float value;
    int code; /* -1: none */
    int line;
};

struct reading {
    const char *path;
    struct entry entries[CODEBOOK_MAX];
    int n;
};

/* At most one byte more than a file may have. */
static enum status load(const char *path, char text[static FILE_MAX + 1], size_t *size, struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path);
    *size = fread(text, 1, FILE_MAX + 1, f);
    int failed = ferror(f) ? errno : 0;
    fclose(f);
    return failed ? error_errno(e, failed, path) : STATUS_OK;
}

static enum status bad_line(const struct reading *r, int line, const char *found, struct error *e)
{
    return error_set(
        e, STATUS_INVALID,
        "%s:%d: found '%.60s'; a line holds a value, or a code and a value: a code is 0..255, a value "
        "a decimal or hexadecimal number of binary32",
        r->path, line, found);
}

/* A finite number of binary32; one too small for it is refused as one too large is. */
static bool parse_value(const char *word, float *out)
{
    char *end;
    errno = 0;
    *out = strtof(word, &end);
    return end != word && !*end && isfinite(*out) && !(errno == ERANGE && (*out == 0 || isinf(*out)));
}

static bool parse_code(const char *word, int *out)
{
    char *end;
    if (!isdigit((unsigned char)*word))
        return false;
    errno = 0;
    unsigned long code = strtoul(word, &end, 10);
    *out = (int)code;
    return !*end && !errno && code < CODEBOOK_MAX;
}

static enum status read_line(struct reading *r, char *text, int line, struct error *e)
{
    char found[64];
    text[strcspn(text, "#")] = '\0';
    snprintf(found, sizeof found, "%s", text + strspn(text, " \t\r"));
    found[strcspn(found, "\r")] = '\0';
    char *rest = text, *words[3] = {NULL};
    int n = 0;
    for (char *word; (word = strsep(&rest, " \t\r\f\v"));)
        if (*word && n < 3)
            words[n++] = word;
    if (n == 0)
        return STATUS_OK;
    struct entry entry = {.code = -1, .line = line};
    if (n > 2 || (n == 2 && !parse_code(words[0], &entry.code)) || !parse_value(words[n - 1], &entry.value))
        return bad_line(r, line, found, e);
    if (r->n == CODEBOOK_MAX)
        return error_set(e, STATUS_INVALID, "%s:%d: value number %d; a codebook has at most %d", r->path,
                         line, CODEBOOK_MAX + 1, CODEBOOK_MAX);
    if (r->n && (r->entries[0].code < 0) != (entry.code < 0))
        return error_set(e, STATUS_INVALID,
                         "%s:%d: %s a code, unlike line %d; either all lines have codes or none has", r->path,
                         line, entry.code < 0 ? "lacks" : "has", r->entries[0].line);
    if (entry.value == 0 && signbit(entry.value))
        return error_set(e, STATUS_INVALID, "%s:%d: found -0; a codebook has no -0", r->path, line);
    r->entries[r->n++] = entry;
    return STATUS_OK;
}

static int by_value(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value ? 1 : x->line - y->line;
}

static enum status order(struct reading *r, struct error *e)
{
    struct entry *v = r->entries;
    for (int i = 1; i < r->n && v[0].code < 0; i++)
        if (v[i].value < v[i - 1].value)
            return error_set(
                e, STATUS_INVALID,
                "%s:%d: %g comes after %g; values without codes ascend (write 'code value' to give "
                "codes another order)",
                r->path, v[i].line, (double)v[i].value, (double)v[i - 1].value);
    qsort(v, (size_t)r->n, sizeof *v, by_value);
    for (int i = 1; i < r->n; i++)
        if (v[i].value == v[i - 1].value)
            return error_set(e, STATUS_INVALID,
                             "%s:%d: the value %.9g is that of line %d; binary32 values come once", r->path,
                             v[i].line, (double)v[i].value, v[i - 1].line);
    int line_of[CODEBOOK_MAX] = {0};
    for (int i = 0; i < r->n && v[0].code >= 0; i++) {
        if (line_of[v[i].code])
            return error_set(e, STATUS_INVALID, "%s: lines %d and %d have the code %d; codes come once",
                             r->path, line_of[v[i].code], v[i].line, v[i].code);
        line_of[v[i].code] = v[i].line;
    }
    return STATUS_OK;
}

static enum status fill(const struct reading *r, struct book_content *out, struct error *e)
{
    int top = r->n - 1;
    for (int i = 0; i < r->n; i++) {
        out->values[i] = r->entries[i].value;
        out->codes[i] = (uint8_t)r->entries[i].code;
        top = r->entries[i].code > top ? r->entries[i].code : top;
    }
    out->bits = codebook_bits(top + 1);
    out->book = (struct codebook){
        .n = r->n, .values = out->values, .codes = r->n && r->entries[0].code >= 0 ? out->codes : NULL};
    const char *why = codebook_problem(&out->book);
    return why ? error_set(e, STATUS_INVALID, "%s: %d values: %s", r->path, r->n, why) : STATUS_OK;
}

enum status book_parse(const char *name, const char *text, size_t bytes, struct book_content *out,
                       struct error *e)
{
    struct reading r = {.path = name};
    if (bytes > FILE_MAX)
        return error_set(e, STATUS_INVALID, "%s: more than %d bytes; a codebook file has at most that many",
                         name, FILE_MAX);
    if (memchr(text, 0, bytes))
        return error_set(e, STATUS_INVALID, "%s: holds a zero byte; a codebook file is plain text", name);
    char *copy = strndup(text, bytes), *rest = copy;
    enum status s = copy ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (int line = 1; !s && rest; line++)
        s = read_line(&r, strsep(&rest, "\n"), line, e);
    if (!s)
        s = order(&r, e);
    if (!s)
        s = fill(&r, out, e);
    free(copy);
    return s;
}

static enum status make_format(const char *path, const struct book_content *c, struct format *out,
                               struct error *e)
{
    struct format f = {.family = &family_codebook,
                       .bits = c->bits,
                       .book = book_intern(&c->book),
                       .doc = "codebook of a file",
                       .citation = "the file"};
    if (!f.book)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    snprintf(f.name, sizeof f.name, BOOK_PREFIX "%s", path);
    *out = f;
    return STATUS_OK;
}

enum status book_read(const char *path, struct format *out, struct error *e)
{
    struct book_content content;
    size_t size = 0;
    if (!*path || strlen(BOOK_PREFIX) + strlen(path) >= sizeof out->name)
        return error_set(e, STATUS_INVALID, "book: the path '%.200s' has %zu characters; allowed are 1..%zu",
                         path, strlen(path), sizeof out->name - sizeof BOOK_PREFIX);
    char *text = malloc(FILE_MAX + 1);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = load(path, text, &size, e);
    if (!s)
        s = book_parse(path, text, size, &content, e);
    if (!s)
        s = make_format(path, &content, out, e);
    free(text);
    return s;
}

bool book_is_file(const struct format *f)
{
    return f->family == &family_codebook && strncmp(f->name, BOOK_PREFIX, strlen(BOOK_PREFIX)) == 0;
}
