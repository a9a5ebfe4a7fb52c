/* The texts of a folder, their split into training and held-out texts, and the 3-gram baseline. */
#ifndef SIM_MODEL_TEXT_H
#define SIM_MODEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/hash.h"
#include "sim/base/status.h"

struct text {
    char *name;      /* file name without folder */
    uint8_t *stream; /* a newline, then the n bytes of the file: every byte has one before it */
    size_t n;
    char sha256[HASH_HEX_SIZE];
    double shared; /* share of its TEXT_RUN-byte runs that occur in another text as well */
    bool held_out;
};

struct texts {
    struct text *item; /* in order of name (strcmp) */
    size_t n;
};

#define TEXT_RUN           24 /* bytes */
#define TEXT_HELD_OUT_PART 20 /* hold out at least one byte in so many */

/* Reads the regular files of a folder, links not followed, empty files left out. STATUS_MISSING if there are
 * fewer than two. */
enum status texts_load(const char *dir, struct texts *out, struct error *e) MUST_CHECK;
/* Licences are often versions of each other, so whole texts are held out, those first of which the smallest
 * share of runs occurs elsewhere (ties by name), until the part is reached. At least one text stays. */
enum status texts_split(struct texts *t, struct error *e) MUST_CHECK;
void texts_free(struct texts *t);
/* Bytes of the training texts, or of the held-out ones. */
size_t texts_bytes(const struct texts *t, bool held_out);

/* Byte 3-gram model, interpolated down to 2-grams, 1-grams and 1/256 by Witten and Bell's method C (IEEE
 * Trans. Inf. Theory 37(4), 1991): p(b | context) = (count(context b) + types(context) * p(b | shorter)) /
 * (count(context) + types(context)). */
struct ngram;
struct ngram *ngram_alloc(void); /* NULL when out of memory */
void ngram_free(struct ngram *m);
/* Counts a text; two newlines stand before its first byte. */
void ngram_add(struct ngram *m, const struct text *t);
/* Probability of `byte` after before[0] and before[1] (the last). */
double ngram_probability(const struct ngram *m, const uint8_t before[2], uint8_t byte);
/* Bits the model needs for the n bytes of a text. */
double ngram_bits(const struct ngram *m, const struct text *t);

#endif
