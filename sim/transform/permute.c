/* Transform "permute": columns of both operands in the order of how large the input's are. */
#include <stdlib.h>

#include "sim/transform/columns.h"

static enum column_measure measure_of(const struct transform_step *step)
{
    return transform_is(step, "by", "absmax")    ? COLUMN_MAX
           : transform_is(step, "by", "sum_abs") ? COLUMN_SUM_ABS
                                                 : COLUMN_SUM;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    size_t block;
    enum status s = transform_block(step, l->part[0].n, &block, e);
    if (s)
        return s;
    struct sized *columns = malloc((n + 1) * sizeof *columns);
    size_t *from = malloc((n + 1) * sizeof *from);
    if (columns && from) {
        columns_measure(l, measure_of(step), columns);
        for (size_t j = 0; j < n; j += block)
            (transform_is(step, "order", "ascending") ? sort_ascending : sort_descending)(columns + j, block);
        for (size_t j = 0; j < n; j++)
            from[j] = columns[j].at;
        s = layer_permute(l, from, e);
    } else {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    free(columns);
    free(from);
    return s;
}

static const struct arg_key keys[] = {
    {"by", ARG_WORD, 0, 0, 0, "absmax|sum_abs|sum",
     "what is compared: of each column of the input the largest magnitude, the sum of magnitudes, or the "
     "sum"},
    {"order", ARG_WORD, 0, 0, 0, "descending|ascending", "largest or smallest first"},
    {"block", ARG_INTEGER, 0, 0, 1 << 20, NULL, "columns that are sorted among each other; 0: all"},
};

const struct transform transform_permute = {
    .name = "permute",
    .doc = "columns of both operands are sorted, so that blocks hold columns of like size",
    .citation = "COMET (outlier channels gathered into blocks); Su et al., RotateKV, arXiv 2501.16383 (in "
                "its code by=sum,order=ascending over all heads); Chiang et al., Quamba2, arXiv 2503.22879 "
                "(in its code by=sum_abs,order=ascending within each head)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
