/* Transform "llm_fp4": the format and the real exponent bias of both operands, searched on the output. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"
#include "sim/transform/layer.h"
#include "sim/transform/real_bias.h"

#define FORMATS_MAX 8

/* A way to divide the bits. */
struct way {
    int e, m;
    struct quant_spec q;                            /* a plain cast */
    double *first[LAYER_SIDES], *bias[LAYER_SIDES]; /* of the tensor, of each row: from the largest magnitude;
                                                       as found */
};

struct search {
    struct layer *l;
    size_t n, biases[LAYER_SIDES]; /* columns; biases of each operand: 1, rows of the weight */
    struct way way[FORMATS_MAX];
    int n_ways, chosen[LAYER_SIDES];
    double low, high;
    size_t points;
    double *column, *factor, *trial, *y, *row, *least;
    float *room, *values, *found[LAYER_SIDES]; /* found: the operands under what is chosen */
};

static double factor_of(const struct way *w, double bias)
{
    return isfinite(bias) ? elementary_exp2(bias - w->q.element.bias) : 1;
}

/* The values of an operand under these biases. */
static enum status quantize(struct search *s, enum layer_side side, const struct way *w, const double *bias,
                            float *values, struct error *e)
{
    const size_t rows = layer_rows(s->l, side);
    const struct layer_part *p = &s->l->part[0];
    for (size_t j = 0; j < (side == LAYER_INPUT ? s->n : rows); j++)
        s->factor[j] =
            factor_of(w, side == LAYER_INPUT
                             ? bias[0] + real_bias_shift(w->e, real_bias(w->e, w->m, s->column[j]), bias[0])
                             : bias[j]);
    for (size_t i = 0; i < rows * s->n; i++)
        s->room[i] =
            (float)((double)p->operand[side][i] * s->factor[side == LAYER_INPUT ? i % s->n : i / s->n]);
    enum status status = s->l->tools->quantize(s->l, p, side, &w->q, s->room, values, e);
    for (size_t i = 0; !status && i < rows * s->n; i++)
        values[i] = (float)((double)values[i] / s->factor[side == LAYER_INPUT ? i % s->n : i / s->n]);
    return status;
}

/* Into s->row the sum of squared errors of each output, over the calibration tokens. */
static enum status measure(struct search *s, const float *x, const float *w, struct error *e)
{
    const struct layer *l = s->l;
    memset(s->y, 0, l->calibration * l->out * sizeof *s->y);
    memset(s->row, 0, l->out * sizeof *s->row);
    enum status status = layer_multiply(x, w, l->calibration, l->out, s->n, s->y, e);
    for (size_t i = 0; i < l->calibration * l->out; i++) {
        const double d = s->y[i] + (l->bias ? l->bias[i % l->out] : 0) - (double)l->output[i];
        s->row[i % l->out] += d * d;
    }
    return status;
}

static double total(const struct search *s)
{
    double sum = 0;
    for (size_t j = 0; j < s->l->out; j++)
        sum += s->row[j];
    return sum;
}

/* The error with this operand as in s->values, the other one as it was found. */
static enum status measure_side(struct search *s, enum layer_side side, struct error *e)
{
    return side == LAYER_INPUT ? measure(s, s->values, s->found[LAYER_WEIGHT], e)
                               : measure(s, s->found[LAYER_INPUT], s->values, e);
}

/* The best of the biases low .. high times the first one: one for the input, one for each row. */
static enum status search_bias(struct search *s, enum layer_side side, struct way *w, struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t j = 0; j < s->biases[side]; j++)
        s->least[j] = (double)INFINITY;
    for (size_t i = 0; i < s->points && !status; i++) {
        const double share = s->low + (double)i * (s->high - s->low) / (double)s->points;
        for (size_t j = 0; j < s->biases[side]; j++)
            s->trial[j] = share * w->first[side][j];
        status = quantize(s, side, w, s->trial, s->values, e);
        if (!status)
            status = measure_side(s, side, e);
        if (!status && side == LAYER_INPUT)
            s->row[0] = total(s);
        for (size_t j = 0; j < s->biases[side] && !status; j++)
            if (s->row[j] < s->least[j]) {
                s->least[j] = s->row[j];
                w->bias[side][j] = s->trial[j];
            }
    }
    return status;
}

