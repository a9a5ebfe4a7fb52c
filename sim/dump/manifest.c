/* What a file beside a dump says of its tensors: layer, role, labels of axes, the input of a weight. */
#include <fnmatch.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/json.h"
#include "sim/base/strbuf.h"
#include "sim/dump/reader.h"

enum { SITE_TAIL = 7 /* ".weight" */ };
#define MANIFEST_MAX ((size_t)64 << 20) /* bytes */

static const char *const fields[] = {"axes", "input", "layer", "role"};
enum field { AXES, INPUT, LAYER, ROLE, FIELDS };

/* What is said of one tensor, and under which key. */
struct said {
    const json_t *value[FIELDS];
    const char *key[FIELDS];
};

/* A key that is no name of a tensor. */
struct pattern {
    const char *glob;
    json_t *entry;
    bool used;
};

struct manifest {
    struct dump_file *f;
    json_t *root;
    json_t *names; /* of all tensors */
    struct pattern *patterns;
    size_t n_patterns;
};

/* --- what a field may be --- */

static enum status bad(const char *key, const char *field, const char *allowed, struct error *e)
{
    return error_set(e, STATUS_MISSING, "\"%.200s\": %s: allowed is %s", key, field, allowed);
}

/* A label that would mean an axis by itself, or two. */
static bool is_label(const json_t *j)
{
    const char *s = json_string_value(j);
    return s && *s && !strchr(s, ',') && strcmp(s, "first") != 0 && strcmp(s, "last") != 0 &&
           (*s < '0' || *s > '9');
}

static bool is_axes(const json_t *j)
{
    for (size_t i = 0; i < json_array_size(j); i++) {
        if (!is_label(json_array_get(j, i)))
            return false;
        for (size_t k = 0; k < i; k++)
            if (json_equal(json_array_get(j, i), json_array_get(j, k)))
                return false;
    }
    return json_is_array(j);
}

static enum status check_field(const char *key, enum field field, const json_t *j, struct error *e)
{
    const char *text = json_string_value(j);
    if (field == AXES && !is_axes(j))
        return bad(key, "axes",
                   "a list of different labels, not empty, without commas, not first, last or a digit", e);
    if (field == LAYER && (!json_is_integer(j) || json_integer_value(j) < 0))
        return bad(key, "layer", "a whole number from 0", e);
    if ((field == ROLE || field == INPUT) && (!text || !*text || strpbrk(text, "\n\t")))
        return bad(key, fields[field], "a text, not empty, in one line", e);
    return STATUS_OK;
}

