/* Transform "dct": columns of both operands become their discrete cosine transform, block by block. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/transform/dense.h"
#include "sim/transform/layer.h"

#define PI 3.14159265358979323846

/* cos(pi m / (2 n)), exact at multiples of a quarter turn. */
static double cosine(size_t m, size_t n)
{
    double s, c;
    m %= 4 * n;
    m = m > 2 * n ? 4 * n - m : m;
    const bool left = m > n;
    elementary_sin_cos(PI * (double)(left ? 2 * n - m : m) / (double)(2 * n), &s, &c);
    return m == n ? 0 : left ? -c : c;
}

/* DCT-II, orthonormal: y[k] = c_k sum over i of x[i] cos(pi (2 i + 1) k / (2 n)). */
static void fill(double *matrix, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            matrix[i * n + k] = sqrt((k ? 2.0 : 1.0) / (double)n) * cosine((2 * i + 1) * k, n);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct dense d = {.stride = 0};
    enum status s = transform_block(step, l->part[0].n, &d.n, e);
    if (s)
        return s;
    d.matrix = malloc((d.n * d.n + 1) * sizeof *d.matrix);
    d.room = malloc((d.n + 1) * sizeof *d.room);
    if (d.matrix && d.room) {
        fill(d.matrix, d.n);
        s = layer_rotate(l, dense_turn, &d, e);
    } else {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    free(d.matrix);
    free(d.room);
    return s;
}

static const struct arg_key keys[] = {TRANSFORM_BLOCK_KEY};

const struct transform transform_dct = {
    .name = "dct",
    .doc = "both operands times the orthonormal DCT-II, y_k = c_k sum x_i cos(pi (2 i + 1) k / (2 n))",
    .citation = "Ahmed, Natarajan, Rao, Discrete Cosine Transform, IEEE Trans. Computers C-23, 1974",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
