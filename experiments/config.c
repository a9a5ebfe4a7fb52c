/* Loading: file -> tree -> overrides -> keys -> schemes -> canonical JSON and its hash. */
#include "experiments/config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/hash.h"
#include "sim/base/json.h"
#include "sim/base/strbuf.h"

_Static_assert(sizeof((struct config *)0)->sha256 == HASH_HEX_SIZE, "sha256 holds a digest");

/* Sets a key or appends to a list; what cannot be made (NULL) or added is remembered. */
static void set(bool *failed, json_t *object, const char *key, json_t *value)
{
    *failed |= json_object_set_new(object, key, value) != 0;
}

static void append(bool *failed, json_t *list, json_t *value)
{
    *failed |= json_array_append_new(list, value) != 0;
}

static json_t *sites_json(bool *failed, enum config_op op, const struct config_input *in)
{
    json_t *list = json_array();
    for (size_t i = 0; i < in->n_sites; i++) {
        json_t *site = json_object();
        for (size_t part = 0; config_site_part(op, part); part++)
            if (in->sites[i].part[part].glob)
                set(failed, site, config_site_part(op, part), json_string(in->sites[i].part[part].glob));
        append(failed, list, site);
    }
    return list;
}

static json_t *patterns_json(bool *failed, const struct config_patterns *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n; i++)
        append(failed, list, json_string(p->item[i].glob));
    if (!p->n)
        append(failed, list, json_string("*"));
    return list;
}

/* What a synthetic input reads back: the text of its tensor, or of both under the names of their parts. */
static json_t *synth_json(bool *failed, enum config_op op, const struct config_synth *s)
{
    char text[SYNTH_TEXT_SIZE];
    json_t *both = s->n > 1 ? json_object() : NULL;
    for (size_t i = 0; i < s->n; i++) {
        synth_text(&s->tensor[i].spec, text);
        if (!both)
            return json_string(text);
        set(failed, both, config_site_part(op, i), json_string(text));
    }
    return both;
}

static json_t *input_json(bool *failed, enum config_op op, const struct config_input *in)
{
    json_t *o = json_object();
    if (in->synth.n) {
        set(failed, o, "synth", synth_json(failed, op, &in->synth));
        return o;
    }
    set(failed, o, "dump", json_string(in->written));
    if (in->manifest)
        set(failed, o, "manifest", json_string(in->manifest_written));
    for (int c = 0; c < CHOICES; c++)
        if (in->choice[c].n || c == CHOOSE_NAME) /* studies without the others keep their hash */
            set(failed, o, choice_keys[c], patterns_json(failed, &in->choice[c]));
    if (in->n_sites)
        set(failed, o, "sites", sites_json(failed, op, in));
    if (in->hint.has_dtype)
        set(failed, o, "dtype", json_string(dtype_names[in->hint.dtype]));
    if (in->hint.has_shape) {
        json_t *shape = json_array();
        for (int k = 0; k < in->hint.rank; k++)
            append(failed, shape, json_integer((json_int_t)in->hint.shape[k]));
        set(failed, o, "shape", shape);
    }
    if (in->rotary.given)
        set(failed, o, "rotary", json_real(in->rotary.base));
    set(failed, o, "offset", json_integer((json_int_t)in->hint.offset));
    return o;
}

static bool has_select(const struct config *c)
{
    bool any = false;
    for (size_t i = 0; i < c->n_schemes; i++)
        any |= c->schemes[i].select.n > 0;
    return any;
}

/* A glob a line; a newline in one is written with a backslash, which means the same. */
static json_t *globs_json(const struct config_patterns *p)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < p->n; i++) {
        for (const char *at = p->item[i].glob; *at; at++)
            strbuf_printf(&b, "%s%c", *at == '\n' ? "\\" : "", *at);
        strbuf_add(&b, "\n");
    }
    json_t *text = b.failed ? NULL : json_string(p->n ? b.text : "*");
    strbuf_free(&b);
    return text;
}

/* The globs of each scheme. */
static json_t *select_json(bool *failed, const struct config *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->n_schemes; i++)
        append(failed, list, globs_json(&c->schemes[i].select));
    return list;
}

/* What a page about the study says. */
static void set_page(bool *failed, json_t *root, const struct config *c)
{
    json_t *figures = json_array();
    for (size_t i = 0; i < c->n_figures; i++)
        append(failed, figures, json_string(c->figures[i]->name));
    set(failed, root, "figures", figures);
    if (c->doc)
        set(failed, root, "doc", json_string(c->doc));
}

