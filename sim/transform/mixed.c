/* Transform "mixed": columns of the input with outliers are gathered into blocks that get more bits. */
#include <stdlib.h>

#include "sim/transform/decompose.h"
#include "sim/transform/sorted.h"

/* Outliers lie above so many times the median; whole blocks of the largest columns hold them. */
static void gather(struct sized *c, size_t n, double above, size_t block, bool *moved)
{
    size_t outliers = 0;
    sort_descending(c, n);
    const double median = (c[(n - 1) / 2].size + c[n / 2].size) / 2;
    while (outliers < n && c[outliers].size > above * median)
        outliers++;
    const size_t blocks = (outliers + block - 1) / block, take = blocks * block < n ? blocks * block : n;
    for (size_t k = 0; k < take; k++)
        moved[c[k].at] = true;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    struct sized *columns = malloc((n + 1) * sizeof *columns);
    double *max = malloc((n + 1) * sizeof *max);
    bool *moved = calloc(n + 1, sizeof *moved);
    struct layer_part *p = NULL;
    struct quant_spec to;
    const bool room = columns && max && moved;
    enum status s = room ? decompose_scheme(step, &to, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && n) {
        layer_column_max(l, LAYER_INPUT, max);
        for (size_t j = 0; j < n; j++)
            columns[j] = (struct sized){max[j], j};
        gather(columns, n, transform_number(step, "above"), transform_count_of(step, "block"), moved);
        s = decompose_move(l, moved, &p, e);
    }
    if (!s && p)
        p->scheme[LAYER_INPUT] = to;
    free(columns);
    free(max);
    free(moved);
    return s;
}

static const struct arg_key keys[] = {
    {"above", ARG_NUMBER, 6, 0, 1e30, NULL,
     "times the median of columns' largest magnitudes, beyond which a column is an outlier"},
    {"block", ARG_INTEGER, 128, 1, 1 << 20, NULL, "columns of a block"},
    {"to", ARG_SCHEME, 0, 0, 0, "int8,per=token", "scheme of the input in blocks with outliers"},
};

const struct transform transform_mixed = {
    .name = "mixed",
    .doc = "columns are ordered by their largest magnitude, and blocks of them that hold an outlier are "
           "multiplied as a part of their own, exactly, the input under `to`, the weight under its scheme; "
           "the others keep their order",
    .citation = "after COMET's FMPQ (arXiv 2410.12168): channels permuted to gather outliers, INT8 blocks "
                "beside INT4; blocks of 128 are secondary, its threshold could not be found, and the one "
                "here is this project's",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
