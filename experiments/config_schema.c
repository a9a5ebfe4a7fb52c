/* The keys of an experiment file: one table for reading, checking and help. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

typedef enum status read_key(struct config *c, const struct node *n, struct error *e);

static read_key read_name, read_doc, read_op, read_inputs, read_metrics, read_cost, read_seed, read_figures,
    read_later;

static const struct {
    struct config_key key;
    read_key *read;
} table[] = {
    {{"name", "text", "name of the study, for the record", true}, read_name},
    {{"doc", "text", "what the study asks", false}, read_doc},
    {{"op", "quantize, matmul, attention or analysis",
      "what is measured (default: quantize): tensors under schemes; or outputs, of linear layers "
      "(input x weight) or of attention (queries, keys, probabilities, values), each operand under a "
      "scheme: select then means the names of such; or nothing: what analyses give (bitsweep analyses), "
      "without "
      "inputs",
      false},
     read_op},
    {{"inputs",
      "list of {dump, select, shapes, layer, role, manifest, sites, dtype, shape, offset, rotary} or of "
      "{synth, "
      "...}",
      "dumps and the tensors of them: select is a glob or a list of globs over names, shapes of patterns of "
      "lengths ('*,128'), layer of numbers or ranges (0-3), role of globs; manifest is a file that says "
      "layers, "
      "roles and axes (default: DUMP.tensors.json, if there is one); sites is a list of "
      "{weight: GLOB, input: NAME} (op: attention: {q, k, v, q_weight}) that says which tensors belong "
      "together, stars "
      "of NAME being those of GLOB; dtype, shape and offset describe files that do not describe themselves; "
      "rotary (op: attention) is the base of the rotary embedding that the recorded queries lack, or none; "
      "synth is a distribution (bitsweep synth), with rows, columns, param, scale, seed, outlier_share, "
      "outlier_factor and element beside it; op: matmul: {input, weight, rows, inner, columns, seed} with "
      "two of them",
      true},
     read_inputs},
    {{"sweep", "{grid, zip, include, exclude, select} or a list of such",
      "schemes: grid is a product (first key slowest), lists in zip advance together, exclude removes, "
      "include adds; select, a glob or a list of globs, says for which of the tensors (default: all)",
      false},
     read_later},
    {{"format", "scheme text", "format of every scheme that the sweep gives none", false}, read_later},
    {{"method", "name", "a paper's recipe (bitsweep methods): what format and the keys below are unless said",
      false},
     read_later},
    {{"transform", "chain of steps",
      "op: matmul, attention: what is done to the operands before they are quantized (bitsweep transforms)",
      false},
     read_later},
    {{"weight", "scheme text", "op: matmul: scheme of the weight (default: that of the input)", false},
     read_later},
    {{"output", "scheme text", "op: matmul, attention: scheme of the output (default: none)", false},
     read_later},
    {{"mac", "MAC text", "op: matmul, attention: how dot products are computed (default: exact)", false},
     read_later},
    {{"k", "scheme text", "op: attention: scheme of the keys (default: that of the queries)", false},
     read_later},
    {{"p", "scheme text", "op: attention: scheme of the probabilities (default: none, which is fp32)", false},
     read_later},
    {{"v", "scheme text", "op: attention: scheme of the values (default: that of the queries)", false},
     read_later},
    {{"mac_pv", "MAC text", "op: attention: dot products of probabilities and values (default: mac)", false},
     read_later},
    {{"analysis", "analysis text", "op: analysis: what is computed; its keys stand beside it", false},
     read_later},
    {{"metrics", "list of names, or all",
      "metrics to store (default: all, but for those of theory, which synthetic tensors alone have)", false},
     read_metrics},
    {{"cost", "cost text, {model: NAME, key: value}, a list of them, none or all",
      "cost models to store, with arguments (bitsweep costs; default: those marked there)", false},
     read_cost},
    {{"seed", "whole number", "seed of stochastic rounding and of faults (default: 0)", false}, read_seed},
    {{"figures", "list of names, all or none",
      "what `bitsweep plot --study` draws of the study, and a report shows (bitsweep figures; default: a "
      "report "
      "shows every figure that has something to show)",
      false},
     read_figures},
};
enum { KEYS = sizeof table / sizeof *table };

size_t config_key_count(void)
{
    return KEYS;
}

const struct config_key *config_key_at(size_t i)
{
    return &table[i].key;
}

bool config_key_known(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(table[i].key.name, name))
            return true;
    return false;
}

char *config_where(const struct node *n)
{
    struct strbuf b = {0};
    if (n->from_set)
        strbuf_printf(&b, "--set %s", n->file);
    else
        strbuf_printf(&b, "%s:%d:%d", n->file, n->line, n->column);
    return strbuf_take(&b);
}

enum status config_read_text(const struct node *n, const char *key, char **out, struct error *e)
{
    if (n->kind != NODE_SCALAR)
        return node_error(n, e, "%s: expected text, found %s", key, node_kind_names[n->kind]);
    if (!*n->text || node_is_null(n))
        return node_error(n, e, "%s: expected text, found nothing", key);
    *out = strdup(n->text);
    return *out ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_read_count(const struct node *n, const char *key, uint64_t max, uint64_t *out,
                              struct error *e)
{
    if (n->kind != NODE_SCALAR)
        return node_error(n, e, "%s: expected a whole number, found %s", key, node_kind_names[n->kind]);
    size_t digits = strspn(n->text, "0123456789");
    errno = 0;
    unsigned long long value = strtoull(n->text, NULL, 10);
    if (!digits || n->text[digits] || errno || value > max)
        return node_error(n, e, "%s: expected a whole number of 0..%llu, found '%s'", key,
                          (unsigned long long)max, n->text);
    *out = value;
    return STATUS_OK;
}

enum status config_check_keys(const struct node *map, const char *what, const char *const *choices,
                              size_t n_choices, struct error *e)
{
    if (map->kind != NODE_MAP)
        return node_error(map, e, "%s: expected a mapping, found %s", what, node_kind_names[map->kind]);
    for (size_t i = 0; i < map->n; i++) {
        bool known = false;
        for (size_t j = 0; j < n_choices && !known; j++)
            known = !strcmp(map->keys[i]->text, choices[j]);
        if (!known)
            return node_unknown(map->keys[i], what, choices, n_choices, e);
    }
    return STATUS_OK;
}

static enum status read_name(struct config *c, const struct node *n, struct error *e)
{
    return config_read_text(n, "name", &c->name, e);
}

static enum status read_doc(struct config *c, const struct node *n, struct error *e)
{
    return config_read_text(n, "doc", &c->doc, e);
}

const char *const config_op_names[OPS] = {"quantize", "matmul", "attention", "analysis"};

static enum status read_op(struct config *c, const struct node *n, struct error *e)
{
    char *text = NULL;
    enum status s = config_read_text(n, "op", &text, e);
    for (c->op = 0; !s && c->op < OPS && strcmp(config_op_names[c->op], text) != 0;)
        c->op++;
    free(text);
    return s || c->op < OPS ? s : node_unknown(n, "op", config_op_names, OPS, e);
}

/* Analyses have arguments instead. */
static enum status check_effect(const struct config *c, const struct node *n, const char *key,
                                struct error *e)
{
    return n && c->op == OP_ANALYSIS
               ? node_error(n, e,
                            "%s: has no effect on op: analysis; its keys are those of `bitsweep analyses`",
                            key)
               : STATUS_OK;
}

