#include "experiments/sites.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

static bool find(const struct dump *d, const char *name, size_t *at)
{
    for (size_t i = 0; i < dump_count(d); i++)
        if (!strcmp(dump_tensor(d, i)->name, name)) {
            *at = i;
            return true;
        }
    return false;
}

/* The input of the site `name`; false if the dump has none. */
static bool find_input(const struct dump *d, const char *name, size_t *at)
{
    struct strbuf key = {0}, beside = {0};
    strbuf_printf(&key, "site.%s", name);
    strbuf_printf(&beside, "%s.input", name);
    const char *said = key.text ? dump_metadata(d, key.text) : "";
    bool found = beside.text && find(d, *said ? said : beside.text, at);
    strbuf_free(&key);
    strbuf_free(&beside);
    return found;
}

enum status sites_find(const struct dump *d, struct site_place **out, size_t *n, struct error *e)
{
    static const char suffix[] = ".weight";
    *n = 0;
    *out = calloc(dump_count(d) + 1, sizeof **out);
    if (!*out)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < dump_count(d); i++) {
        const struct tensor_view *t = dump_tensor(d, i);
        size_t length = strlen(t->name), tail = sizeof suffix - 1;
        if (t->rank != 2 || length <= tail || strcmp(t->name + length - tail, suffix) != 0)
            continue;
        struct site_place *p = &(*out)[*n];
        *p = (struct site_place){.name = strndup(t->name, length - tail), .weight = i};
        if (!p->name)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        if (find_input(d, p->name, &p->input))
            ++*n;
        else
            free(p->name);
    }
    return STATUS_OK;
}

void sites_free(struct site_place *sites, size_t n)
{
    for (size_t i = 0; sites && i < n; i++)
        free(sites[i].name);
    free(sites);
}
