/* One cell of a sweep: from assignments to a scheme. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

/* A key=value of the text under construction. Values of a higher level replace those of a lower one. */
struct pair {
    const char *key, *value; /* not terminated; value NULL: the key is absent */
    size_t key_n, value_n;
    int level; /* 0 constants of the file, 1 the cell's own */
    const struct node *node;
};

struct text {
    const struct node *format;
    size_t head_n; /* the format's name, without its own keys */
    struct pair *pairs;
    size_t n;
};

static const struct config_assign *find(const struct config_assign *list, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i].key, key))
            return &list[i];
    return NULL;
}

const struct config_assign *config_find(const struct config_given *g, const char *key)
{
    const struct config_assign *own = find(g->own, g->n_own, key);
    return own ? own : find(g->constants, g->n_constants, key);
}

const struct node *config_value(const struct config_given *g, const char *key)
{
    const struct config_assign *a = config_find(g, key);
    return a && !node_is_null(a->value) ? a->value : NULL;
}

static enum status put(struct text *t, struct pair p, struct error *e)
{
    for (size_t i = 0; i < t->n; i++) {
        struct pair *old = &t->pairs[i];
        if (old->key_n != p.key_n || memcmp(old->key, p.key, p.key_n) != 0)
            continue;
        if (old->level == p.level && old->value && p.value)
            return node_error(p.node, e, "%.*s is given twice: here and in '%s'", (int)p.key_n, p.key,
                              old->node->text);
        if (old->level < p.level || (old->level == p.level && !old->value))
            *old = p;
        return STATUS_OK;
    }
    t->pairs[t->n++] = p;
    return STATUS_OK;
}

/* The keys that a format text carries itself: "mxfp4,block=16". */
static enum status put_format(struct text *t, int level, struct error *e)
{
    const char *at = t->format->text;
    t->head_n = strcspn(at, ",");
    for (at += t->head_n; *at == ',';) {
        size_t length = strcspn(++at, ","), key_n = strcspn(at, ",=");
        struct pair p = {.key = at, .key_n = key_n, .level = level, .node = t->format};
        p.value = at + key_n + (at[key_n] == '=');
        p.value_n = length - (size_t)(p.value - at);
        enum status s = put(t, p, e);
        if (s)
            return s;
        at += length;
    }
    return STATUS_OK;
}