static enum status read_inputs(struct config *c, const struct node *n, struct error *e)
{
    enum status s = check_effect(c, n, "inputs", e);
    return s ? s : config_read_inputs(c, n, e);
}

/* Read by config_expand. */
static enum status read_later(struct config *c, const struct node *n, struct error *e)
{
    (void)c;
    (void)n;
    (void)e;
    return STATUS_OK;
}

static enum status read_seed(struct config *c, const struct node *n, struct error *e)
{
    enum status s = check_effect(c, n, "seed", e);
    return s ? s : config_read_count(n, "seed", UINT64_MAX, &c->seed, e);
}

/* Reads names of a registry into chosen[], in order of the registry. */
static enum status read_names(const struct node *n, const char *key, size_t count,
                              const char *(*name_at)(size_t i), bool *chosen, struct error *e)
{
    const char **names = calloc(count + 1, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++)
        names[i] = name_at(i);
    enum status s = STATUS_OK;
    size_t items = n->kind == NODE_LIST ? n->n : 1;
    if (n->kind == NODE_MAP)
        s = node_error(n, e, "%s: expected a name or a list of names, found a mapping", key);
    else if (!items)
        s = node_error(n, e, "%s: an empty list", key);
    for (size_t i = 0; i < items && !s; i++) {
        const struct node *item = n->kind == NODE_LIST ? n->items[i] : n;
        if (item->kind != NODE_SCALAR) {
            s = node_error(item, e, "%s: expected a name, found %s", key, node_kind_names[item->kind]);
            break;
        }
        size_t j = 0;
        while (j < count && strcmp(names[j], item->text) != 0)
            j++;
        if (j == count)
            s = node_unknown(item, key, names, count, e);
        else if (chosen[j])
            s = node_error(item, e, "%s: '%s' is named twice", key, item->text);
        else
            chosen[j] = true;
    }
    free(names);
    return s;
}

