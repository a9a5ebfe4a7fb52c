/* Joins the stages: subject -> quantize -> metrics and cost, for cells of one subject. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/clock.h"
#include "sim/mac.h"
#include "sim/pipeline_operand.h"
#include "sim/pipeline_part.h"
#include "sim/scheme.h"

static void copy_counts(struct metric_counts *c, const struct quant_stats *s)
{
    *c = (struct metric_counts){.saturated = s->saturated,
                                .flushed = s->flushed,
                                .nan_in = s->nan_in,
                                .nan_out = s->nan_out,
                                .nan_lost = s->nan_lost,
                                .near_ties = s->near_ties,
                                .codes_used = s->codes_used,
                                .scale_saturated = s->scale_saturated,
                                .scale_flushed = s->scale_flushed,
                                .scale_nan = s->scale_nan,
                                .expected_error = s->expected_error};
}

bool same_scheme(const struct quant_spec *a, const struct quant_spec *b)
{
    char text_a[SCHEME_TEXT_SIZE], text_b[SCHEME_TEXT_SIZE];
    scheme_identity(a, text_a);
    scheme_identity(b, text_b);
    return !strcmp(text_a, text_b);
}

/* Probabilities are not stored. */
static bool has_one_scheme(const struct cell_request *r)
{
    const struct attention_spec *a = r->attention;
    return (!r->matmul || same_scheme(r->spec, &r->matmul->weight)) &&
           (!a || (same_scheme(r->spec, &a->scores.weight) && same_scheme(r->spec, &a->values.weight)));
}

static enum status run_costs(const struct cell_request *r, const struct cell *c, struct error *e)
{
    struct cell_result *out = c->job->result;
    const bool one = has_one_scheme(r) && !c->mixed;
    struct cost_input in = cost_input_of(r->spec, &out->stats);
    in.operand = r->matmul ? c->operand : NULL;
    in.bit_operations = c->bit_operations;
    in.scope = one ? COST_SCHEME : c->mixed ? COST_PARTS : COST_PAIR;
    in.weight = in.scope == COST_PAIR && r->matmul ? &r->matmul->weight : NULL;
    in.several_macs = r->attention && !mac_same(&r->attention->scores.mac, &r->attention->values.mac);
    if (!in.several_macs)
        in.mac = r->matmul ? &r->matmul->mac : r->attention ? &r->attention->scores.mac : NULL;
    for (size_t i = 0; i < r->n_costs; i++) {
        struct error reason = {{0}};
        out->n_cost_values[i] = 0;
        if (!one && !r->matmul) /* attention under several schemes */
            continue;
        enum status st =
            cost_of(&r->costs[i], &in, out->costs + i * COST_MAX_VALUES, &out->n_cost_values[i], &reason);
        if (st == STATUS_SKIP)
            out->n_cost_values[i] = 0;
        else if (st)
            return error_set(e, st, "%s", reason.text);
    }
    return STATUS_OK;
}

/* --- cells --- */

/* As little as the metrics and the arrays of the cell need. */
static enum quant_wants wants_of(const struct cell_request *r, const struct cell_result *out)
{
    unsigned needs = metric_needs(r->metrics, r->n_metrics);
    bool expected = (needs & METRIC_EXPECTED) && r->spec->rounding.mode == ROUND_SR;
    if (out->codes || out->scales || out->seconds || (needs & METRIC_CODES) || expected)
        return QUANT_ALL;
    return needs & METRIC_COUNTS ? QUANT_COUNTS : QUANT_VALUES;
}

static void fail(struct cell *c, enum status s)
{
    c->job->status = s;
    c->failed = true;
    quantizer_close(c->quantizer);
    c->quantizer = NULL;
}

static enum status open_quantizer(const struct cells *all, struct cell *c, struct error *e)
{
    const struct cell_request *r = c->job->request;
    const struct cell_result *out = c->job->result;
    struct quant_input in;
    enum status s = pipeline_quant_input(r, &in, e);
    struct quant_output to = {
        .codes = out->codes, .scales = out->scales, .seconds = out->seconds, .wants = wants_of(r, out)};
    if (!s)
        s = quantizer_open(r->spec, &in, &to, &c->quantizer, e);
    if (!s && all->divided)
        s = quantizer_begin(c->quantizer, &all->s->range, NULL, e);
    return s;
}

