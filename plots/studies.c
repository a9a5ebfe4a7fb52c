#include "plots/studies.h"

#include <stdlib.h>
#include <string.h>

static enum status begin(struct studies *s, const struct table_value *row, struct error *e)
{
    struct study *more = realloc(s->list, (s->n + 1) * sizeof *more);
    if (!more)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    s->list = more;
    struct study *t = &more[s->n++];
    *t = (struct study){.name = strdup(row[0].text),
                        .doc = row[1].kind == TABLE_STRING ? strdup(row[1].text) : NULL,
                        .figures = calloc(figure_count(), sizeof(const struct figure *)),
                        .said = row[3].integer};
    return t->name && t->figures ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* A row for each figure of a study, or one without. */
static enum status take(void *context, const struct table_value *row, struct error *e)
{
    struct studies *s = context;
    enum status status = STATUS_OK;
    if (!s->n || strcmp(s->list[s->n - 1].name, row[0].text) != 0)
        status = begin(s, row, e);
    const struct figure *f = row[2].kind == TABLE_STRING ? figure_find(row[2].text) : NULL;
    if (!status && f) {
        struct study *t = &s->list[s->n - 1];
        if (t->n_figures < figure_count())
            t->figures[t->n_figures++] = f;
    }
    return status;
}

enum status studies_read(struct query *q, struct studies *out, struct error *e)
{
    *out = (struct studies){0};
    return query_each(q, "SELECT study, doc, figure, said FROM v_study_figure", take, out, e);
}

void studies_free(struct studies *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->list[i].name);
        free(s->list[i].doc);
        free(s->list[i].figures);
    }
    free(s->list);
    *s = (struct studies){0};
}
