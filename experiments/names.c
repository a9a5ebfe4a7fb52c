#include "experiments/names.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

bool names_add(struct names *names, const char *text)
{
    char **more = realloc(names->text, (names->n + 1) * sizeof *more);
    if (!more)
        return false;
    names->text = more;
    if (!(more[names->n] = strdup(text)))
        return false;
    names->n++;
    return true;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->text[i]);
    free(names->text);
    *names = (struct names){NULL, 0};
}

size_t names_find(const struct names *names, const char *text)
{
    size_t i = 0;
    while (i < names->n && strcmp(names->text[i], text) != 0)
        i++;
    return i;
}

char *names_list(const struct names *names)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < names->n; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", names->text[i]);
    if (!names->n)
        strbuf_add(&b, "none");
    return strbuf_take(&b);
}

const char *names_hint(const struct names *names, const char *text, char out[static STR_HINT_SIZE])
{
    return str_hint(text, (const char *const *)names->text, names->n, out);
}

const char *globs_hint(const struct names *names, const char *const *globs, size_t n,
                       char out[static STR_HINT_SIZE])
{
    *out = '\0';
    for (size_t i = 0; i < n && !*out; i++)
        names_hint(names, globs[i], out);
    return out;
}

bool names_note(struct names *names, const char *text)
{
    enum { MOST = 512 };
    return names->n >= MOST || names_find(names, text) < names->n || names_add(names, text);
}

static enum status add_row(void *context, const struct table_value *v, struct error *e)
{
    return !v->text || names_add(context, v->text) ? STATUS_OK
                                                   : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status names_read(struct query *q, const char *sql, struct names *names, struct error *e)
{
    return query_each(q, sql, add_row, names, e);
}

bool globs_match(const char *const *globs, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (!fnmatch(globs[i], text, 0))
            return true;
    return !n;
}