static enum status choose_way(struct search *s, enum layer_side side, struct error *e)
{
    double least = (double)INFINITY;
    enum status status = STATUS_OK;
    for (int f = 0; f < s->n_ways && !status; f++) {
        status = quantize(s, side, &s->way[f], s->way[f].bias[side], s->values, e);
        if (!status)
            status = measure_side(s, side, e);
        const double error = total(s);
        if (!status && error < least) {
            least = error;
            s->chosen[side] = f;
        }
    }
    const struct way *w = &s->way[s->chosen[side]];
    return status ? status : quantize(s, side, w, w->bias[side], s->found[side], e);
}

static enum status round_of(struct search *s, struct error *e)
{
    static const enum layer_side order[] = {LAYER_WEIGHT, LAYER_INPUT};
    enum status status = STATUS_OK;
    for (int i = 0; i < 2; i++)
        for (int f = 0; f < s->n_ways && !status; f++)
            status = search_bias(s, order[i], &s->way[f], e);
    for (int i = 0; i < 2 && !status; i++)
        status = choose_way(s, order[i], e);
    return status;
}

/* --- start and end --- */

/* The published lists: fractions of 0 .. bits - 2 bits, of 2 .. 6 where there are eight; the first choice
 * has half of the bits in its exponent. */
static enum status fill_ways(struct search *s, int bits, struct error *e)
{
    const int least = bits == 8 ? 2 : 0;
    char text[64];
    enum status status = STATUS_OK;
    for (int m = least; m < bits - 1 && !status; m++) {
        struct way *w = &s->way[s->n_ways];
        w->m = m;
        w->e = bits - 1 - m;
        if (w->e == bits / 2)
            s->chosen[LAYER_INPUT] = s->chosen[LAYER_WEIGHT] = s->n_ways;
        s->n_ways++;
        snprintf(text, sizeof text, "e%dm%d,specials=none,bias=%d,per=none", w->e, m, (1 << (w->e - 1)) - 1);
        status = scheme_parse(text, &w->q, e);
    }
    return status;
}

static bool fill_biases(struct search *s)
{
    const float *weight = s->l->part[0].operand[LAYER_WEIGHT];
    bool room = true;
    for (int f = 0; f < s->n_ways; f++)
        for (int side = 0; side < LAYER_SIDES; side++) {
            s->way[f].first[side] = malloc(2 * (s->biases[side] + 1) * sizeof(double));
            room &= s->way[f].first[side] != NULL;
            s->way[f].bias[side] = room ? s->way[f].first[side] + s->biases[side] : NULL;
        }
    for (int f = 0; f < s->n_ways && room; f++) {
        struct way *w = &s->way[f];
        double most = 0;
        for (size_t j = 0; j < s->n; j++)
            most = fmax(most, s->column[j]);
        w->first[LAYER_INPUT][0] = real_bias(w->e, w->m, most);
        for (size_t i = 0; i < s->l->out; i++) {
            most = 0;
            for (size_t k = 0; k < s->n; k++)
                most = fmax(most, fabs((double)weight[i * s->n + k]));
            w->first[LAYER_WEIGHT][i] = real_bias(w->e, w->m, most);
        }
        for (int side = 0; side < LAYER_SIDES; side++)
            memcpy(w->bias[side], w->first[side], s->biases[side] * sizeof(double));
    }
    return room;
}

static bool search_open(struct search *s)
{
    const struct layer *l = s->l;
    const size_t rows = l->out > s->n ? l->out : s->n, tall = l->tokens > l->out ? l->tokens : l->out;
    s->column = malloc((s->n + 1) * sizeof(double));
    s->factor = malloc((rows + 1) * sizeof(double));
    s->trial = malloc((rows + 1) * sizeof(double));
    s->row = malloc((rows + 1) * sizeof(double));
    s->least = malloc((rows + 1) * sizeof(double));
    s->y = malloc((l->tokens * l->out + 1) * sizeof(double));
    s->room = malloc((tall * s->n + 1) * sizeof(float));
    s->values = malloc((tall * s->n + 1) * sizeof(float));
    for (int side = 0; side < LAYER_SIDES; side++)
        s->found[side] = malloc((layer_rows(l, side) * s->n + 1) * sizeof(float));
    if (!s->column || !s->factor || !s->trial || !s->row || !s->least || !s->y || !s->room || !s->values ||
        !s->found[LAYER_INPUT] || !s->found[LAYER_WEIGHT])
        return false;
    layer_column_max(l, LAYER_INPUT, s->column);
    return fill_biases(s);
}

