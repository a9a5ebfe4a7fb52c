#include "sim/base/json.h"

#include <jansson.h>

#include "sim/base/strbuf.h"

/* What could not be added is remembered by the buffer, whatever the library makes of the answer. */
static int add(const char *text, size_t n, void *buffer)
{
    strbuf_add_n(buffer, text, n);
    return 0;
}

char *json_text(const struct json_t *value, size_t flags)
{
    struct strbuf b = {0};
    if (json_dump_callback(value, add, &b, flags) == 0)
        return strbuf_take(&b);
    strbuf_free(&b);
    return NULL;
}
