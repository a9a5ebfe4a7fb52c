#include "experiments/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/progress.h"
#include "sim/scheme.h"

struct outcome *outcome_alloc(const struct config *c)
{
    struct outcome *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->metrics = calloc(c->n_metrics + 1, sizeof *o->metrics);
    o->costs = calloc(c->n_costs * COST_MAX_VALUES + 1, sizeof *o->costs);
    o->n_cost_values = calloc(c->n_costs + 1, sizeof *o->n_cost_values);
    if (c->op == OP_ANALYSIS)
        o->analysis = calloc(1, sizeof *o->analysis);
    if ((o->analysis || c->op != OP_ANALYSIS) && o->metrics && o->costs && o->n_cost_values)
        return o;
    outcome_free(o);
    return NULL;
}

void outcome_free(struct outcome *o)
{
    if (!o)
        return;
    free(o->params);
    free(o->metrics);
    free(o->costs);
    free(o->n_cost_values);
    free(o->analysis);
    free(o);
}

struct cell_result outcome_result(const struct outcome *o)
{
    return (struct cell_result){
        .metrics = o->metrics, .costs = o->costs, .n_cost_values = o->n_cost_values, .analysis = o->analysis};
}

void outcome_fill(struct outcome *o, const struct cell_job *j)
{
    o->status = j->status;
    o->error = j->error;
    o->wall_ns = (int64_t)(1e9 * j->seconds);
    memcpy(o->result_hash, j->result->result_hash, sizeof o->result_hash);
}

static size_t list_metrics(const struct outcome *o, const struct config *c, struct store_metric_value *out)
{
    for (size_t i = 0; i < c->n_metrics; i++) {
        const struct metric *m = c->metrics[i];
        out[i] = (struct store_metric_value){m->name, m->unit, m->better, m->doc, o->metrics[i]};
    }
    return c->n_metrics;
}

static size_t list_analysis(const struct analysis_result *r, struct store_metric_value *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct analysis_value *v = &r->value[i];
        out[i] = (struct store_metric_value){v->name, v->unit, NULL, v->doc, v->value};
    }
    return r->n;
}

static size_t list_costs(const struct outcome *o, const struct config *c, struct store_cost_value *out)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_costs; i++) {
        const struct cost_request *r = &c->costs[i];
        /* A model that does not cover the scheme: said, so that the cell counts as complete. */
        if (!o->n_cost_values[i])
            out[n++] = (struct store_cost_value){.model = r->text,
                                                 .source = r->model->source,
                                                 .quantity = "none",
                                                 .unit = "",
                                                 .value = (double)NAN};
        for (int j = 0; j < o->n_cost_values[i]; j++) {
            const struct cost_value *v = &o->costs[i * COST_MAX_VALUES + (size_t)j];
            out[n++] = (struct store_cost_value){.model = r->text,
                                                 .source = v->source ? v->source : r->model->source,
                                                 .quantity = v->quantity,
                                                 .unit = v->unit,
                                                 .value = v->value,
                                                 .node_nm = v->node_nm,
                                                 .accuracy = v->accuracy};
        }
    }
    return n;
}

/* The columns of the scheme: what has no effect is NULL or negative. */
static void describe_scheme(const struct quant_spec *q, struct store_cell *cell)
{
    const struct format *f = &q->element;
    const struct scaling *s = &q->scaling;
    bool is_float = f->family == &family_float, scaled = s->per != PER_NONE;
    cell->format = f->name;
    cell->family = f->family->name;
    cell->bits = f->bits;
    cell->exponent_bits = is_float ? f->exponent_bits : -1;
    cell->mantissa_bits = is_float ? f->precision - 1 : -1;
    cell->bias = is_float ? f->bias : -1;
    cell->specials = is_float ? specials_names[f->specials] : NULL;
    cell->per = granularity_names[s->per];
    cell->axis = *s->axis ? s->axis : NULL;
    cell->block = s->per == PER_BLOCK ? (int64_t)s->block : -1;
    cell->scale = scaled ? s->scale.name : NULL;
    cell->scale_rule = scaled && s->rule ? s->rule->name : NULL;
    cell->second = scaled ? second_level_names[s->second] : NULL;
    cell->scale_order = scaled ? scale_order_names[s->order] : NULL;
    cell->clip = scaled ? (double)s->clip : -1;
    cell->round = round_mode_names[q->rounding.mode];
    cell->overflow = overflow_mode_names[q->rounding.overflow];
}

/* What of them an analysis has not. */
static void describe_nothing(struct store_cell *cell)
{
    cell->bits = cell->exponent_bits = cell->mantissa_bits = -1;
    cell->block = -1;
    cell->clip = -1;
}

struct store_tensor plan_tensor_row(const struct plan_subject *s, char *shape)
{
    if (s->place.op == OP_ANALYSIS)
        return (struct store_tensor){.sha256 = NULL};
    tensor_shape_text(&s->facts.view, shape);
    return (struct store_tensor){.sha256 = s->facts.hash,
                                 .path = s->path,
                                 .member = s->facts.view.name,
                                 .dtype = dtype_names[s->facts.view.dtype],
                                 .shape = shape,
                                 .n = s->facts.n};
}

enum status outcome_row(const struct outcome *o, const struct plan *p, const struct plan_cell *cell,
                        struct outcome_row *out, struct error *e)
{
    const struct config *c = p->config;
    const struct config_scheme *scheme = &c->schemes[cell->scheme];
    struct store_cell *row = &out->cell;
    out->metrics = NULL;
    out->costs = NULL;
    *row = (struct store_cell){.key = o->key,
                               .params = o->params,
                               .tensor = plan_tensor_row(&p->subjects[cell->subject], out->shape),
                               .op = config_op_names[c->op],
                               .scheme = scheme->canonical,
                               .label = scheme->label,
                               .transform = scheme->transform,
                               .weight = scheme->weight,
                               .output = scheme->output,
                               .mac = scheme->mac,
                               .seed = c->seed,
                               .status = o->status == STATUS_OK     ? "done"
                                         : o->status == STATUS_SKIP ? "skipped"
                                                                    : "failed",
                               .wall_ns = o->wall_ns};
    if (scheme->analysis)
        describe_nothing(row);
    else
        describe_scheme(&scheme->spec, row);
    if (o->status) {
        row->error = o->error.text;
        return STATUS_OK;
    }
    out->metrics = calloc(c->n_metrics + ANALYSIS_VALUES, sizeof *out->metrics);
    out->costs = calloc(c->n_costs * COST_MAX_VALUES + 1, sizeof *out->costs);
    if (!out->metrics || !out->costs)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    row->result_hash = o->result_hash;
    row->n_metrics =
        o->analysis ? list_analysis(o->analysis, out->metrics) : list_metrics(o, c, out->metrics);
    row->n_costs = list_costs(o, c, out->costs);
    row->metrics = out->metrics;
    row->costs = out->costs;
    return STATUS_OK;
}

void outcome_row_free(struct outcome_row *r)
{
    free(r->metrics);
    free(r->costs);
}

enum status outcome_store(const struct outcome *o, const struct plan *p, const struct plan_cell *cell,
                          struct store *store, int64_t run_id, struct error *e)
{
    struct outcome_row row;
    enum status s = outcome_row(o, p, cell, &row, e);
    if (!s)
        s = store_put(store, run_id, &row.cell, e);
    outcome_row_free(&row);
    return s;
}
