/* The key of an analysis. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"
#include "sim/pipeline_part.h"
#include "sim/scheme.h"

/* The path of a codebook file has no effect, and its content has one: schemes by what they mean. */
static int add_schemes(json_t *o, const struct analysis_request *r)
{
    int failed = 0;
    for (size_t i = 0; i < r->analysis->n_keys && !failed; i++) {
        const struct arg_key *k = &r->analysis->keys[i];
        struct quant_spec q;
        char identity[SCHEME_TEXT_SIZE];
        if (k->type != ARG_SCHEME || scheme_parse(r->text[i], &q, NULL))
            continue;
        scheme_identity(&q, identity);
        failed = json_object_set_new(o, k->name, json_string(identity));
    }
    return failed;
}

/* Numbers, words and texts as the canonical text has them. */
static int add_others(json_t *o, const struct analysis_request *r)
{
    int failed = 0;
    for (size_t i = 0; i < r->analysis->n_keys && !failed; i++) {
        const struct arg_key *k = &r->analysis->keys[i];
        struct strbuf b = {0};
        if (k->type == ARG_SCHEME)
            continue;
        if (k->type == ARG_TEXT)
            arg_write_text(k, r->text[i], &b);
        else
            arg_write(k, r->number[i], &b);
        failed = !b.text || json_object_set_new(o, k->name, json_string(strchr(b.text, '=') + 1));
        strbuf_free(&b);
    }
    return failed;
}

static int add_dependence(json_t *o, const struct analysis_request *r)
{
    char hex[HASH_HEX_SIZE];
    const char *text = r->analysis->depends ? r->analysis->depends(r) : NULL;
    if (!text)
        return 0;
    hash_bytes(text, strlen(text), hex);
    return json_object_set_new(o, "depends", json_string(hex));
}

enum status analysis_key(const struct analysis_request *r, char hex[static HASH_HEX_SIZE], char **json,
                         struct error *e)
{
    json_t *keys = json_object();
    int failed = !keys || add_schemes(keys, r) || add_others(keys, r);
    json_t *o =
        failed ? NULL
               : json_pack("{s:s, s:s, s:i, s:O, s:i}", "op", "analysis", "analysis", r->analysis->name,
                           "version", r->analysis->version, "keys", keys, "semantics", SEMANTICS_VERSION);
    failed = !o || add_dependence(o, r);
    char *text = failed ? NULL : json_text(o, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(keys);
    json_decref(o);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    hash_bytes(text, strlen(text), hex);
    if (json)
        *json = text;
    else
        free(text);
    return STATUS_OK;
}
