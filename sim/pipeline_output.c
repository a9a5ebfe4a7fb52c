/* Cells of outputs: computed, quantized, measured. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/pipeline_operand.h"
#include "sim/pipeline_part.h"

void output_facts(struct subject *out)
{
    quant_range_add(&out->range, out->x, out->n);
    metric_facts_of(out->x, out->n, out->view.shape[out->view.rank - 1], &out->facts);
}

enum status output_quantize(const struct cell_request *r, const struct quant_spec *q, float *y,
                            struct quant_stats *stats, struct error *e)
{
    struct subject out = {.view = r->subject->view, .x = y, .n = r->subject->n};
    memcpy(out.hash, r->subject->hash, sizeof out.hash);
    const struct cell_request request = {.subject = &out, .spec = q, .seed = r->seed};
    const struct quant_output to = {.values = y, .wants = QUANT_COUNTS};
    struct quant_input in;
    struct quant_stats own = {.elements = 0};
    enum status s = pipeline_quant_input(&request, &in, e);
    if (!s)
        s = quantize(q, &in, &to, &own, e);
    if (!s)
        quant_counts_add_unstored(stats, &own);
    return s;
}

/* Of parts of so many elements, the last one perhaps shorter. */
static enum status hash_values(const float *y, size_t n, size_t part, struct share *share)
{
    share->hashes = calloc(n / part + 1, sizeof *share->hashes);
    for (size_t left = n; share->hashes && (left || !share->n_hashes);) {
        const size_t take = left < part ? left : part;
        struct hash128 *h = hash128_open();
        if (!h)
            return error_set(&share->error, STATUS_INTERNAL, "out of memory");
        hash128_add(h, y + (n - left), take * sizeof *y);
        hash128_close(h, share->hashes[share->n_hashes++]);
        left -= take;
    }
    return share->hashes ? STATUS_OK : error_set(&share->error, STATUS_INTERNAL, "out of memory");
}

static enum status measure(const struct cells *all, const struct cell *c, struct share *share,
                           const atomic_int *stop)
{
    const struct cell_request *r = c->job->request;
    const struct subject *s = all->s;
    float *y = malloc((s->n + 1) * sizeof *y);
    if (!y)
        return error_set(&share->error, STATUS_INTERNAL, "out of memory for %zu elements", s->n);
    enum status status = (s->site ? site_values : attention_values)(r, y, share, stop, &share->error);
    if (!status) {
        metric_errors_begin(&share->errors, metric_needs(r->metrics, r->n_metrics), &s->facts);
        metric_errors_add(&share->errors, s->x, y, s->n);
        status = hash_values(y, s->n, all->part, share);
    }
    if (!status && c->job->result->values)
        memcpy(c->job->result->values, y, s->n * sizeof *y);
    free(y);
    return status;
}

enum status output_measure(const struct cells *all, struct cells_part *out, const atomic_int *stop,
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
