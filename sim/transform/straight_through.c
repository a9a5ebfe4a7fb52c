/* Transform "straight_through": the weight and the bias are learned through rounding, whose slope is taken
 * for 1.
 *
 * With the input Z as its scheme has it, the output Y that the main part gives exactly, values V of the
 * weight and a bias b, the loss is |Z V^T + b - Y|^2. Its half slope is V G + b s - C, G = Z^T Z, C = Y^T Z
 * and s the sums of columns of Z; by the bias it is V s^T + tokens b - sums of Y. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/elementary.h"
#include "sim/base/sum.h"
#include "sim/transform/reconstruction.h"

/* Adam */
#define DECAY_1 0.9
#define DECAY_2 0.999
#define EPSILON 1e-8

struct adam {
    double rate, keep_1, keep_2;
};

struct moments {
    double first, second;
};

struct learning {
    struct layer *l;
    struct layer_part *p;
    size_t out, n, tokens;
    double *gram, *cross, *column; /* [n, n], [out, n], [n] */
    double *y_sum, y_square;       /* [out] */
    double *latent;                /* [out, n]: what is rounded */
    double *bias;                  /* [out] */
    float *rounded, *values;       /* latent in binary32, and its values */
    double *wide, *slope;          /* values in binary64; the half slope by them */
    double *bias_slope;            /* by the bias */
    struct moments *moments;       /* of the latents, then of the biases */
    double best;                   /* least loss so far, and what had it */
    float *best_values;
    double *best_bias;
};

/* --- data --- */

static enum status find_data(struct learning *a, const float *z, struct error *e)
{
    const size_t n = a->n, out = a->out, tokens = a->tokens;
    double *rows = malloc((tokens * n + 1) * sizeof *rows),
           *columns = malloc((tokens * n + 1) * sizeof *columns);
    double *y = calloc(tokens * out + 1, sizeof *y),
           *y_columns = malloc((tokens * out + 1) * sizeof *y_columns);
    enum status s =
        rows && columns && y && y_columns ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = layer_multiply(a->p->operand[LAYER_INPUT], a->p->operand[LAYER_WEIGHT], tokens, out, n, y, e);
    for (size_t i = 0; !s && i < tokens * n; i++) {
        rows[i] = columns[i % n * tokens + i / n] = (double)z[i];
        a->column[i % n] += rows[i];
    }
    for (size_t i = 0; !s && i < tokens * out; i++) {
        y_columns[i % out * tokens + i / out] = y[i];
        a->y_sum[i % out] += y[i];
        a->y_square += y[i] * y[i];
    }
    if (!s) {
        matrix_product(columns, rows, n, tokens, n, a->gram);
        matrix_product(y_columns, rows, out, tokens, n, a->cross);
    }
    free(rows);
    free(columns);
    free(y);
    free(y_columns);
    return s;
}

