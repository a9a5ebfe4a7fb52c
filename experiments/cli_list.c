#include "experiments/cli_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

error_t list_parse(int key, char *arg, struct argp_state *state)
{
    struct list_args *a = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &a->format;
    } else if (key == ARGP_KEY_ARG) {
        if (a->name)
            argp_error(state, "one name at a time");
        a->name = arg;
    } else {
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

const struct argp_child list_children[] = {{&cli_format_argp, 0, NULL, 0}, {0}};

enum status list_unknown(const char *what, const char *name, size_t count, const char *(*name_at)(size_t i),
                         struct error *e)
{
    const char **names = calloc(count + 1, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct strbuf b = {0};
    for (size_t i = 0; i < count; i++) {
        names[i] = name_at(i);
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    }
    char hint[STR_HINT_SIZE];
    error_set(e, STATUS_USAGE, "unknown %s '%s'%s; allowed: %s", what, name,
              str_hint(name, names, count, hint), b.text ? b.text : "nothing");
    strbuf_free(&b);
    free(names);
    return STATUS_USAGE;
}

/* One row as property and value. */
static enum status show_one(const struct list *l, size_t i, const struct list_args *a, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct table_value values[LIST_MAX_COLUMNS] = {{0}};
    char scratch[LIST_SCRATCH];
    struct table *t = NULL;
    l->row(i, values, scratch);
    enum status s = table_open(a->format, stdout, columns, 2, &t, e);
    for (size_t j = 0; j < l->n_columns && !s; j++) {
        struct table_value pair[] = {table_text(l->columns[j]), values[j]};
        s = table_row(t, pair, e);
    }
    return list_end(t, s, e);
}

enum status list_pair(struct table *t, const char *name, const char *value, struct error *e)
{
    return table_row(t, (struct table_value[]){table_text(name), table_text(value)}, e);
}

void list_keys(const struct arg_key *keys, size_t n, char *scratch)
{
    int length = snprintf(scratch, LIST_SCRATCH, "%s", n ? "" : "-");
    for (size_t i = 0; i < n && length < LIST_SCRATCH; i++)
        length +=
            snprintf(scratch + length, (size_t)(LIST_SCRATCH - length), "%s%s", i ? ", " : "", keys[i].name);
}

enum status list_key(struct table *t, const struct arg_key *k, struct error *e)
{
    char choices[128];
    struct strbuf b = {0};
    arg_choices(k, choices);
    strbuf_printf(&b, "%s: %s", choices, k->doc);
    enum status s =
        b.text ? list_pair(t, k->name, b.text, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&b);
    return s;
}

enum status list_end(struct table *t, enum status s, struct error *e)
{
    if (!s)
        return table_close(t, e);
    table_abandon(t);
    return s;
}

enum status list_show(const struct list *l, const struct list_args *a, struct error *e)
{
    for (size_t i = 0; a->name && i < l->count(); i++)
        if (!strcmp(l->name_at(i), a->name))
            return show_one(l, i, a, e);
    if (a->name)
        return list_unknown(l->what, a->name, l->count(), l->name_at, e);
    struct table *t = NULL;
    enum status s = table_open(a->format, stdout, l->columns, l->n_columns, &t, e);
    for (size_t i = 0; i < l->count() && !s; i++) {
        struct table_value values[LIST_MAX_COLUMNS] = {{0}};
        char scratch[LIST_SCRATCH];
        l->row(i, values, scratch);
        s = table_row(t, values, e);
    }
    return list_end(t, s, e);
}
