/* The inputs of an experiment file. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"

/* The path to open: absolute ones stay, relative ones start at the experiment file's folder. */
static char *resolve(const struct config *c, const struct node *n)
{
    const char *slash = strrchr(c->path, '/');
    struct strbuf b = {0};
    if (*n->text != '/' && !n->from_set && slash)
        strbuf_add_n(&b, c->path, (size_t)(slash - c->path) + 1);
    strbuf_add(&b, n->text);
    return strbuf_take(&b);
}

static enum status read_dump(const struct config *c, const struct node *n, struct config_input *in,
                             struct error *e)
{
    enum status s = config_read_text(n, "dump", &in->written, e);
    if (s)
        return s;
    in->dump = resolve(c, n);
    in->where = config_where(n);
    return in->dump && in->where ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status read_manifest(const struct config *c, const struct node *n, struct config_input *in,
                                 struct error *e)
{
    enum status s = config_read_text(n, "manifest", &in->manifest_written, e);
    if (s)
        return s;
    in->hint.manifest = in->manifest = resolve(c, n);
    return in->manifest ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status read_pattern(const struct node *n, const char *key, enum choice c,
                                struct config_pattern *out, struct error *e)
{
    enum status s = config_read_text(n, key, &out->glob, e);
    if (s)
        return s;
    if (!choice_is_pattern(c, out->glob))
        return node_error(n, e, "%s: expected %s, found '%s'", key, choice_says[c], out->glob);
    out->where = config_where(n);
    return out->where ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_read_patterns(const struct node *n, const char *key, enum choice c,
                                 struct config_patterns *out, struct error *e)
{
    if (n->kind == NODE_MAP)
        return node_error(n, e, "%s: expected %s or a list of such, found a mapping", key, choice_says[c]);
    size_t count = n->kind == NODE_LIST ? n->n : 1;
    if (!count)
        return node_error(n, e, "%s: an empty list; leave the key out to select every tensor", key);
    out->item = calloc(count, sizeof *out->item);
    if (!out->item)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    for (; out->n < count && !s; out->n++)
        s = read_pattern(n->kind == NODE_LIST ? n->items[out->n] : n, key, c, &out->item[out->n], e);
    return s;
}

enum status config_patterns_add(struct config_patterns *to, const struct config_patterns *from,
                                struct error *e)
{
    struct config_pattern *item = reallocarray(to->item, to->n + from->n + 1, sizeof *item);
    if (!item)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    to->item = item;
    for (size_t i = 0; i < from->n; i++) {
        item[to->n++] = (struct config_pattern){strdup(from->item[i].glob), strdup(from->item[i].where)};
        if (!item[to->n - 1].glob || !item[to->n - 1].where)
            return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    return STATUS_OK;
}

void config_patterns_free(struct config_patterns *p)
{
    for (size_t i = 0; i < p->n; i++) {
        free(p->item[i].glob);
        free(p->item[i].where);
    }
    free(p->item);
    *p = (struct config_patterns){.n = 0};
}

static enum status read_dtype(const struct node *n, struct dump_hint *hint, struct error *e)
{
    char *text = NULL;
    enum status s = config_read_text(n, "dtype", &text, e);
    if (s)
        return s;
    hint->has_dtype = dtype_find(text, &hint->dtype);
    free(text);
    return hint->has_dtype ? STATUS_OK : node_unknown(n, "dtype", dtype_names, DTYPES, e);
}

static enum status read_shape(const struct node *n, struct dump_hint *hint, struct error *e)
{
    if (n->kind != NODE_LIST || n->n > TENSOR_MAX_RANK)
        return node_error(n, e, "shape: expected a list of at most %d lengths", TENSOR_MAX_RANK);
    hint->has_shape = true;
    hint->rank = (int)n->n;
    for (size_t i = 0; i < n->n; i++) {
        uint64_t length;
        enum status s = config_read_count(n->items[i], "shape", INT64_MAX, &length, e);
        if (s)
            return s;
        hint->shape[i] = (size_t)length;
    }
    return STATUS_OK;
}

bool config_rotary_parse(const char *text, struct config_rotary *out)
{
    char *end;
    *out = (struct config_rotary){.given = true};
    if (!strcmp(text, "none"))
        return true;
    out->base = strtod(text, &end);
    return *text && !*end && out->base > 1 && isfinite(out->base);
}

static enum status read_rotary(const struct config *c, const struct node *n, struct config_input *in,
                               struct error *e)
{
    char *text = NULL;
    enum status s = config_read_text(n, "rotary", &text, e);
    if (!s && !config_rotary_parse(text, &in->rotary))
        s = node_error(n, e, "rotary: expected none or a base above 1, found '%s'", text);
    if (!s && c->op != OP_ATTENTION)
        s = node_error(n, e, "rotary: has no effect on op: %s; allowed with op: attention",
                       config_op_names[c->op]);
    free(text);
    return s;
}

static enum status read_input(const struct config *c, const struct node *n, struct config_input *in,
                              struct error *e)
{
    static const char *const keys[] = {"dump",  "select", "shapes", "layer",  "role",  "manifest",
                                       "sites", "dtype",  "shape",  "offset", "rotary"};
    if (n->kind == NODE_MAP && node_get(n, "synth"))
        return config_read_synth(c->op, n, in, e);
    enum status s = config_check_keys(n, "inputs", keys, sizeof keys / sizeof *keys, e);
    if (s)
        return s;
    const struct node *part = node_get(n, "dump");
    if (!part)
        return node_error(n, e,
                          "inputs: key 'dump' is missing: the path of a dump; or 'synth': a distribution");
    s = read_dump(c, part, in, e);
    for (int k = 0; k < CHOICES && !s; k++)
        if ((part = node_get(n, choice_keys[k])))
            s = config_read_patterns(part, choice_keys[k], (enum choice)k, &in->choice[k], e);
    if (!s && (part = node_get(n, "manifest")))
        s = read_manifest(c, part, in, e);
    if (!s && (part = node_get(n, "sites")))
        s = config_read_sites(c->op, part, in, e);
    if (!s && (part = node_get(n, "dtype")))
        s = read_dtype(part, &in->hint, e);
    if (!s && (part = node_get(n, "shape")))
        s = read_shape(part, &in->hint, e);
    if (!s && (part = node_get(n, "offset"))) {
        uint64_t offset = 0;
        s = config_read_count(part, "offset", INT64_MAX, &offset, e);
        in->hint.offset = (size_t)offset;
    }
    if (!s && (part = node_get(n, "rotary")))
        s = read_rotary(c, part, in, e);
    return s;
}

enum status config_read_inputs(struct config *c, const struct node *n, struct error *e)
{
    if (n->kind != NODE_LIST || !n->n)
        return node_error(n, e, "inputs: expected a list of {dump: PATH, select: GLOB}, found %s",
                          n->kind == NODE_LIST ? "an empty list" : node_kind_names[n->kind]);
    c->inputs = calloc(n->n, sizeof *c->inputs);
    if (!c->inputs)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n->n; i++) {
        c->n_inputs = i + 1;
        enum status s = read_input(c, n->items[i], &c->inputs[i], e);
        if (s)
            return s;
    }
    return STATUS_OK;
}
