#include "tests/attention_cases.h"

#include "sim/mac.h"
#include "sim/scheme.h"
#include "tests/check.h"

float q[ATTENTION_MOST], k[ATTENTION_MOST], v[ATTENTION_MOST], got[ATTENTION_MOST];

const struct attention_shape plain = {5, 5, 4, 2, 8};

size_t attention_count(const struct attention_shape *s, int part)
{
    return (part ? s->keys * s->kv_heads : s->queries * s->heads) * s->dim;
}

void attention_fill(const struct attention_shape *s, enum draw kind, uint64_t seed)
{
    draw_fill(q, attention_count(s, 0), kind, seed);
    draw_fill(k, attention_count(s, 1), kind, seed + 1);
    draw_fill(v, attention_count(s, 1), kind, seed + 2);
}

struct subject attention_load(const float *x, const char *name, size_t a, size_t b, size_t c)
{
    struct tensor_view t = {
        .name = name, .data = x, .dtype = DTYPE_F32, .rank = c ? 3 : 2, .shape = {a, b, c}};
    tensor_set_c_order(&t);
    struct subject s;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

struct subject attention_attend(const struct attention_shape *s, double rotary)
{
    struct subject part[3] = {attention_load(q, "a.q.output", s->queries, s->heads * s->dim, 0),
                              attention_load(k, "a.k_cache", s->keys, s->kv_heads, s->dim),
                              attention_load(v, "a.v_cache", s->keys, s->kv_heads, s->dim)},
                   out;
    struct error e = {{0}};
    if (subject_attend(part, rotary, "a", &out, &e))
        fail_msg("%s", e.text);
    return out;
}

struct asked attention_ask(const struct subject *s, const char *const text[7])
{
    struct asked a = {.request = {.subject = s, .seed = 5}};
    struct attention_spec *m = &a.attention;
    struct error e = {{0}};
    m->values.has_output = text[6] != NULL;
    if (scheme_parse(text[0], &a.spec, &e) || scheme_parse(text[1], &m->scores.weight, &e) ||
        scheme_parse(text[2], &m->probs, &e) || scheme_parse(text[3], &m->values.weight, &e) ||
        mac_parse(text[4], &m->scores.mac, &e) || mac_parse(text[5], &m->values.mac, &e) ||
        (text[6] && scheme_parse(text[6], &m->values.output, &e)))
        fail_msg("%s", e.text);
    return a;
}

enum status attention_run(struct asked *a, struct cell_result *out, struct error *e)
{
    a->request.spec = &a->spec;
    a->request.attention = &a->attention;
    return pipeline_cell(&a->request, out, e);
}
