/* Interned codebooks, and the registry of those that a rule computes. */
#include "sim/book.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"

/* --- interning --- */

struct interned {
    struct codebook book; /* points into the arrays below */
    float values[CODEBOOK_MAX];
    uint8_t codes[CODEBOOK_MAX];
    struct interned *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of the two lists */
static struct interned *books;

static bool equal(const struct codebook *a, const struct codebook *b)
{
    size_t n = (size_t)a->n;
    return a->n == b->n && a->boundary == b->boundary &&
           bits_from_f32(a->unused) == bits_from_f32(b->unused) &&
           !memcmp(a->values, b->values, n * sizeof *a->values) && !a->codes == !b->codes &&
           (!a->codes || !memcmp(a->codes, b->codes, n));
}

static struct interned *copy(const struct codebook *b)
{
    struct interned *i = calloc(1, sizeof *i);
    if (!i)
        return NULL;
    memcpy(i->values, b->values, (size_t)b->n * sizeof *b->values);
    if (b->codes)
        memcpy(i->codes, b->codes, (size_t)b->n);
    i->book = *b;
    i->book.values = i->values;
    i->book.codes = b->codes ? i->codes : NULL;
    return i;
}

const struct codebook *book_intern(const struct codebook *b)
{
    pthread_mutex_lock(&lock);
    struct interned *i = books;
    while (i && !equal(&i->book, b))
        i = i->next;
    if (!i && (i = copy(b))) {
        i->next = books;
        books = i;
    }
    pthread_mutex_unlock(&lock);
    return i ? &i->book : NULL;
}

/* The text that is hashed: one line a rank with its code and the bits of its value, then the rest. */
void book_hash(const struct codebook *b, char hex[static BOOK_HASH_SIZE])
{
    char text[(CODEBOOK_MAX + 1) * 16], whole[HASH_HEX_SIZE];
    int n = 0;
    for (int i = 0; i < b->n; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, "%d %08x\n", b->codes ? b->codes[i] : i,
                      (unsigned)bits_from_f32(b->values[i]));
    n += snprintf(text + n, sizeof text - (size_t)n, "%08x %d\n", (unsigned)bits_from_f32(b->unused),
                  (int)b->boundary);
    hash_bytes(text, (size_t)n, whole);
    snprintf(hex, BOOK_HASH_SIZE, "%.16s", whole);
}

/* --- by rule --- */

#define BOOK(id) extern const struct book_rule book_rule_##id;
#include "sim/books.def"
#undef BOOK

static const struct book_rule *const rules[] = {
#define BOOK(id) &book_rule_##id,
#include "sim/books.def"
#undef BOOK
};

size_t book_rule_count(void)
{
    return sizeof rules / sizeof *rules;
}

const struct book_rule *book_rule_at(size_t i)
{
    return rules[i];
}

/* Formats computed so far. */
struct computed {
    struct format format;
    struct computed *next;
};

static struct computed *done;

static bool find_done(const char *name, struct format *out)
{
    pthread_mutex_lock(&lock);
    struct computed *c = done;
    while (c && strcmp(c->format.name, name) != 0)
        c = c->next;
    if (c)
        *out = c->format;
    pthread_mutex_unlock(&lock);
    return c;
}

/* Out of memory only costs time here. */
static void remember(const struct format *f)
{
    struct computed *c = malloc(sizeof *c);
    if (!c)
        return;
    c->format = *f;
    pthread_mutex_lock(&lock);
    c->next = done;
    done = c;
    pthread_mutex_unlock(&lock);
}

static enum status make_format(const char *name, const struct book_rule *rule, const double *exact, int n,
                               struct format *out, struct error *e)
{
    float values[CODEBOOK_MAX];
    for (int i = 0; i < n; i++)
        values[i] = (float)exact[i];
    struct codebook b = {.n = n, .values = values};
    const char *why = codebook_problem(&b);
    if (why)
        return error_set(e, STATUS_INTERNAL, "%s: %s", name, why);
    struct format f = {.family = &family_codebook,
                       .bits = codebook_bits(n),
                       .book = book_intern(&b),
                       .doc = rule->doc,
                       .citation = rule->citation};
    if (!f.book)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    snprintf(f.name, sizeof f.name, "%s", name);
    remember(&f);
    *out = f;
    return STATUS_OK;
}

enum status book_by_name(const char *name, struct format *out, struct error *e)
{
    char lower[FORMAT_NAME_SIZE];
    size_t length = strlen(name);
    if (length >= sizeof lower)
        return STATUS_SKIP;
    for (size_t i = 0; i <= length; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    if (find_done(lower, out))
        return STATUS_OK;
    for (size_t i = 0; i < book_rule_count(); i++) {
        double values[CODEBOOK_MAX];
        const char *why = NULL;
        int n = rules[i]->compute(lower, values, &why);
        if (n)
            return make_format(lower, rules[i], values, n, out, e);
        if (why)
            return error_set(e, STATUS_INVALID, "format '%s': %s", name, why);
    }
    return STATUS_SKIP;
}
