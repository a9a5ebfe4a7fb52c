/* Attention of a layer on its way to being quantized: what transforms of op: attention change. sim/pipeline
 * makes it from what was recorded and computes the output when the chain is done.
 *
 *     scores = queries * keys^T + added;  output = clipped softmax(scores) * values, then turned back
 *
 * Operands are binary32 in C order: queries [queries, heads, dim] after rotary embedding, keys and values
 * [keys, kv_heads, dim]. Steps compute in binary64 and round each operand once. What a step does to an
 * operand is either known to the other side of the product (keys that are divided where queries are
 * multiplied), or it is turned back on the values after quantizing: in binary64, the last step first, rounded
 * once. */
#ifndef SIM_TRANSFORM_HEADS_H
#define SIM_TRANSFORM_HEADS_H

#include "sim/base/status.h"
#include "sim/spec.h"
#include "sim/transform.h"
#include "sim/transform/rows.h"

enum heads_side { HEADS_Q, HEADS_K, HEADS_V, HEADS_SIDES, HEADS_OUTPUT = HEADS_SIDES };

struct heads;

/* Turns x, shaped as that side, back. `data` is what the step left. */
typedef enum status heads_undo(const struct heads *h, enum heads_side side, const double *data, double *x,
                               struct error *e);

struct heads_back {
    heads_undo *undo;
    double *data; /* freed with the heads */
};

/* What only the pipeline can do: quantizing is another stage. */
struct heads_tools {
    /* The values of x, shaped as that operand, under a scheme. */
    enum status (*quantize)(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                            const float *x, float *values, struct error *e);
    /* The same of a matrix [rows, n] of its elements. */
    enum status (*quantize_rows)(const struct heads *h, enum heads_side side, const struct quant_spec *q,
                                 size_t rows, size_t n, const float *x, float *values, struct error *e);
};

struct heads {
    size_t queries, keys, heads, kv_heads, dim; /* as struct attention_shape has them */
    double rotary; /* base of the rotary embedding of neighbours that queries and keys have; 0: not known */
    float *operand[HEADS_SIDES];
    struct quant_spec scheme[HEADS_SIDES];
    float *done[HEADS_SIDES]; /* values that a step has quantized itself; NULL: by the scheme */
    bool *kept[HEADS_SIDES];  /* elements that are stored apart, zero in the operand; NULL: none */
    struct heads_back back[HEADS_SIDES + 1][TRANSFORM_STEPS];
    size_t n_back[HEADS_SIDES + 1];
    double *added; /* to scores, [heads, queries, keys]; NULL: nothing */
    bool clipped;  /* probabilities p become min(max((zeta - gamma) p + gamma, 0), 1) */
    double zeta, gamma;
    bool centered;        /* values have lost their mean, which probabilities that sum to 1 give back */
    size_t first, window; /* a query sees the first keys and the last `window` up to itself; window 0: all */
    uint64_t side_bits;   /* that steps store beside operands under schemes */
    uint64_t seed;
    const struct heads_tools *tools;
    const void *context; /* of tools */
};

static inline size_t heads_tokens(const struct heads *h, enum heads_side side)
{
    return side == HEADS_Q || side == HEADS_OUTPUT ? h->queries : h->keys;
}

/* Heads of a side. */
static inline size_t heads_wide(const struct heads *h, enum heads_side side)
{
    return side == HEADS_Q || side == HEADS_OUTPUT ? h->heads : h->kv_heads;
}

static inline size_t heads_count(const struct heads *h, enum heads_side side)
{
    return heads_tokens(h, side) * heads_wide(h, side) * h->dim;
}

/* Whether the query at position t sees key j <= t. */
static inline bool heads_sees(const struct heads *h, size_t t, size_t j)
{
    return !h->window || j < h->first || t - j < h->window;
}

/* Frees what it holds. */
void heads_close(struct heads *h);

/* Refuses (STATUS_INVALID) a step that changes an operand which a step before has quantized. */
enum status heads_open_side(const struct heads *h, enum heads_side side, struct error *e) MUST_CHECK;
/* The same for a step that mixes or scales elements: none may be kept apart. */
enum status heads_open_mixed(const struct heads *h, enum heads_side side, struct error *e) MUST_CHECK;
/* The same for one that relies on queries * keys^T being the scores: nothing is to be turned back. */
enum status heads_open_pair(const struct heads *h, struct error *e) MUST_CHECK;

/* Something to turn back; takes over data, which may be NULL only where memory was out. */
enum status heads_push(struct heads *h, enum heads_side side, heads_undo *undo, double *data,
                       struct error *e) MUST_CHECK;
/* What an operand becomes: by its scheme or done, then turned back. The caller's array. */
enum status heads_values(const struct heads *h, enum heads_side side, float *values,
                         struct error *e) MUST_CHECK;
/* Turns x back through all steps. */
enum status heads_undo_all(const struct heads *h, enum heads_side side, double *x,
                           struct error *e) MUST_CHECK;

/* Keeps elements apart, under a scheme: those where `mask` says so become zero, and what they are by the
 * scheme takes their place among the values. Each counts as its own bits and `place`, those that say where it
 * lies. */
enum status heads_keep(struct heads *h, enum heads_side side, const bool *mask, const char *scheme,
                       unsigned place, struct error *e) MUST_CHECK;

/* Turns each row of n numbers of an operand in place; n divides heads * dim. Rounds once. */
enum status heads_rotate(struct heads *h, enum heads_side side, size_t n, row_rotation *rotate,
                         const void *context, struct error *e) MUST_CHECK;
/* Divides column d of head i of the keys by s[i][d] > 0 and multiplies that of its queries by it. */
void heads_scale(struct heads *h, const double *s);
/* Largest magnitude of each column of each head, [kv_heads, dim]; of queries among those of the group. */
void heads_column_max(const struct heads *h, enum heads_side side, double *out);

/* Elements of an operand that have a range in common: number j of region i is i * outer + j * inner. */
struct heads_regions {
    size_t count, n, outer, inner;
};
/* From the words of a key, "channel|token|head": over tokens, over all heads, over one. */
#define HEADS_OVER "channel|token|head"
struct heads_regions heads_regions(const struct heads *h, enum heads_side side,
                                   const struct transform_step *step, const char *key);
/* The keys and the values, or both, as "both|keys|values" of a key `of` says. */
#define HEADS_OF "both|keys|values"
bool heads_chosen(const struct transform_step *step, enum heads_side side);

#endif
