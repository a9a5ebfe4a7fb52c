/* What the files of the GGUF reader share: a place in the file, and what is taken from there. */
#ifndef SIM_DUMP_GGUF_H
#define SIM_DUMP_GGUF_H

#include "sim/dump/reader.h"

/* Where the next byte is read; `at` never passes `size`. */
struct gguf_cursor {
    const unsigned char *bytes;
    size_t size, at;
};

struct gguf_text {
    const unsigned char *at;
    size_t n;
};

static inline size_t gguf_left(const struct gguf_cursor *c)
{
    return c->size - c->at;
}

/* Characters to print of a text, at most 200. */
static inline int gguf_shown(const struct gguf_text *t)
{
    return t->n < 200 ? (int)t->n : 200;
}

/* A little-endian number of 1 to 8 bytes; STATUS_MISSING, naming `what`, if the file ends before. */
enum status gguf_take(struct gguf_cursor *c, size_t bytes, const char *what, uint64_t *out,
                      struct error *e) MUST_CHECK;
/* A name: a length of 8 bytes and its characters; not empty, without a zero byte. */
enum status gguf_take_name(struct gguf_cursor *c, const char *what, struct gguf_text *out,
                           struct error *e) MUST_CHECK;
/* Sorts the names; STATUS_MISSING if two are the same. `what` says what they are names of. */
enum status gguf_check_twice(struct gguf_text *names, size_t n, const char *what, struct error *e) MUST_CHECK;
int gguf_by_text(const void *a, const void *b);
/* STATUS_MISSING if n things of that size at least do not fit into the rest of the file. */
enum status gguf_check_count(uint64_t n, size_t least, const char *what, const struct gguf_cursor *c,
                             struct error *e) MUST_CHECK;
/* n keys with their values: checks all, keeps texts as metadata of the dump, *alignment if it is given. */
enum status gguf_read_metadata(struct dump_file *f, struct gguf_cursor *c, size_t n, size_t *alignment,
                               struct error *e) MUST_CHECK;

#endif
