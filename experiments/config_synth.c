/* The key `synth` of an input: tensors that are drawn, not read. */
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"

/* How a side of a site is called and labelled. */
static const char *const sides[CONFIG_SYNTH_MAX] = {"input", "weight"};
static const char *const side_axes[CONFIG_SYNTH_MAX] = {"token,in", "out,in"};

/* Which keys of `given` have been said. */
struct draft {
    struct synth_spec spec;
    bool given[SYNTH_KEYS];
};

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status read_text(const struct node *n, const char *key, struct draft *d, struct error *e)
{
    char *text = NULL;
    struct error why = {{0}};
    enum status s = config_read_text(n, key, &text, e);
    if (!s && (s = synth_parse(text, &d->spec, d->given, &why)))
        s = s == STATUS_INVALID ? node_error(n, e, "%s: %s", key, why.text) : error_set(e, s, "%s", why.text);
    free(text);
    return s;
}

/* Key `name` of a mapping, as `key` of a draft. */
static enum status read_key(const struct node *map, const char *name, enum synth_key key, struct draft *d,
                            struct error *e)
{
    const struct node *n = node_get(map, name);
    struct error why = {{0}};
    if (!n)
        return STATUS_OK;
    if (d->given[key])
        return node_error(n, e, "%s: the text '%s...' has %s=, too; allowed: once", name,
                          d->spec.distribution, synth_key_names[key]);
    d->given[key] = true;
    if (n->kind != NODE_SCALAR)
        return node_error(n, e, "%s: expected a number, found %s", name, node_kind_names[n->kind]);
    return synth_set(&d->spec, key, n->text, &why) ? node_error(n, e, "%s", why.text) : STATUS_OK;
}

/* What the whole comes to; a default that is said is none, so that one meaning has one text. */
static enum status check(const struct node *n, struct draft *d, struct error *e)
{
    struct error why = {{0}};
    const struct distribution *known = distribution_find(d->spec.distribution);
    if (synth_check(&d->spec, &why))
        return node_error(n, e, "synth: %s", why.text);
    if (d->spec.rows > SYNTH_MAX_VALUES / d->spec.columns)
        return node_error(n, e, "synth: %zu rows and %zu columns; allowed: at most %llu values", d->spec.rows,
                          d->spec.columns, (unsigned long long)SYNTH_MAX_VALUES);
    if (known->parameter && d->spec.parameter == known->parameter_default)
        d->spec.parameter = synth_standard().parameter;
    return STATUS_OK;
}

/* --- one tensor --- */

static enum status read_tensor(const struct node *map, const struct node *n, struct config_synth *out,
                               struct error *e)
{
    const char *keys[SYNTH_KEYS + 1] = {"synth"};
    struct draft d;
    for (int k = 0; k < SYNTH_KEYS; k++)
        keys[k + 1] = synth_key_names[k];
    enum status s = config_check_keys(map, "inputs: synth", keys, SYNTH_KEYS + 1, e);
    if (!s)
        s = read_text(n, "synth", &d, e);
    for (int k = 0; k < SYNTH_KEYS && !s; k++)
        s = read_key(map, synth_key_names[k], (enum synth_key)k, &d, e);
    if (!s)
        s = check(n, &d, e);
    if (s)
        return s;
    char text[SYNTH_TEXT_SIZE];
    synth_text(&d.spec, text);
    out->tensor[0] = (struct synth_tensor){strdup(text), "token,channel", d.spec};
    out->n = 1;
    return out->tensor[0].name ? STATUS_OK : no_memory(e);
}

/* --- a site --- */

/* The weight has a seed of its own, the next one; equal seeds would draw equal numbers. */
static enum status set_seeds(const struct node *n, struct draft side[CONFIG_SYNTH_MAX], struct error *e)
{
    if (!side[0].given[SYNTH_SEED] && !side[1].given[SYNTH_SEED]) {
        struct draft seed = {.spec = {.distribution = side[0].spec.distribution}};
        enum status s = read_key(n, "seed", SYNTH_SEED, &seed, e);
        if (s)
            return s;
        side[0].spec.seed = seed.spec.seed;
        side[1].spec.seed = seed.spec.seed + 1;
    } else if (node_get(n, "seed")) {
        return node_error(node_get(n, "seed"), e, "seed: input or weight has one in its text; allowed: once");
    }
    if (side[0].spec.seed == side[1].spec.seed)
        return node_error(n, e, "synth: input and weight have the seed %llu; equal seeds draw equal numbers",
                          (unsigned long long)side[0].spec.seed);
    return STATUS_OK;
}

