#include "experiments/sites.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/capture.h"
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
    p->part[config_site_lead(p->op)] = i;
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

/* --- sites that the input names --- */

/* The site of tensor i as the input says: STATUS_SKIP if it leads none. */
static enum status said_place(const struct dump *d, size_t i, const struct config_sites *said,
                              struct site_place *p, struct error *e)
{
    const size_t lead = config_site_lead(p->op);
    const struct tensor_view *t = dump_tensor(d, i);
    const char *glob = said->part[lead].glob;
    bool failed = false;
    if (fnmatch(glob, t->name, 0))
        return STATUS_SKIP;
    if (p->op == OP_MATMUL && t->rank != 2)
        return error_set(e, STATUS_INVALID,
                         "%s: sites: weight: '%s' matches %s, which has %d axes; a weight has two",
                         said->part[lead].where, glob, t->name, t->rank);
    p->multiplied = p->op == OP_ATTENTION && said->part[3].glob;
    for (size_t part = 0; config_site_part(p->op, part) && said->part[part].glob; part++) {
        char *name = capture_name(glob, t->name, said->part[part].glob);
        struct error why = {{0}};
        p->part[part] = i;
        enum status s = part == lead ? STATUS_OK
                        : name       ? dump_find(d, name, &p->part[part], &why)
                                     : error_set(&why, STATUS_INTERNAL, "out of memory");
        free(name);
        if (s)
            return error_set(e, s == STATUS_MISSING ? STATUS_INVALID : s, "%s: sites: %s of %s: %s",
                             said->part[part].where, config_site_part(p->op, part), t->name, why.text);
    }
    p->name = name_before(t->name, ".weight", &failed);
    if (!p->name && !failed)
        p->name = strdup(t->name);
    return p->name ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status check_said(const struct dump *d, enum config_op op, const struct config_sites *said,
                              struct error *e)
{
    const struct config_pattern *p = &said->part[config_site_lead(op)];
    struct error why = {{0}};
    size_t at;
    for (size_t i = 0; i < dump_count(d); i++)
        if (!fnmatch(p->glob, dump_tensor(d, i)->name, 0))
            return STATUS_OK;
    enum status s = dump_find(d, p->glob, &at, &why);
    return error_set(e, STATUS_INVALID, "%s: sites: %s: '%s' matches no tensor: %s", p->where,
                     config_site_part(op, config_site_lead(op)), p->glob, s ? why.text : "");
}

static enum status find_said(const struct dump *d, const struct config_input *in,
                             const struct site_place *blank, struct site_place *out, size_t *n,
                             struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t k = 0; k < in->n_sites && !s; k++)
        s = check_said(d, blank->op, &in->sites[k], e);
    for (size_t i = 0; i < dump_count(d) && !s; i++) {
        s = STATUS_SKIP;
        for (size_t k = 0; k < in->n_sites && s == STATUS_SKIP; k++) {
            out[*n] = *blank;
            s = said_place(d, i, &in->sites[k], &out[*n], e);
        }
        *n += s == STATUS_OK;
        s = s == STATUS_SKIP ? STATUS_OK : s;
    }
    return s;
}

/* --- windows --- */

static size_t windows_of(const struct dump *d, const struct site_place *p)
{
    const struct tensor_view *k = dump_tensor(d, p->part[1]);
    return p->op == OP_ATTENTION && k->rank == 4 ? k->shape[0] : 0;
}

/* A place for each window of a place, in its stead. */
static enum status part_windows(const struct dump *d, struct site_place **places, size_t *n, struct error *e)
{
    size_t total = 0, done = 0;
    bool room = true;
    for (size_t i = 0; i < *n; i++)
        total += windows_of(d, &(*places)[i]) ? windows_of(d, &(*places)[i]) : 1;
    struct site_place *out = calloc(total + 1, sizeof *out);
    for (size_t i = 0; out && i < *n; i++) {
        const struct site_place *p = &(*places)[i];
        const size_t windows = windows_of(d, p);
        for (size_t k = 0; k < (windows ? windows : 1); k++) {
            struct strbuf name = {0};
            out[done] = *p;
            out[done].window = k;
            out[done].windows = windows;
            strbuf_add(&name, p->name);
            if (windows)
                strbuf_printf(&name, ".%zu", k);
            out[done].name = strbuf_take(&name);
            room &= out[done++].name != NULL;
        }
    }
    if (out) {
        sites_free(*places, *n);
        *places = out;
        *n = done;
    }
    return out && room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status sites_find(const struct dump *d, enum config_op op, const struct config_input *in,
                       struct site_place **out, size_t *n, struct error *e)
{
    bool failed = false;
    const struct site_place blank = {.op = op, .rotary = op == OP_ATTENTION ? rotary_of(d, &in->rotary) : 0};
    *n = 0;
    *out = calloc(dump_count(d) + 1, sizeof **out);
    if (*out && in->n_sites) {
        enum status s = find_said(d, in, &blank, *out, n, e);
        return s ? s : part_windows(d, out, n, e);
    }
    for (size_t i = 0; *out && i < dump_count(d); i++) {
        (*out)[*n] = blank;
        *n += place_of(d, i, &(*out)[*n], &failed);
    }
    return *out && !failed ? part_windows(d, out, n, e) : error_set(e, STATUS_INTERNAL, "out of memory");
}

void sites_free(struct site_place *sites, size_t n)
{
    for (size_t i = 0; sites && i < n; i++)
        free(sites[i].name);
    free(sites);
}
