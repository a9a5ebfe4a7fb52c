#include "sim/transform/rows.h"

#include <stdlib.h>

enum status rows_rotate(float *x, size_t rows, size_t n, row_rotation *rotate, const void *context,
                        struct error *e)
{
    double *row = malloc((n + 1) * sizeof *row);
    for (size_t i = 0; row && i < rows; i++, x += n) {
        for (size_t k = 0; k < n; k++)
            row[k] = (double)x[k];
        rotate(context, row, n);
        for (size_t k = 0; k < n; k++)
            x[k] = (float)row[k];
    }
    free(row);
    return row ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}
