/* Attention for tests of transforms: heads by themselves with what the pipeline gives steps, and cells. */
#ifndef TESTS_HEADS_H
#define TESTS_HEADS_H

#include "sim/pipeline.h"
#include "sim/transform/heads.h"
#include "tests/check.h"

/* Queries, keys and values, which are copied, all under one scheme; heads_close when done. */
void heads_take(struct heads *h, const struct attention_shape *s, double rotary, const char *scheme,
                const float *const x[HEADS_SIDES]);
/* Runs a chain; fails the test if it cannot. */
void heads_must_run(struct heads *h, const char *text);
/* Fails the test unless the chain is refused with a message that has `words`. */
void heads_refuses(struct heads *h, const char *text, const char *words);
/* heads_values; fails the test if there are none. */
void heads_read(const struct heads *h, enum heads_side side, float *values);
void heads_expect_near(const float *got, const float *want, size_t n, double within);

/* Attention as a subject. */
struct subject heads_subject(const struct attention_shape *s, double rotary,
                             const float *const x[HEADS_SIDES]);
/* A cell of it into y: operands under one scheme, probabilities as they are, exact sums. `chain` and `stats`
 * may be NULL. */
void heads_cell(const struct subject *s, const char *scheme, const char *chain, float *y,
                struct quant_stats *stats);
double heads_nmse(const float *y, const float *want, size_t n);
/* Normal numbers; keys far from zero in some columns, as networks have them. */
void heads_draw(const struct attention_shape *s, uint64_t seed, float *const x[HEADS_SIDES]);

#endif
