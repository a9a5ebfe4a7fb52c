/* Transform "low_rank": what quantizing took from the weight comes back as a product of two thin matrices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/decompose.h"
#include "sim/transform/svd.h"

/* left[out, rank] times right[rank, n]. */
struct factors {
    float *left, *right;
};

/* The root of each singular value goes to either side. */
static enum status factor(const double *error, size_t out, size_t n, size_t rank, struct factors *f,
                          struct error *e)
{
    const bool tall = out > n; /* then of the transpose */
    const size_t rows = tall ? n : out, length = tall ? out : n;
    double *a = malloc((out * n + 1) * sizeof *a), *u = malloc((rows * rows + 1) * sizeof *u);
    const bool room = a && u;
    for (size_t i = 0; room && i < out * n; i++)
        a[tall ? i % n * out + i / n : i] = error[i];
    const bool done = room && svd_rows(a, rows, length, u);
    float *of_u = tall ? f->right : f->left, *of_v = tall ? f->left : f->right;
    for (size_t r = 0; done && r < rank; r++) {
        double square = 0;
        for (size_t k = 0; k < length; k++)
            square += a[r * length + k] * a[r * length + k];
        const double root = sqrt(sqrt(square));
        for (size_t k = 0; k < rows; k++)
            of_u[tall ? r * n + k : k * rank + r] = (float)(u[k * rows + r] * root);
        for (size_t k = 0; k < length; k++)
            of_v[tall ? k * rank + r : r * n + k] = root > 0 ? (float)(a[r * length + k] / root) : 0;
    }
    free(a);
    free(u);
    return done ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* A factor under `to`, in place; its bits are added. */
static enum status quantize(const struct layer *l, size_t rows, size_t n, const struct quant_spec *to,
                            float *x, uint64_t *bits, struct error *e)
{
    const struct layer_part p = {.n = n};
    struct layer shape = *l;
    uint64_t own = 0;
    float *copy = malloc((rows * n + 1) * sizeof *copy);
    enum status s = copy ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    shape.out = rows;
    if (!s) {
        memcpy(copy, x, rows * n * sizeof *x);
        s = l->tools->quantize(&shape, &p, LAYER_WEIGHT, to, copy, x, e);
    }
    if (!s)
        s = l->tools->bits(&shape, &p, LAYER_WEIGHT, to, copy, &own, e);
    *bits += own;
    free(copy);
    return s;
}

/* The part: the input as the main part has it, times the product of the factors. */
static enum status add(struct layer *l, const struct factors *f, size_t rank, uint64_t bits, struct error *e)
{
    const size_t n = l->part[0].n;
    struct layer_part *p;
    enum status s = layer_add_part(l, n, &p, e);
    if (!s)
        s = decompose_share(l, p, LAYER_INPUT, e);
    if (s)
        return s;
    for (size_t i = 0; i < l->out * n; i++) {
        double sum = 0;
        for (size_t r = 0; r < rank; r++)
            sum += (double)f->left[i / n * rank + r] * (double)f->right[r * n + i % n];
        p->operand[LAYER_WEIGHT][i] = (float)sum;
    }
    float *done = decompose_done(l, p, LAYER_WEIGHT);
    if (!done)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    memcpy(done, p->operand[LAYER_WEIGHT], l->out * n * sizeof *done);
    decompose_count(p, LAYER_WEIGHT, bits);
    return STATUS_OK;
}

static enum status find_error(const struct layer *l, double *error, struct error *e)
{
    const struct layer_part *p = &l->part[0];
    float *values = malloc((l->out * p->n + 1) * sizeof *values);
    enum status s =
        values ? layer_values(l, p, LAYER_WEIGHT, values, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < l->out * p->n; i++)
        error[i] = (double)p->operand[LAYER_WEIGHT][i] - (double)values[i];
    free(values);
    return s;
}

static enum status compensate(struct layer *l, const struct quant_spec *to, size_t rank, struct factors *f,
                              double *error, struct error *e)
{
    const size_t out = l->out, n = l->part[0].n;
    uint64_t bits = 0;
    enum status s = find_error(l, error, e);
    for (size_t i = 0; !s && i < out * n; i++)
        if (!isfinite(error[i]))
            s = error_set(e, STATUS_INVALID, "the weight, or what it is quantized to, is not finite");
    if (!s)
        s = factor(error, out, n, rank, f, e);
    if (!s)
        s = quantize(l, out, rank, to, f->left, &bits, e);
    if (!s)
        s = quantize(l, rank, n, to, f->right, &bits, e);
    return s ? s : add(l, f, rank, bits, e);
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n, rank = transform_count_of(step, "rank"), most = n < l->out ? n : l->out;
    struct quant_spec to;
    enum status s = decompose_scheme(step, &to, e);
    if (!s && rank > most)
        s = error_set(e, STATUS_INVALID, "rank=%zu: the weight is %zu x %zu; allowed: 1..%zu", rank, l->out,
                      n, most);
    if (s)
        return s;
    struct factors f = {malloc((l->out * rank + 1) * sizeof(float)), malloc((rank * n + 1) * sizeof(float))};
    double *error = malloc((l->out * n + 1) * sizeof *error);
    s = f.left && f.right && error ? compensate(l, &to, rank, &f, error, e)
                                   : error_set(e, STATUS_INTERNAL, "out of memory");
    free(f.left);
    free(f.right);
    free(error);
    return s;
}

static const struct arg_key keys[] = {
    {"rank", ARG_INTEGER, 8, 1, 4096, NULL, "of the product"},
    {"to", ARG_SCHEME, 0, 0, 0, "int8,per=token", "scheme of both factors; per=token: one scale a row"},
};

const struct transform transform_low_rank = {
    .name = "low_rank",
    .doc = "the error of the quantized weight, w - Q(w) = u s v^T, is added back to rank r: u sqrt(s) and "
           "sqrt(s) v^T under `to`, multiplied by the quantized input as a part of its own, exactly",
    .citation =
        "Yao et al., ZeroQuant-V2 (LoRC), arXiv 2303.08302; that the error is not weighted: README of QERA. "
        "Rank, how s is shared out and the granularity of INT8 could not be checked against a program",
    .acts = "a part of its own",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
