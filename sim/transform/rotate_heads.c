/* Transform "rotate_heads": keys are mixed across heads and sorted, values mixed within heads. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/sum.h"
#include "sim/transform/hadamard_matrix.h"
#include "sim/transform/heads.h"
#include "sim/transform/sorted.h"

/* --- Hadamard matrices over neighbours --- */

static enum status open(size_t n, struct hadamard *h, struct error *e)
{
    if (hadamard_open(n, h))
        return STATUS_OK;
    return h->n ? error_set(e, STATUS_INTERNAL, "out of memory")
                : error_set(e, STATUS_INVALID, "no Hadamard matrix of order %zu is known here", n);
}

static void mix(const void *context, double *row, size_t n)
{
    struct hadamard h = *(const struct hadamard *)context;
    (void)n;
    hadamard_turn(&h, row, false);
}

/* [order] */
static enum status unmix(const struct heads *h, enum heads_side side, const double *data, double *x,
                         struct error *e)
{
    struct hadamard m;
    const size_t n = (size_t)data[0], count = heads_count(h, side);
    enum status s = open(n, &m, e);
    for (size_t i = 0; i < count && !s; i += n)
        hadamard_turn(&m, x + i, true);
    hadamard_close(&m);
    return s;
}

/* Mixes n neighbours of an operand; what undoes it goes to `to`. */
static enum status mix_side(struct heads *h, enum heads_side side, enum heads_side to, size_t n,
                            struct error *e)
{
    struct hadamard m;
    double *data = malloc(sizeof *data);
    enum status s = data ? open(n, &m, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (data && !s)
        s = heads_rotate(h, side, n, mix, &m, e);
    if (data)
        hadamard_close(&m);
    if (s || !data) {
        free(data);
        return s;
    }
    *data = (double)n;
    return heads_push(h, to, unmix, data, e);
}

/* --- order of channels --- */

static void find_order(const struct heads *h, struct sized *order)
{
    const size_t row = h->kv_heads * h->dim;
    for (size_t c = 0; c < row; c++) {
        struct sum sum = {.pending = 0};
        for (size_t t = 0; t < h->keys; t++)
            sum_add(&sum, (double)h->operand[HEADS_K][t * row + c]);
        const double all = sum_value(&sum);
        order[c] = (struct sized){isnan(all) ? (double)INFINITY : all, c};
    }
    sort_ascending(order, row);
}

/* [where each channel comes from, room of as many] */
static enum status unsort(const struct heads *h, enum heads_side side, const double *data, double *x,
                          struct error *e)
{
    const size_t row = h->kv_heads * h->dim;
    double *room = malloc((row + 1) * sizeof *room);
    (void)side;
    for (size_t t = 0; t < h->keys && room; t++) {
        memcpy(room, x + t * row, row * sizeof *room);
        for (size_t c = 0; c < row; c++)
            x[t * row + (size_t)data[c]] = room[c];
    }
    free(room);
    return room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

static void sort_row(const void *context, double *row, size_t n)
{
    const double *from = context;
    double *room = (double *)(uintptr_t)(from + n);
    memcpy(room, row, n * sizeof *row);
    for (size_t c = 0; c < n; c++)
        row[c] = room[(size_t)from[c]];
}

static enum status sort_keys(struct heads *h, struct error *e)
{
    const size_t row = h->kv_heads * h->dim;
    struct sized *order = malloc((row + 1) * sizeof *order);
    double *from = malloc((2 * row + 1) * sizeof *from);
    enum status s = order && from ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        find_order(h, order);
    for (size_t c = 0; c < row && !s; c++)
        from[c] = (double)order[c].at;
    free(order);
    if (!s)
        s = heads_rotate(h, HEADS_K, row, sort_row, from, e);
    if (!s)
        return heads_push(h, HEADS_K, unsort, from, e);
    free(from);
    return s;
}

/* --- the step --- */

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t given = transform_count_of(step, "heads");
    const size_t together = given < h->kv_heads ? given : h->kv_heads;
    enum status s = heads_open_mixed(h, HEADS_K, e);
    if (!s && h->kv_heads % (together ? together : 1))
        return error_set(e, STATUS_INVALID,
                         "heads=%zu: there are %zu heads of keys; allowed: a divisor of that", given,
                         h->kv_heads);
    if (!s)
        s = mix_side(h, HEADS_K, HEADS_K, together * h->dim, e);
    if (!s && transform_is(step, "reorder", "sums"))
        s = sort_keys(h, e);
    if (!s && transform_is(step, "values", "hadamard"))
        s = heads_open_mixed(h, HEADS_V, e);
    if (!s && transform_is(step, "values", "hadamard"))
        s = mix_side(h, HEADS_V, HEADS_OUTPUT, h->dim, e);
    return s;
}

static const struct arg_key keys[] = {
    {"heads", ARG_INTEGER, 4, 1, 65536, NULL, "heads of keys that are mixed; all if there are fewer"},
    {"reorder", ARG_WORD, 0, 0, 0, "sums|none",
     "then all channels of keys in ascending order of their sums over tokens"},
    {"values", ARG_WORD, 0, 0, 0, "hadamard|none", "whether values are mixed within heads, and outputs back"},
};

const struct transform transform_rotate_heads = {
    .name = "rotate_heads",
    .doc = "keys of several heads times a Hadamard matrix, turned back when they are quantized",
    .citation = "Su et al., RotateKV, arXiv 2501.16383 (ZunhaiSu/RotateKV modeling_llama_RotateKV.py: "
                "rotated, reordered by k_reordering_calibration.py, quantized before rotary embedding)",
    .acts = "keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .attend = attend,
};
