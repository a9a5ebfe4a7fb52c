/* Transform "first_tokens": keys and values of the first tokens stay as they are. */
#include <stdlib.h>

#include "sim/transform/heads.h"

static enum status keep(const struct transform_step *step, struct heads *h, enum heads_side side,
                        struct error *e)
{
    const size_t n = heads_count(h, side), row = h->kv_heads * h->dim;
    const size_t first = transform_count_of(step, "n") * row;
    bool *mask = calloc(n + 1, sizeof *mask);
    enum status s = mask ? heads_open_side(h, side, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < n && i < first; i++)
        mask[i] = !h->kept[side] || !h->kept[side][i];
    if (!s) /* where they lie needs no bits */
        s = heads_keep(h, side, mask, step->scheme, 0, e);
    free(mask);
    return s;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    enum status s = STATUS_OK;
    for (int side = HEADS_K; side <= HEADS_V && !s; side++)
        if (heads_chosen(step, side))
            s = keep(step, h, side, e);
    return s;
}

static const struct arg_key keys[] = {
    {"n", ARG_INTEGER, 1, 0, 1 << 20, NULL, "tokens at the beginning"},
    {"of", ARG_WORD, 0, 0, 0, HEADS_OF, "what is kept of them"},
    {"to", ARG_SCHEME, 0, 0, 0, "fp16", "what they are kept in"},
};

const struct transform transform_first_tokens = {
    .name = "first_tokens",
    .doc = "keys and values of the first tokens are kept apart, and the others' scales do not see them; a "
           "kept element counts as many bits as `to` has",
    .citation = "attention sinks: Hooper et al., KVQuant, arXiv 2401.18079 (first token, first_few_fp16 in "
                "its code); Su et al., RotateKV, arXiv 2501.16383 (20 tokens)",
    .acts = "keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .attend = attend,
};
