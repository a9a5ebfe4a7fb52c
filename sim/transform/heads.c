/* What transforms of attention share: operands, what is turned back, regions. */
#include "sim/transform/heads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"

static const char *const names[] = {"queries", "keys", "values", "output"};

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

void heads_close(struct heads *h)
{
    for (int side = 0; side <= HEADS_OUTPUT; side++) {
        for (size_t i = 0; i < h->n_back[side]; i++)
            free(h->back[side][i].data);
        h->n_back[side] = 0;
    }
    for (int side = 0; side < HEADS_SIDES; side++) {
        free(h->operand[side]);
        free(h->done[side]);
        free(h->kept[side]);
        h->operand[side] = h->done[side] = NULL;
        h->kept[side] = NULL;
    }
    free(h->added);
    h->added = NULL;
}

/* --- what a step may still do --- */

enum status heads_open_side(const struct heads *h, enum heads_side side, struct error *e)
{
    return h->done[side]
               ? error_set(e, STATUS_INVALID,
                           "a step before has quantized the %s; allowed: in front of that step", names[side])
               : STATUS_OK;
}

enum status heads_open_mixed(const struct heads *h, enum heads_side side, struct error *e)
{
    if (h->kept[side])
        return error_set(e, STATUS_INVALID,
                         "a step before keeps some of the %s apart; allowed: in front of that step",
                         names[side]);
    return heads_open_side(h, side, e);
}

enum status heads_open_pair(const struct heads *h, struct error *e)
{
    for (int side = HEADS_Q; side <= HEADS_K; side++) {
        enum status s = heads_open_mixed(h, side, e);
        if (s)
            return s;
        if (h->n_back[side])
            return error_set(e, STATUS_INVALID,
                             "a step before has turned the %s alone; allowed: in front of that step",
                             names[side]);
    }
    return STATUS_OK;
}

/* --- turning back --- */

enum status heads_push(struct heads *h, enum heads_side side, heads_undo *undo, double *data, struct error *e)
{
    if (!data || h->n_back[side] == TRANSFORM_STEPS) {
        free(data);
        return data ? error_set(e, STATUS_INVALID, "the %s are turned at most %d times", names[side],
                                TRANSFORM_STEPS)
                    : no_memory(e);
    }
    h->back[side][h->n_back[side]++] = (struct heads_back){undo, data};
    return STATUS_OK;
}

enum status heads_undo_all(const struct heads *h, enum heads_side side, double *x, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = h->n_back[side]; i-- > 0 && !s;)
        s = h->back[side][i].undo(h, side, h->back[side][i].data, x, e);
    return s;
}

enum status heads_values(const struct heads *h, enum heads_side side, float *values, struct error *e)
{
    const size_t n = heads_count(h, side);
    enum status s = STATUS_OK;
    if (h->done[side])
        memcpy(values, h->done[side], n * sizeof *values);
    else
        s = h->tools->quantize(h, side, &h->scheme[side], h->operand[side], values, e);
    if (s || !h->n_back[side])
        return s;
    double *x = malloc((n + 1) * sizeof *x);
    if (!x)
        return no_memory(e);
    for (size_t i = 0; i < n; i++)
        x[i] = (double)values[i];
    s = heads_undo_all(h, side, x, e);
    for (size_t i = 0; i < n; i++)
        values[i] = (float)x[i];
    free(x);
    return s;
}

/* --- elements kept apart --- */

/* [the number of them, place, value, place, value, ...] */
static enum status put_back(const struct heads *h, enum heads_side side, const double *data, double *x,
                            struct error *e)
{
    (void)h;
    (void)side;
    (void)e;
    for (size_t i = 0; i < (size_t)data[0]; i++)
        x[(size_t)data[1 + 2 * i]] = data[2 + 2 * i];
    return STATUS_OK;
}

static void take_out(struct heads *h, enum heads_side side, const bool *mask, const float *values,
                     double *data)
{
    size_t n = 0;
    for (size_t i = 0; i < heads_count(h, side); i++)
        if (mask[i]) {
            data[1 + 2 * n] = (double)i;
            data[2 + 2 * n] = (double)values[i];
            n++;
            h->operand[side][i] = 0;
            h->kept[side][i] = true;
        }
    data[0] = (double)n;
}

enum status heads_keep(struct heads *h, enum heads_side side, const bool *mask, const char *scheme,
                       unsigned place, struct error *e)
{
    const size_t n = heads_count(h, side);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        kept += mask[i];
    struct quant_spec q;
    float *values = malloc((n + 1) * sizeof *values);
    double *data = malloc((2 * kept + 1) * sizeof *data);
    if (!h->kept[side])
        h->kept[side] = calloc(n + 1, sizeof *h->kept[side]);
    enum status s = values && data && h->kept[side] ? scheme_parse(scheme, &q, e) : no_memory(e);
    if (!s)
        s = h->tools->quantize(h, side, &q, h->operand[side], values, e);
    if (s) {
        free(data);
        free(values);
        return s;
    }
    take_out(h, side, mask, values, data);
    free(values);
    h->side_bits += kept * ((uint64_t)q.element.bits + place);
    return heads_push(h, side, put_back, data, e);
}

/* --- rows and columns --- */

enum status heads_rotate(struct heads *h, enum heads_side side, size_t n, row_rotation *rotate,
                         const void *context, struct error *e)
{
    return rows_rotate(h->operand[side], heads_count(h, side) / n, n, rotate, context, e);
}

/* The column of the keys' heads that an element of a side goes with. */
static size_t column_of(const struct heads *h, enum heads_side side, size_t i)
{
    const size_t wide = heads_wide(h, side), head = i / h->dim % wide;
    return head / (wide / h->kv_heads) * h->dim + i % h->dim;
}

void heads_scale(struct heads *h, const double *s)
{
    float *q = h->operand[HEADS_Q], *k = h->operand[HEADS_K];
    for (size_t i = 0; i < heads_count(h, HEADS_Q); i++)
        q[i] = (float)((double)q[i] * s[column_of(h, HEADS_Q, i)]);
    for (size_t i = 0; i < heads_count(h, HEADS_K); i++)
        k[i] = (float)((double)k[i] / s[column_of(h, HEADS_K, i)]);
}

void heads_column_max(const struct heads *h, enum heads_side side, double *out)
{
    memset(out, 0, h->kv_heads * h->dim * sizeof *out);
    for (size_t i = 0; i < heads_count(h, side); i++) {
        double *to = out + column_of(h, side, i);
        *to = fmax(*to, fabs((double)h->operand[side][i]));
    }
}

struct heads_regions heads_regions(const struct heads *h, enum heads_side side,
                                   const struct transform_step *step, const char *key)
{
    const size_t tokens = heads_tokens(h, side), wide = heads_wide(h, side), row = wide * h->dim;
    if (transform_is(step, key, "channel"))
        return (struct heads_regions){.count = row, .n = tokens, .outer = 1, .inner = row};
    if (transform_is(step, key, "token"))
        return (struct heads_regions){.count = tokens, .n = row, .outer = row, .inner = 1};
    return (struct heads_regions){.count = tokens * wide, .n = h->dim, .outer = h->dim, .inner = 1};
}

bool heads_chosen(const struct transform_step *step, enum heads_side side)
{
    return transform_is(step, "of", "both") || transform_is(step, "of", side == HEADS_K ? "keys" : "values");
}