static bool says(const struct node *n, const char *word)
{
    return n && n->kind == NODE_SCALAR && !strcmp(n->text, word);
}

static const char *metric_name(size_t i)
{
    return metric_at(i)->name;
}

/* Marks in chosen[] what a node (NULL: the default, all) selects of a registry. */
static enum status choose(const struct node *n, const char *key, size_t count,
                          const char *(*name_at)(size_t i), bool **chosen, struct error *e)
{
    *chosen = calloc(count + 1, sizeof **chosen);
    if (!*chosen)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (n && !says(n, "all"))
        return read_names(n, key, count, name_at, *chosen, e);
    memset(*chosen, true, count);
    return STATUS_OK;
}

/* What theory expects is known of synthetic tensors. */
static enum status check_theory(const struct config *c, const struct node *list, const struct metric *m,
                                struct error *e)
{
    const struct node *n = list;
    for (size_t i = 0; list->kind == NODE_LIST && i < list->n; i++)
        n = !strcmp(list->items[i]->text, m->name) ? list->items[i] : n;
    if (c->op != OP_QUANTIZE)
        return node_error(n, e, "metrics: %s has no meaning under op: %s; allowed with op: quantize", m->name,
                          config_op_names[c->op]);
    for (size_t i = 0; i < c->n_inputs; i++)
        if (!c->inputs[i].synth.n)
            return node_error(
                n, e,
                "metrics: %s needs synthetic inputs, and %s is recorded (%s); allowed: inputs with "
                "`synth` alone",
                m->name, c->inputs[i].written, c->inputs[i].where);
    return STATUS_OK;
}

static enum status read_metrics(struct config *c, const struct node *n, struct error *e)
{
    bool *chosen = NULL;
    if (c->op == OP_ANALYSIS)
        return check_effect(c, n, "metrics", e);
    const size_t count = c->op == OP_QUANTIZE ? metric_drawn_count() : metric_count();
    enum status s = choose(n, "metrics", count, metric_name, &chosen, e);
    const bool named = n && !says(n, "all");
    for (size_t i = metric_tensor_count(); i < metric_drawn_count() && !s; i++) {
        chosen[i] &= named;
        if (chosen[i])
            s = check_theory(c, n, metric_at(i), e);
    }
    c->metrics = calloc(metric_count() + 1, sizeof *c->metrics);
    if (!s && !c->metrics)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count && !s; i++)
        if (chosen[i])
            c->metrics[c->n_metrics++] = metric_at(i);
    free(chosen);
    return s;
}

static const char *figure_name(size_t i)
{
    return figure_at(i)->name;
}

static enum status read_figures(struct config *c, const struct node *n, struct error *e)
{
    bool *chosen = NULL;
    c->figures_said = true;
    if (says(n, "none"))
        return STATUS_OK;
    enum status s = choose(n, "figures", figure_count(), figure_name, &chosen, e);
    c->figures = calloc(figure_count(), sizeof(const struct figure *));
    if (!s && !c->figures)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < figure_count() && !s; i++)
        if (chosen[i])
            c->figures[c->n_figures++] = figure_at(i);
    free(chosen);
    return s;
}