static void cell_open(const struct cells *all, struct cell *c)
{
    const struct cell_request *r = c->job->request;
    if (r->analysis)
        return;
    struct error *e = &c->job->error;
    enum status s = subject_is_output(all->s) ? STATUS_OK : open_quantizer(all, c, e);
    if (!s && all->s->n > all->part && !(c->hashes = hash128_open()))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (s)
        fail(c, s);
    else
        metric_errors_begin(&c->errors, metric_needs(r->metrics, r->n_metrics), &all->s->facts);
}

static void cell_end(struct cell *c)
{
    const struct cell_request *r = c->job->request;
    struct cell_result *out = c->job->result;
    if (c->failed || r->analysis)
        return;
    struct metric_input in = {.facts = NULL};
    enum status s = c->quantizer ? quantizer_end(c->quantizer, &out->stats, &c->job->error) : STATUS_OK;
    if (s) {
        fail(c, s);
        return;
    }
    if (metric_needs(r->metrics, r->n_metrics) & METRIC_THEORY) {
        struct error ignored = {{0}};
        if (pipeline_expect(r, true, &in.theory, &ignored) == STATUS_INTERNAL)
            s = error_set(&c->job->error, STATUS_INTERNAL, "out of memory");
    }
    if (s) {
        fail(c, s);
        return;
    }
    metric_errors_end(&c->errors, &in);
    copy_counts(&in.counts, &out->stats);
    in.counts.sums_rounded = c->dots.roundings;
    in.counts.sums_beyond = c->dots.saturated + c->dots.overflowed + c->dots.wrapped;
    in.counts.sums_flipped = c->dots.flipped;
    for (size_t i = 0; i < r->n_metrics; i++)
        out->metrics[i] = r->metrics[i]->value(&in);
    if (c->hashes) {
        hash128_close(c->hashes, c->hash);
        c->hashes = NULL;
    }
    hash128_hex(c->hash, out->result_hash);
    c->job->status = run_costs(r, c, &c->job->error);
}

/* --- analyses --- */

static void analysis_part(const struct cells *c, struct cells_part *p)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct cell_job *j = c->cells[i].job;
        struct share *s = &p->shares[i];
        const double start = clock_seconds();
        s->status = analysis_compute(j->request->analysis, j->result->analysis, &s->error);
        if (!s->status)
            analysis_hash(j->result->analysis, j->result->result_hash);
        s->seconds = clock_seconds() - start;
    }
}

static void analysis_join(struct cell *c, const struct share *s)
{
    c->job->seconds += s->seconds;
    c->job->error = s->error;
    c->job->status = s->status;
}

/* --- parts and cells --- */

size_t pipeline_parts(const struct cell_request *r, size_t part)
{
    enum { LEAST = 8 }; /* regions of a part: then those that two parts share weigh little */
    struct quant_input in;
    struct error ignored = {{0}};
    size_t n = r->subject->n;
    if (r->analysis || subject_is_output(r->subject) || n <= part || pipeline_quant_input(r, &in, &ignored))
        return 1;
    size_t region = quant_region(r->spec, &in);
    return region && region <= part / LEAST ? (n - 1) / part + 1 : 1;
}

static bool is_divided(const struct cell_job *j, size_t part)
{
    const struct cell_result *out = j->result;
    return !out->values && !out->codes && !out->scales && !out->seconds &&
           pipeline_parts(j->request, part) > 1;
}

enum status pipeline_open(struct cell_job *jobs, size_t n, size_t part, struct cells **out, struct error *e)
{
    struct cells *c = *out = calloc(1, sizeof *c + n * sizeof *c->cells);
    if (!c)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    c->s = jobs[0].request->subject;
    c->n = n;
    c->part = part;
    c->divided = true;
    for (size_t i = 0; i < n; i++)
        c->divided &= is_divided(&jobs[i], part);
    for (size_t i = 0; i < n; i++) {
        c->cells[i].job = &jobs[i];
        jobs[i].status = STATUS_OK;
        double start = clock_seconds();
        cell_open(c, &c->cells[i]);
        jobs[i].seconds = clock_seconds() - start;
    }
    return STATUS_OK;
}