static enum status set_shapes(const struct node *n, struct draft side[CONFIG_SYNTH_MAX], struct error *e)
{
    enum status s = read_key(n, "rows", SYNTH_ROWS, &side[0], e);
    if (!s)
        s = read_key(n, "columns", SYNTH_ROWS, &side[1], e);
    for (int i = 0; i < CONFIG_SYNTH_MAX && !s; i++)
        s = read_key(n, "inner", SYNTH_COLUMNS, &side[i], e);
    if (!s && side[0].spec.columns != side[1].spec.columns)
        s = node_error(n, e,
                       "synth: rows of the input have %zu values, those of the weight %zu; allowed: equal",
                       side[0].spec.columns, side[1].spec.columns);
    return s;
}

static enum status name_sides(const struct draft side[CONFIG_SYNTH_MAX], struct config_synth *out,
                              struct error *e)
{
    char text[CONFIG_SYNTH_MAX][SYNTH_TEXT_SIZE];
    for (int i = 0; i < CONFIG_SYNTH_MAX; i++)
        synth_text(&side[i].spec, text[i]);
    for (int i = 0; i < CONFIG_SYNTH_MAX; i++) {
        struct strbuf name = {0};
        strbuf_printf(&name, "%s x %s.%s", text[0], text[1], sides[i]);
        out->tensor[i] = (struct synth_tensor){strbuf_take(&name), side_axes[i], side[i].spec};
        out->n = (size_t)i + 1;
        if (!out->tensor[i].name)
            return no_memory(e);
    }
    return STATUS_OK;
}

static enum status read_site(const struct node *map, const struct node *n, struct config_synth *out,
                             struct error *e)
{
    static const char *const keys[] = {"input", "weight", "rows", "inner", "columns", "seed"},
                             *const outside[] = {"synth"};
    struct draft side[CONFIG_SYNTH_MAX];
    enum status s = config_check_keys(map, "inputs: synth", outside, 1, e);
    if (!s)
        s = config_check_keys(n, "synth", keys, sizeof keys / sizeof *keys, e);
    for (int i = 0; i < CONFIG_SYNTH_MAX && !s; i++) {
        const struct node *part = node_get(n, sides[i]);
        s = part ? read_text(part, sides[i], &side[i], e)
                 : node_error(n, e, "synth: key '%s' is missing: a distribution", sides[i]);
    }
    if (!s)
        s = set_shapes(n, side, e);
    if (!s)
        s = set_seeds(n, side, e);
    for (int i = 0; i < CONFIG_SYNTH_MAX && !s; i++)
        s = check(node_get(n, sides[i]), &side[i], e);
    return s ? s : name_sides(side, out, e);
}

enum status config_read_synth(enum config_op op, const struct node *map, struct config_input *in,
                              struct error *e)
{
    const struct node *n = node_get(map, "synth");
    const bool site = op == OP_MATMUL;
    if (op == OP_ATTENTION)
        return node_error(n, e, "synth: has no effect on op: attention; allowed with op: quantize, matmul");
    if (!site && n->kind != NODE_SCALAR)
        return node_error(n, e, "synth: expected a distribution, found %s", node_kind_names[n->kind]);
    if (site && n->kind != NODE_MAP)
        return node_error(
            n, e, "synth: expected {input, weight, rows, inner, columns, seed} of op: matmul, found %s",
            node_kind_names[n->kind]);
    enum status s = site ? read_site(map, n, &in->synth, e) : read_tensor(map, n, &in->synth, e);
    if (s)
        return s;
    in->dump = strdup(SYNTH_PATH);
    in->written = strdup(SYNTH_PATH);
    in->where = config_where(n);
    return in->dump && in->written && in->where ? STATUS_OK : no_memory(e);
}

void config_synth_free(struct config_synth *s)
{
    for (size_t i = 0; i < s->n; i++)
        free((char *)s->tensor[i].name);
}
