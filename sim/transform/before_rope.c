/* Transform "before_rope": keys are quantized as they are before rotary embedding. */
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/transform/heads.h"

/* Turns the neighbours of every key by its position's angle, or back, in binary64. */
static void turn(const struct heads *h, double base, double sign, double *x)
{
    for (size_t i = 0; i < h->dim / 2; i++) {
        const double frequency = i ? 1 / elementary_pow(base, (double)(2 * i) / (double)h->dim) : 1;
        for (size_t t = 0; t < h->keys; t++) {
            double sine, cosine;
            elementary_sin_cos((double)t * frequency, &sine, &cosine);
            for (size_t head = 0; head < h->kv_heads; head++) {
                double *pair = x + (t * h->kv_heads + head) * h->dim + 2 * i;
                const double even = pair[0], odd = pair[1];
                pair[0] = even * cosine - sign * odd * sine;
                pair[1] = sign * even * sine + odd * cosine;
            }
        }
    }
}

static enum status embed(const struct heads *h, enum heads_side side, const double *base, double *x,
                         struct error *e)
{
    (void)side;
    (void)e;
    turn(h, *base, 1, x);
    return STATUS_OK;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t n = heads_count(h, HEADS_K);
    const double said = transform_number(step, "base"), base = said > 0 ? said : h->rotary;
    enum status s = heads_open_mixed(h, HEADS_K, e);
    if (!s && !(base > 0))
        return error_set(
            e, STATUS_INVALID,
            "the base of the keys' rotary embedding is not known (rotary: none); allowed: base=10000");
    if (!s && h->dim % 2)
        return error_set(e, STATUS_INVALID, "heads of %zu dimensions are no pairs", h->dim);
    double *x = malloc((n + 1) * sizeof *x), *data = malloc(sizeof *data);
    if (s || !x || !data) {
        free(x);
        free(data);
        return s ? s : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    *data = base;
    for (size_t i = 0; i < n; i++)
        x[i] = (double)h->operand[HEADS_K][i];
    turn(h, base, -1, x);
    for (size_t i = 0; i < n; i++)
        h->operand[HEADS_K][i] = (float)x[i];
    free(x);
    return heads_push(h, HEADS_K, embed, data, e);
}

static const struct transform_key keys[] = {
    {"base", TRANSFORM_NUMBER, 0, 0, 1e12, NULL,
     "of the embedding of neighbours (2 i, 2 i + 1); 0: the dump's"},
};

const struct transform transform_before_rope = {
    .name = "before_rope",
    .doc = "keys are turned back to before rotary embedding, and turned again when they are quantized",
    .citation = "Hooper et al., KVQuant, arXiv 2401.18079, section 3.2",
    .acts = "keys",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .attend = attend,
};
