#include "sim/transform/reconstruction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/sum.h"

/* --- products --- */

enum { TILE = 4 };

static void add_multiple(double sum[static TILE], double factor, const double *b)
{
    for (int j = 0; j < TILE; j++)
        sum[j] += factor * b[j];
}

/* TILE rows of a and TILE columns of b: `a` points to the first row, `b` to the first column. Rows have
 * arrays of their own, so that sums stay in registers. */
static void product_tile(const double *a, const double *b, size_t inner, size_t n, double *y)
{
    double first[TILE] = {0}, second[TILE] = {0}, third[TILE] = {0}, fourth[TILE] = {0};
    for (size_t k = 0; k < inner; k++) {
        add_multiple(first, a[k], b + k * n);
        add_multiple(second, a[inner + k], b + k * n);
        add_multiple(third, a[2 * inner + k], b + k * n);
        add_multiple(fourth, a[3 * inner + k], b + k * n);
    }
    memcpy(y, first, sizeof first);
    memcpy(y + n, second, sizeof second);
    memcpy(y + 2 * n, third, sizeof third);
    memcpy(y + 3 * n, fourth, sizeof fourth);
}

static double product_one(const double *a, const double *b, size_t inner, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < inner; k++)
        sum += a[k] * b[k * n];
    return sum;
}

void matrix_product(const double *a, const double *b, size_t rows, size_t inner, size_t n, double *y)
{
    for (size_t i = 0; i < rows; i += TILE)
        for (size_t j = 0; j < n; j += TILE) {
            if (i + TILE <= rows && j + TILE <= n) {
                product_tile(a + i * inner, b + j, inner, n, y + i * n + j);
                continue;
            }
            for (size_t k = i; k < i + TILE && k < rows; k++)
                for (size_t m = j; m < j + TILE && m < n; m++)
                    y[k * n + m] = product_one(a + k * inner, b + m, inner, n);
        }
}

/* --- data --- */

static bool all_finite(const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

/* G of x[tokens, n]. */
static enum status find_gram(struct reconstruction *r, const float *x, size_t tokens, struct error *e)
{
    const size_t n = r->n;
    double *rows = malloc((2 * tokens * n + 1) * sizeof *rows);
    if (!rows)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    double *columns = rows + tokens * n;
    for (size_t t = 0; t < tokens; t++)
        for (size_t j = 0; j < n; j++)
            rows[t * n + j] = columns[j * tokens + t] = (double)x[t * n + j];
    matrix_product(columns, rows, n, tokens, n, r->gram);
    free(rows);
    return STATUS_OK;
}

static enum status read_data(struct reconstruction *r, bool quantized, struct error *e)
{
    const struct layer *l = r->l;
    const size_t n = l->tokens * r->n;
    float *x = malloc((n + 1) * sizeof *x);
    enum status s = x ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && quantized)
        s = layer_values(l, r->p, LAYER_INPUT, x, e);
    if (!s && !quantized)
        memcpy(x, r->p->operand[LAYER_INPUT], n * sizeof *x);
    if (!s && !(all_finite(x, n) && all_finite(r->w, r->out * r->n)))
        s = error_set(e, STATUS_INVALID, "the input or the weight holds a NaN or an infinity");
    if (!s)
        s = find_gram(r, x, l->calibration, e);
    free(x);
    return s;
}

enum status reconstruction_open(struct reconstruction *r, struct layer *l, bool quantized, struct error *e)
{
    struct layer_part *p = &l->part[0];
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    *r = (struct reconstruction){.l = l, .p = p, .out = l->out, .n = p->n, .w = p->operand[LAYER_WEIGHT]};
    r->gram = malloc((r->n * r->n + 1) * sizeof *r->gram);
    r->row = malloc((r->n + 1) * sizeof *r->row);
    r->nearest = malloc((r->out * r->n + 1) * sizeof *r->nearest);
    if (!r->gram || !r->row || !r->nearest)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = read_data(r, quantized, e);
    if (!s)
        s = l->tools->freeze(l, p, LAYER_WEIGHT, q, r->w, &r->frozen, e);
    for (size_t i = 0; !s && i < r->out * r->n; i++)
        r->nearest[i] = l->tools->frozen_value(r->frozen, i, r->w[i]);
    return s;
}

void reconstruction_close(struct reconstruction *r)
{
    if (r->frozen)
        r->l->tools->frozen_close(r->frozen);
    free(r->gram);
    free(r->row);
    free(r->nearest);
}

/* --- errors --- */

double reconstruction_row(const struct reconstruction *r, size_t row, const float *values)
{
    const size_t n = r->n;
    double sum = 0;
    for (size_t j = 0; j < n; j++)
        r->row[j] = (double)r->w[row * n + j] - (double)values[row * n + j];
    for (size_t i = 0; i < n; i++) {
        double inner = 0;
        for (size_t j = 0; j < n; j++)
            inner += r->gram[i * n + j] * r->row[j];
        sum += r->row[i] * inner;
    }
    return sum;
}

double reconstruction_error(const struct reconstruction *r, const float *values)
{
    struct sum sum = {.pending = 0};
    for (size_t i = 0; i < r->out; i++)
        sum_add(&sum, reconstruction_row(r, i, values));
    return sum_value(&sum);
}

void reconstruction_take(struct reconstruction *r, float *values)
{
    free(r->p->done[LAYER_WEIGHT]);
    r->p->done[LAYER_WEIGHT] = values;
}

void reconstruction_take_rows(struct reconstruction *r, float *values)
{
    for (size_t i = 0; i < r->out; i++)
        if (!(reconstruction_row(r, i, values) < reconstruction_row(r, i, r->nearest)))
            memcpy(values + i * r->n, r->nearest + i * r->n, r->n * sizeof *values);
    reconstruction_take(r, values);
}
