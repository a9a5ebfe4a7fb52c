/* What is measured and what it is called: subjects and keys of cells. sim/pipeline_cells.c measures. */
#include "sim/pipeline_part.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"
#include "sim/mac.h"
#include "sim/scheme.h"

/* --- subjects --- */

static enum status read_all(const struct tensor_view *t, float **x, struct error *e)
{
    size_t n = tensor_count(t);
    *x = malloc((n ? n : 1) * sizeof **x);
    if (!*x)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", t->name, n);
    tensor_read_f32(t, 0, n, *x);
    return STATUS_OK;
}

static enum status check_shape(const struct tensor_view *t, const struct tensor_view *sensitivity,
                               struct error *e)
{
    char want[TENSOR_SHAPE_TEXT], found[TENSOR_SHAPE_TEXT];
    if (sensitivity->rank == t->rank &&
        !memcmp(sensitivity->shape, t->shape, (size_t)t->rank * sizeof *t->shape))
        return STATUS_OK;
    tensor_shape_text(t, want);
    tensor_shape_text(sensitivity, found);
    return error_set(e, STATUS_INVALID, "%s has shape %s; allowed: %s, that of %s", sensitivity->name, found,
                     want, t->name);
}

/* Elements first .. first + n - 1, read into `room` unless they are in memory. */
static const float *subject_tile(const struct subject *s, size_t first, size_t n, float *room)
{
    if (s->x)
        return s->x + first;
    tensor_read_f32(&s->view, first, n, room);
    tensor_release(&s->view, first, n);
    return room;
}

/* What cells share: two passes over the elements. */
static enum status find_facts(struct subject *s, struct error *e)
{
    enum { TILE = 1 << 15 };
    struct metric_passes *p = malloc(sizeof *p);
    float *room = malloc(TILE * sizeof *room);
    enum status status = p && room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!status)
        metric_facts_begin(p, s->view.rank ? s->view.shape[s->view.rank - 1] : 1);
    for (int pass = 0; pass < 2 && !status; pass++) {
        if (pass)
            metric_facts_turn(p);
        for (size_t first = 0; first < s->n; first += TILE) {
            size_t n = s->n - first < TILE ? s->n - first : TILE;
            const float *x = subject_tile(s, first, n, room);
            metric_facts_add(p, x, n);
            if (!pass)
                quant_range_add(&s->range, x, n);
        }
    }
    if (!status)
        metric_facts_end(p, &s->facts);
    free(p);
    free(room);
    return status;
}

bool subject_is_streamed(const struct tensor_view *t)
{
    return t->mapped && tensor_count(t) > TENSOR_LARGE;
}

enum status subject_load(const struct tensor_view *t, const struct tensor_view *sensitivity,
                         struct subject *out, struct error *e)
{
    *out = (struct subject){.view = *t, .n = tensor_count(t)};
    enum status s = sensitivity ? check_shape(t, sensitivity, e) : STATUS_OK;
    tensor_hash(t, out->hash);
    if (sensitivity)
        tensor_hash(sensitivity, out->sensitivity_hash);
    if (!s && !subject_is_streamed(t))
        s = read_all(t, &out->x, e);
    if (!s && sensitivity)
        s = read_all(sensitivity, &out->sensitivity, e);
    if (!s)
        s = find_facts(out, e);
    if (out->x) { /* else the elements stay where they are */
        out->view.data = NULL;
        out->view.mapped = false;
        out->view.packing = NULL;
    }
    if (s)
        subject_free(out);
    return s;
}

enum status subject_hold(struct subject *s, struct error *e)
{
    return s->x ? STATUS_OK : read_all(&s->view, &s->x, e);
}

size_t subject_held(const struct subject *s)
{
    size_t n = s->n;
    if (s->site)
        n += s->site->input.n + s->site->weight.n;
    if (s->attention)
        n += s->attention->q.n + s->attention->k.n + s->attention->v.n;
    return n;
}

void subject_free(struct subject *s)
{
    free(s->x);
    free(s->sensitivity);
    s->x = s->sensitivity = NULL;
    if (s->site) {
        subject_free(&s->site->input);
        subject_free(&s->site->weight);
    }
    if (s->attention) {
        subject_free(&s->attention->q);
        subject_free(&s->attention->k);
        subject_free(&s->attention->v);
    }
    free(s->site);
    free(s->attention);
    s->site = NULL;
    s->attention = NULL;
}

uint64_t subject_stream(const struct subject *s)
{
    char first[17];
    memcpy(first, s->hash, 16);
    first[16] = '\0';
    return strtoull(first, NULL, 16);
}

static bool draws(const struct matmul_spec *m)
{
    return quant_spec_is_stochastic(&m->weight) || mac_spec_is_stochastic(&m->mac) ||
           (m->has_output && quant_spec_is_stochastic(&m->output));
}

/* The scheme that a step names; false if it names none. */
static bool step_scheme(const struct transform_step *step, struct quant_spec *q)
{
    struct error ignored = {{0}};
    return *step->scheme && !scheme_parse(step->scheme, q, &ignored);
}

static bool chain_draws(const struct transform_chain *c)
{
    struct quant_spec q;
    bool draws = false;
    for (size_t i = 0; c && i < c->n; i++)
        draws |= step_scheme(&c->step[i], &q) && quant_spec_is_stochastic(&q);
    return draws;
}

