/* A cell of a site: both operands are quantized, and their codes multiplied. */
#include <stdlib.h>

#include "sim/arith/gemm.h"
#include "sim/base/strbuf.h"
#include "sim/pipeline_operand.h"
#include "sim/pipeline_part.h"

/* Some rows after the other, so that it can be stopped: one by one where each takes long. */
static enum status multiply(const struct mac_spec *mac, const struct gemm_input *in, uint32_t *d,
                            struct dot_stats *dots, const atomic_int *stop, struct error *e)
{
    struct gemm *g = gemm_open(mac, in, NULL);
    const size_t step = g && gemm_is_fast(g) ? GEMM_ROWS_AT_ONCE : 1;
    enum status s = g ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < in->rows; i += step) {
        if (stop && atomic_load(stop))
            s = error_set(e, STATUS_INTERRUPTED, "interrupted");
        else
            gemm_rows(g, i, in->rows - i < step ? in->rows - i : step, d + i * in->columns, dots);
    }
    gemm_close(g);
    return s;
}

static void count_stored(struct cost_operand *to, const struct operand *o)
{
    const struct cost_input in = cost_input_of(o->q, &o->stats);
    to->elements += in.elements;
    to->bits += cost_bits(&in);
}

enum status product_values(const struct product_request *p, float *y, struct share *share,
                           const atomic_int *stop, struct error *e)
{
    const size_t n = p->rows * p->columns;
    struct sides both = {
        .a = {.s = p->input, .done = p->input_done, .rows = p->rows, .inner = p->inner},
        .b = {.s = p->weight, .done = p->weight_done, .rows = p->columns, .inner = p->inner}};
    uint32_t *d = malloc((n + 1) * sizeof *d);
    enum status s = d ? sides_open(&both, p->scheme, p->matmul, p->seed, p->name, e)
                      : error_set(e, STATUS_INTERNAL, "out of memory");
    struct gemm_input in = {.a = both.left,
                            .b = both.right,
                            .rows = p->rows,
                            .columns = p->columns,
                            .n = p->inner,
                            .seed = p->seed,
                            .first_row = p->stream};
    if (!s)
        s = multiply(&both.mac, &in, d, &share->dots, stop, e);
    for (size_t i = 0; !s && i < n; i++)
        y[i] = number_to_f32(format_decode(&both.mac.out, d[i]));
    quant_counts_add(&share->stats, &both.a.stats);
    quant_counts_add(&share->stats, &both.b.stats);
    if (!s) {
        count_stored(&share->operand[0], &both.a);
        count_stored(&share->operand[1], &both.b);
        share->bit_operations +=
            (uint64_t)n * p->inner * (uint64_t)(both.a.q->element.bits * both.b.q->element.bits);
    }
    sides_close(&both);
    free(d);
    return s;
}

static enum status plain_values(const struct cell_request *r, const char *name, float *y, struct share *share,
                                const atomic_int *stop, struct error *e)
{
    const struct site *site = r->subject->site;
    const struct product_request p = {.input = &site->input,
                                      .weight = &site->weight,
                                      .scheme = r->spec,
                                      .matmul = r->matmul,
                                      .rows = site->rows,
                                      .columns = site->columns,
                                      .inner = site->inner,
                                      .seed = r->seed,
                                      .stream = subject_stream(r->subject),
                                      .name = name};
    return product_values(&p, y, share, stop, e);
}

enum status site_values(const struct cell_request *r, float *y, struct share *share, const atomic_int *stop,
                        struct error *e)
{
    struct strbuf name = {0};
    strbuf_printf(&name, "site %s", r->subject->view.name);
    enum status s = name.text
                        ? (r->transform ? transformed_values : plain_values)(r, name.text, y, share, stop, e)
                        : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && r->matmul->has_output)
        s = output_quantize(r, &r->matmul->output, y, &share->stats, e);
    strbuf_free(&name);
    return s;
}

/* Values, codes and blocks of scales of the operands; of transforms the operands as they become, a second
 * part of as many or what steps need in binary64, and outputs in binary64. */
size_t site_held(const struct cell_request *r)
{
    const struct site *s = r->subject->site;
    const size_t operands = s->input.n + s->weight.n;
    return r->transform ? 8 * operands + 4 * r->subject->n : 3 * operands;
}