static void search_close(struct search *s)
{
    for (int f = 0; f < s->n_ways; f++)
        for (int side = 0; side < LAYER_SIDES; side++)
            free(s->way[f].first[side]);
    for (int side = 0; side < LAYER_SIDES; side++)
        free(s->found[side]);
    free(s->column);
    free(s->factor);
    free(s->trial);
    free(s->row);
    free(s->least);
    free(s->y);
    free(s->room);
    free(s->values);
}

/* The layer gets the values, and schemes that say what they take to store. */
static enum status keep(struct search *s, struct error *e)
{
    static const char *const per[LAYER_SIDES] = {"tensor", "token"};
    enum status status = STATUS_OK;
    for (int side = 0; side < LAYER_SIDES && !status; side++) {
        const struct way *w = &s->way[s->chosen[side]];
        char text[64];
        snprintf(text, sizeof text, "e%dm%d,specials=none,bias=%d,per=%s", w->e, w->m, w->q.element.bias,
                 per[side]);
        status = scheme_parse(text, &s->l->part[0].scheme[side], e);
        s->l->part[0].done[side] = s->found[side];
        s->found[side] = NULL;
    }
    s->l->side_bits += s->n * (uint64_t)s->way[s->chosen[LAYER_INPUT]].e;
    return status;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct search s = {.l = l,
                       .n = l->part[0].n,
                       .biases = {1, l->out},
                       .low = transform_number(step, "low"),
                       .high = transform_number(step, "high"),
                       .points = transform_count_of(step, "points")};
    enum status status = STATUS_OK;
    if (l->n_parts > 1 || l->undo)
        status = error_set(e, STATUS_INVALID,
                           "it searches one part whose tokens are as they were; allowed: before steps that "
                           "split off parts or turn tokens");
    if (!status)
        status = fill_ways(&s, (int)transform_number(step, "bits"), e);
    if (!status && !search_open(&s))
        status = error_set(e, STATUS_INTERNAL, "out of memory");
    for (int side = 0; side < LAYER_SIDES && !status; side++)
        status =
            quantize(&s, side, &s.way[s.chosen[side]], s.way[s.chosen[side]].bias[side], s.found[side], e);
    for (size_t i = 0; i < transform_count_of(step, "rounds") && !status; i++)
        status = round_of(&s, e);
    if (!status)
        status = keep(&s, e);
    search_close(&s);
    return status;
}

static const struct arg_key keys[] = {
    {"bits", ARG_INTEGER, 4, 3, 8, NULL,
     "of a code; its divisions into exponent and fraction are tried (of 8 bits those with fractions of 2 to "
     "6)"},
    {"low", ARG_NUMBER, 0.01, 0, 10, NULL, "biases that are tried: from this times the first one"},
    {"high", ARG_NUMBER, 1.2, 0, 10, NULL, "to below this times it"},
    {"points", ARG_INTEGER, 100, 1, 10000, NULL, "how many"},
    {"rounds", ARG_INTEGER, 3, 1, 100, NULL, "times that weight and input are searched in turn"},
};

const struct transform transform_llm_fp4 = {
    .name = "llm_fp4",
    .doc = "formats and real exponent biases of the tensor of inputs and of rows of weights with the least "
           "output error; columns of the input have pre-shifted biases",
    .citation = "Liu et al., LLM-FP4, arXiv 2310.16836; nbasyl/LLM-FP4 fp_linear.py and FPQ_config_llama.py "
                "(whose weights are quantized before column biases are folded into them); ties of formats "
                "without a fraction go to the even code",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .apply = apply,
};
