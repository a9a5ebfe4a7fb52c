/* The places of a GGUF file, and its metadata. */
#include "sim/dump/gguf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    NESTING = 8,       /* arrays in arrays; files in use have none */
    KEPT_MAX = 1 << 16 /* bytes of a text that is kept */
};

/* Keys, and tensors: each takes ten times its bytes in memory; files in use have thousands. */
enum { MOST = 1 << 20 };

enum value_type { U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64, VALUE_TYPES };

static const unsigned char value_bytes[VALUE_TYPES] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

enum status gguf_take(struct gguf_cursor *c, size_t bytes, const char *what, uint64_t *out, struct error *e)
{
    *out = 0;
    if (gguf_left(c) < bytes)
        return error_set(e, STATUS_MISSING, "%s at byte %zu takes %zu bytes, but the file ends after %zu",
                         what, c->at, bytes, gguf_left(c));
    *out = dump_little(c->bytes + c->at, bytes);
    c->at += bytes;
    return STATUS_OK;
}

static enum status take_text(struct gguf_cursor *c, const char *what, struct gguf_text *out, struct error *e)
{
    uint64_t n;
    enum status s = gguf_take(c, 8, what, &n, e);
    if (s)
        return s;
    if (n > gguf_left(c))
        return error_set(e, STATUS_MISSING, "%s at byte %zu claims %ju bytes, but only %zu follow", what,
                         c->at - 8, (uintmax_t)n, gguf_left(c));
    *out = (struct gguf_text){c->bytes + c->at, (size_t)n};
    c->at += out->n;
    return STATUS_OK;
}

enum status gguf_take_name(struct gguf_cursor *c, const char *what, struct gguf_text *out, struct error *e)
{
    const size_t at = c->at;
    enum status s = take_text(c, what, out, e);
    if (s)
        return s;
    if (!out->n || memchr(out->at, 0, out->n))
        return error_set(e, STATUS_MISSING, "%s at byte %zu is %s", what, at,
                         out->n ? "broken by a zero byte" : "empty");
    return STATUS_OK;
}

enum status gguf_check_count(uint64_t n, size_t least, const char *what, const struct gguf_cursor *c,
                             struct error *e)
{
    if (n > MOST)
        return error_set(e, STATUS_MISSING, "claims %ju %s; allowed are %d", (uintmax_t)n, what, MOST);
    if (n > gguf_left(c) / least)
        return error_set(e, STATUS_MISSING, "claims %ju %s of at least %zu bytes each in a file of %zu",
                         (uintmax_t)n, what, least, c->size);
    return STATUS_OK;
}

/* --- metadata --- */

static enum status check_bool(const struct gguf_cursor *c, size_t n, struct error *e)
{
    for (size_t i = 0; i < n; i++)
        if (c->bytes[c->at + i] > 1)
            return error_set(e, STATUS_MISSING, "a truth value at byte %zu is %d; allowed are 0 and 1",
                             c->at + i, c->bytes[c->at + i]);
    return STATUS_OK;
}

/* n values of one type: each checked, none kept. */
static enum status skip_values(struct gguf_cursor *c, uint64_t type, uint64_t n, int depth, struct error *e)
{
    if (type >= VALUE_TYPES)
        return error_set(e, STATUS_MISSING, "a value of type %ju before byte %zu; allowed are 0 to %d",
                         (uintmax_t)type, c->at, VALUE_TYPES - 1);
    /* Of text and arrays: their lengths alone. */
    const size_t least = type == STRING ? 8 : type == ARRAY ? 12 : value_bytes[type];
    if (n > gguf_left(c) / least)
        return error_set(e, STATUS_MISSING,
                         "%ju values at byte %zu take at least %zu bytes each, but only %zu follow",
                         (uintmax_t)n, c->at, least, gguf_left(c));
    enum status s = type == BOOL ? check_bool(c, (size_t)n, e) : STATUS_OK;
    if (type != STRING && type != ARRAY) {
        c->at += (size_t)n * least;
        return s;
    }
    for (uint64_t i = 0; i < n && !s; i++) {
        struct gguf_text text;
        uint64_t inner, count;
        if (type == STRING) {
            s = take_text(c, "a text", &text, e);
            continue;
        }
        if (depth == NESTING)
            return error_set(e, STATUS_MISSING, "arrays at byte %zu lie in more than %d others", c->at,
                             NESTING);
        s = gguf_take(c, 4, "the type of an array", &inner, e);
        if (!s)
            s = gguf_take(c, 8, "the length of an array", &count, e);
        if (!s)
            s = skip_values(c, inner, count, depth + 1, e);
    }
    return s;
}

static bool is(const struct gguf_text *t, const char *word)
{
    return t->n == strlen(word) && memcmp(t->at, word, t->n) == 0;
}

static enum status read_alignment(struct gguf_cursor *c, uint64_t type, size_t *alignment, struct error *e)
{
    uint64_t value;
    if (type != U32)
        return error_set(e, STATUS_MISSING, "general.alignment has type %ju; allowed is %d (uint32)",
                         (uintmax_t)type, U32);
    enum status s = gguf_take(c, 4, "general.alignment", &value, e);
    if (s)
        return s;
    if (!value || value & (value - 1))
        return error_set(e, STATUS_MISSING, "general.alignment is %ju; allowed are powers of two",
                         (uintmax_t)value);
    *alignment = (size_t)value;
    return STATUS_OK;
}

/* What a dump keeps of metadata is text, unless it is very long. */
static enum status keep_text(struct dump_file *f, struct gguf_cursor *c, const struct gguf_text *key,
                             struct error *e)
{
    struct gguf_text value;
    enum status s = take_text(c, "a text", &value, e);
    if (s || value.n > KEPT_MAX || memchr(value.at, 0, value.n))
        return s;
    char *k = strndup((const char *)key->at, key->n), *v = strndup((const char *)value.at, value.n);
    s = k && v ? dump_file_add_metadata(f, k, v, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(k);
    free(v);
    return s;
}

int gguf_by_text(const void *a, const void *b)
{
    const struct gguf_text *x = a, *y = b;
    return dump_order(x->at, x->n, y->at, y->n);
}

enum status gguf_check_twice(struct gguf_text *names, size_t n, const char *what, struct error *e)
{
    qsort(names, n, sizeof *names, gguf_by_text);
    for (size_t i = 1; i < n; i++)
        if (gguf_by_text(&names[i - 1], &names[i]) == 0)
            return error_set(e, STATUS_MISSING, "two %s are named \"%.*s\"", what, gguf_shown(&names[i]),
                             (const char *)names[i].at);
    return STATUS_OK;
}

enum status gguf_read_metadata(struct dump_file *f, struct gguf_cursor *c, size_t n, size_t *alignment,
                               struct error *e)
{
    struct gguf_text *keys = calloc(n + 1, sizeof *keys);
    enum status s = keys ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && !s; i++) {
        uint64_t type;
        s = gguf_take_name(c, "a key", &keys[i], e);
        if (!s)
            s = gguf_take(c, 4, "the type of a value", &type, e);
        if (s)
            break;
        if (is(&keys[i], "general.alignment"))
            s = read_alignment(c, type, alignment, e);
        else if (type == STRING)
            s = keep_text(f, c, &keys[i], e);
        else
            s = skip_values(c, type, 1, 0, e);
    }
    if (!s)
        s = gguf_check_twice(keys, n, "keys", e);
    free(keys);
    return s;
}
