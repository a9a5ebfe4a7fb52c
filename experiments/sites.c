#include "experiments/sites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/model/record.h"

static bool find(const struct dump *d, const char *name, size_t *at)
{
    for (size_t i = 0; i < dump_count(d); i++)
        if (!strcmp(dump_tensor(d, i)->name, name)) {
            *at = i;
            return true;
        }
    return false;
}

/* NAME followed by a suffix. */
static bool find_beside(const struct dump *d, const char *name, const char *suffix, size_t *at)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "%s%s", name, suffix);
    bool found = b.text && find(d, b.text, at);
    strbuf_free(&b);
    return found;
}

/* The input of the linear layer `name`; false if the dump has none. */
static bool find_input(const struct dump *d, const char *name, size_t *at)
{
    struct strbuf key = {0};
    strbuf_printf(&key, "site.%s", name);
    const char *said = key.text ? dump_metadata(d, key.text) : "";
    bool found = *said ? find(d, said, at) : find_beside(d, name, ".input", at);
    strbuf_free(&key);
    return found;
}

/* The name before a suffix, the caller's; NULL without it, or without memory (then *failed). */
static char *name_before(const char *name, const char *suffix, bool *failed)
{
    size_t length = strlen(name), tail = strlen(suffix);
    if (length <= tail || strcmp(name + length - tail, suffix) != 0)
        return NULL;
    char *out = strndup(name, length - tail);
    *failed |= !out;
    return out;
}

static double rotary_of(const struct dump *d, const struct config_rotary *hint)
{
    const char *said = dump_metadata(d, "rotary");
    struct config_rotary own = *hint;
    if (own.given || (*said && config_rotary_parse(said, &own)))
        return own.base;
    bool recorded = !*said && !strcmp(dump_metadata(d, "made_by"), "bitsweep record");
    return recorded ? record_net.theta : (double)NAN;
}

/* Tensor i: itself, the weight of a linear layer or the queries of attention. False if it is none. */
static bool place_of(const struct dump *d, size_t i, struct site_place *p, bool *failed)
{
    const struct tensor_view *t = dump_tensor(d, i);
    bool found = true;
    p->part[p->op == OP_MATMUL] = i;
    switch (p->op) {
    case OP_MATMUL:
        p->name = t->rank == 2 ? name_before(t->name, ".weight", failed) : NULL;
        found = p->name && find_input(d, p->name, &p->part[0]);
        break;
    case OP_ATTENTION:
        p->name = name_before(t->name, ".q.output", failed);
        found = p->name && find_beside(d, p->name, ".k_cache", &p->part[1]) &&
                find_beside(d, p->name, ".v_cache", &p->part[2]);
        break;
    default:
        p->name = strdup(t->name);
        *failed |= !p->name;
    }
    if (!found)
        free(p->name);
    return found;
}

enum status sites_find(const struct dump *d, enum config_op op, const struct config_rotary *hint,
                       struct site_place **out, size_t *n, struct error *e)
{
    bool failed = false;
    const double rotary = op == OP_ATTENTION ? rotary_of(d, hint) : 0;
    *n = 0;
    *out = calloc(dump_count(d) + 1, sizeof **out);
    for (size_t i = 0; *out && i < dump_count(d); i++) {
        (*out)[*n] = (struct site_place){.op = op, .rotary = rotary};
        *n += place_of(d, i, &(*out)[*n], &failed);
    }
    return *out && !failed ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

void sites_free(struct site_place *sites, size_t n)
{
    for (size_t i = 0; sites && i < n; i++)
        free(sites[i].name);
    free(sites);
}
