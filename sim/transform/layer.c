/* What transforms share: parts, outputs, scaled and rotated columns. */
#include "sim/transform/layer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/sum.h"

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

void layer_close(struct layer *l)
{
    for (size_t i = 0; i < l->n_parts; i++)
        for (int side = 0; side < LAYER_SIDES; side++) {
            free(l->part[i].operand[side]);
            free(l->part[i].done[side]);
        }
    free(l->bias);
    l->bias = NULL;
    l->n_parts = 0;
}

enum status layer_apply(struct layer *l, const struct transform_step *step, struct error *e)
{
    static const char *const name[LAYER_SIDES] = {"input", "weight"};
    for (int side = 0; side < LAYER_SIDES; side++)
        if (l->part[0].done[side] && strstr(step->transform->acts, name[side]))
            return error_set(e, STATUS_INVALID,
                             "an earlier step has quantized the %s; allowed: this step before it",
                             name[side]);
    return step->transform->apply(step, l, e);
}

enum status layer_add_part(struct layer *l, size_t n, struct layer_part **out, struct error *e)
{
    if (l->n_parts == LAYER_PARTS)
        return error_set(e, STATUS_INVALID, "a site has at most %d parts", LAYER_PARTS);
    struct layer_part *p = *out = &l->part[l->n_parts++];
    *p = (struct layer_part){.n = n};
    bool room = true;
    for (int side = 0; side < LAYER_SIDES; side++) {
        p->scheme[side] = l->part[0].scheme[side];
        p->operand[side] = calloc(layer_rows(l, side) * n + 1, sizeof(float));
        room &= p->operand[side] != NULL;
    }
    return room ? STATUS_OK : no_memory(e);
}

double *layer_bias(struct layer *l)
{
    if (!l->bias)
        l->bias = calloc(l->out + 1, sizeof *l->bias);
    return l->bias;
}

/* --- outputs --- */

enum status layer_values(const struct layer *l, const struct layer_part *p, enum layer_side side,
                         float *values, struct error *e)
{
    if (!p->done[side])
        return l->tools->quantize(l, p, side, &p->scheme[side], p->operand[side], values, e);
    memcpy(values, p->done[side], layer_rows(l, side) * p->n * sizeof *values);
    return STATUS_OK;
}

enum status layer_multiply(const float *x, const float *w, size_t rows, size_t out, size_t n, double *y,
                           struct error *e)
{
    double *across = malloc((n * out + 1) * sizeof *across); /* the weight, columns of outputs together */
    if (!across)
        return no_memory(e);
    for (size_t j = 0; j < out; j++)
        for (size_t k = 0; k < n; k++)
            across[k * out + j] = (double)w[j * n + k];
    for (size_t i = 0; i < rows; i++) {
        const float *from = x + i * n;
        double *restrict to = y + i * out;
        size_t k = 0;
        for (; k + 4 <= n; k += 4) { /* four terms a pass over the sums, each added in its turn */
            const double *w0 = across + k * out, *w1 = w0 + out, *w2 = w1 + out, *w3 = w2 + out;
            const double f0 = (double)from[k], f1 = (double)from[k + 1], f2 = (double)from[k + 2],
                         f3 = (double)from[k + 3];
            for (size_t j = 0; j < out; j++)
                to[j] = to[j] + f0 * w0[j] + f1 * w1[j] + f2 * w2[j] + f3 * w3[j];
        }
        for (; k < n; k++)
            for (size_t j = 0; j < out; j++)
                to[j] += (double)from[k] * across[k * out + j];
    }
    free(across);
    return STATUS_OK;
}

static enum status add_product(const struct layer *l, const struct layer_part *p, double *y, struct error *e)
{
    float *values[LAYER_SIDES];
    enum status s = STATUS_OK;
    for (int side = 0; side < LAYER_SIDES; side++) {
        values[side] = malloc((layer_rows(l, side) * p->n + 1) * sizeof(float));
        if (!s)
            s = values[side] ? layer_values(l, p, side, values[side], e) : no_memory(e);
    }
    if (!s)
        s = layer_multiply(values[LAYER_INPUT], values[LAYER_WEIGHT], l->tokens, l->out, p->n, y, e);
    for (int side = 0; side < LAYER_SIDES; side++)
        free(values[side]);
    return s;
}

