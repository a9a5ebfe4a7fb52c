/* Transform "residual": the weight as a sum of tensors, each what the ones before left, quantized. */
#include <stdlib.h>
#include <string.h>

#include "sim/transform/decompose.h"

/* sum[i] += the values of what is left of x; their bits are added too. */
static enum status add_term(const struct layer *l, const struct layer_part *p, double *sum, float *left,
                            float *values, uint64_t *bits, struct error *e)
{
    const struct quant_spec *q = &p->scheme[LAYER_WEIGHT];
    const size_t n = l->out * p->n;
    uint64_t own = 0;
    for (size_t i = 0; i < n; i++)
        left[i] = (float)((double)p->operand[LAYER_WEIGHT][i] - sum[i]);
    enum status s = l->tools->quantize(l, p, LAYER_WEIGHT, q, left, values, e);
    if (!s)
        s = l->tools->bits(l, p, LAYER_WEIGHT, q, left, &own, e);
    for (size_t i = 0; i < n && !s; i++)
        sum[i] += (double)values[i];
    *bits += own;
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct layer_part *p = &l->part[0];
    const size_t n = l->out * p->n, terms = transform_count_of(step, "terms");
    enum status s = STATUS_OK;
    double *sum = calloc(n + 1, sizeof *sum);
    float *left = malloc((n + 1) * sizeof *left), *values = decompose_done(l, p, LAYER_WEIGHT);
    uint64_t bits = 0;
    if (!sum || !left || !values)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t k = 0; k < terms && !s; k++)
        s = add_term(l, p, sum, left, values, &bits, e);
    for (size_t i = 0; i < n && !s; i++)
        values[i] = (float)sum[i];
    decompose_count(p, LAYER_WEIGHT, bits);
    free(sum);
    free(left);
    return s;
}

static const struct arg_key keys[] = {
    {"terms", ARG_INTEGER, 2, 1, 16, NULL, "tensors that are added"},
};

const struct transform transform_residual = {
    .name = "residual",
    .doc = "the weight becomes Q(w) + Q(w - Q(w)) + ..., each under its scheme, the sum rounded once to "
           "binary32; with binary,per=token,stat=mean_abs a sum of alpha * sign, alpha the mean magnitude of "
           "each row",
    .citation = "Zheng et al., BinaryDM, arXiv 2404.05662; Xingyu-Zheng/BinaryDM ours_util.py BNNLinear (two "
                "bases, scales as they start; training them is left out)",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
