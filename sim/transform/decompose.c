#include "sim/transform/decompose.h"

#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"

enum status decompose_scheme(const struct transform_step *step, struct quant_spec *out, struct error *e)
{
    return scheme_parse(step->scheme, out, e);
}

unsigned decompose_index_bits(size_t n)
{
    unsigned bits = 0;
    while (n > (size_t)1 << bits)
        bits++;
    return bits;
}

float *decompose_done(const struct layer *l, struct layer_part *p, enum layer_side side)
{
    free(p->done[side]);
    return p->done[side] = malloc((layer_rows(l, side) * p->n + 1) * sizeof(float));
}

void decompose_count(struct layer_part *p, enum layer_side side, uint64_t bits)
{
    p->counted[side] = true;
    p->bits[side] = bits;
}

/* Deals the columns of rows of n to `out`, which has room for `kept` of them, and to the front of x. */
static void deal(float *x, size_t rows, size_t n, const bool *moved, float *out)
{
    float *stay = x;
    for (size_t i = 0; i < rows * n; i++)
        if (moved[i % n])
            *out++ = x[i];
        else
            *stay++ = x[i];
}

enum status decompose_move(struct layer *l, const bool *moved, struct layer_part **out, struct error *e)
{
    const size_t n = l->part[0].n;
    size_t count = 0;
    enum status s = STATUS_OK;
    *out = NULL;
    for (size_t j = 0; j < n; j++)
        count += moved[j];
    if (!count)
        return s;
    s = layer_add_part(l, count, out, e);
    for (int side = 0; side < LAYER_SIDES && !s; side++)
        deal(l->part[0].operand[side], layer_rows(l, side), n, moved, (*out)->operand[side]);
    l->part[0].n -= s ? 0 : count;
    l->side_bits += count * decompose_index_bits(n);
    return s;
}

enum status decompose_share(const struct layer *l, struct layer_part *p, enum layer_side side,
                            struct error *e)
{
    const struct layer_part *main = &l->part[0];
    float *values = decompose_done(l, p, side);
    enum status s =
        values ? layer_values(l, main, side, values, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        memcpy(p->operand[side], values, layer_rows(l, side) * p->n * sizeof *values);
    p->scheme[side] = main->scheme[side];
    decompose_count(p, side, 0);
    return s;
}