static enum status put_assigns(struct text *t, const struct config_assign *list, size_t n, int level,
                               struct error *e)
{
    for (size_t i = 0; i < n; i++) {
        const struct node *v = list[i].value;
        if (!strcmp(list[i].key, "format") || config_beside(list[i].key))
            continue;
        struct pair p = {.key = list[i].key, .key_n = strlen(list[i].key), .level = level, .node = v};
        if (!node_is_null(v)) {
            if (!*v->text || strpbrk(v->text, ",="))
                return node_error(v, e, "%s: expected one value, found '%s'", list[i].key, v->text);
            p.value = v->text;
            p.value_n = strlen(v->text);
        }
        enum status s = put(t, p, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* Writes the text without pair `skip`. */
static char *write_text(const struct text *t, size_t skip)
{
    struct strbuf b = {0};
    strbuf_add_n(&b, t->format->text, t->head_n);
    for (size_t i = 0; i < t->n; i++)
        if (i != skip && t->pairs[i].value)
            strbuf_printf(&b, ",%.*s=%.*s", (int)t->pairs[i].key_n, t->pairs[i].key, (int)t->pairs[i].value_n,
                          t->pairs[i].value);
    return strbuf_take(&b);
}

/* The value without which the text would be right; the format if it is wrong by itself or none is. */
static const struct node *blame(const struct text *t)
{
    struct quant_spec spec;
    const struct text head = {.format = t->format, .head_n = t->head_n};
    char *text = write_text(&head, 0);
    enum status s = text ? scheme_parse(text, &spec, NULL) : STATUS_INTERNAL;
    free(text);
    for (size_t i = t->n; i-- > 0 && !s;) {
        if (!t->pairs[i].value)
            continue;
        text = write_text(t, i);
        enum status without = text ? scheme_parse(text, &spec, NULL) : STATUS_INTERNAL;
        free(text);
        if (!without)
            return t->pairs[i].node;
    }
    return t->format;
}

static size_t commas(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == ',';
    return n;
}

/* The scheme of a tensor, or of the input of a site. */
static enum status compose_scheme(const struct config_given *g, const struct node *where,
                                  struct config_scheme *out, struct error *e)
{
    struct text t = {.format = config_value(g, "format")};
    int level = find(g->own, g->n_own, "format") != NULL;
    if (!t.format || !*t.format->text)
        return node_error(
            where, e, "no format: give 'format' as an axis of grid or zip, in include, or at the top level");
    t.pairs = calloc(g->n_constants + g->n_own + commas(t.format->text) + 1, sizeof *t.pairs);
    if (!t.pairs)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    char *text = NULL, buffer[SCHEME_TEXT_SIZE];
    struct error why = {{0}};
    enum status s = put_format(&t, level, e);
    if (!s)
        s = put_assigns(&t, g->constants, g->n_constants, 0, e);
    if (!s)
        s = put_assigns(&t, g->own, g->n_own, 1, e);
    if (s)
        goto out;
    text = write_text(&t, t.n);
    if (!text) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    s = scheme_parse(text, &out->spec, &why);
    if (s) {
        s = node_error(blame(&t), e, "%s", why.text);
        goto out;
    }
    scheme_canonical(&out->spec, buffer);
    out->canonical = strdup(buffer);
    if (!g->unnamed) {
        scheme_short(&out->spec, buffer);
        out->label = strdup(buffer);
    }
    out->format = strdup(t.format->text);
    out->text = text;
    text = NULL;
    if (!out->canonical || (!out->label && !g->unnamed) || !out->format)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
out:
    free(text);
    free(t.pairs);
    return s;
}

/* Keys beside the scheme of the input, and the ops that have them. */
static const struct {
    const char *key;
    bool has[OPS];
} beside[] = {
    {"method", {[OP_QUANTIZE] = true, [OP_MATMUL] = true, [OP_ATTENTION] = true}},
    {"transform", {[OP_MATMUL] = true, [OP_ATTENTION] = true}},
    {"weight", {[OP_MATMUL] = true}},
    {"output", {[OP_MATMUL] = true, [OP_ATTENTION] = true}},
    {"mac", {[OP_MATMUL] = true, [OP_ATTENTION] = true}},
    {"k", {[OP_ATTENTION] = true}},
    {"p", {[OP_ATTENTION] = true}},
    {"v", {[OP_ATTENTION] = true}},
    {"mac_pv", {[OP_ATTENTION] = true}},
    {"analysis", {[OP_ANALYSIS] = true}},
};
enum { BESIDE = sizeof beside / sizeof *beside };

bool config_beside(const char *key)
{
    bool found = false;
    for (size_t i = 0; i < BESIDE; i++)
        found |= !strcmp(beside[i].key, key);
    return found;
}

static enum status no_effect(const struct config_assign *a, size_t key, enum config_op op, struct error *e)
{
    struct strbuf ops = {0};
    for (int i = 0; i < OPS; i++)
        if (beside[key].has[i])
            strbuf_printf(&ops, "%s%s", ops.length ? ", " : "", config_op_names[i]);
    enum status s = node_error(a->value, e, "%s: has no effect on op: %s; allowed with op: %s",
                               beside[key].key, config_op_names[op], ops.text ? ops.text : "");
    strbuf_free(&ops);
    return s;
}

static enum status compose(enum config_op op, const struct config_given *g, const struct node *where,
                           struct config_scheme *out, struct error *e)
{
    enum status s = op == OP_ANALYSIS ? STATUS_OK : compose_scheme(g, where, out, e);
    for (size_t i = 0; !s && i < BESIDE; i++) {
        const struct config_assign *a = config_find(g, beside[i].key);
        if (a && !beside[i].has[op])
            s = no_effect(a, i, op, e);
    }
    if (!s && op == OP_MATMUL)
        s = config_compose_matmul(g, out, e);
    if (!s && op == OP_ATTENTION)
        s = config_compose_attention(g, out, e);
    if (!s && op == OP_ANALYSIS)
        s = config_compose_analysis(g, where, out, e);
    return s;
}

static enum status unknown_method(const struct node *n, struct error *e)
{
    const size_t count = method_count();
    const char **names = calloc(count, sizeof *names);
    struct error why = {{0}};
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < count; i++)
        names[i] = method_at(i)->name;
    enum status s = text_unknown("method", n->text, names, count, "methods", &why);
    free(names);
    return s == STATUS_INVALID ? node_error(n, e, "%s", why.text) : s;
}

/* The constants, and behind them, so that all else wins, what the method says. */
static enum status compose_method(enum config_op op, const struct config_given *g, const struct node *n,
                                  const struct node *where, struct config_scheme *out, struct error *e)
{
    const struct method *m = method_find(n->text);
    if (!m)
        return unknown_method(n, e);
    if (strcmp(m->op, config_op_names[op]) != 0)
        return node_error(n, e, "method: %s is of op: %s, not of %s", m->name, m->op, config_op_names[op]);
    struct node said[METHOD_KEYS];
    struct config_given all = {.own = g->own, .n_own = g->n_own, .unnamed = g->unnamed};
    struct config_assign *constants = calloc(g->n_constants + METHOD_KEYS, sizeof *constants);
    if (!constants)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    all.constants = constants;
    for (; all.n_constants < g->n_constants; all.n_constants++)
        constants[all.n_constants] = g->constants[all.n_constants];
    for (size_t i = 0; i < METHOD_KEYS; i++)
        if (method_value(m, i)) {
            said[i] = *n; /* stands where the method is named */
            said[i].text = (char *)(uintptr_t)method_value(m, i);
            constants[all.n_constants++] = (struct config_assign){method_keys[i], &said[i]};
        }
    enum status s = compose(op, &all, where, out, e);
    free(constants);
    return s;
}

enum status config_compose(enum config_op op, const struct config_given *g, const struct node *where,
                           struct config_scheme *out, struct error *e)
{
    const struct node *method = config_value(g, "method");
    return method ? compose_method(op, g, method, where, out, e) : compose(op, g, where, out, e);
}

enum status config_method(const struct method *m, struct config_scheme *out, struct error *e)
{
    struct node name = {.kind = NODE_SCALAR, .file = "methods.def", .text = (char *)(uintptr_t)m->name};
    const struct config_assign said = {"method", &name};
    int op = 0;
    while (op < OPS - 1 && strcmp(config_op_names[op], m->op) != 0)
        op++;
    *out = (struct config_scheme){.matmul = NULL};
    const struct config_given given = {.own = &said, .n_own = 1, .unnamed = true};
    return config_compose((enum config_op)op, &given, &name, out, e);
}

void config_scheme_free(struct config_scheme *s)
{
    config_patterns_free(&s->select);
    free(s->matmul);
    free(s->attention);
    free(s->analysis);
    free(s->chain);
    free(s->transform);
    free(s->text);
    free(s->format);
    free(s->label);
    free(s->canonical);
    free(s->weight);
    free(s->output);
    free(s->mac);
}

static bool is_axis(enum config_op op, const char *key)
{
    if (config_beside(key)) /* of another op: config_compose says so */
        return true;
    return op == OP_ANALYSIS ? analysis_has_key(key) : !strcmp(key, "format") || scheme_key_find(key);
}

enum status config_check_axis(enum config_op op, const struct node *key, const char *what, struct error *e)
{
    if (is_axis(op, key->text))
        return STATUS_OK;
    size_t n = 0, most = scheme_key_count() + 1 + BESIDE;
    while (analysis_key_at(n))
        n++;
    const char **names = calloc(most > n + 1 ? most : n + 1, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    n = 0;
    names[n++] = op == OP_ANALYSIS ? "analysis" : "format";
    for (size_t i = 0; op == OP_ANALYSIS && analysis_key_at(i); i++)
        names[n++] = analysis_key_at(i);
    for (size_t i = 0; op != OP_ANALYSIS && i < BESIDE; i++)
        names[n++] = beside[i].key;
    for (size_t i = 0; op != OP_ANALYSIS && i < scheme_key_count(); i++)
        names[n++] = scheme_key_at(i)->name;
    enum status s = node_unknown(key, what, names, n, e);
    free(names);
    return s;
}

/* NULL value: the key is absent. Formats and analyses also match by their name without the keys after it. */
static bool matches(const struct node *pattern, const char *key, const struct node *value)
{
    if (pattern->kind == NODE_LIST) {
        for (size_t i = 0; i < pattern->n; i++)
            if (matches(pattern->items[i], key, value))
                return true;
        return false;
    }
    if (!value || node_is_null(value) || node_is_null(pattern))
        return node_is_null(pattern) && (!value || node_is_null(value));
    if (!fnmatch(pattern->text, value->text, 0))
        return true;
    size_t head = strcspn(value->text, ",");
    return (!strcmp(key, "format") || !strcmp(key, "analysis")) && value->text[head] &&
           strlen(pattern->text) == head && !memcmp(pattern->text, value->text, head);
}

bool config_excluded(const struct node *entry, const struct config_given *g)
{
    for (size_t i = 0; i < entry->n; i++) {
        const char *key = entry->keys[i]->text;
        const struct config_assign *a = config_find(g, key);
        if (!matches(entry->items[i], key, a ? a->value : NULL))
            return false;
    }
    return true;
}