/* {model: NAME, key: value, ...} as the text NAME,key=value. */
static enum status cost_text(const struct node *n, struct strbuf *b, struct error *e)
{
    const struct node *model = node_get(n, "model");
    if (!model)
        return node_error(n, e, "cost: a mapping without 'model'");
    for (size_t i = 0; i < n->n; i++)
        if (n->items[i]->kind != NODE_SCALAR)
            return node_error(n->items[i], e, "cost: %s: expected text, found %s", n->keys[i]->text,
                              node_kind_names[n->items[i]->kind]);
    strbuf_add(b, model->text);
    for (size_t i = 0; i < n->n; i++)
        if (n->items[i] != model)
            strbuf_printf(b, ",%s=%s", n->keys[i]->text, n->items[i]->text);
    return STATUS_OK;
}

static enum status read_one_cost(struct config *c, const struct node *n, struct error *e)
{
    struct strbuf b = {0};
    struct error why = {{0}};
    enum status s = STATUS_OK;
    if (n->kind == NODE_MAP)
        s = cost_text(n, &b, e);
    else if (n->kind == NODE_SCALAR)
        strbuf_add(&b, n->text);
    else
        s = node_error(n, e, "cost: expected a name or a mapping, found %s", node_kind_names[n->kind]);
    if (!s && (b.failed || !b.text))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    struct cost_request *r = &c->costs[c->n_costs];
    if (!s && cost_parse(b.text, r, &why))
        s = node_error(n, e, "cost: %s", why.text);
    for (size_t i = 0; !s && i < c->n_costs; i++)
        if (!strcmp(c->costs[i].text, r->text))
            s = node_error(n, e, "cost: '%s' is named twice", r->text);
    c->n_costs += !s;
    strbuf_free(&b);
    return s;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct cost_request *)a)->text, ((const struct cost_request *)b)->text);
}

/* Without the key those that are standard; in the order of their texts, so that equal studies have one hash.
 */
static enum status read_cost(struct config *c, const struct node *n, struct error *e)
{
    const bool list = n && n->kind == NODE_LIST, all = says(n, "all");
    const size_t items = list ? n->n : 1, models = cost_model_count();
    enum status s = STATUS_OK;
    if (c->op == OP_ANALYSIS)
        return check_effect(c, n, "cost", e);
    if (says(n, "none"))
        return s;
    if (!items)
        return node_error(n, e, "cost: an empty list");
    c->costs = calloc(items + models, sizeof *c->costs);
    if (!c->costs)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < models && (!n || all); i++)
        if (all || cost_model_at(i)->standard)
            c->costs[c->n_costs++] = cost_standard(cost_model_at(i));
    for (size_t i = 0; i < items && n && !all && !s; i++)
        s = read_one_cost(c, list ? n->items[i] : n, e);
    qsort(c->costs, c->n_costs, sizeof *c->costs, by_text);
    return s;
}

static enum status unknown_key(const struct node *key, struct error *e)
{
    size_t n = KEYS + scheme_key_count();
    const char **names = calloc(n, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n; i++)
        names[i] = i < KEYS ? table[i].key.name : scheme_key_at(i - KEYS)->name;
    enum status s = node_unknown(key, "key", names, n, e);
    free(names);
    return s;
}

enum status config_read_keys(struct config *c, const struct node *root, struct error *e)
{
    if (root->kind != NODE_MAP)
        return node_error(root, e, "expected a mapping of keys to values, found %s",
                          node_kind_names[root->kind]);
    for (size_t i = 0; i < root->n; i++)
        if (!config_key_known(root->keys[i]->text) && !scheme_key_find(root->keys[i]->text) &&
            !analysis_has_key(root->keys[i]->text))
            return unknown_key(root->keys[i], e);
    for (size_t i = 0; i < KEYS; i++) {
        const struct node *n = node_get(root, table[i].key.name);
        if (!n && table[i].key.required && !(c->op == OP_ANALYSIS && table[i].read == read_inputs))
            return node_error(root, e, "key '%s' is missing: %s", table[i].key.name, table[i].key.type);
        enum status s = STATUS_OK;
        if (n)
            s = table[i].read(c, n, e);
        else if (table[i].read == read_metrics || table[i].read == read_cost)
            s = table[i].read(c, NULL, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}
