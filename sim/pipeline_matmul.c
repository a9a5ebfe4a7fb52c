/* A cell of a site: both operands are quantized, their codes multiplied, and the output measured. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/pipeline_part.h"

/* --- operands --- */

/* One side of the product. */
struct operand {
    const struct subject *s;
    const struct quant_spec *q;
    size_t rows, inner;
    struct quant_stats stats;
    float *values;
    uint32_t *codes;
    uint32_t *scales;   /* one for each block of each row */
    uint32_t *scale_of; /* of each element: the number of its scale */
    struct format binary32;
    struct dot_scales blocks;
    float second; /* 1 without a second level */
    bool divides; /* the second level is stored as a divisor */
};

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
    if (step->outer && o->q->scaling.second == SECOND_TENSOR) {
        o->second = number_to_f32(step->outer->scale);
        o->divides = step->outer->divides;
    }
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
    o->codes = malloc((o->s->n + 1) * sizeof *o->codes);
    o->scale_of = calloc(o->s->n + 1, sizeof *o->scale_of);
    o->scales = found;
    if (!o->values || !o->codes || !o->scale_of || !found)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const struct quant_output out = {.values = o->values,
                                     .codes = by_codes ? o->codes : NULL,
                                     .scales = by_codes && q->scaling.per != PER_NONE ? found : NULL,
                                     .watch = by_codes ? &watch : NULL,
                                     .wants = QUANT_COUNTS};
    return quantize(q, &in, &out, &o->stats, e);
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
    const bool by_codes = scales != MAC_SCALES_DEQUANTIZE && !(scales == MAC_SCALES_NONE && beyond);
    o->q = q;
    o->second = 1;
    if (!format_by_name("fp32", &o->binary32, NULL))
        return error_set(e, STATUS_INTERNAL, "no format fp32");
    if (by_codes && beyond)
        return error_set(e, STATUS_INVALID,
                         "%s: the codes of a scheme with %s are not multiplied; allowed: "
                         "scales=dequantize in mac",
                         o->s->view.name, beyond);
    enum status s = quantize_operand(o, q, seed, by_codes, e);
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

/* --- the product --- */

static void add_counts(struct quant_stats *to, const struct quant_stats *from)
{
    to->elements += from->elements;
    to->stored += from->stored;
    to->saturated += from->saturated;
    to->flushed += from->flushed;
    to->nan_in += from->nan_in;
    to->nan_out += from->nan_out;
    to->nan_lost += from->nan_lost;
    to->near_ties += from->near_ties;
    to->scales += from->scales;
    to->outer_scales += from->outer_scales;
    to->side_bits += from->side_bits;
    to->flipped += from->flipped;
    to->scale_saturated += from->scale_saturated;
    to->scale_flushed += from->scale_flushed;
    to->scale_nan += from->scale_nan;
}

/* Row by row, so that it can be stopped. */
static enum status multiply(const struct mac_spec *mac, struct gemm_input *in, uint32_t *d,
                            struct dot_stats *dots, const atomic_int *stop, struct error *e)
{
    const size_t blocks_a = in->a.scales ? (in->n + in->a.scales->block - 1) / in->a.scales->block : 0;
    struct gemm_input row = *in;
    struct dot_scales scales;
    row.rows = 1;
    for (size_t i = 0; i < in->rows; i++) {
        if (stop && atomic_load(stop))
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
        row.a.codes = in->a.codes + i * in->n;
        if (in->a.scales) {
            scales = *in->a.scales;
            scales.codes += i * blocks_a;
            row.a.scales = &scales;
        }
        row.first_row = in->first_row + i * in->columns;
        dot_gemm(mac, &row, d + i * in->columns, dots);
    }
    return STATUS_OK;
}

static enum status quantize_output(const struct cell_request *r, float *y, struct quant_stats *stats,
                                   struct error *e)
{
    struct subject out = {.view = r->subject->view, .x = y, .n = r->subject->n};
    memcpy(out.hash, r->subject->hash, sizeof out.hash);
    const struct cell_request request = {.subject = &out, .spec = &r->matmul->output, .seed = r->seed};
    const struct quant_output to = {.values = y, .wants = QUANT_COUNTS};
    struct quant_input in;
    struct quant_stats own = {.elements = 0};
    enum status s = pipeline_quant_input(&request, &in, e);
    if (!s)
        s = quantize(&r->matmul->output, &in, &to, &own, e);
    if (!s) { /* it is not stored beside the operands */
        own.elements = own.stored = own.scales = own.outer_scales = own.side_bits = 0;
        add_counts(stats, &own);
    }
    return s;
}

