/* Attention by GNU MPFR, in 320 bits: scores, exponentials, outputs. Shares no code with sim/arith beyond the
 * shape. */
#ifndef TESTS_ATTENTION_ORACLE_H
#define TESTS_ATTENTION_ORACLE_H

#include <stdbool.h>

#include <mpfr.h>

#include "sim/arith/attention.h"

enum { ATTENTION_ORACLE_KEYS = 64 }; /* at most */

struct attention_oracle {
    mpfr_t score[ATTENTION_ORACLE_KEYS], sum, term, top, y, weight;
};

void attention_oracle_open(struct attention_oracle *o);
void attention_oracle_close(struct attention_oracle *o);
/* The sum of x[i * step_x] y[i * step_y], i < n. */
void attention_oracle_dot(struct attention_oracle *o, const float *x, size_t step_x, const float *y,
                          size_t step_y, size_t n, mpfr_t out);
/* score[0 .. n-1] to e^((s - max) / sqrt(dim)), their sum in `sum`. */
void attention_oracle_exponentials(struct attention_oracle *o, size_t n, size_t dim);
/* Element c of query t of head h into `y`, and into *bound how far binary64 may be off. */
void attention_oracle_output(struct attention_oracle *o, const struct attention_shape *s, const float *q,
                             const float *k, const float *v, size_t t, size_t h, size_t c, double *bound);
/* y is the nearest binary32 of some number within the bound of o->y. */
bool attention_oracle_near(struct attention_oracle *o, float y, double bound);

#endif
