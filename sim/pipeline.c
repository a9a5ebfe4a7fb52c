/* Joins the stages for one cell: subject -> quantize -> metrics and cost. */
#include "sim/pipeline.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scheme.h"

static enum status read_all(const struct tensor_view *t, float **x, char hash[static HASH_HEX_SIZE],
                            struct error *e)
{
    size_t n = tensor_count(t);
    *x = malloc((n ? n : 1) * sizeof **x);
    if (!*x)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", t->name, n);
    tensor_read_f32(t, 0, n, *x);
    tensor_hash(t, hash);
    return STATUS_OK;
}

enum status subject_load(const struct tensor_view *t, const struct tensor_view *sensitivity,
                         struct subject *out, struct error *e)
{
    *out = (struct subject){.view = *t, .n = tensor_count(t)};
    out->view.data = NULL;
    out->view.mapped = false;
    enum status s = read_all(t, &out->x, out->hash, e);
    if (s)
        return s;
    metric_facts_of(out->x, out->n, t->rank ? t->shape[t->rank - 1] : 1, &out->facts);
    if (!sensitivity)
        return STATUS_OK;
    if (sensitivity->rank != t->rank ||
        memcmp(sensitivity->shape, t->shape, (size_t)t->rank * sizeof *t->shape)) {
        char want[TENSOR_SHAPE_TEXT], found[TENSOR_SHAPE_TEXT];
        tensor_shape_text(t, want);
        tensor_shape_text(sensitivity, found);
        s = error_set(e, STATUS_INVALID, "%s has shape %s; allowed: %s, that of %s", sensitivity->name, found,
                      want, t->name);
    } else {
        s = read_all(sensitivity, &out->sensitivity, out->sensitivity_hash, e);
    }
    if (s)
        subject_free(out);
    return s;
}

void subject_free(struct subject *s)
{
    free(s->x);
    free(s->sensitivity);
    s->x = s->sensitivity = NULL;
}

/* The stream of stochastic rounding: the first 64 bits of the tensor's hash, so that it follows the tensor
 * and not its place in a file. */
static uint64_t stream_of(const struct subject *s)
{
    char first[17];
    memcpy(first, s->hash, 16);
    first[16] = '\0';
    return strtoull(first, NULL, 16);
}

enum status pipeline_cell_key(const struct cell_request *r, char hex[static HASH_HEX_SIZE], char **json,
                              struct error *e)
{
    char scheme[SCHEME_TEXT_SIZE];
    scheme_identity(r->spec, scheme);
    /* The seed is part of the key only where it has an effect. Hashed as text: JSON integers are signed. */
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "op", "quantize", "scheme", scheme, "tensor",
                          r->subject->hash, "semantics", SEMANTICS_VERSION);
    int failed = !o;
    if (o && quant_spec_is_stochastic(r->spec))
        failed = json_object_set_new(o, "seed", json_string(seed));
    if (o && r->spec->fit == FIT_SENSITIVITY)
        failed |= json_object_set_new(o, "sensitivity", json_string(r->subject->sensitivity_hash));
    /* An axis given by label means what the labels of this tensor say. */
    int axis = tensor_axis(&r->subject->view, r->spec->scaling.axis);
    if (o && r->spec->scaling.axis[0])
        failed |= json_object_set_new(o, "axis", json_integer(axis));
    char *text = failed ? NULL : json_dumps(o, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(o);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    hash_bytes(text, strlen(text), hex);
    if (json)
        *json = text;
    else
        free(text);
    return STATUS_OK;
}

static enum status resolve_axis(const struct cell_request *r, int *axis, struct error *e)
{
    const char *name = r->spec->scaling.axis;
    *axis = 0;
    if (!name[0])
        return STATUS_OK;
    const struct tensor_view *v = &r->subject->view;
    *axis = tensor_axis(v, name);
    if (*axis >= 0)
        return STATUS_OK;
    return error_set(e, STATUS_INVALID, "axis=%s: tensor %s has %d axes%s%s", name, v->name, v->rank,
                     v->axes ? ": " : " without labels", v->axes ? v->axes : "");
}

enum status pipeline_quant_input(const struct cell_request *r, struct quant_input *in, struct error *e)
{
    const struct subject *s = r->subject;
    *in = (struct quant_input){.x = s->x,
                               .sensitivity = s->sensitivity,
                               .rank = s->view.rank,
                               .seed = r->seed,
                               .stream = stream_of(s)};
    memcpy(in->shape, s->view.shape, sizeof in->shape);
    if (r->spec->fit == FIT_SENSITIVITY && !s->sensitivity)
        return error_set(e, STATUS_INVALID,
                         "fit=sensitivity: the dump holds no tensor %s" SENSITIVITY_SUFFIX
                         " with the sensitivity of each element of %s",
                         s->view.name, s->view.name);
    return resolve_axis(r, &in->axis, e);
}

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

static enum status run_costs(const struct cell_request *r, struct cell_result *out, struct error *e)
{
    const struct quant_stats *s = &out->stats;
    struct cost_input in = {.spec = r->spec,
                            .elements = s->elements,
                            .stored = s->stored,
                            .scales = s->scales,
                            .outer_scales = s->outer_scales,
                            .side_bits = s->side_bits};
    for (size_t i = 0; i < r->n_costs; i++) {
        struct error reason = {{0}};
        out->n_cost_values[i] = 0;
        enum status st =
            r->costs[i]->cost(&in, out->costs + i * COST_MAX_VALUES, &out->n_cost_values[i], &reason);
        if (st == STATUS_SKIP)
            out->n_cost_values[i] = 0;
        else if (st)
            return error_set(e, st, "%s", reason.text);
    }
    return STATUS_OK;
}

/* The pass over x and y, by tiles. */
static enum status run_metrics(const struct cell_request *r, const float *y, struct cell_result *out,
                               struct error *e)
{
    enum { TILE = SUM_CHUNK };
    const struct subject *s = r->subject;
    struct metric_errors errors;
    struct metric_input in;
    struct hash128 *hash = hash128_open();
    if (!hash)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    metric_errors_begin(&errors, metric_needs(r->metrics, r->n_metrics), &s->facts);
    for (size_t i = 0; i < s->n; i += TILE) {
        size_t n = s->n - i < TILE ? s->n - i : TILE;
        metric_errors_add(&errors, s->x + i, y + i, n);
        hash128_add(hash, y + i, n * sizeof *y);
    }
    metric_errors_end(&errors, &in);
    hash128_close(hash, out->result_hash);
    copy_counts(&in.counts, &out->stats);
    for (size_t i = 0; i < r->n_metrics; i++)
        out->metrics[i] = r->metrics[i]->value(&in);
    return STATUS_OK;
}

enum status pipeline_cell(const struct cell_request *r, float *scratch, struct cell_result *out,
                          struct error *e)
{
    struct quant_input in;
    enum status st = pipeline_quant_input(r, &in, e);
    if (st)
        return st;
    struct quant_output to = {.values = scratch, .codes = out->codes, .scales = out->scales};
    st = quantize(r->spec, &in, &to, &out->stats, e);
    if (st)
        return st;
    st = run_metrics(r, scratch, out, e);
    return st ? st : run_costs(r, out, e);
}
