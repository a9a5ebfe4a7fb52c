/* Transforms: how the operands of a site are prepared before they are quantized, as a chain of steps.
 *
 *     STEP[,key=value]... [| STEP[,key=value]...]...
 *     smooth,alpha=0.6 | hadamard,block=16          outliers,above=6,to=(int8,per=token) | gptq
 *
 * A step acts on what the one before it left. A value with commas stands in parentheses. The canonical text
 * writes every key that has an effect; parsing it gives the same chain.
 *
 * One file in sim/transform/ and one line in sim/transforms.def each. */
#ifndef SIM_TRANSFORM_H
#define SIM_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/arg.h"
#include "sim/base/status.h"

#define TRANSFORM_TEXT_SIZE   2048
#define TRANSFORM_SCHEME_SIZE ARG_VALUE_SIZE /* of a scheme as a value */
#define TRANSFORM_STEPS       8
#define TRANSFORM_KEYS        ARG_KEYS_MAX

struct layer;
struct heads;
struct transform_step;

/* A kind of step: of linear layers, of attention, or of both. */
struct transform {
    const char *name, *doc, *citation;
    const char *acts; /* what it changes: "input, weight" */
    const struct arg_key *keys;
    size_t n_keys;
    /* Whether what a site computes exactly stays what it was, up to the rounding of its operands to binary32:
     * tests hold it to that. Steps that quantize or drop something do not keep it. */
    bool keeps_output;
    /* Why a key has no effect (a clause for a message); NULL if it has one. May be NULL. */
    const char *(*no_effect)(const struct transform_step *step, size_t key);
    /* What it does to a linear layer, and to attention (sim/transform/heads.h); NULL: refused. */
    enum status (*apply)(const struct transform_step *step, struct layer *l, struct error *e);
    enum status (*attend)(const struct transform_step *step, struct heads *h, struct error *e);
};

struct transform_step {
    const struct transform *transform;
    double value[TRANSFORM_KEYS];
    char scheme[TRANSFORM_SCHEME_SIZE]; /* of the key of that type, "" without */
};

struct transform_chain {
    size_t n;
    struct transform_step step[TRANSFORM_STEPS];
};

/* The value of a key that the transform has. */
double transform_number(const struct transform_step *step, const char *key);
size_t transform_count_of(const struct transform_step *step, const char *key); /* of ARG_INTEGER, >= 0 */
bool transform_is(const struct transform_step *step, const char *key, const char *word);

/* The key of steps that go through the columns block by block, and what it says of n columns: a divisor, or
 * STATUS_INVALID. */
#define TRANSFORM_BLOCK_KEY                                                                         \
    {                                                                                               \
        "block", ARG_INTEGER, 0, 0, 1 << 20, NULL, "columns that are mixed with each other; 0: all" \
    }
enum status transform_block(const struct transform_step *step, size_t n, size_t *block,
                            struct error *e) MUST_CHECK;

/* Errors (STATUS_INVALID) name the step, the key, what was found and what is allowed. */
enum status transform_parse(const char *text, struct transform_chain *out, struct error *e) MUST_CHECK;
void transform_canonical(const struct transform_chain *c, char out[static TRANSFORM_TEXT_SIZE]);
/* Without keys that say what holds anyway. */
void transform_short(const struct transform_chain *c, char out[static TRANSFORM_TEXT_SIZE]);
/* STATUS_INVALID where a step does not act on linear layers, or on attention. */
enum status transform_check(const struct transform_chain *c, bool attention, struct error *e) MUST_CHECK;

size_t transform_count(void);
const struct transform *transform_at(size_t i);
const struct transform *transform_find(const char *name); /* NULL if unknown */

#endif
