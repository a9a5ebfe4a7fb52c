/* Operands of products: one quantized tensor on each side. */
#include "sim/pipeline_operand.h"

#include <stdlib.h>
#include <string.h>

static void operand_close(struct operand *o)
{
    free(o->values);
    free(o->codes);
    free(o->scales);
    free(o->scale_of);
}

/* Which scale an element has, and the second level. */
static void note(void *context, const struct quant_step *step)
{
    struct operand *o = context;
    o->scale_of[step->index] = (uint32_t)step->scale_index;
    if (step->outer && o->q->scaling.second == SECOND_TENSOR)
        o->second = number_to_f32(step->outer->scale);
}

/* What sums of codes cannot express, or NULL. */
static const char *beyond_codes(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    return q->codec                    ? "a codec"
           : q->n_alternatives         ? "or="
           : s->zero_point             ? "zero_point="
           : s->micro                  ? "micro="
           : q->out.family             ? "out="
           : q->fit                    ? "fit="
           : s->second > SECOND_TENSOR ? "second levels other than the tensor's"
           : s->second_stores          ? "second_stores=divisor"
                                       : NULL;
}

static enum status quantize_operand(struct operand *o, const struct quant_spec *q, uint64_t seed,
                                    bool by_codes, struct error *e)
{
    const struct cell_request r = {.subject = o->s, .spec = q, .seed = seed};
    struct quant_input in;
    enum status s = pipeline_quant_input(&r, &in, e);
    if (s)
        return s;
    int rank;
    size_t shape[TENSOR_MAX_RANK], n = quant_scale_shape(q, &in, &rank, shape);
    const struct quant_watch watch = {note, o};
    uint32_t *found = calloc(n + 1, sizeof *found);
    o->values = malloc((o->s->n + 1) * sizeof *o->values);
    o->codes = calloc(o->s->n + 1, sizeof *o->codes);
    o->scale_of = calloc(o->s->n + 1, sizeof *o->scale_of);
    o->scales = found;
    if (!o->values || !o->codes || !o->scale_of || !found)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const struct quant_output out = {.values = o->values,
                                     .codes = by_codes ? o->codes : NULL,
                                     .scales = by_codes && q->scaling.per != PER_NONE ? found : NULL,
                                     .watch = by_codes ? &watch : NULL,
                                     .wants = QUANT_COUNTS};
    s = quantize(q, &in, &out, &o->stats, e);
    if (!s && o->done) /* counts are those of the scheme by itself */
        memcpy(o->values, o->done, o->s->n * sizeof *o->values);
    return s;
}

/* The element of the subject at a place of the matrix. */
static size_t element_of(const struct operand *o, size_t place)
{
    const size_t k = place % o->inner, row = place / o->inner;
    return row / o->order[1] * o->step[0] + row % o->order[1] * o->step[1] + k * o->step[2];
}

/* Takes what is known of elements to their places. */
static enum status arrange(struct operand *o, struct error *e)
{
    const size_t n = o->s->n;
    if (!o->order[0])
        return STATUS_OK;
    struct operand to = {.values = malloc((n + 1) * sizeof *to.values),
                         .codes = malloc((n + 1) * sizeof *to.codes),
                         .scale_of = malloc((n + 1) * sizeof *to.scale_of)};
    const bool room = to.values && to.codes && to.scale_of;
    for (size_t i = 0; i < n && room; i++) {
        const size_t at = element_of(o, i);
        to.values[i] = o->values[at];
        to.codes[i] = o->codes[at];
        to.scale_of[i] = o->scale_of[at];
    }
    if (!room) {
        operand_close(&to);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    free(o->values);
    free(o->codes);
    free(o->scale_of);
    o->values = to.values;
    o->codes = to.codes;
    o->scale_of = to.scale_of;
    return STATUS_OK;
}

/* Elements of a row that have one scale: the longest run that ends wherever a scale does. */
static enum status find_block(const struct operand *o, size_t *block, struct error *e)
{
    const size_t n = o->inner;
    size_t run = 1;
    while (run < n && o->scale_of[run] == o->scale_of[0])
        run++;
    for (size_t i = 0; i < o->rows; i++)
        for (size_t k = 1; k < n; k++)
            if (k % run && o->scale_of[i * n + k] != o->scale_of[i * n + k - 1])
                return error_set(e, STATUS_INVALID, "%s: its scales lie in blocks of several lengths",
                                 o->s->view.name);
    *block = run;
    return STATUS_OK;
}

/* The codes of scales, block by block of each row; of a side without scales, ones. */
static enum status spread_scales(struct operand *o, struct error *e)
{
    const bool scaled = o->q->scaling.per != PER_NONE;
    size_t block = o->inner;
    enum status s = scaled && o->inner ? find_block(o, &block, e) : STATUS_OK;
    if (s)
        return s;
    block = block ? block : 1;
    const size_t blocks = (o->inner + block - 1) / block;
    uint32_t *spread = malloc((o->rows * blocks + 1) * sizeof *spread);
    if (!spread)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < o->rows; i++)
        for (size_t b = 0; b < blocks; b++)
            spread[i * blocks + b] =
                scaled ? o->scales[o->scale_of[i * o->inner + b * block]] : bits_from_f32(1);
    free(o->scales);
    o->scales = spread;
    o->blocks = (struct dot_scales){.format = scaled ? &o->q->scaling.scale : &o->binary32,
                                    .codes = spread,
                                    .block = block,
                                    .second = o->second};
    return STATUS_OK;
}