static enum status read_data(struct learning *a, struct error *e)
{
    float *z = malloc((a->l->tokens * a->n + 1) * sizeof *z);
    enum status s =
        z ? layer_values(a->l, a->p, LAYER_INPUT, z, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = find_data(a, z, e);
    free(z);
    return s;
}

/* --- learning --- */

/* Values of the latents, slopes, and the loss. */
static enum status evaluate(struct learning *a, double *loss, struct error *e)
{
    const size_t n = a->n, out = a->out;
    struct sum sum = {.pending = 0};
    for (size_t i = 0; i < out * n; i++)
        a->rounded[i] = (float)a->latent[i];
    enum status s = a->l->tools->quantize(a->l, a->p, LAYER_WEIGHT, &a->p->scheme[LAYER_WEIGHT], a->rounded,
                                          a->values, e);
    if (s)
        return s;
    for (size_t i = 0; i < out * n; i++)
        a->wide[i] = (double)a->values[i];
    matrix_product(a->wide, a->gram, out, n, n, a->slope);
    sum_add(&sum, a->y_square);
    for (size_t r = 0; r < out; r++) {
        const double b = a->bias[r];
        double by_bias = (double)a->tokens * b - a->y_sum[r];
        for (size_t j = 0; j < n; j++) {
            const size_t i = r * n + j;
            a->slope[i] += b * a->column[j] - a->cross[i];
            by_bias += a->wide[i] * a->column[j];
            sum_add(&sum, a->wide[i] * (a->slope[i] - a->cross[i]));
        }
        a->bias_slope[r] = by_bias;
        sum_add(&sum, b * (by_bias - a->y_sum[r]));
    }
    *loss = sum_value(&sum);
    return STATUS_OK;
}

static void move(double *x, struct moments *m, double slope, const struct adam *adam)
{
    m->first = DECAY_1 * m->first + (1 - DECAY_1) * slope;
    m->second = DECAY_2 * m->second + (1 - DECAY_2) * slope * slope;
    *x -= adam->rate * (m->first / adam->keep_1) / (sqrt(m->second / adam->keep_2) + EPSILON);
}

static void keep_best(struct learning *a, double loss)
{
    if (!(loss < a->best))
        return;
    a->best = loss;
    memcpy(a->best_values, a->values, a->out * a->n * sizeof *a->values);
    memcpy(a->best_bias, a->bias, a->out * sizeof *a->bias);
}

static enum status learn(struct learning *a, const struct transform_step *step, struct error *e)
{
    const size_t all = a->out * a->n, iterations = transform_count_of(step, "iterations");
    const double mean = 2 / ((double)a->tokens * (double)a->out); /* the loss of Adam is a mean */
    double loss;
    for (size_t t = 0; t <= iterations; t++) {
        enum status s = evaluate(a, &loss, e);
        if (s)
            return s;
        keep_best(a, loss);
        struct adam adam = {.rate = transform_number(step, "rate"),
                            .keep_1 = 1 - elementary_exp2(elementary_log2(DECAY_1) * (double)(t + 1)),
                            .keep_2 = 1 - elementary_exp2(elementary_log2(DECAY_2) * (double)(t + 1))};
        for (size_t i = 0; i < all; i++)
            move(&a->latent[i], &a->moments[i], mean * a->slope[i], &adam);
        adam.rate = transform_number(step, "bias_rate");
        for (size_t r = 0; r < a->out; r++)
            move(&a->bias[r], &a->moments[all + r], mean * a->bias_slope[r], &adam);
    }
    return STATUS_OK;
}

/* --- the step --- */

static bool reserve(struct learning *a)
{
    const size_t all = a->out * a->n;
    a->gram = malloc((a->n * a->n + 1) * sizeof *a->gram);
    a->cross = malloc((all + 1) * sizeof *a->cross);
    a->column = calloc(a->n + 1, sizeof *a->column);
    a->y_sum = calloc(a->out + 1, sizeof *a->y_sum);
    a->latent = malloc((all + 1) * sizeof *a->latent);
    a->bias = calloc(a->out + 1, sizeof *a->bias);
    a->rounded = malloc((all + 1) * sizeof *a->rounded);
    a->values = malloc((all + 1) * sizeof *a->values);
    a->wide = malloc((all + 1) * sizeof *a->wide);
    a->slope = malloc((all + 1) * sizeof *a->slope);
    a->bias_slope = malloc((a->out + 1) * sizeof *a->bias_slope);
    a->moments = calloc(all + a->out + 1, sizeof *a->moments);
    a->best_values = malloc((all + 1) * sizeof *a->best_values);
    a->best_bias = calloc(a->out + 1, sizeof *a->best_bias);
    return a->gram && a->cross && a->column && a->y_sum && a->latent && a->bias && a->rounded && a->values &&
           a->wide && a->slope && a->bias_slope && a->moments && a->best_values && a->best_bias;
}

static void release(struct learning *a)
{
    void *const all[] = {a->gram,       a->cross,   a->column,      a->y_sum,    a->latent,
                         a->bias,       a->rounded, a->values,      a->wide,     a->slope,
                         a->bias_slope, a->moments, a->best_values, a->best_bias};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static enum status take(struct learning *a, struct error *e)
{
    double *bias = layer_bias(a->l);
    if (!bias)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t r = 0; r < a->out; r++)
        bias[r] += a->best_bias[r];
    free(a->p->done[LAYER_WEIGHT]);
    a->p->done[LAYER_WEIGHT] = a->best_values;
    a->best_values = NULL;
    return STATUS_OK;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct learning a = {.l = l,
                         .p = &l->part[0],
                         .out = l->out,
                         .n = l->part[0].n,
                         .tokens = l->calibration,
                         .best = HUGE_VAL};
    enum status s = reserve(&a) ? read_data(&a, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < a.out * a.n; i++)
        a.latent[i] = (double)a.p->operand[LAYER_WEIGHT][i];
    if (!s)
        s = learn(&a, step, e);
    if (!s && a.best == HUGE_VAL && a.tokens)
        s = error_set(e, STATUS_INVALID,
                      "the input or the weight holds a NaN or an infinity, or becomes one");
    if (!s && a.best < HUGE_VAL)
        s = take(&a, e);
    release(&a);
    return s;
}

static const struct arg_key keys[] = {
    {"iterations", ARG_INTEGER, 100, 0, 100000, NULL, "steps of Adam, each over all calibration tokens"},
    {"rate", ARG_NUMBER, 1e-5, 0, 10, NULL, "learning rate of the weight"},
    {"bias_rate", ARG_NUMBER, 1e-3, 0, 10, NULL, "learning rate of the bias"},
};

const struct transform transform_straight_through = {
    .name = "straight_through",
    .doc = "the weight and a bias are learned by Adam on the error of the output, slopes pass rounding; "
           "scales follow the weight; the best values met are kept, rounded to nearest among them",
    .citation = "Hubara et al., AdaQuant, arXiv 2006.10518, equation 2, without its learned ranges (Adam, "
                "100 steps, rates 1e-5 and 1e-3 as in itayhubara/CalibTIP utils/adaquant.py)",
    .acts = "weight (quantized), bias",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