enum status pipeline_part(struct cells *c, size_t i, const atomic_int *stop, struct cells_part **out,
                          struct error *e)
{
    size_t first = c->divided ? i * c->part : 0, left = c->s->n - first;
    struct cells_part *p = *out = calloc(1, sizeof *p + c->n * sizeof *p->shares);
    if (!p)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    p->n = c->n;
    p->divided = c->divided;
    if (c->cells[0].job->request->analysis) {
        analysis_part(c, p);
        return STATUS_OK;
    }
    enum status s =
        subject_is_output(c->s)
            ? output_measure(c, p, stop, e)
            : part_measure(c, first, first + (c->divided && c->part < left ? c->part : left), p, stop, e);
    if (s) {
        pipeline_part_free(p);
        *out = NULL;
    }
    return s;
}

void pipeline_part_free(struct cells_part *p)
{
    for (size_t i = 0; p && i < p->n; i++) {
        if (p->divided)
            quantizer_close(p->shares[i].quantizer);
        free(p->shares[i].hashes);
    }
    free(p);
}

static void share_join(struct cell *c, const struct share *s, bool divided)
{
    if (c->job->request->analysis) {
        analysis_join(c, s);
        return;
    }
    c->job->seconds += s->seconds;
    if (c->failed)
        return;
    if (s->status) {
        c->job->error = s->error;
        fail(c, s->status);
        return;
    }
    if (divided)
        quantizer_join(c->quantizer, s->quantizer);
    if (!c->quantizer) {
        c->job->result->stats = s->stats;
        c->dots = s->dots;
        memcpy(c->operand, s->operand, sizeof c->operand);
        c->bit_operations = s->bit_operations;
        c->mixed = s->mixed;
    }
    metric_errors_join(&c->errors, &s->errors);
    if (c->hashes)
        hash128_add(c->hashes, s->hashes, s->n_hashes * sizeof *s->hashes);
    memcpy(c->hash, s->hashes[s->n_hashes - 1], sizeof c->hash);
}

void pipeline_join(struct cells *c, struct cells_part *p)
{
    for (size_t i = 0; i < c->n; i++)
        share_join(&c->cells[i], &p->shares[i], p->divided);
    pipeline_part_free(p);
}

void pipeline_end(struct cells *c)
{
    for (size_t i = 0; i < c->n; i++) {
        double start = clock_seconds();
        cell_end(&c->cells[i]);
        c->cells[i].job->seconds += clock_seconds() - start;
    }
}

void pipeline_close(struct cells *c)
{
    for (size_t i = 0; c && i < c->n; i++) {
        unsigned char ignored[HASH128_SIZE];
        quantizer_close(c->cells[i].quantizer);
        if (c->cells[i].hashes)
            hash128_close(c->cells[i].hashes, ignored);
    }
    free(c);
}

size_t pipeline_open_parts(const struct cells *c)
{
    return c->divided ? (c->s->n - 1) / c->part + 1 : 1;
}

enum status pipeline_cells(struct cell_job *jobs, size_t n, const atomic_int *stop, struct error *e)
{
    struct cells *c;
    enum status s = pipeline_open(jobs, n, PIPELINE_PART, &c, e);
    for (size_t i = 0; !s && i < pipeline_open_parts(c); i++) {
        struct cells_part *p;
        s = pipeline_part(c, i, stop, &p, e);
        if (!s)
            pipeline_join(c, p);
    }
    if (!s)
        pipeline_end(c);
    pipeline_close(c);
    return s;
}

enum status pipeline_cell(const struct cell_request *r, struct cell_result *out, struct error *e)
{
    struct cell_job job = {.request = r, .result = out};
    enum status s = pipeline_cells(&job, 1, NULL, e);
    return s || !job.status ? s : error_set(e, job.status, "%s", job.error.text);
}

bool pipeline_is_fast(const struct cell_request *r)
{
    struct quant_input in;
    struct error ignored = {{0}};
    return !r->analysis && !subject_is_output(r->subject) && !pipeline_quant_input(r, &in, &ignored) &&
           quant_is_fast(r->spec, &in);
}

size_t pipeline_held(const struct cell_request *r)
{
    struct quant_input in;
    struct error ignored = {{0}};
    size_t n = r->subject->n;
    if (r->analysis)
        return 0;
    if (subject_is_output(r->subject)) /* and codes and values of the output */
        return 2 * n + (r->subject->site ? site_held(r) : attention_held(r));
    bool pieces = pipeline_quant_input(r, &in, &ignored) || quant_takes_pieces(r->spec, &in);
    size_t held = pieces && n > PIPELINE_WINDOW ? PIPELINE_WINDOW : n;
    return subject_is_streamed(&r->subject->view) ? 2 * held : held; /* x as well as y */
}
