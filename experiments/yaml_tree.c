/* Trees: lookup, --set, messages. */
#include "experiments/yaml_tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

const char *const node_kind_names[3] = {"a value", "a list", "a mapping"};

void node_free(struct node *n)
{
    if (!n)
        return;
    for (size_t i = 0; i < n->n; i++) {
        node_free(n->items[i]);
        if (n->keys)
            node_free(n->keys[i]);
    }
    free(n->items);
    free(n->keys);
    free(n->text);
    free(n);
}

struct node *node_get(const struct node *map, const char *key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->n; i++)
        if (!strcmp(map->keys[i]->text, key))
            return map->items[i];
    return NULL;
}

bool node_is_null(const struct node *n)
{
    return n->kind == NODE_SCALAR && !n->quoted &&
           (!*n->text || !strcmp(n->text, "~") || !strcmp(n->text, "null"));
}

enum status node_error(const struct node *n, struct error *e, const char *format, ...)
{
    char text[sizeof e->text];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n->from_set)
        return error_set(e, STATUS_INVALID, "--set %s: %s", n->file, text);
    return error_set(e, STATUS_INVALID, "%s:%d:%d: %s", n->file, n->line, n->column, text);
}

enum status node_unknown(const struct node *n, const char *what, const char *const *choices, size_t n_choices,
                         struct error *e)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < n_choices; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", choices[i]);
    const char *near = str_nearest(n->text, choices, n_choices);
    if (near)
        node_error(n, e, "%s: unknown '%s'; did you mean '%s'? allowed: %s", what, n->text, near,
                   b.text ? b.text : "nothing");
    else
        node_error(n, e, "%s: unknown '%s'; allowed: %s", what, n->text, b.text ? b.text : "nothing");
    strbuf_free(&b);
    return STATUS_INVALID;
}

/* At most one byte more than a file may have; the parser refuses it then. */
enum status yaml_read(const char *path, char **text, size_t *bytes, struct error *e)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_errno(e, errno, path);
    enum status s = STATUS_OK;
    *text = malloc(YAML_MAX_BYTES + 2);
    if (!*text) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    } else {
        errno = 0;
        *bytes = fread(*text, 1, YAML_MAX_BYTES + 1, f);
        (*text)[*bytes] = '\0';
        if (ferror(f))
            s = error_errno(e, errno, path);
    }
    fclose(f);
    return s;
}

/* The slot of the child named by the first `length` characters of key; of a mapping, made if absent. */
static enum status child_slot(struct node *at, const char *key, size_t length, const char *set,
                              struct node ***slot, struct error *e)
{
    if (at->kind == NODE_LIST) {
        char *end;
        unsigned long i = strtoul(key, &end, 10);
        if (!length || end != key + length || strspn(key, "0123456789") != length || i >= at->n)
            return error_set(e, STATUS_INVALID, "--set %s: '%.*s' names no item of a list of %zu (from 0)",
                             set, (int)length, key, at->n);
        *slot = &at->items[i];
        return STATUS_OK;
    }
    if (at->kind != NODE_MAP)
        return error_set(e, STATUS_INVALID,
                         "--set %s: '%.*s': what stands before it is a value, not a mapping", set,
                         (int)length, key);
    if (!length)
        return error_set(e, STATUS_INVALID, "--set %s: an empty key", set);
    for (size_t i = 0; i < at->n; i++)
        if (strlen(at->keys[i]->text) == length && !memcmp(at->keys[i]->text, key, length)) {
            *slot = &at->items[i];
            return STATUS_OK;
        }
    if (at->n >= YAML_MAX_KEYS)
        return error_set(e, STATUS_INVALID, "--set %s: '%.*s': a mapping of %zu keys; allowed: at most %d",
                         set, (int)length, key, at->n, YAML_MAX_KEYS);
    struct node **items = realloc(at->items, (at->n + 1) * sizeof *items);
    if (items)
        at->items = items;
    struct node **keys = realloc(at->keys, (at->n + 1) * sizeof *keys);
    if (keys)
        at->keys = keys;
    struct node *name = calloc(1, sizeof *name), *value = calloc(1, sizeof *value);
    char *text = strndup(key, length);
    if (!items || !keys || !name || !value || !text) {
        free(name);
        free(value);
        free(text);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    *name = (struct node){.file = set, .from_set = true, .line = 1, .column = 1, .text = text};
    *value = (struct node){.kind = NODE_MAP, .file = set, .from_set = true, .line = 1, .column = 1};
    at->keys[at->n] = name;
    at->items[at->n] = value;
    *slot = &at->items[at->n++];
    return STATUS_OK;
}

static void mark_set(struct node *n)
{
    n->from_set = true;
    for (size_t i = 0; i < n->n; i++) {
        mark_set(n->items[i]);
        if (n->keys)
            mark_set(n->keys[i]);
    }
}

enum status yaml_set(struct node *root, const char *set, struct error *e)
{
    const char *equals = strchr(set, '=');
    if (!equals || equals == set)
        return error_set(e, STATUS_INVALID, "--set %s: expected KEY=VALUE", set);
    struct node *value = NULL;
    enum status s = yaml_parse(equals + 1, strlen(equals + 1), set, &value, e);
    if (s)
        return error_prefix(e, s, "--set");
    mark_set(value);
    struct node *at = root, **slot = NULL;
    int depth = 0;
    for (const char *key = set;;) {
        size_t length = strcspn(key, ".=");
        s = depth++ < YAML_MAX_DEPTH
                ? child_slot(at, key, length, set, &slot, e)
                : error_set(e, STATUS_INVALID, "--set %.80s...: nested more than %d deep", set,
                            YAML_MAX_DEPTH);
        if (s) {
            node_free(value);
            return s;
        }
        if (key[length] == '=')
            break;
        key += length + 1;
        at = *slot;
    }
    node_free(*slot);
    *slot = value;
    return STATUS_OK;
}
