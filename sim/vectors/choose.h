/* Choosing inputs: parts of sim/vectors/choose*.c and points.c. */
#ifndef SIM_VECTORS_CHOOSE_H
#define SIM_VECTORS_CHOOSE_H

#include "sim/vectors/parts.h"

/* A growing array of words. Without memory it stays as it is and remembers. */
struct words {
    uint64_t *word;
    size_t n, room;
    bool failed;
};

/* `more` zero words at the end; NULL without memory. */
uint64_t *words_grow(struct words *l, size_t more);
void words_add(struct words *l, uint64_t word);
/* Ascending, each once. */
void words_sort(struct words *l);

/* x as a binary32 pattern, and those of the binary32 numbers beside it. */
void points_add(struct words *l, struct number x);
/* The values of a format (of more than 16 bits: a spread of them), the boundaries between them, their
 * neighbours, sorted. */
enum status points_of(struct words *l, const struct format *f, struct error *e) MUST_CHECK;
/* Codes of a format of many bits: spread over all, around powers of two, specials. */
void points_codes(struct words *codes, const struct format *f);

/* Zeros, subnormals, extremes, infinities and NaNs of binary32, as patterns. */
enum { CHOOSE_SPECIALS = 18 };
extern const uint32_t choose_specials[CHOOSE_SPECIALS];

/* Random number i of a stream of the spec's seed. */
uint32_t choose_draw(const struct vectors *v, int stream, uint64_t i);
/* A sign and a fraction of the bits a, an exponent from low to high by those of b. */
float choose_float(uint32_t a, uint32_t b, int low, int high);
/* An input as a word of the column: its pattern, or the code of the source nearest to it; and back. */
uint64_t choose_word(const struct vectors *v, float x);
float choose_value(const struct vectors *v, uint64_t word);
/* Whether x makes no case: nan=error makes an error of NaN. */
bool choose_is_refused(const struct vectors *v, float x);
/* A new case, its words zero but for the stream of its random bits; NULL without memory. */
uint64_t *choose_line(const struct vectors *v, struct words *lines);

/* All cases of each kind. */
enum status choose_blocks(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE],
                          struct error *e) MUST_CHECK;
void choose_codes(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE]);
void choose_operands(const struct vectors *v, struct words *lines, char how[VECTORS_HOW_SIZE]);

#endif
