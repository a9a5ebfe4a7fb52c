/* Transform "rotate_tokens": tokens of the input are mixed by Hadamard matrices, outputs mixed back. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/layer.h"

/* The rows of y[rows, n] by Sylvester's matrix of order `rows`, a power of two, over its root: symmetric, so
 * that twice is the identity. */
static void turn(double *y, size_t rows, size_t n)
{
    const double scale = 1 / sqrt((double)rows);
    for (size_t half = 1; half < rows; half *= 2)
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; !(i & half) && j < n; j++) {
                double *low = y + i * n + j, *high = low + half * n;
                const double a = *low, b = *high;
                *low = a + b;
                *high = a - b;
            }
    for (size_t i = 0; i < rows * n; i++)
        y[i] *= scale;
}

/* Blocks from the first token: the largest power of two that fits into what is left, `block` at most. */
static void turn_all(const struct transform_step *step, size_t tokens, size_t n, double *y)
{
    const size_t given = transform_count_of(step, "block");
    for (size_t first = 0, rows; first < tokens; first += rows) {
        rows = 1;
        while (rows <= (tokens - first) / 2 && (!given || rows <= given / 2))
            rows *= 2;
        turn(y + first * n, rows, n);
    }
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t count = l->tokens * l->part[0].n;
    float *x = l->part[0].operand[LAYER_INPUT];
    if (l->undo)
        return error_set(e, STATUS_INVALID, "a step before it mixes tokens; allowed: once");
    if (l->calibration < l->tokens)
        return error_set(e, STATUS_INVALID,
                         "a step before it leaves tokens out, which it would mix in; allowed: without it");
    if (l->n_parts > 1 || l->bias)
        return error_set(e, STATUS_INVALID,
                         "a step before it has made parts or a bias, which are not mixed; allowed: first");
    double *room = malloc((count + 1) * sizeof *room);
    if (!room)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++)
        room[i] = (double)x[i];
    turn_all(step, l->tokens, l->part[0].n, room);
    for (size_t i = 0; i < count; i++)
        x[i] = (float)room[i];
    free(room);
    l->undo = turn_all;
    l->undo_step = step;
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"block", ARG_INTEGER, 0, 0, 1 << 30, NULL,
     "tokens that are mixed with each other: the largest power of two that this and what is left allow; 0: "
     "what is left alone"},
};

const struct transform transform_rotate_tokens = {
    .name = "rotate_tokens",
    .doc = "H X in place of X, and H times the output: outliers of single tokens spread over others",
    .citation = "Ashkboos et al., HALO, arXiv 2501.02625 (the left transform; its code gives it to errors of "
                "the backward pass alone)",
    .acts = "input",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
