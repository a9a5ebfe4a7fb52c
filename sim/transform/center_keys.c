/* Transform "center_keys": what keys, queries of a block and values have in common goes. */
#include <stdlib.h>

#include "sim/base/sum.h"
#include "sim/transform/heads.h"

/* The mean of each column of rows first .. end - 1, each of n numbers. */
static void column_means(const float *x, size_t first, size_t end, size_t n, double *mean)
{
    for (size_t c = 0; c < n; c++) {
        struct sum sum = {.pending = 0};
        for (size_t t = first; t < end; t++)
            sum_add(&sum, (double)x[t * n + c]);
        mean[c] = sum_value(&sum) / (double)(end - first);
    }
}

static void subtract(float *x, size_t first, size_t end, size_t n, const double *mean)
{
    for (size_t i = first * n; i < end * n; i++)
        x[i] = (float)((double)x[i] - mean[i % n]);
}

/* Scores that the mean of queries `first` .. end - 1 has with every key, for each of them. */
static void add_scores(struct heads *h, size_t first, size_t end, const double *mean)
{
    const size_t row = h->kv_heads * h->dim, group = h->heads / h->kv_heads;
    for (size_t head = 0; head < h->heads; head++)
        for (size_t j = 0; j < h->keys; j++) {
            const float *key = h->operand[HEADS_K] + j * row + head / group * h->dim;
            double score = 0;
            for (size_t d = 0; d < h->dim; d++)
                score += mean[head * h->dim + d] * (double)key[d];
            for (size_t t = first; t < end; t++)
                h->added[(head * h->queries + t) * h->keys + j] += score;
        }
}

/* Queries lose the mean of their block; what it gave is added to their scores. */
static enum status center_queries(struct heads *h, size_t block, double *mean, struct error *e)
{
    const size_t row = h->heads * h->dim;
    if (!h->added)
        h->added = calloc(h->heads * h->queries * h->keys + 1, sizeof *h->added);
    if (!h->added)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t first = 0; first < h->queries; first += block) {
        const size_t end = first + block < h->queries ? first + block : h->queries;
        column_means(h->operand[HEADS_Q], first, end, row, mean);
        add_scores(h, first, end, mean);
        subtract(h->operand[HEADS_Q], first, end, row, mean);
    }
    return STATUS_OK;
}

/* Probabilities sum to 1: the mean of the values is what every output lacks. */
static enum status add_mean(const struct heads *h, enum heads_side side, const double *mean, double *x,
                            struct error *e)
{
    (void)e;
    const size_t group = h->heads / h->kv_heads;
    for (size_t i = 0; i < heads_count(h, side); i++)
        x[i] += mean[i / h->dim % h->heads / group * h->dim + i % h->dim];
    return STATUS_OK;
}

static enum status center_values(struct heads *h, struct error *e)
{
    const size_t row = h->kv_heads * h->dim;
    double *mean = malloc((row + 1) * sizeof *mean);
    enum status s = h->clipped
                        ? error_set(e, STATUS_INVALID,
                                    "clipped probabilities do not sum to 1, and values=mean needs that")
                        : heads_open_mixed(h, HEADS_V, e);
    h->centered = true;
    if (mean && !s && h->keys) {
        column_means(h->operand[HEADS_V], 0, h->keys, row, mean);
        subtract(h->operand[HEADS_V], 0, h->keys, row, mean);
        return heads_push(h, HEADS_OUTPUT, add_mean, mean, e);
    }
    free(mean);
    return mean ? s : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t block = transform_count_of(step, "queries");
    double *mean = malloc((h->heads * h->dim + 1) * sizeof *mean);
    enum status s = mean ? heads_open_pair(h, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && h->keys) {
        column_means(h->operand[HEADS_K], 0, h->keys, h->kv_heads * h->dim, mean);
        subtract(h->operand[HEADS_K], 0, h->keys, h->kv_heads * h->dim, mean);
    }
    if (!s && block)
        s = center_queries(h, block, mean, e);
    free(mean);
    if (!s && transform_is(step, "values", "mean"))
        s = center_values(h, e);
    return s;
}

static const struct arg_key keys[] = {
    {"queries", ARG_INTEGER, 0, 0, 1 << 20, NULL,
     "queries of a block, which lose their mean too; what it scores is added exactly; 0: none"},
    {"values", ARG_WORD, 0, 0, 0, "none|mean", "whether values lose their mean, which outputs get back"},
};

const struct transform transform_center_keys = {
    .name = "center_keys",
    .doc = "keys lose their mean over tokens, which changes the scores of a query by one number",
    .citation = "Zhang et al., SageAttention, arXiv 2410.02367 (keys); SageAttention2, arXiv 2411.10958 "
                "(queries of a block; thu-ml/SageAttention core.py smooth_k, smooth_v)",
    .acts = "queries, keys, values",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .attend = attend,
};
