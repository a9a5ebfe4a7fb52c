#include "experiments/profile_rows.h"

#include <stdlib.h>

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
