/* Cost texts, and what a request comes to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cost/cost.h"

struct cost_request cost_standard(const struct cost_model *m)
{
    struct cost_request r = {.model = m};
    for (size_t i = 0; i < m->n_keys; i++)
        r.arg[i] = m->keys[i].standard;
    snprintf(r.text, sizeof r.text, "%s", m->name);
    return r;
}

static enum status write_text(struct cost_request *r, struct error *e)
{
    struct strbuf b = {0};
    strbuf_add(&b, r->model->name);
    for (size_t i = 0; i < r->model->n_keys; i++)
        if (r->arg[i] != r->model->keys[i].standard)
            arg_write(&r->model->keys[i], r->arg[i], &b);
    enum status s = STATUS_OK;
    if (b.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    else if (b.length >= sizeof r->text)
        s = error_set(e, STATUS_INVALID, "%s: a cost text of more than %d characters", r->model->name,
                      COST_TEXT_SIZE - 1);
    else
        strcpy(r->text, b.text);
    strbuf_free(&b);
    return s;
}

static enum status read(const char *text, struct arg_words *w, struct cost_request *r, struct error *e)
{
    const struct cost_model *m = r->model;
    enum status s = arg_cut("cost", m->name, m->keys, m->n_keys, text, w, e);
    for (size_t i = 0; !s && i < m->n_keys; i++)
        if (w->given[i])
            s = arg_read(&m->keys[i], w->value[i], &r->arg[i], e);
    return s ? s : write_text(r, e);
}

static enum status unknown(const char *name, struct error *e)
{
    const size_t n = cost_model_count();
    const char **names = calloc(n, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = cost_model_at(i)->name;
    enum status s = text_unknown("cost model", name, names, n, "cost models", e);
    free(names);
    return s;
}

enum status cost_parse(const char *text, struct cost_request *out, struct error *e)
{
    char name[COST_TEXT_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ", \t"), text);
    const struct cost_model *m = cost_model_find(name);
    if (!m)
        return unknown(name, e);
    *out = cost_standard(m);
    struct arg_words *room = calloc(1, sizeof *room);
    struct error why = {{0}};
    enum status s = room ? read(text, room, out, &why) : STATUS_INTERNAL;
    free(room);
    return s ? error_set(e, s, "%s: %s", name, s == STATUS_INTERNAL ? "out of memory" : why.text) : STATUS_OK;
}

enum status cost_of(const struct cost_request *r, const struct cost_input *in, struct cost_value *out, int *n,
                    struct error *e)
{
    static const char *const beyond[] = {[COST_PAIR] = "operands under two schemes",
                                         [COST_PARTS] = "operands, or parts of them, under several schemes"};
    *n = 0;
    if (in->scope > r->model->scope)
        return error_set(e, STATUS_SKIP, "%s: the model does not cover %s", r->model->name,
                         beyond[in->scope]);
    if (in->several_macs && r->model->of_a_mac)
        return error_set(e, STATUS_SKIP, "%s: the two products have MACs of their own", r->model->name);
    return r->model->cost(in, r->arg, out, n, e);
}

const struct cost_value *cost_value_find(const struct cost_value *v, int n, const char *quantity)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(v[i].quantity, quantity))
            return &v[i];
    return NULL;
}

bool cost_is_of_one_format(const struct cost_input *in)
{
    return !in->weight || !strcmp(in->weight->element.name, in->spec->element.name);
}

double cost_log2(double x)
{
    double r = 0;
    for (; x >= 2; x /= 2)
        r++;
    for (double digit = .5; digit > 0x1p-40; digit /= 2) {
        x *= x;
        if (x >= 2) {
            x /= 2;
            r += digit;
        }
    }
    return r;
}
