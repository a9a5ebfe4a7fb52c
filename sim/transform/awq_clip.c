/* Transform "awq_clip": each group of weights is clipped at the share of its largest that costs the output
 * least. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/layer.h"

struct clip {
    const struct layer *l;
    size_t n, group, groups, stride; /* columns of a group; groups of a row; every which token counts */
    float *limit;                    /* of each group of each row: what it is clipped at */
    double *least;                   /* its error */
    float *clipped, *values;
};

static float largest(const float *w, size_t n)
{
    float most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmaxf(most, fabsf(w[i]));
    return most;
}

static size_t columns(const struct clip *c, size_t g)
{
    const size_t left = c->n - g * c->group;
    return left < c->group ? left : c->group;
}

/* The largest magnitude times `share`, rounded once. */
static float limit_of(const struct clip *c, size_t row, size_t g, double share)
{
    const float *w = c->l->part[0].operand[LAYER_WEIGHT] + row * c->n + g * c->group;
    return (float)((double)largest(w, columns(c, g)) * share);
}

static void clip_into(float *to, const float *w, size_t n, float limit)
{
    for (size_t i = 0; i < n; i++)
        to[i] = isnan(w[i]) ? w[i] : fminf(fmaxf(w[i], -limit), limit);
}

/* Sum over tokens of the square of what quantized weights change of the group's share of the output. */
static double error_of(const struct clip *c, size_t row, size_t g)
{
    const size_t at = row * c->n + g * c->group, n = columns(c, g);
    const float *w = c->l->part[0].operand[LAYER_WEIGHT] + at, *q = c->values + at;
    double sum = 0;
    for (size_t i = 0; i < c->l->calibration; i += c->stride) {
        const float *x = c->l->part[0].operand[LAYER_INPUT] + i * c->n + g * c->group;
        double change = 0;
        for (size_t k = 0; k < n; k++)
            change += (double)x[k] * ((double)q[k] - (double)w[k]);
        sum += change * change;
    }
    return sum;
}

static enum status try_share(struct clip *c, double share, struct error *e)
{
    const struct layer_part *p = &c->l->part[0];
    for (size_t i = 0; i < c->l->out * c->groups; i++) {
        const size_t at = i / c->groups * c->n + i % c->groups * c->group;
        clip_into(c->clipped + at, p->operand[LAYER_WEIGHT] + at, columns(c, i % c->groups),
                  limit_of(c, i / c->groups, i % c->groups, share));
    }
    enum status s =
        c->l->tools->quantize(c->l, p, LAYER_WEIGHT, &p->scheme[LAYER_WEIGHT], c->clipped, c->values, e);
    for (size_t i = 0; !s && i < c->l->out * c->groups; i++) {
        const double error = error_of(c, i / c->groups, i % c->groups);
        if (error < c->least[i]) {
            c->least[i] = error;
            c->limit[i] = limit_of(c, i / c->groups, i % c->groups, share);
        }
    }
    return s;
}

static void clip_all(const struct clip *c, float *w)
{
    for (size_t i = 0; i < c->l->out * c->groups; i++) {
        float *to = w + i / c->groups * c->n + i % c->groups * c->group;
        clip_into(to, to, columns(c, i % c->groups), c->limit[i]);
    }
}

static enum status search(struct clip *c, const struct transform_step *step, struct error *e)
{
    const size_t grid = transform_count_of(step, "grid"), all = c->l->out * c->groups;
    const size_t tried = (size_t)(transform_number(step, "shrink") * (double)grid);
    enum status s = STATUS_OK;
    c->limit = malloc((all + 1) * sizeof *c->limit);
    c->least = malloc((all + 1) * sizeof *c->least);
    c->clipped = malloc((c->l->out * c->n + 1) * sizeof *c->clipped);
    c->values = malloc((c->l->out * c->n + 1) * sizeof *c->values);
    if (!c->limit || !c->least || !c->clipped || !c->values)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < all; i++) {
        c->limit[i] = limit_of(c, i / c->groups, i % c->groups, 1);
        c->least[i] = (double)INFINITY;
    }
    for (size_t i = 0; i < tried && !s; i++)
        s = try_share(c, 1 - (double)i / (double)grid, e);
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n, tokens = transform_count_of(step, "tokens");
    struct clip c = {.l = l, .n = n, .group = layer_group(l)};
    c.groups = c.group ? (n + c.group - 1) / c.group : 0;
    c.stride = l->calibration > tokens ? l->calibration / tokens : 1;
    enum status s = search(&c, step, e);
    if (!s)
        clip_all(&c, l->part[0].operand[LAYER_WEIGHT]);
    free(c.limit);
    free(c.least);
    free(c.clipped);
    free(c.values);
    return s;
}

static const struct arg_key keys[] = {
    {"grid", ARG_INTEGER, 20, 1, 1000, NULL, "shares that are tried: 1, 1 - 1/grid, ..."},
    {"shrink", ARG_NUMBER, 0.5, 0, 1, NULL, "of the grid, from the top, as many as this share"},
    {"tokens", ARG_INTEGER, 512, 1, 1 << 30, NULL, "about as many, evenly spaced, measure the error"},
};

const struct transform transform_awq_clip = {
    .name = "awq_clip",
    .doc = "weights of each group (block, or row) clipped at the share of their largest magnitude with the "
           "least error of the group's sums",
    .citation =
        "Lin et al., AWQ, arXiv 2306.00978; mit-han-lab/llm-awq auto_clip.py (which leaves queries and keys)",
    .acts = "weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