void layer_finish(const struct layer *l, double *y)
{
    for (size_t i = 0; l->bias && i < l->tokens * l->out; i++)
        y[i] += l->bias[i % l->out];
    if (l->undo)
        l->undo(l->undo_step, l->tokens, l->out, y);
}

enum status layer_output(const struct layer *l, double *y, struct error *e)
{
    enum status s = STATUS_OK;
    memset(y, 0, l->tokens * l->out * sizeof *y);
    for (size_t i = 0; i < l->n_parts && !s; i++)
        s = add_product(l, &l->part[i], y, e);
    if (!s)
        layer_finish(l, y);
    return s;
}

enum status layer_error(const struct layer *l, double *error, struct error *e)
{
    struct sum sum = {.pending = 0};
    double *y = malloc((l->tokens * l->out + 1) * sizeof *y);
    enum status s = y ? layer_output(l, y, e) : no_memory(e);
    for (size_t i = 0; !s && i < l->calibration * l->out; i++) {
        const double d = y[i] - (double)l->output[i];
        sum_add(&sum, d * d);
    }
    *error = sum_value(&sum);
    free(y);
    return s;
}

/* --- columns --- */

void layer_scale_columns(struct layer *l, const double *s)
{
    const size_t n = l->part[0].n;
    float *x = l->part[0].operand[LAYER_INPUT], *w = l->part[0].operand[LAYER_WEIGHT];
    for (size_t i = 0; i < l->tokens * n; i++)
        x[i] = (float)((double)x[i] / s[i % n]);
    for (size_t i = 0; i < l->out * n; i++)
        w[i] = (float)((double)w[i] * s[i % n]);
}

void layer_column_max(const struct layer *l, enum layer_side side, double *out)
{
    const size_t n = l->part[0].n, rows = side == LAYER_INPUT ? l->calibration : l->out;
    const float *x = l->part[0].operand[side];
    memset(out, 0, n * sizeof *out);
    for (size_t i = 0; i < rows * n; i++)
        out[i % n] = fmax(out[i % n], fabs((double)x[i]));
}

bool layer_scales_rows(const struct scaling *s)
{
    static const char *const last[] = {"", "last", "1", "in", "channel"};
    bool rows = false;
    for (size_t i = 0; i < sizeof last / sizeof *last; i++)
        rows |= !strcmp(s->axis, last[i]);
    return rows;
}

size_t layer_group(const struct layer *l)
{
    const struct scaling *s = &l->part[0].scheme[LAYER_WEIGHT].scaling;
    const size_t n = l->part[0].n;
    return s->per == PER_BLOCK && layer_scales_rows(s) && s->block < n ? s->block : n;
}

enum status layer_permute(struct layer *l, const size_t *from, struct error *e)
{
    const size_t n = l->part[0].n;
    float *row = malloc((n + 1) * sizeof *row);
    for (int side = 0; row && side < LAYER_SIDES; side++)
        for (size_t i = 0; i < layer_rows(l, side); i++) {
            float *x = l->part[0].operand[side] + i * n;
            memcpy(row, x, n * sizeof *x);
            for (size_t k = 0; k < n; k++)
                x[k] = row[from[k]];
        }
    free(row);
    return row ? STATUS_OK : no_memory(e);
}

enum status layer_rotate(struct layer *l, row_rotation *rotate, const void *context, struct error *e)
{
    const struct layer_part *p = &l->part[0];
    enum status s = STATUS_OK;
    for (int side = 0; side < LAYER_SIDES && !s; side++)
        s = rows_rotate(p->operand[side], layer_rows(l, side), p->n, rotate, context, e);
    return s;
}
