/* Transform "hadamard": columns of both operands are mixed by a Hadamard matrix, block by block. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/transform/hadamard_matrix.h"
#include "sim/transform/heads.h"
#include "sim/transform/layer.h"

/* NVIDIA, Pretraining Large Language Models with NVFP4, arXiv 2509.25149: one vector for all layers. */
static const signed char nvfp4_signs[16] = {1, 1, 1, -1, 1, -1, -1, -1, -1, -1, -1, 1, -1, 1, -1, -1};

struct rotation {
    struct hadamard h;
    double *sign; /* of each column of the row */
};

static void rotate(const void *context, double *row, size_t n)
{
    const struct rotation *r = context;
    struct hadamard h = r->h;
    for (size_t k = 0; k < n; k++)
        row[k] *= r->sign[k];
    for (size_t k = 0; k < n; k += h.n)
        hadamard_turn(&h, row + k, false);
}

/* Random ones depend on the step's seed and the column alone, so that layers that meet agree. */
static void fill_signs(const struct transform_step *step, double *sign, size_t n)
{
    const bool random = transform_is(step, "signs", "random"), fixed = transform_is(step, "signs", "nvfp4");
    const uint64_t seed = (uint64_t)transform_number(step, "seed");
    for (size_t k = 0; k < n; k++)
        sign[k] = random && rng_u32(seed, 0, k) >> 31 ? -1 : fixed ? nvfp4_signs[k % 16] : 1;
}

/* The largest order up to the block that divides the row and has a matrix: there is always that of order 1.
 */
static enum status open_fit(const struct transform_step *step, size_t n, struct hadamard *h, struct error *e)
{
    const size_t given = transform_count_of(step, "block");
    for (size_t order = given && given < n ? given : n; order; order--)
        if (n % order == 0) {
            if (hadamard_open(order, h))
                return STATUS_OK;
            if (h->n) /* no memory: a smaller one would be another answer */
                break;
        }
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status open_exact(const struct transform_step *step, size_t n, struct hadamard *h,
                              struct error *e)
{
    size_t block;
    enum status s = transform_block(step, n, &block, e);
    if (s || hadamard_open(block, h))
        return s;
    return h->n ? error_set(e, STATUS_INTERNAL, "out of memory")
                : error_set(e, STATUS_INVALID,
                            "no Hadamard matrix of order %zu is known here; allowed: 2^k m with m 1, q + 1 "
                            "or 2 (q + 1) for a prime q",
                            block);
}

/* For rows of n columns, under STATUS_OK; close frees in any case. */
static enum status open(const struct transform_step *step, size_t n, struct rotation *r, struct error *e)
{
    const bool fit = n && transform_is(step, "fit", "divisor");
    *r = (struct rotation){.sign = malloc((n + 1) * sizeof *r->sign)};
    if (!r->sign)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    fill_signs(step, r->sign, n);
    return (fit ? open_fit : open_exact)(step, n, &r->h, e);
}

static void close(struct rotation *r)
{
    hadamard_close(&r->h);
    free(r->sign);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct rotation r;
    enum status s = open(step, l->part[0].n, &r, e);
    if (!s)
        s = layer_rotate(l, rotate, &r, e);
    close(&r);
    return s;
}

/* [order, sign of each column] */
static enum status rotate_back(const struct heads *h, enum heads_side side, const double *data, double *x,
                               struct error *e)
{
    struct hadamard m;
    const size_t n = (size_t)data[0], count = heads_count(h, side);
    if (!hadamard_open(n, &m))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i += n)
        hadamard_turn(&m, x + i, true);
    for (size_t i = 0; i < count; i++)
        x[i] *= data[1 + i % h->dim];
    hadamard_close(&m);
    return STATUS_OK;
}

/* Values, whose outputs are turned back. */
static enum status rotate_values(struct heads *h, const struct rotation *r, struct error *e)
{
    double *data = malloc((h->dim + 1) * sizeof *data);
    enum status s = data ? heads_open_mixed(h, HEADS_V, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = heads_rotate(h, HEADS_V, h->dim, rotate, r, e);
    if (s || !data) {
        free(data);
        return s;
    }
    data[0] = (double)r->h.n;
    memcpy(data + 1, r->sign, h->dim * sizeof *data);
    return heads_push(h, HEADS_OUTPUT, rotate_back, data, e);
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    struct rotation r;
    enum status s = open(step, h->dim, &r, e);
    if (!s)
        s = heads_open_pair(h, e);
    for (int side = HEADS_Q; side <= HEADS_K && !s; side++)
        s = heads_rotate(h, (enum heads_side)side, h->dim, rotate, &r, e);
    if (!s)
        s = rotate_values(h, &r, e);
    close(&r);
    return s;
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    return key == 2 && !transform_is(step, "signs", "random") ? "only random signs have a seed" : NULL;
}

static const struct arg_key keys[] = {
    TRANSFORM_BLOCK_KEY,
    {"signs", ARG_WORD, 0, 0, 0, "none|random|nvfp4",
     "signs of columns before they are mixed; nvfp4: the fixed vector of 16"},
    {"seed", ARG_INTEGER, 0, 0, 4294967295, NULL, "of random signs"},
    {"fit", ARG_WORD, 0, 0, 0, "exact|divisor",
     "a row that block does not divide, or of an order without a matrix, is refused, or takes the largest "
     "order up to block that divides it and has one"},
};

const struct transform transform_hadamard = {
    .name = "hadamard",
    .doc = "both operands times diag(signs) H / sqrt(n), H of Sylvester's order 2^k times a factor of "
           "Paley's; of attention within heads, outputs turned back",
    .citation =
        "Ashkboos et al., QuaRot, arXiv 2404.00456; NVFP4's block of 16 with its signs: arXiv 2509.25149",
    .acts = "input, weight; queries, keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .no_effect = no_effect,
    .apply = apply,
    .attend = attend,
};
