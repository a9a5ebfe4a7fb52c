/* Transform "before_rope": keys are quantized as they are before rotary embedding. */
#include <stdlib.h>

#include "sim/base/elementary.h"
#include "sim/transform/heads.h"

/* Turns the neighbours of every head by its position's angle, or back, in binary64. */
static void turn(const struct heads *h, enum heads_side side, double base, double sign, double *x)
{
    const size_t tokens = heads_tokens(h, side), wide = heads_wide(h, side), first = h->keys - tokens;
    for (size_t i = 0; i < h->dim / 2; i++) {
        const double frequency = i ? 1 / elementary_pow(base, (double)(2 * i) / (double)h->dim) : 1;
        for (size_t t = 0; t < tokens; t++) {
            double sine, cosine;
            elementary_sin_cos((double)(first + t) * frequency, &sine, &cosine);
            for (size_t head = 0; head < wide; head++) {
                double *pair = x + (t * wide + head) * h->dim + 2 * i;
                const double even = pair[0], odd = pair[1];
                pair[0] = even * cosine - sign * odd * sine;
                pair[1] = sign * even * sine + odd * cosine;
            }
        }
    }
}

/* [base] */
static enum status embed(const struct heads *h, enum heads_side side, const double *data, double *x,
                         struct error *e)
{
    (void)e;
    turn(h, side, data[0], 1, x);
    return STATUS_OK;
}

static enum status turn_back(struct heads *h, enum heads_side side, double base, struct error *e)
{
    const size_t n = heads_count(h, side);
    enum status s = heads_open_mixed(h, side, e);
    double *x = malloc((n + 1) * sizeof *x), *data = malloc(sizeof *data);
    if (s || !x || !data) {
        free(x);
        free(data);
        return s ? s : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    *data = base;
    for (size_t i = 0; i < n; i++)
        x[i] = (double)h->operand[side][i];
    turn(h, side, base, -1, x);
    for (size_t i = 0; i < n; i++)
        h->operand[side][i] = (float)x[i];
    free(x);
    return heads_push(h, side, embed, data, e);
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const double said = transform_number(step, "base"), base = said > 0 ? said : h->rotary;
    if (!(base > 1))
        return error_set(
            e, STATUS_INVALID,
            "the base of the rotary embedding is not known (rotary: none); allowed: base=10000, above 1");
    if (h->dim % 2)
        return error_set(e, STATUS_INVALID, "heads of %zu dimensions are no pairs", h->dim);
    enum status s = turn_back(h, HEADS_K, base, e);
    if (!s && transform_is(step, "of", "both"))
        s = turn_back(h, HEADS_Q, base, e);
    return s;
}

static const struct arg_key keys[] = {
    {"base", ARG_NUMBER, 0, 0, 1e12, NULL, "of the embedding of neighbours (2 i, 2 i + 1); 0: the dump's"},
    {"of", ARG_WORD, 0, 0, 0, "keys|both", "both: queries too"},
};

const struct transform transform_before_rope = {
    .name = "before_rope",
    .doc = "keys are turned back to before rotary embedding, and turned again when they are quantized",
    .citation = "Hooper et al., KVQuant, arXiv 2401.18079, section 3.2",
    .acts = "keys, queries",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .attend = attend,
};
