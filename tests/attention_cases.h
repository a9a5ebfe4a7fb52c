/* Attention of made-up queries, keys and values, and its cells. */
#ifndef TESTS_ATTENTION_CASES_H
#define TESTS_ATTENTION_CASES_H

#include "sim/pipeline.h"
#include "tests/draws.h"

enum { ATTENTION_MOST = 4096 };

/* What the functions below fill and read; got: room for outputs. */
extern float q[ATTENTION_MOST], k[ATTENTION_MOST], v[ATTENTION_MOST], got[ATTENTION_MOST];

extern const struct attention_shape plain; /* 5 queries and keys, 4 heads of 8 on 2 of keys */

/* Elements of the queries (part 0), the keys or the values. */
size_t attention_count(const struct attention_shape *s, int part);
/* Draws all three. */
void attention_fill(const struct attention_shape *s, enum draw kind, uint64_t seed);
/* A tensor [a, b, c], or [a, b] for a c of 0. */
struct subject attention_load(const float *x, const char *name, size_t a, size_t b, size_t c);
struct subject attention_attend(const struct attention_shape *s, double rotary);

struct asked {
    struct quant_spec spec;
    struct attention_spec attention;
    struct cell_request request;
};

/* Texts of q, k, p, v, both MACs and the output (or NULL). */
struct asked attention_ask(const struct subject *s, const char *const text[7]);
enum status attention_run(struct asked *a, struct cell_result *out, struct error *e);

#endif