static enum status resolve(struct config *c, struct error *e)
{
    bool failed = false;
    json_t *root = json_object(), *inputs = json_array(), *schemes = json_array();
    json_t *metrics = json_array(), *costs = json_array();
    for (size_t i = 0; i < c->n_inputs; i++)
        append(&failed, inputs, input_json(&failed, c->op, &c->inputs[i]));
    for (size_t i = 0; i < c->n_schemes; i++)
        append(&failed, schemes, json_string(c->schemes[i].canonical));
    for (size_t i = 0; i < c->n_metrics; i++)
        append(&failed, metrics, json_string(c->metrics[i]->name));
    for (size_t i = 0; i < c->n_costs; i++)
        append(&failed, costs, json_string(c->costs[i].text));
    set(&failed, root, "name", json_string(c->name));
    if (has_select(c)) /* studies without one keep their hash */
        set(&failed, root, "select", select_json(&failed, c));
    if (c->op) /* studies from before there was another keep their hash */
        set(&failed, root, "op", json_string(config_op_names[c->op]));
    if (c->figures_said) /* likewise */
        set_page(&failed, root, c);
    set(&failed, root, "inputs", inputs);
    set(&failed, root, "schemes", schemes);
    set(&failed, root, "metrics", metrics);
    set(&failed, root, "cost", costs);
    /* JSON integers are signed here: a seed beyond them is text. */
    char seed[24];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->seed);
    set(&failed, root, "seed", c->seed > INT64_MAX ? json_string(seed) : json_integer((json_int_t)c->seed));
    c->resolved = failed ? NULL : json_text(root, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(root);
    if (!c->resolved)
        return error_set(e, STATUS_INTERNAL, "%s: cannot be written as JSON: out of memory", c->path);
    hash_bytes(c->resolved, strlen(c->resolved), c->sha256);
    return STATUS_OK;
}

/* Reads c->source, which is there. */
static enum status read_source(struct config *c, size_t bytes, const char *const *sets, size_t n_sets,
                               struct error *e)
{
    struct node *root = NULL;
    enum status s = yaml_parse(c->source, bytes, c->path, &root, e);
    for (size_t i = 0; i < n_sets && !s; i++)
        s = yaml_set(root, sets[i], e);
    if (!s)
        s = config_read_keys(c, root, e);
    if (!s)
        s = config_expand(c, root, e);
    if (!s)
        s = resolve(c, e);
    node_free(root);
    return s;
}

static struct config *begin(const char *path, struct error *e)
{
    struct config *c = calloc(1, sizeof *c);
    if (c && (c->path = strdup(path)))
        return c;
    free(c);
    error_set(e, STATUS_INTERNAL, "out of memory");
    return NULL;
}

static enum status end(struct config *c, enum status s, struct config **out)
{
    if (s)
        config_free(c);
    *out = s ? NULL : c;
    return s;
}

enum status config_load(const char *path, const char *const *sets, size_t n_sets, struct config **out,
                        struct error *e)
{
    size_t bytes = 0;
    struct config *c = begin(path, e);
    *out = NULL;
    if (!c)
        return STATUS_INTERNAL;
    enum status s = yaml_read(path, &c->source, &bytes, e);
    return end(c, s ? s : read_source(c, bytes, sets, n_sets, e), out);
}

enum status config_load_text(const char *name, const char *text, size_t bytes, const char *const *sets,
                             size_t n_sets, struct config **out, struct error *e)
{
    struct config *c = begin(name, e);
    *out = NULL;
    if (!c)
        return STATUS_INTERNAL;
    enum status s = STATUS_OK;
    if ((c->source = malloc(bytes + 1))) {
        memcpy(c->source, text, bytes);
        c->source[bytes] = '\0';
        s = read_source(c, bytes, sets, n_sets, e);
    } else {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    return end(c, s, out);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_inputs; i++) {
        struct config_input *in = &c->inputs[i];
        for (int k = 0; k < CHOICES; k++)
            config_patterns_free(&in->choice[k]);
        config_synth_free(&in->synth);
        free(in->manifest);
        free(in->manifest_written);
        config_sites_free(in->sites, in->n_sites);
        free(in->dump);
        free(in->written);
        free(in->where);
    }
    for (size_t i = 0; i < c->n_schemes; i++)
        config_scheme_free(&c->schemes[i]);
    free(c->inputs);
    free(c->schemes);
    free(c->metrics);
    free(c->figures);
    free(c->costs);
    free(c->path);
    free(c->name);
    free(c->doc);
    free(c->source);
    free(c->resolved);
    free(c);
}
