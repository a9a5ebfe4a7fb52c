#include "sim/transform/columns.h"

#include <math.h>

#include "sim/base/sum.h"

static double size_of(const struct layer *l, enum column_measure by, size_t column)
{
    const size_t n = l->part[0].n;
    struct sum sum = {.pending = 0};
    double most = 0;
    for (size_t t = 0; t < l->calibration; t++) {
        const double x = (double)l->part[0].operand[LAYER_INPUT][t * n + column];
        most = fmax(most, fabs(x));
        sum_add(&sum, by == COLUMN_SUM ? x : fabs(x));
    }
    return by == COLUMN_MAX ? most : sum_value(&sum);
}

void columns_measure(const struct layer *l, enum column_measure by, struct sized *out)
{
    for (size_t j = 0; j < l->part[0].n; j++) {
        const double size = size_of(l, by, j);
        out[j] = (struct sized){isnan(size) ? (double)INFINITY : size, j};
    }
}
