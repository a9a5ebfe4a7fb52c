#include "sim/base/json.h"

#include <errno.h>
#include <jansson.h>

#include "sim/base/strbuf.h"

/* Commas, colons and brackets, in texts too: no fewer than the values of the tree, each of which takes some
 * 60 bytes. 4,000,000 are 300,000 tensors. */
static enum status check_values(const char *text, size_t n, struct error *e)
{
    enum { MOST = 4000000 };
    size_t values = 0;
    for (size_t i = 0; i < n; i++)
        values += text[i] == ',' || text[i] == ':' || text[i] == '[' || text[i] == '{';
    if (values <= MOST)
        return STATUS_OK;
    return error_set(e, STATUS_MISSING, "%zu commas, colons and brackets of JSON; allowed are %d", values,
                     MOST);
}

enum status json_parse(const char *text, size_t n, struct json_t **out, struct error *e)
{
    *out = NULL;
    enum status s = check_values(text, n, e);
    if (s)
        return s;
    json_error_t error;
    errno = 0; /* the library gives no reason where it has no memory */
    *out = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
    if (*out)
        return STATUS_OK;
    if (errno == ENOMEM)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    return error_set(e, STATUS_MISSING, "line %d, column %d: %s", error.line, error.column, error.text);
}

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