/* Quantizes, and makes a side of the product: codes with scales, codes alone, or the values as binary32. */
static enum status operand_open(struct operand *o, const struct quant_spec *q, uint64_t seed,
                                enum mac_scales scales, struct dot_side *side, struct error *e)
{
    const char *beyond = beyond_codes(q);
    const bool values = scales == MAC_SCALES_NONE && (beyond || o->done);
    const bool by_codes = scales != MAC_SCALES_DEQUANTIZE && !values;
    o->q = q;
    o->second = 1;
    if (!format_by_name("fp32", &o->binary32, NULL))
        return error_set(e, STATUS_INTERNAL, "no format fp32");
    if (by_codes && o->done)
        return error_set(e, STATUS_INVALID,
                         "%s: a transform has quantized it, to values; allowed: scales=dequantize in mac",
                         o->s->view.name);
    if (by_codes && beyond)
        return error_set(e, STATUS_INVALID,
                         "%s: the codes of a scheme with %s are not multiplied; allowed: "
                         "scales=dequantize in mac",
                         o->s->view.name, beyond);
    enum status s = quantize_operand(o, q, seed, by_codes, e);
    if (!s)
        s = arrange(o, e);
    if (s)
        return s;
    if (by_codes && scales != MAC_SCALES_NONE)
        s = spread_scales(o, e);
    for (size_t i = 0; !by_codes && i < o->s->n; i++)
        o->codes[i] = bits_from_f32(o->values[i]);
    *side = (struct dot_side){.format = by_codes ? &q->element : &o->binary32,
                              .codes = o->codes,
                              .scales = by_codes && scales != MAC_SCALES_NONE ? &o->blocks : NULL};
    return s;
}

/* One scale a row goes with blocks of any length on the other side: its block ends where one of theirs does.
 */
static void widen(struct dot_scales *row, const struct dot_scales *other, size_t inner)
{
    if (row->block == inner && other->block && other->block < inner)
        row->block = (inner + other->block - 1) / other->block * other->block;
}

void sides_close(struct sides *p)
{
    operand_close(&p->a);
    operand_close(&p->b);
}

enum status sides_open(struct sides *p, const struct quant_spec *left, const struct matmul_spec *m,
                       uint64_t seed, const char *name, struct error *e)
{
    p->mac = m->mac;
    enum status s = operand_open(&p->a, left, seed, m->mac.scales, &p->left, e);
    if (!s)
        s = operand_open(&p->b, &m->weight, seed, m->mac.scales, &p->right, e);
    if (!s && p->left.scales && p->right.scales) {
        widen(&p->a.blocks, &p->b.blocks, p->a.inner);
        widen(&p->b.blocks, &p->a.blocks, p->b.inner);
    }
    if (p->mac.scales == MAC_SCALES_DEQUANTIZE) /* done */
        p->mac.scales = MAC_SCALES_NONE;
    const struct dot_input one = {.a = p->left, .b = p->right, .n = p->a.inner};
    const char *why = s ? NULL : dot_input_problem(&p->mac, &one);
    return why ? error_set(e, STATUS_INVALID, "%s: %s", name, why) : s;
}

struct cost_input cost_input_of(const struct quant_spec *q, const struct quant_stats *s)
{
    return (struct cost_input){.spec = q,
                               .elements = s->elements,
                               .stored = s->stored,
                               .scales = s->scales,
                               .outer_scales = s->outer_scales,
                               .side_bits = s->side_bits};
}

void quant_counts_add(struct quant_stats *to, const struct quant_stats *from)
{
    to->elements += from->elements;
    to->stored += from->stored;
    to->scales += from->scales;
    to->outer_scales += from->outer_scales;
    to->side_bits += from->side_bits;
    quant_counts_add_unstored(to, from);
}

void quant_counts_add_unstored(struct quant_stats *to, const struct quant_stats *from)
{
    to->saturated += from->saturated;
    to->flushed += from->flushed;
    to->nan_in += from->nan_in;
    to->nan_out += from->nan_out;
    to->nan_lost += from->nan_lost;
    to->near_ties += from->near_ties;
    to->flipped += from->flipped;
    to->scale_saturated += from->scale_saturated;
    to->scale_flushed += from->scale_flushed;
    to->scale_nan += from->scale_nan;
}
