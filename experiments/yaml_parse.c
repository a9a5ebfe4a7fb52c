/* libyaml -> tree. The only file that includes yaml.h.
 *
 * What libyaml 0.2.5 leaves to its user: its time grows with the square of bracket nesting (100,000 open
 * brackets take over 20 s), of anchors (26,000 take 4 s) and of directives, it accepts duplicate keys and `&a
 * [*a]`, which is a cycle, and it does not resolve `<<`. So size, brackets and indentation are bounded before
 * it sees the text, and the walk over its document bounds depth and number of nodes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "experiments/yaml_tree.h"

struct walk {
    const char *file;
    yaml_document_t *document;
    size_t nodes;
    struct error *e;
};

__attribute__((format(printf, 5, 6))) static enum status fail_at(const char *file, size_t line, size_t column,
                                                                 struct error *e, const char *format, ...)
{
    char text[160];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return error_set(e, STATUS_INVALID, "%s:%zu:%zu: %s", file, line + 1, column + 1, text);
}

/* Counts brackets and anchors wherever they stand, in quotes and comments too: text cannot hide nesting that
 * way, and nobody needs 64 unclosed brackets in prose. */
static enum status check_text(const char *text, size_t bytes, const char *file, struct error *e)
{
    if (bytes > YAML_MAX_BYTES)
        return fail_at(file, 0, 0, e, "too long; allowed: at most %d bytes", YAML_MAX_BYTES);
    if (bytes >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2)))
        return fail_at(file, 0, 0, e, "UTF-16; allowed: UTF-8"); /* libyaml would read it */
    size_t line = 0, start = 0;
    int depth = 0, anchors = 0, directives = 0;
    bool leading = true;
    for (size_t i = 0; i < bytes; i++) {
        char c = text[i];
        if (c == '\n') {
            line++;
            start = i + 1;
            leading = true;
            continue;
        }
        if (!c)
            return fail_at(file, line, i - start, e, "a NUL byte; allowed: text in UTF-8");
        anchors += c == '&';
        directives += c == '%' && i == start;
        if (anchors > YAML_MAX_ANCHORS)
            return fail_at(file, line, i - start, e, "more than %d anchors (&)", YAML_MAX_ANCHORS);
        if (directives > YAML_MAX_DIRECTIVES)
            return fail_at(file, line, i - start, e, "more than %d directives (%%)", YAML_MAX_DIRECTIVES);
        leading = leading && (c == ' ' || c == '-' || c == '?');
        if (leading && i - start >= YAML_MAX_INDENT)
            return fail_at(file, line, i - start, e, "indented by more than %d columns", YAML_MAX_INDENT);
        if (c == '[' || c == '{')
            depth++;
        else if ((c == ']' || c == '}') && depth > 0)
            depth--;
        if (depth > YAML_MAX_DEPTH)
            return fail_at(file, line, i - start, e, "brackets nested more than %d deep", YAML_MAX_DEPTH);
    }
    return STATUS_OK;
}

static enum status convert(struct walk *w, int id, int depth, struct node **out);

static enum status check_key(struct walk *w, const struct node *map, const struct node *key)
{
    if (key->kind != NODE_SCALAR)
        return node_error(key, w->e, "a key must be a single word, found %s", node_kind_names[key->kind]);
    if (!strcmp(key->text, "<<"))
        return node_error(key, w->e, "merge keys (<<) are not supported; write the keys out");
    for (size_t i = 0; i + 1 < map->n; i++)
        if (!strcmp(map->keys[i]->text, key->text))
            return node_error(key, w->e, "duplicate key '%s' (first at line %d)", key->text,
                              map->keys[i]->line);
    return STATUS_OK;
}

/* n->n counts the entries under construction too, so that node_free frees them. */
static enum status convert_map(struct walk *w, const yaml_node_t *y, int depth, struct node *n)
{
    size_t pairs = (size_t)(y->data.mapping.pairs.top - y->data.mapping.pairs.start);
    if (pairs > YAML_MAX_KEYS)
        return node_error(n, w->e, "a mapping of %zu keys; allowed: at most %d", pairs, YAML_MAX_KEYS);
    n->items = calloc(pairs + 1, sizeof *n->items);
    n->keys = calloc(pairs + 1, sizeof *n->keys);
    if (!n->items || !n->keys)
        return error_set(w->e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < pairs; i++) {
        const yaml_node_pair_t *p = &y->data.mapping.pairs.start[i];
        n->n = i + 1;
        enum status s = convert(w, p->key, depth + 1, &n->keys[i]);
        if (!s)
            s = check_key(w, n, n->keys[i]);
        if (!s)
            s = convert(w, p->value, depth + 1, &n->items[i]);
        if (s)
            return s;
    }
    return STATUS_OK;
}

