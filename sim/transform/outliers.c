/* Transform "outliers": columns of the input that hold a large value are multiplied apart, in more bits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/decompose.h"

static void find(const struct layer *l, double above, bool *moved)
{
    const size_t n = l->part[0].n;
    const float *x = l->part[0].operand[LAYER_INPUT];
    for (size_t i = 0; i < l->tokens * n; i++)
        moved[i % n] |= fabs((double)x[i]) >= above;
}

static void copy_columns(const float *x, size_t rows, size_t n, const bool *moved, float *out)
{
    for (size_t i = 0; i < rows * n; i++)
        if (moved[i % n])
            *out++ = x[i];
}

/* All columns stay, those of the input as zeros; the part's weight is what the codes of the main one say. */
static enum status leave_weight(struct layer *l, const bool *moved, const struct quant_spec *to,
                                struct error *e)
{
    struct layer_part *main = &l->part[0], *p;
    const size_t n = main->n;
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        count += moved[j];
    float *values = malloc((l->out * n + 1) * sizeof *values);
    enum status s = values ? layer_values(l, main, LAYER_WEIGHT, values, e)
                           : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = layer_add_part(l, count, &p, e);
    if (!s) {
        copy_columns(main->operand[LAYER_INPUT], l->tokens, n, moved, p->operand[LAYER_INPUT]);
        copy_columns(values, l->out, n, moved, p->operand[LAYER_WEIGHT]);
        for (size_t i = 0; i < l->tokens * n; i++)
            if (moved[i % n])
                main->operand[LAYER_INPUT][i] = 0;
        p->scheme[LAYER_INPUT] = p->scheme[LAYER_WEIGHT] = *to;
        decompose_count(p, LAYER_WEIGHT, 0);
        l->side_bits += count * decompose_index_bits(n);
    }
    free(values);
    return s;
}

static enum status split(struct layer *l, const bool *moved, const struct quant_spec *to, struct error *e)
{
    struct layer_part *p;
    enum status s = decompose_move(l, moved, &p, e);
    if (!s && p)
        p->scheme[LAYER_INPUT] = p->scheme[LAYER_WEIGHT] = *to;
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    bool *moved = calloc(n + 1, sizeof *moved);
    struct quant_spec to;
    enum status s = moved ? decompose_scheme(step, &to, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        find(l, transform_number(step, "above"), moved);
        const bool any = memchr(moved, true, n * sizeof *moved) != NULL;
        s = !any                                    ? STATUS_OK
            : transform_is(step, "weight", "split") ? split(l, moved, &to, e)
                                                    : leave_weight(l, moved, &to, e);
    }
    free(moved);
    return s;
}

static const struct arg_key keys[] = {
    {"above", ARG_NUMBER, 6, 0, 1e30, NULL, "magnitude that makes the whole column an outlier"},
    {"weight", ARG_WORD, 0, 0, 0, "split|stored",
     "columns of the weight beside outliers: by themselves under `to`; stored: as the codes of the whole "
     "weight say"},
    {"to", ARG_SCHEME, 0, 0, 0, "fp16", "scheme of what is multiplied apart"},
};

const struct transform transform_outliers = {
    .name = "outliers",
    .doc = "columns of the input with any |x| >= above, of all tokens, are multiplied with theirs of the "
           "weight as a part of their own, exactly",
    .citation = "Dettmers et al., LLM.int8(), arXiv 2208.07339, equation 8; weight=stored: bitsandbytes "
                "MatMul8bitLt (subB from state.CB and state.SCB, CA of outliers set to 0)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
