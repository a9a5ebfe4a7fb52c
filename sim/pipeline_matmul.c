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

enum status site_values(const struct cell_request *r, float *y, struct share *share, const atomic_int *stop,
                        struct error *e)
{
    const struct site *site = r->subject->site;
    const struct matmul_spec *m = r->matmul;
    struct sides p = {.a = {.s = &site->input, .rows = site->rows, .inner = site->inner},
                      .b = {.s = &site->weight, .rows = site->columns, .inner = site->inner}};
    struct strbuf name = {0};
    uint32_t *d = malloc((r->subject->n + 1) * sizeof *d);
    strbuf_printf(&name, "site %s", r->subject->view.name);
    enum status s = d && name.text ? sides_open(&p, r->spec, m, r->seed, name.text, e)
                                   : error_set(e, STATUS_INTERNAL, "out of memory");
    struct gemm_input in = {.a = p.left,
                            .b = p.right,
                            .rows = site->rows,
                            .columns = site->columns,
                            .n = site->inner,
                            .seed = r->seed,
                            .first_row = subject_stream(r->subject)};
    if (!s)
        s = multiply(&p.mac, &in, d, &share->dots, stop, e);
    for (size_t i = 0; !s && i < r->subject->n; i++)
        y[i] = number_to_f32(format_decode(&p.mac.out, d[i]));
    quant_counts_add(&share->stats, &p.a.stats);
    quant_counts_add(&share->stats, &p.b.stats);
    if (!s && m->has_output)
        s = output_quantize(r, &m->output, y, &share->stats, e);
    sides_close(&p);
    strbuf_free(&name);
    free(d);
    return s;
}

/* Values, codes and blocks of scales of the operands. */
size_t site_held(const struct site *s)
{
    return 3 * (s->input.n + s->weight.n);
}
