#include "experiments/name_rows.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/config.h"
#include "sim/profile.h"

enum status profile_rows(struct store_profile **rows, size_t *n, struct error *e)
{
    *n = profile_count();
    struct store_profile *list = malloc(*n * (sizeof *list + SCHEME_TEXT_SIZE));
    *rows = list;
    if (!list)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    char(*texts)[SCHEME_TEXT_SIZE] = (void *)(list + *n);
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < *n; i++) {
        const struct profile *p = profile_at(i);
        struct quant_spec q;
        s = scheme_parse(p->scheme.name, &q, e);
        if (!s)
            scheme_canonical(&q, texts[i]);
        list[i] = (struct store_profile){.name = p->scheme.name,
                                         .family = p->family,
                                         .scheme = texts[i],
                                         .doc = p->scheme.doc,
                                         .source = p->scheme.citation,
                                         .checked = p->checked,
                                         .note = p->note};
    }
    return s;
}

enum status method_rows(struct store_method **rows, size_t *n, struct error *e)
{
    struct store_method *list = *rows = calloc(method_count() + 1, sizeof *list);
    enum status s = list ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (*n = 0; !s && *n < method_count(); ++*n) {
        const struct method *m = method_at(*n);
        struct config_scheme scheme;
        s = config_method(m, &scheme, e);
        char *text = s ? NULL : strdup(scheme.canonical);
        config_scheme_free(&scheme);
        if (!s && !text)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
        list[*n] = (struct store_method){.name = m->name,
                                         .scheme = text,
                                         .doc = m->doc,
                                         .source = m->citation,
                                         .study = m->study,
                                         .note = m->note};
    }
    return s;
}

void method_rows_free(struct store_method *rows, size_t n)
{
    for (size_t i = 0; rows && i < n; i++)
        free((char *)(uintptr_t)rows[i].scheme);
    free(rows);
}
