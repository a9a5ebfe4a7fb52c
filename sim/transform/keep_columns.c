/* Transform "keep_columns": a share of the columns of both operands, the others dropped: after klt, PCA. */
#include <math.h>
#include <string.h>

#include "sim/transform/layer.h"

/* Rows move together in place. */
static void keep(float *x, size_t rows, size_t n, size_t first, size_t kept)
{
    for (size_t r = 0; r < rows; r++)
        memmove(x + r * kept, x + r * n + first, kept * sizeof *x);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    (void)e;
    struct layer_part *p = &l->part[0];
    const size_t wanted = (size_t)floor(transform_number(step, "share") * (double)p->n + 0.5);
    const size_t kept = wanted ? wanted : 1;
    const size_t first = transform_is(step, "of", "last") ? p->n - kept : 0;
    if (!p->n)
        return STATUS_OK;
    for (enum layer_side side = LAYER_INPUT; side < LAYER_SIDES; side++)
        keep(p->operand[side], layer_rows(l, side), p->n, first, kept);
    p->n = kept;
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"share", ARG_NUMBER, 0.5, 0, 1, NULL, "of the columns, to the nearest whole number, at least one"},
    {"of", ARG_WORD, 0, 0, 0, "last|first", "which: klt puts the columns of the largest variance last"},
};

const struct transform transform_keep_columns = {
    .name = "keep_columns",
    .doc = "a share of the columns, the others dropped: klt | keep_columns is PCA",
    .citation = "Huerga-Perez et al., arXiv 2505.00105 (PCA to half of the dimensions before embeddings are "
                "cast; there the components are those of documents, klt takes those of the input)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
