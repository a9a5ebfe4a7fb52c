/* Transform "permute": columns of both operands in the order of how large the input's are. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/sum.h"
#include "sim/transform/layer.h"

struct column {
    double size;
    size_t at;
};

/* Smallest first, equal ones as they stood. */
static int ascending(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    return x->size == y->size ? (x->at > y->at) - (x->at < y->at) : x->size < y->size ? -1 : 1;
}

static int descending(const void *a, const void *b)
{
    const struct column *x = a, *y = b;
    return x->size == y->size ? (x->at > y->at) - (x->at < y->at) : x->size > y->size ? -1 : 1;
}

static double size_of(const struct transform_step *step, const struct layer *l, size_t column)
{
    const size_t n = l->part[0].n;
    const bool largest = transform_is(step, "by", "absmax"), signs = transform_is(step, "by", "sum");
    struct sum sum = {.pending = 0};
    double most = 0;
    for (size_t t = 0; t < l->calibration; t++) {
        const double x = (double)l->part[0].operand[LAYER_INPUT][t * n + column];
        most = fmax(most, fabs(x));
        sum_add(&sum, signs ? x : fabs(x));
    }
    const double size = largest ? most : sum_value(&sum);
    return isnan(size) ? (double)INFINITY : size;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    size_t block;
    enum status s = transform_block(step, l->part[0].n, &block, e);
    if (s)
        return s;
    struct column *columns = malloc((n + 1) * sizeof *columns);
    size_t *from = malloc((n + 1) * sizeof *from);
    if (columns && from) {
        for (size_t j = 0; j < n; j++)
            columns[j] = (struct column){size_of(step, l, j), j};
        for (size_t j = 0; j < n; j += block)
            qsort(columns + j, block, sizeof *columns,
                  transform_is(step, "order", "ascending") ? ascending : descending);
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

static const struct transform_key keys[] = {
    {"by", TRANSFORM_WORD, 0, 0, 0, "absmax|sum_abs|sum",
     "what is compared: of each column of the input the largest magnitude, the sum of magnitudes, or the "
     "sum"},
    {"order", TRANSFORM_WORD, 0, 0, 0, "descending|ascending", "largest or smallest first"},
    {"block", TRANSFORM_INTEGER, 0, 0, 1 << 20, NULL, "columns that are sorted among each other; 0: all"},
};

const struct transform transform_permute = {
    .name = "permute",
    .doc = "columns of both operands are sorted, so that blocks hold columns of like size",
    .citation =
        "COMET (outlier channels gathered into blocks); Su et al., RotateKV, arXiv 2501.16383 (in its code "
        "by=sum,order=ascending over all heads); Chiang et al., Quamba2, arXiv 2503.22879 (in its code "
        "by=sum_abs,order=ascending within each head)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
