/* Schemes and other texts as arguments. */
#include <stdio.h>
#include <string.h>

#include "sim/arg.h"
#include "sim/scheme.h"

void arg_read_text(const char *text, char out[static ARG_VALUE_SIZE])
{
    const size_t n = strlen(text);
    const bool inside = n > 1 && text[0] == '(' && text[n - 1] == ')';
    snprintf(out, ARG_VALUE_SIZE, "%.*s", (int)(inside ? n - 2 : n), text + inside);
}

enum status arg_read_scheme(const struct arg_key *k, const char *text, char out[static ARG_VALUE_SIZE],
                            struct error *e)
{
    struct quant_spec q;
    struct error why = {{0}};
    char shortest[SCHEME_TEXT_SIZE];
    arg_read_text(text, out);
    if (scheme_parse(out, &q, &why))
        return error_set(e, STATUS_INVALID, "%s: %s", k->name, why.text);
    scheme_short(&q, shortest);
    if (strlen(shortest) < ARG_VALUE_SIZE)
        strcpy(out, shortest);
    return STATUS_OK;
}

void arg_write_text(const struct arg_key *k, const char *value, struct strbuf *out)
{
    strbuf_printf(out, strpbrk(value, ",=") ? ",%s=(%s)" : ",%s=%s", k->name, value);
}
