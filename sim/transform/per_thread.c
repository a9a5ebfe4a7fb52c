/* Transform "per_thread": queries and keys whose scores one thread of a tensor core holds have one scale. */
#include <stdlib.h>
#include <string.h>

#include "sim/transform/heads.h"

/* Of every `warp` tokens those that are the same modulo 8, or of a pair modulo 8. */
struct threads {
    size_t warp, pair;
};

static size_t rows_of(const struct threads *g)
{
    return g->warp / 8 * g->pair;
}

/* Where token t is among groups [.., rows of a group]. */
static size_t place_of(const struct threads *g, size_t t)
{
    const size_t group = t / g->warp * (8 / g->pair) + t % 8 / g->pair;
    return group * rows_of(g) + t % g->warp / 8 * g->pair + t % g->pair;
}

/* Between an operand [token, head, dim] and its groups [head, group, row, dim]. */
static void move(const struct heads *h, enum heads_side side, const struct threads *g, size_t places,
                 float *operand, float *grouped, bool back)
{
    const size_t wide = heads_wide(h, side), bytes = h->dim * sizeof(float);
    for (size_t t = 0; t < heads_tokens(h, side); t++)
        for (size_t head = 0; head < wide; head++) {
            float *one = operand + (t * wide + head) * h->dim;
            float *other = grouped + (head * places + place_of(g, t)) * h->dim;
            memcpy(back ? one : other, back ? other : one, bytes);
        }
}

static enum status group(struct heads *h, enum heads_side side, struct threads g, struct error *e)
{
    const size_t tokens = heads_tokens(h, side), places = (tokens + g.warp - 1) / g.warp * g.warp;
    const size_t n = heads_wide(h, side) * places * h->dim, row = rows_of(&g) * h->dim;
    enum status s = heads_open_side(h, side, e);
    if (!s && h->scheme[side].scaling.per != PER_TOKEN)
        return error_set(e, STATUS_INVALID, "a scheme without a scale for each token; allowed: per=token");
    float *x = calloc(2 * n + 1, sizeof *x);
    if (!s && x)
        h->done[side] = malloc((heads_count(h, side) + 1) * sizeof *h->done[side]);
    if (!s && (!x || !h->done[side]))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        move(h, side, &g, places, h->operand[side], x, false);
        s = h->tools->quantize_rows(h, side, &h->scheme[side], row ? n / row : 0, row, x, x + n, e);
    }
    if (!s)
        move(h, side, &g, places, h->done[side], x + n, true);
    free(x);
    return s;
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const struct threads queries = {.warp = transform_count_of(step, "queries"), .pair = 1};
    const struct threads keys = {.warp = transform_count_of(step, "keys"), .pair = 2};
    if (queries.warp % 8 || keys.warp % 8)
        return error_set(e, STATUS_INVALID, "queries=%zu, keys=%zu; allowed: multiples of 8", queries.warp,
                         keys.warp);
    enum status s = group(h, HEADS_Q, queries, e);
    return s ? s : group(h, HEADS_K, keys, e);
}

static const struct arg_key keys[] = {
    {"queries", ARG_INTEGER, 32, 8, 8192, NULL, "neighbours among which groups are made: those of a warp"},
    {"keys", ARG_INTEGER, 64, 8, 8192, NULL, "and among keys: those of a block"},
};

const struct transform transform_per_thread = {
    .name = "per_thread",
    .doc = "of every 32 queries those that are the same modulo 8, and of every 64 keys the pairs that are, "
           "have one scale of the scheme, which has to be per=token; counts are those of per=token",
    .citation =
        "Zhang et al., SageAttention2, arXiv 2411.10958 (thu-ml/SageAttention triton/quant_per_thread.py)",
    .acts = "queries, keys",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .attend = attend,
};