static enum status convert_list(struct walk *w, const yaml_node_t *y, int depth, struct node *n)
{
    size_t items = (size_t)(y->data.sequence.items.top - y->data.sequence.items.start);
    n->items = calloc(items + 1, sizeof *n->items);
    if (!n->items)
        return error_set(w->e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < items; i++) {
        n->n = i + 1;
        enum status s = convert(w, y->data.sequence.items.start[i], depth + 1, &n->items[i]);
        if (s)
            return s;
    }
    return STATUS_OK;
}

static enum status convert_scalar(struct walk *w, const yaml_node_t *y, struct node *n)
{
    n->quoted = y->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    const char *value = (const char *)y->data.scalar.value;
    if (strlen(value) != y->data.scalar.length)
        return node_error(n, w->e, "a NUL character in a value");
    n->text = strdup(value);
    return n->text ? STATUS_OK : error_set(w->e, STATUS_INTERNAL, "out of memory");
}

static enum status convert(struct walk *w, int id, int depth, struct node **out)
{
    const yaml_node_t *y = yaml_document_get_node(w->document, id);
    size_t line = y->start_mark.line, column = y->start_mark.column;
    /* A cycle of aliases is endless depth. */
    if (depth > YAML_MAX_DEPTH)
        return fail_at(w->file, line, column, w->e,
                       "nested more than %d deep (an alias inside its own anchor?)", YAML_MAX_DEPTH);
    if (++w->nodes > YAML_MAX_NODES)
        return fail_at(w->file, line, column, w->e, "more than %d values after copying aliases",
                       YAML_MAX_NODES);
    const char *tag = (const char *)y->tag;
    if (strcmp(tag, YAML_STR_TAG) != 0 && strcmp(tag, YAML_SEQ_TAG) != 0 && strcmp(tag, YAML_MAP_TAG) != 0)
        return fail_at(w->file, line, column, w->e, "tags (!...) are not supported");
    struct node *n = calloc(1, sizeof *n);
    if (!n)
        return error_set(w->e, STATUS_INTERNAL, "out of memory");
    *out = n;
    n->file = w->file;
    n->line = (int)line + 1;
    n->column = (int)column + 1;
    if (y->type == YAML_MAPPING_NODE) {
        n->kind = NODE_MAP;
        return convert_map(w, y, depth, n);
    }
    if (y->type == YAML_SEQUENCE_NODE) {
        n->kind = NODE_LIST;
        return convert_list(w, y, depth, n);
    }
    return convert_scalar(w, y, n);
}

static enum status parser_error(const yaml_parser_t *p, const char *file, struct error *e)
{
    if (p->error == YAML_MEMORY_ERROR || !p->problem) /* of all else it names the problem */
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (p->error == YAML_READER_ERROR)
        return error_set(e, STATUS_INVALID, "%s: byte %zu: %s", file, p->problem_offset,
                         p->problem ? p->problem : "not YAML");
    const char *context = p->context ? p->context : "", *separator = p->context ? ": " : "";
    return error_set(e, STATUS_INVALID, "%s:%zu:%zu: %s%s%s", file, p->problem_mark.line + 1,
                     p->problem_mark.column + 1, context, separator, p->problem ? p->problem : "not YAML");
}

enum status yaml_parse(const char *text, size_t bytes, const char *file, struct node **out, struct error *e)
{
    *out = NULL;
    enum status s = check_text(text, bytes, file, e);
    if (s)
        return s;
    yaml_parser_t parser;
    yaml_document_t first, second;
    bool have_first = false, have_second = false;
    if (!yaml_parser_initialize(&parser))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
    if (!yaml_parser_load(&parser, &first)) {
        s = parser_error(&parser, file, e);
        goto out;
    }
    have_first = true;
    if (!yaml_document_get_root_node(&first)) {
        s = fail_at(file, 0, 0, e, "nothing in it");
        goto out;
    }
    struct walk w = {.file = file, .document = &first, .e = e};
    s = convert(&w, 1, 0, out);
    if (s)
        goto out;
    if (!yaml_parser_load(&parser, &second)) {
        s = parser_error(&parser, file, e);
        goto out;
    }
    have_second = true;
    const yaml_node_t *more = yaml_document_get_root_node(&second);
    if (more)
        s = fail_at(file, more->start_mark.line, more->start_mark.column, e,
                    "a second document; a file holds one experiment");
out:
    if (have_first)
        yaml_document_delete(&first);
    if (have_second)
        yaml_document_delete(&second);
    yaml_parser_delete(&parser);
    if (s) {
        node_free(*out);
        *out = NULL;
    }
    return s;
}
