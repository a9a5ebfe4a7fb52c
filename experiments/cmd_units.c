#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/mac.h"

struct args {
    struct list_args list;
    bool keys; /* listed instead of units */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key != 'k')
        return list_parse(key, arg, state);
    a->keys = true;
    return 0;
}

static const struct argp_option options[] = {{"keys", 'k', NULL, 0, "list the keys of MAC texts instead", 0},
                                             {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = list_children,
    .args_doc = "[UNIT|MAC]",
    .doc = "List the matrix units, or show what a MAC text means.\v"
           "A MAC text is a unit or an order of summation (exact, sequential, pairwise,\n"
           "blocked, split, odd-even, fused), then keys:\n  sequential,acc=bf16,promote=32,outer=fp32\n\n"
           "  bitsweep units\n"
           "  bitsweep units h100_wgmma_fp8,promote=128\n"
           "  bitsweep units --keys\n"};

static const char *unit_name(size_t i)
{
    return unit_at(i)->name;
}

static void unit_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct unit *u = unit_at(i);
    *out++ = table_text(u->name);
    *out++ = table_text(u->formats);
    *out++ = table_text(u->doc);
    *out++ = table_text(u->checked);
}

static const char *key_name(size_t i)
{
    return mac_key_at(i)->name;
}

static void key_row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct text_key *k = mac_key_at(i);
    *out++ = table_text(k->name);
    *out++ = table_text(k->choices);
    *out++ = table_text(k->doc);
}

/* What a MAC text means, key by key. */
static enum status show(const struct list_args *a, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct mac_spec m;
    char text[MAC_TEXT_SIZE];
    enum status s = mac_parse(a->name, &m, e);
    if (s)
        return s;
    struct table *t = NULL;
    s = table_open(a->format, stdout, columns, 2, &t, e);
    mac_identity(&m, text);
    if (!s)
        s = list_pair(t, "canonical", text, e);
    mac_short(&m, text);
    if (!s)
        s = list_pair(t, "short", text, e);
    for (size_t i = 0; i < mac_key_count() && !s; i++) {
        mac_get(&m, mac_key_at(i), text);
        if (*text)
            s = list_pair(t, mac_key_at(i)->name, text, e);
    }
    const struct unit *u = unit_find(a->name);
    if (!s && u)
        s = list_pair(t, "formats", u->formats, e);
    if (!s && u)
        s = list_pair(t, "doc", u->doc, e);
    if (!s && u)
        s = list_pair(t, "citation", u->citation, e);
    if (!s && u)
        s = list_pair(t, "checked", u->checked, e);
    return list_end(t, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const unit_columns[] = {"unit", "formats", "doc", "checked"};
    static const char *const key_columns[] = {"key", "choices", "doc"};
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    if (a.keys)
        return list_show(&(struct list){"key", key_columns, 3, mac_key_count, key_name, key_row}, &a.list, e);
    if (a.list.name)
        return show(&a.list, e);
    return list_show(&(struct list){"unit", unit_columns, 4, unit_count, unit_name, unit_row}, &a.list, e);
}

const struct command command_units = {"units", "list matrix units and keys of MAC texts", run, &argp};