static bool is_stochastic(const struct cell_request *r)
{
    const struct attention_spec *a = r->attention;
    return quant_spec_is_stochastic(r->spec) || chain_draws(r->transform) ||
           (r->matmul && draws(r->matmul)) ||
           (a && (draws(&a->scores) || quant_spec_is_stochastic(&a->probs) || draws(&a->values)));
}

/* What a scheme takes from its tensor beside the elements. */
static int add_tensor(json_t *o, const char *prefix, const struct tensor_view *view, const char *sensitivity,
                      const struct quant_spec *q)
{
    char key[32];
    int failed = 0;
    snprintf(key, sizeof key, "%ssensitivity", prefix);
    if (q->fit == FIT_SENSITIVITY)
        failed |= json_object_set_new(o, key, json_string(sensitivity));
    /* An axis given by label means what the labels of this tensor say. */
    snprintf(key, sizeof key, "%saxis", prefix);
    if (q->scaling.axis[0])
        failed |= json_object_set_new(o, key, json_integer(tensor_axis(view, q->scaling.axis)));
    return failed;
}

/* A scheme under `name`, and what it takes from its tensor under names that begin with it. */
static int add_scheme(json_t *o, const char *name, const struct subject *s, const struct quant_spec *q)
{
    char scheme[SCHEME_TEXT_SIZE], prefix[24];
    scheme_identity(q, scheme);
    snprintf(prefix, sizeof prefix, "%s_", name);
    return json_object_set_new(o, name, json_string(scheme)) |
           add_tensor(o, prefix, &s->view, s->sensitivity_hash, q);
}

/* One product: its right side under the name `right`. */
static int add_product(json_t *o, const char *right, const struct subject *s, const char *mac,
                       const struct matmul_spec *m, const struct subject *output)
{
    char text[MAC_TEXT_SIZE];
    mac_identity(&m->mac, text);
    int failed = add_scheme(o, right, s, &m->weight) | json_object_set_new(o, mac, json_string(text));
    return m->has_output ? failed | add_scheme(o, "output", output, &m->output) : failed;
}

static int add_attention(json_t *o, const struct cell_request *r)
{
    const struct attention_spec *m = r->attention;
    const struct attention *a = r->subject->attention;
    const struct subject probs = {.view = attention_probs_view(r->subject)};
    return add_product(o, "k", &a->k, "mac", &m->scores, NULL) | add_scheme(o, "p", &probs, &m->probs) |
           add_product(o, "v", &a->v, "mac_pv", &m->values, r->subject);
}

/* A chain, and what the schemes of its steps mean on the operands. */
static int add_chain(json_t *o, const struct transform_chain *c, const struct subject *first,
                     const struct subject *second)
{
    char steps[TRANSFORM_TEXT_SIZE], name[16];
    transform_canonical(c, steps);
    int failed = json_object_set_new(o, "transform", json_string(steps));
    for (size_t i = 0; i < c->n; i++) {
        struct quant_spec q;
        if (!step_scheme(&c->step[i], &q))
            continue;
        snprintf(name, sizeof name, "step%zu", i);
        failed |= add_scheme(o, name, first, &q);
        snprintf(name, sizeof name, "step%zu_second", i);
        failed |= add_scheme(o, name, second, &q);
    }
    return failed;
}

enum status pipeline_cell_key(const struct cell_request *r, char hex[static HASH_HEX_SIZE], char **json,
                              struct error *e)
{
    if (r->analysis)
        return analysis_key(r->analysis, hex, json, e);
    char scheme[SCHEME_TEXT_SIZE];
    scheme_identity(r->spec, scheme);
    /* The seed is part of the key only where it has an effect. Hashed as text: JSON integers are signed. */
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)r->seed);
    json_t *o = json_pack("{s:s, s:s, s:s, s:i}", "op",
                          r->matmul      ? "matmul"
                          : r->attention ? "attention"
                                         : "quantize",
                          "scheme", scheme, "tensor", r->subject->hash, "semantics", SEMANTICS_VERSION);
    int failed = !o;
    if (o && is_stochastic(r))
        failed = json_object_set_new(o, "seed", json_string(seed));
    const struct subject *s = r->subject, *first = s->site        ? &s->site->input
                                                   : s->attention ? &s->attention->q
                                                                  : s;
    if (o)
        failed |= add_tensor(o, "", &first->view, first->sensitivity_hash, r->spec);
    if (o && r->transform)
        failed |= add_chain(o, r->transform, first, s->site ? &s->site->weight : &s->attention->k);
    if (o && r->matmul)
        failed |= add_product(o, "weight", &s->site->weight, "mac", r->matmul, s);
    if (o && r->attention)
        failed |= add_attention(o, r);
    char *text = failed ? NULL : json_text(o, JSON_SORT_KEYS | JSON_COMPACT);
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
                               .stream = subject_stream(s)};
    memcpy(in->shape, s->view.shape, sizeof in->shape);
    if (r->spec->fit == FIT_SENSITIVITY && !s->sensitivity)
        return error_set(e, STATUS_INVALID,
                         "fit=sensitivity: the dump holds no tensor %s" SENSITIVITY_SUFFIX
                         " with the sensitivity of each element of %s",
                         s->view.name, s->view.name);
    return resolve_axis(r, &in->axis, e);
}