static const char *problem(const struct mac_spec *mac, const struct gemm_input *in)
{
    const struct dot_input one = {.a = in->a, .b = in->b, .n = in->n};
    return dot_input_problem(mac, &one);
}

/* The output of a cell. */
static enum status site_values(const struct cell_request *r, float *y, struct share *share,
                               const atomic_int *stop, struct error *e)
{
    const struct site *site = r->subject->site;
    const struct matmul_spec *m = r->matmul;
    struct mac_spec mac = m->mac;
    struct operand x = {.s = &site->input, .rows = site->rows, .inner = site->inner};
    struct operand w = {.s = &site->weight, .rows = site->columns, .inner = site->inner};
    struct gemm_input in = {.rows = site->rows,
                            .columns = site->columns,
                            .n = site->inner,
                            .seed = r->seed,
                            .first_row = subject_stream(r->subject)};
    uint32_t *d = malloc((r->subject->n + 1) * sizeof *d);
    enum status s = d ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = operand_open(&x, r->spec, r->seed, mac.scales, &in.a, e);
    if (!s)
        s = operand_open(&w, &m->weight, r->seed, mac.scales, &in.b, e);
    if (mac.scales == MAC_SCALES_DEQUANTIZE) /* done */
        mac.scales = MAC_SCALES_NONE;
    const char *why = s ? NULL : problem(&mac, &in);
    if (why)
        s = error_set(e, STATUS_INVALID, "site %s: %s", r->subject->view.name, why);
    if (!s)
        s = multiply(&mac, &in, d, &share->dots, stop, e);
    for (size_t i = 0; !s && i < r->subject->n; i++)
        y[i] = number_to_f32(format_decode(&mac.out, d[i]));
    add_counts(&share->stats, &x.stats);
    add_counts(&share->stats, &w.stats);
    if (!s && m->has_output)
        s = quantize_output(r, y, &share->stats, e);
    operand_close(&x);
    operand_close(&w);
    free(d);
    return s;
}

static enum status hash_values(const float *y, size_t n, struct share *share)
{
    struct hash128 *h = hash128_open();
    share->hashes = calloc(1, sizeof *share->hashes);
    if (h && share->hashes)
        hash128_add(h, y, n * sizeof *y);
    if (h && share->hashes)
        hash128_close(h, share->hashes[share->n_hashes++]);
    return share->n_hashes ? STATUS_OK : error_set(&share->error, STATUS_INTERNAL, "out of memory");
}

static enum status measure(const struct cells *all, const struct cell *c, struct share *share,
                           const atomic_int *stop)
{
    const struct cell_request *r = c->job->request;
    const struct subject *s = all->s;
    float *y = malloc((s->n + 1) * sizeof *y);
    if (!y)
        return error_set(&share->error, STATUS_INTERNAL, "out of memory for %zu elements", s->n);
    enum status status = site_values(r, y, share, stop, &share->error);
    if (!status) {
        metric_errors_begin(&share->errors, metric_needs(r->metrics, r->n_metrics), &s->facts);
        metric_errors_add(&share->errors, s->x, y, s->n);
        status = hash_values(y, s->n, share);
    }
    if (!status && c->job->result->values)
        memcpy(c->job->result->values, y, s->n * sizeof *y);
    free(y);
    return status;
}

enum status site_measure(const struct cells *all, struct cells_part *out, const atomic_int *stop,
                         struct error *e)
{
    for (size_t i = 0; i < all->n; i++) {
        struct share *share = &out->shares[i];
        double start = clock_seconds();
        share->status = all->cells[i].failed ? STATUS_OK : measure(all, &all->cells[i], share, stop);
        share->seconds = clock_seconds() - start;
        if (share->status == STATUS_INTERRUPTED)
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
    }
    return STATUS_OK;
}
