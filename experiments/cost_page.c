#include "experiments/cost_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "sim/mac.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "sim/tensor.h"

/* --- what is stored --- */

/* A ramp is quantized: beyond that values differ, what is stored does not depend on them. */
static enum status count(const struct quant_spec *q, const char *axes, size_t rows, size_t inner,
                         struct quant_stats *out, struct error *e)
{
    const struct tensor_view view = {.name = "tensor", .rank = 2, .shape = {rows, inner}, .axes = axes};
    struct quant_input in = {.rank = 2, .shape = {rows, inner}};
    const char *axis = q->scaling.axis;
    in.axis = *axis ? tensor_axis(&view, axis) : 1;
    if (in.axis < 0)
        return error_set(e, STATUS_INVALID, "axis=%s: a tensor here has the axes %s", axis, axes);
    if (q->fit == FIT_SENSITIVITY)
        return error_set(e, STATUS_INVALID, "fit=sensitivity: there are no sensitivities here");
    float *x = calloc(rows * inner, sizeof *x);
    if (!x)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < rows * inner; i++)
        x[i] = (float)(i % 2001) - 1000.f;
    in.x = x;
    const struct quant_output to = {.wants = QUANT_VALUES};
    const enum status s = quantize(q, &in, &to, out, e);
    free(x);
    return s;
}

static struct cost_input input_of(const struct quant_spec *q, const struct quant_stats *s)
{
    return (struct cost_input){.spec = q,
                               .elements = s->elements,
                               .stored = s->stored,
                               .scales = s->scales,
                               .outer_scales = s->outer_scales,
                               .side_bits = s->side_bits};
}

/* A layer has both operands; a tensor is one. */
static enum status read_layer(const struct cost_question *q, struct cost_subject *c,
                              const struct quant_stats *a, size_t columns, size_t inner, struct error *e)
{
    struct quant_stats b = {.elements = 0};
    const struct quant_spec *weight = q->weight ? &c->weight : &c->spec;
    const enum status s = count(weight, "out,in", columns, inner, &b, e);
    const struct cost_input of_b = input_of(weight, &b);
    c->operand[0] = (struct cost_operand){a->elements, cost_bits(&c->in)};
    c->operand[1] = (struct cost_operand){b.elements, cost_bits(&of_b)};
    c->in.operand = c->operand;
    c->in.elements += b.elements;
    c->in.stored += b.stored;
    c->in.scales += b.scales;
    c->in.outer_scales += b.outer_scales;
    c->in.side_bits += b.side_bits;
    c->in.bit_operations =
        a->elements / inner * b.elements * (uint64_t)c->spec.element.bits * (uint64_t)weight->element.bits;
    return s;
}

enum status cost_subject_read(const struct cost_question *q, size_t i, struct cost_subject *out,
                              struct error *e)
{
    struct cost_subject *c = out;
    char a[SCHEME_TEXT_SIZE], b[SCHEME_TEXT_SIZE];
    memset(c, 0, sizeof *c);
    enum status s = scheme_parse(q->schemes[i], &c->spec, e);
    if (!s && q->weight)
        s = scheme_parse(q->weight, &c->weight, e);
    if (!s && q->mac)
        s = mac_parse(q->mac, &c->mac, e);
    if (s)
        return s;
    const bool layer = q->weight || q->mac || q->shape.inner;
    const size_t rows = q->shape.inner ? q->shape.rows : 1,
                 inner = q->shape.inner ? q->shape.inner : q->elements;
    struct quant_stats stats = {.elements = 0};
    s = count(&c->spec, "token,channel", rows, inner, &stats, e);
    c->in = input_of(&c->spec, &stats);
    c->in.mac = q->mac ? &c->mac : NULL;
    scheme_short(&c->spec, c->scheme);
    if (!s && layer)
        s = read_layer(q, c, &stats, q->shape.inner ? q->shape.columns : 1, inner, e);
    if (s || !q->weight)
        return s;
    scheme_canonical(&c->spec, a);
    scheme_canonical(&c->weight, b);
    if (!strcmp(a, b))
        return STATUS_OK;
    scheme_short(&c->weight, c->weight_scheme);
    c->in.scope = COST_PAIR;
    c->in.weight = &c->weight;
    return STATUS_OK;
}

/* --- the table --- */

static enum status put_value(struct table *t, const struct cost_subject *c, const struct cost_request *r,
                             const struct cost_value *v, struct error *e)
{
    const struct table_value row[] = {table_text(c->scheme),
                                      table_text(*c->weight_scheme ? c->weight_scheme : NULL),
                                      table_text(r->text),
                                      table_text(v->quantity),
                                      table_real(v->value),
                                      table_text(v->unit),
                                      table_real(v->node_nm > 0 ? v->node_nm : (double)NAN),
                                      table_real(v->accuracy > 0 ? v->accuracy : (double)NAN),
                                      table_text(v->source ? v->source : r->model->source)};
    return table_row(t, row, e);
}

static enum status put_model(struct table *t, const struct cost_subject *c, const struct cost_request *r,
                             struct error *e)
{
    struct cost_value v[COST_MAX_VALUES];
    struct error why = {{0}};
    int n = 0;
    enum status s = cost_of(r, &c->in, v, &n, &why);
    if (s == STATUS_SKIP) {
        const struct cost_value none = {
            .quantity = "not covered", .unit = "", .value = (double)NAN, .source = why.text};
        return put_value(t, c, r, &none, e);
    }
    if (s)
        return error_set(e, s, "%s", why.text);
    for (int i = 0; i < n && !s; i++)
        s = put_value(t, c, r, &v[i], e);
    return s;
}

enum status cost_page(const struct cost_question *q, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"scheme", "weight",  "model",    "quantity", "value",
                                          "unit",   "node_nm", "accuracy", "source"};
    struct table *t = NULL;
    struct cost_subject *c = calloc(q->n_schemes, sizeof *c);
    enum status s = c ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < q->n_schemes && !s; i++)
        s = cost_subject_read(q, i, &c[i], e);
    if (!s)
        s = table_open(format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
    for (size_t i = 0; i < q->n_schemes && !s; i++)
        for (size_t j = 0; j < q->n_models && !s; j++)
            s = put_model(t, &c[i], &q->models[j], e);
    free(c);
    return t ? list_end(t, s, e) : s;
}
