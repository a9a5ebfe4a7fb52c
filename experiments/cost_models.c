/* Lists of cost texts. */
#include <stdlib.h>
#include <string.h>

#include "experiments/cost_page.h"

static enum status add_model(const char *text, struct cost_request **out, size_t *n, struct error *e)
{
    struct cost_request *more = realloc(*out, (*n + 1) * sizeof **out);
    if (!more)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    *out = more;
    const enum status s = cost_parse(text, &more[*n], e);
    *n += !s;
    return s;
}

static enum status add_all(struct cost_request **out, size_t *n, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < cost_model_count() && !s; i++)
        s = add_model(cost_model_at(i)->name, out, n, e);
    return s;
}

enum status cost_models_read(const char *list, struct cost_request **out, size_t *n, struct error *e)
{
    char text[COST_TEXT_SIZE];
    enum status s = STATUS_OK;
    while (*list && !s) {
        size_t length = strcspn(list, ",");
        while (list[length]) { /* parts with '=' */
            const size_t next = strcspn(list + length + 1, ",=");
            if (list[length + 1 + next] != '=')
                break;
            length += 1 + next;
            length += strcspn(list + length, ",");
        }
        if (length >= sizeof text)
            return error_set(e, STATUS_INVALID, "a cost text of more than %d characters", COST_TEXT_SIZE - 1);
        memcpy(text, list, length);
        text[length] = 0;
        s = strcmp(text, "all") ? add_model(text, out, n, e) : add_all(out, n, e);
        list += length + (list[length] == ',');
    }
    return s;
}
