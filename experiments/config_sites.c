/* The key `sites` of an input: which tensors belong together, by their names. */
#include <stdlib.h>

#include "experiments/capture.h"
#include "experiments/config_read.h"

static const char *const part_names[OPS][CONFIG_SITE_PARTS] = {
    [OP_MATMUL] = {"input", "weight"},
    [OP_ATTENTION] = {"q", "k", "v", "q_weight"},
};

const char *config_site_part(enum config_op op, size_t part)
{
    return part < CONFIG_SITE_PARTS ? part_names[op][part] : NULL;
}

size_t config_site_lead(enum config_op op)
{
    return op == OP_MATMUL;
}

static size_t parts(enum config_op op)
{
    size_t n = 0;
    while (config_site_part(op, n))
        n++;
    return n;
}

/* The last one of attention. */
static bool is_optional(size_t part)
{
    return part == 3;
}

static enum status read_part(const struct node *n, const char *key, struct config_pattern *out,
                             struct error *e)
{
    enum status s = config_read_text(n, key, &out->glob, e);
    if (s)
        return s;
    out->where = config_where(n);
    return out->where ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status check_stars(const struct node *n, enum config_op op, const struct config_sites *s,
                               size_t part, struct error *e)
{
    const size_t lead = config_site_lead(op), has = capture_stars(s->part[lead].glob);
    size_t takes = 0;
    for (const char *p = s->part[part].glob; *p; p++)
        takes += *p == '*';
    if (part == lead || takes <= has)
        return STATUS_OK;
    return node_error(n, e, "sites: %s: '%s' has %zu stars, %s '%s' %zu; allowed: as many or fewer",
                      part_names[op][part], s->part[part].glob, takes, part_names[op][lead],
                      s->part[lead].glob, has);
}

static enum status read_one(enum config_op op, const struct node *n, struct config_sites *out,
                            struct error *e)
{
    const char *const *names = part_names[op];
    enum status s = config_check_keys(n, "sites", names, parts(op), e);
    for (size_t i = 0; i < parts(op) && !s; i++) {
        const struct node *part = node_get(n, names[i]);
        if (part)
            s = read_part(part, names[i], &out->part[i], e);
        else if (!is_optional(i))
            s = node_error(n, e, "sites: key '%s' is missing", names[i]);
    }
    for (size_t i = 0; i < parts(op) && !s; i++)
        if (out->part[i].glob)
            s = check_stars(node_get(n, names[i]), op, out, i, e);
    return s;
}

enum status config_read_sites(enum config_op op, const struct node *n, struct config_input *in,
                              struct error *e)
{
    const size_t count = n->kind == NODE_LIST ? n->n : 1;
    if (!parts(op))
        return node_error(n, e, "sites: has no effect on op: %s; allowed with op: matmul, attention",
                          config_op_names[op]);
    if (!count)
        return node_error(n, e, "sites: an empty list");
    in->sites = calloc(count, sizeof *in->sites);
    if (!in->sites)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    for (size_t i = 0; i < count && !s; i++) {
        in->n_sites = i + 1;
        s = read_one(op, n->kind == NODE_LIST ? n->items[i] : n, &in->sites[i], e);
    }
    return s;
}

void config_sites_free(struct config_sites *sites, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t part = 0; part < CONFIG_SITE_PARTS; part++) {
            free(sites[i].part[part].glob);
            free(sites[i].part[part].where);
        }
    free(sites);
}