static enum status check_entry(const char *key, json_t *entry, struct error *e)
{
    const char *name;
    json_t *value;
    if (!json_is_object(entry))
        return error_set(e, STATUS_MISSING, "\"%.200s\" is not an object", key);
    json_object_foreach(entry, name, value)
    {
        enum field i = 0;
        while (i < FIELDS && strcmp(name, fields[i]) != 0)
            i++;
        if (i == FIELDS) {
            const char *near = str_nearest(name, fields, FIELDS);
            return error_set(e, STATUS_MISSING,
                             "\"%.200s\": unknown key \"%.100s\"%s%s%s; allowed are axes, input, layer, role",
                             key, name, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
        }
        enum status s = check_field(key, i, value, e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* --- which tensor it is said of --- */

/* Adds an entry to what is said. Between patterns there is no order, so they must agree. */
static enum status hear(struct said *said, const char *key, json_t *entry, struct error *e)
{
    for (int i = 0; i < FIELDS; i++) {
        const json_t *value = json_object_get(entry, fields[i]);
        if (!value)
            continue;
        if (said->value[i] && !json_equal(said->value[i], value))
            return error_set(e, STATUS_MISSING, "\"%.200s\" and \"%.200s\" disagree about %s", said->key[i],
                             key, fields[i]);
        said->value[i] = value;
        said->key[i] = key;
    }
    return STATUS_OK;
}

static bool is_name(const struct manifest *m, const char *key)
{
    return json_object_get(m->names, key) != NULL;
}

/* All that is said of a tensor: under its name, and, where that is silent, under patterns. */
static enum status listen(struct manifest *m, const char *name, struct said *said, struct error *e)
{
    struct said own = {{NULL}, {NULL}};
    for (size_t i = 0; i < m->n_patterns; i++) {
        struct pattern *p = &m->patterns[i];
        if (fnmatch(p->glob, name, 0))
            continue;
        p->used = true;
        enum status s = hear(said, p->glob, p->entry, e);
        if (s)
            return s;
    }
    enum status s = hear(&own, name, json_object_get(m->root, name), e);
    for (int i = 0; i < FIELDS; i++)
        if (own.value[i]) {
            said->value[i] = own.value[i];
            said->key[i] = name;
        }
    return s;
}

/* --- what it does --- */

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status set_axes(struct dump_entry *t, const json_t *axes, const char *key, struct error *e)
{
    struct strbuf b = {0};
    if (json_array_size(axes) != (size_t)t->view.rank)
        return error_set(e, STATUS_MISSING, "\"%.200s\": axes: %zu labels for the %d axes of \"%.200s\"", key,
                         json_array_size(axes), t->view.rank, t->name);
    for (size_t i = 0; i < json_array_size(axes); i++)
        strbuf_printf(&b, "%s%s", i ? "," : "", json_string_value(json_array_get(axes, i)));
    if (!t->view.rank)
        return STATUS_OK;
    char *text = strbuf_take(&b);
    if (!text)
        return out_of_memory(e);
    free(t->axes);
    t->view.axes = t->axes = text;
    return STATUS_OK;
}

/* The weight NAME.weight is met by that tensor: metadata site.NAME, as other dumps say it. */
static enum status set_input(struct manifest *m, const struct dump_entry *t, const char *input,
                             const char *key, struct error *e)
{
    const size_t n = strlen(t->name);
    if (n <= SITE_TAIL || strcmp(t->name + n - SITE_TAIL, ".weight") != 0)
        return error_set(e, STATUS_MISSING,
                         "\"%.200s\": input: \"%.200s\" is no weight: its name does not end in "
                         ".weight",
                         key, t->name);
    if (!is_name(m, input))
        return error_set(e, STATUS_MISSING, "\"%.200s\": input: no tensor \"%.200s\"", key, input);
    struct strbuf site = {0};
    strbuf_printf(&site, "site.%.*s", (int)(n - SITE_TAIL), t->name);
    enum status s = site.text ? dump_file_add_metadata(m->f, site.text, input, e) : out_of_memory(e);
    strbuf_free(&site);
    return s;
}

static enum status apply(struct manifest *m, struct dump_entry *t, struct error *e)
{
    struct said said = {{NULL}, {NULL}};
    enum status s = listen(m, t->name, &said, e);
    if (!s && said.value[AXES])
        s = set_axes(t, said.value[AXES], said.key[AXES], e);
    if (!s && said.value[INPUT])
        s = set_input(m, t, json_string_value(said.value[INPUT]), said.key[INPUT], e);
    if (!s && said.value[LAYER]) {
        t->has_layer = true;
        t->layer = (size_t)json_integer_value(said.value[LAYER]);
    }
    if (!s && said.value[ROLE]) {
        char *role = strdup(json_string_value(said.value[ROLE]));
        if (!role)
            return out_of_memory(e);
        free(t->role);
        t->role = role;
    }
    return s;
}

/* --- the whole --- */

static enum status no_tensor(const struct manifest *m, const char *key, struct error *e)
{
    const size_t n = m->f->n_entries;
    const char **names = calloc(n + 1, sizeof *names);
    for (size_t i = 0; names && i < n; i++)
        names[i] = m->f->entries[i].name;
    const char *near = names ? str_nearest(key, names, n) : NULL;
    free(names);
    return error_set(e, STATUS_MISSING, "\"%.200s\" is no tensor of the dump, and matches none%s%.200s%s",
                     key, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static enum status list_names(struct manifest *m, struct error *e)
{
    bool failed = !m->names;
    for (size_t i = 0; i < m->f->n_entries && !failed; i++)
        failed = json_object_set_new_nocheck(m->names, m->f->entries[i].name, json_true()) != 0;
    for (size_t i = 0; i < m->f->n_unreadable && !failed; i++)
        failed = json_object_set_new_nocheck(m->names, m->f->unreadable[i].name, json_true()) != 0;
    return failed ? out_of_memory(e) : STATUS_OK;
}

static enum status list_patterns(struct manifest *m, struct error *e)
{
    const char *key;
    json_t *entry;
    m->patterns = calloc(json_object_size(m->root) + 1, sizeof *m->patterns);
    if (!m->patterns)
        return out_of_memory(e);
    json_object_foreach(m->root, key, entry)
    {
        enum status s = check_entry(key, entry, e);
        if (s)
            return s;
        if (!is_name(m, key))
            m->patterns[m->n_patterns++] = (struct pattern){key, entry, false};
    }
    return STATUS_OK;
}

static enum status read_text(struct dump_file *f, const char *text, size_t n, struct error *e)
{
    struct manifest m = {.f = f, .names = json_object()};
    enum status s = json_parse(text, n, &m.root, e);
    if (!s && !json_is_object(m.root))
        s = error_set(e, STATUS_MISSING,
                      "is not an object: names of tensors, or globs over them, with what is said");
    if (!s)
        s = list_names(&m, e);
    if (!s)
        s = list_patterns(&m, e);
    for (size_t i = 0; i < f->n_entries && !s; i++)
        s = apply(&m, &f->entries[i], e);
    for (size_t i = 0; i < m.n_patterns && !s; i++)
        if (!m.patterns[i].used)
            s = no_tensor(&m, m.patterns[i].glob, e);
    free(m.patterns);
    json_decref(m.names);
    json_decref(m.root);
    return s;
}

static enum status read_file(struct dump_file *f, const char *path, struct error *e)
{
    struct map map;
    struct error own = {{0}};
    enum status s = map_open(path, &map, e);
    if (s)
        return s;
    s = map.size > MANIFEST_MAX
            ? error_set(&own, STATUS_MISSING, "has %zu bytes; allowed are %zu", map.size, MANIFEST_MAX)
            : read_text(f, map.address ? map.address : "", map.size, &own);
    map_close(&map);
    return s ? error_set(e, s, "%s: %s", path, own.text) : STATUS_OK;
}

enum status dump_file_manifest(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    if (hint && hint->manifest)
        return read_file(f, hint->manifest, e);
    struct strbuf beside = {0};
    struct error own = {{0}};
    strbuf_printf(&beside, "%s%s", f->path, path_is_folder(f->path) ? "/tensors.json" : ".tensors.json");
    if (!beside.text)
        return out_of_memory(e);
    const char *said = dump_file_metadata(f, "manifest");
    enum status s = STATUS_OK;
    if (access(beside.text, F_OK) == 0)
        s = read_file(f, beside.text, e);
    else if (said && (s = read_text(f, said, strlen(said), &own)) != STATUS_OK)
        error_set(e, s, "metadata \"manifest\": %s", own.text);
    strbuf_free(&beside);
    return s;
}
