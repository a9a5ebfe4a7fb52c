#include "experiments/cost_name.h"

#include <stdlib.h>
#include <string.h>

/* What a text is compared with, and what was found. */
struct search {
    const char *text;
    struct cost_name *out;
    struct strbuf all, same; /* all costs, and those of the quantity */
    size_t n_same;
};

static void list(struct strbuf *b, const char *model, const char *quantity)
{
    strbuf_printf(b, "%s%s.%s", b->length ? ", " : "", model, quantity);
}

/* Models have dots in their keys, quantities have none. */
static bool is_whole(const char *text, const char *model, const char *quantity)
{
    const size_t n = strlen(model);
    return !strncmp(text, model, n) && text[n] == '.' && !strcmp(text + n + 1, quantity);
}

static enum status compare(void *context, const struct table_value *v, struct error *e)
{
    struct search *s = context;
    const char *model = v[0].text, *quantity = v[1].text;
    const bool whole = is_whole(s->text, model, quantity), same = !strcmp(s->text, quantity);
    list(&s->all, model, quantity);
    if (same) {
        list(&s->same, model, quantity);
        s->n_same++;
    }
    if (!whole && !same)
        return STATUS_OK;
    cost_name_free(s->out);
    *s->out = (struct cost_name){strdup(model), strdup(quantity)};
    return s->out->model && s->out->quantity ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status cost_name_find(struct query *q, const char *text, struct cost_name *out, struct error *e)
{
    struct search found = {.text = text, .out = out};
    char hint[STR_HINT_SIZE];
    *out = (struct cost_name){NULL, NULL};
    enum status s =
        query_each(q,
                   "SELECT DISTINCT model, quantity FROM cost_kind k WHERE quantity <> 'none' AND "
                   "EXISTS (SELECT 1 FROM cost_value v WHERE v.kind_id = k.kind_id) ORDER BY 1, 2",
                   compare, &found, e);
    if (!s && !out->model)
        s = error_set(e, STATUS_INVALID, "the database has no cost quantity '%s'%s; it has: %s", text,
                      str_hint_list(text, found.all.length ? found.all.text : "", hint),
                      found.all.length ? found.all.text : "none");
    else if (!s && found.n_same > 1)
        s = error_set(e, STATUS_INVALID, "several models have a cost '%s'; say which: %s", text,
                      found.same.text);
    strbuf_free(&found.all);
    strbuf_free(&found.same);
    if (s)
        cost_name_free(out);
    return s;
}

void cost_name_free(struct cost_name *c)
{
    free(c->model);
    free(c->quantity);
    *c = (struct cost_name){NULL, NULL};
}

void sql_add_text(const char *text, struct strbuf *sql)
{
    strbuf_add(sql, "'");
    for (; *text; text++)
        strbuf_add_n(sql, *text == '\'' ? "''" : text, *text == '\'' ? 2 : 1);
    strbuf_add(sql, "'");
}

void cost_name_add(const struct cost_name *c, const char *alias, struct strbuf *sql)
{
    strbuf_printf(sql, "%s.model = ", alias);
    sql_add_text(c->model, sql);
    strbuf_printf(sql, " AND %s.quantity = ", alias);
    sql_add_text(c->quantity, sql);
}
