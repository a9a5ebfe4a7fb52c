/* A linear layer on its way to being quantized: what transforms change. sim/pipeline makes it from a site and
 * computes its output when the chain is done.
 *
 *     output = sum over parts of input * weight^T, then + bias, then undone
 *
 * Operands are binary32 in C order: the input [tokens, n], the weight [out, n], n columns of each part. Steps
 * compute in binary64 and round each operand once. */
#ifndef SIM_TRANSFORM_LAYER_H
#define SIM_TRANSFORM_LAYER_H

#include "sim/base/status.h"
#include "sim/spec.h"
#include "sim/transform.h"
#include "sim/transform/rows.h"

#define LAYER_PARTS 8

enum layer_side { LAYER_INPUT, LAYER_WEIGHT, LAYER_SIDES };

/* Some columns, each operand under a scheme of its own. Part 0, the main one, is multiplied as the cell says,
 * all others exactly (each sum rounded once to binary32). */
struct layer_part {
    size_t n;
    float *operand[LAYER_SIDES];
    struct quant_spec scheme[LAYER_SIDES];
    float *done[LAYER_SIDES];   /* values that a step has quantized itself; NULL: by the scheme */
    bool counted[LAYER_SIDES];  /* whether `bits` says what is stored of the operand; else as under its scheme
                                 */
    uint64_t bits[LAYER_SIDES]; /* with what finds its elements: indices, choices */
};

/* Rotated tokens: undoes itself on an output [tokens, out] of binary64. */
typedef void layer_undo(const struct transform_step *step, size_t tokens, size_t out, double *y);

struct layer;
struct frozen; /* sim/quant/frozen.h */

/* What only the pipeline can do: quantizing is another stage. */
struct layer_tools {
    /* The values of x, shaped as that operand of the part, under a scheme. */
    enum status (*quantize)(const struct layer *l, const struct layer_part *p, enum layer_side side,
                            const struct quant_spec *q, const float *x, float *values, struct error *e);
    /* What those values take to store: codes, scales, what stands beside them. */
    enum status (*bits)(const struct layer *l, const struct layer_part *p, enum layer_side side,
                        const struct quant_spec *q, const float *x, uint64_t *bits, struct error *e);
    /* Finds the scales of x and keeps them; the rest is as in sim/quant/frozen.h. */
    enum status (*freeze)(const struct layer *l, const struct layer_part *p, enum layer_side side,
                          const struct quant_spec *q, const float *x, struct frozen **out, struct error *e);
    void (*frozen_close)(struct frozen *f);
    float (*frozen_value)(const struct frozen *f, size_t i, float x);
    void (*frozen_neighbours)(const struct frozen *f, size_t i, float x, float *below, float *above);
    size_t (*frozen_regions)(const struct frozen *f);
    size_t (*frozen_region)(const struct frozen *f, size_t i);
    enum status (*frozen_find)(struct frozen *f, size_t region, const float *x, struct error *e);
};

struct layer {
    size_t tokens, out;
    struct layer_part part[LAYER_PARTS];
    size_t n_parts;
    double *bias;        /* `out` numbers, or NULL */
    const float *output; /* what the recorded operands give exactly, [tokens, out] */
    size_t calibration;  /* tokens that steps learn from: the first ones; all unless a step says less */
    layer_undo *undo;    /* NULL: nothing to undo */
    const struct transform_step *undo_step;
    uint64_t side_bits;    /* that steps store beside the weight, and parts do not count */
    uint64_t seed, stream; /* of random numbers: the cell's, and the site's own */
    const struct layer_tools *tools;
    const void *context; /* of tools */
};

static inline size_t layer_rows(const struct layer *l, enum layer_side side)
{
    return side == LAYER_INPUT ? l->tokens : l->out;
}

/* Frees what the parts and the bias hold. */
void layer_close(struct layer *l);

/* Runs a step: STATUS_INVALID where it would change an operand that an earlier one has quantized. */
enum status layer_apply(struct layer *l, const struct transform_step *step, struct error *e) MUST_CHECK;

/* A part of n columns whose operands are zero, under the schemes of part 0, at the end of the list. */
enum status layer_add_part(struct layer *l, size_t n, struct layer_part **out, struct error *e) MUST_CHECK;
/* The bias, made of zeros where there is none; NULL without memory. */
double *layer_bias(struct layer *l);

/* What an operand becomes: n * rows values, the caller's array. */
enum status layer_values(const struct layer *l, const struct layer_part *p, enum layer_side side,
                         float *values, struct error *e) MUST_CHECK;
/* y[rows, out] += the first rows of x[.., n] times w[out, n]^T, every sum in the order of the columns, in
 * binary64. */
enum status layer_multiply(const float *x, const float *w, size_t rows, size_t out, size_t n, double *y,
                           struct error *e) MUST_CHECK;
/* Adds the bias to sums of parts, y[tokens, out], and undoes what was done to tokens. */
void layer_finish(const struct layer *l, double *y);
/* The output as searching programs see it: quantized operands, multiplied in binary64. y[tokens, out]. */
enum status layer_output(const struct layer *l, double *y, struct error *e) MUST_CHECK;
/* The sum of squared differences between that and l->output over the calibration tokens. */
enum status layer_error(const struct layer *l, double *error, struct error *e) MUST_CHECK;

/* Divides column j of the main input by s[j] > 0 and multiplies that of the weight by it. */
void layer_scale_columns(struct layer *l, const double *s);
/* Largest magnitude of each column of an operand of the main part, among the calibration tokens of an input.
 * out has n places. */
void layer_column_max(const struct layer *l, enum layer_side side, double *out);

/* Whether scales lie along the rows of an operand, whose labels may be token, channel, out and in. */
bool layer_scales_rows(const struct scaling *s);
/* Columns of the main weight that share a scale in a row: its blocks, else all. */
size_t layer_group(const struct layer *l);

/* Column j of both operands of the main part becomes what column from[j] was, a permutation. */
enum status layer_permute(struct layer *l, const size_t *from, struct error *e) MUST_CHECK;

/* Rows of both operands of the main part. */
enum status layer_rotate(struct layer *l, row_rotation *rotate, const void *context,
                         struct error *e) MUST_CHECK;

#endif
