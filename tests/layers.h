/* Layers for tests of transforms: operands, schemes and what the pipeline gives steps. */
#ifndef TESTS_LAYERS_H
#define TESTS_LAYERS_H

#include "sim/pipeline.h"
#include "sim/transform/layer.h"

/* A site and the schemes of a cell of it. */
struct test_site {
    struct site site;
    struct subject output;
    struct quant_spec scheme;
    struct matmul_spec matmul;
};

struct test_layer {
    struct layer l; /* one part, nothing to undo: what sim/pipeline gives steps */
    struct test_site *site;
    struct cell_request request; /* l holds it: the struct stays where it is */
    float *x, *w;                /* the operands as they were, [tokens, n] and [out, n] */
    float *y;                    /* their exact product, rounded: l.output */
    size_t tokens, out, n;
};

/* Normal values; those of columns 3 and 7 (mod 16) of the input are 20 times as large. */
void layer_draw(struct test_layer *t, size_t tokens, size_t out, size_t n, const char *input,
                const char *weight, uint64_t seed);
/* The caller's operands, tokens * n and out * n. */
void layer_take(struct test_layer *t, size_t tokens, size_t out, size_t n, const float *x, const float *w,
                const char *input, const char *weight);
void layer_drop(struct test_layer *t);
/* The operands as they were, one part, schemes as before: for another chain. */
void layer_reset(struct test_layer *t);
/* The same after t->x or t->w were changed: their exact product anew. */
void layer_redo(struct test_layer *t);
/* Runs a chain; fails the test if it cannot. */
void layer_run(struct test_layer *t, const char *chain);
/* The same where a chain is to be refused: fails the test unless the message has `words`. */
void layer_refuses(struct test_layer *t, const char *chain, const char *words);
/* layer_error over the sum of squares of the exact output. */
double layer_nmse(const struct test_layer *t);

#endif
