#include "experiments/cli_list.h"
#include "sim/transform.h"

static const struct argp argp = {
    .parser = list_parse,
    .children = list_children,
    .args_doc = "[TRANSFORM]",
    .doc = "List the transforms of sites and attention, or show one with its keys.\vExperiment files with "
           "op: matmul or attention take a chain: transform: \"smooth,alpha=0.6 | hadamard\".\n\n"
           "  bitsweep transforms\n"
           "  bitsweep transforms hadamard\n"};

static const char *name_at(size_t i)
{
    return transform_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    const struct transform *t = transform_at(i);
    list_keys(t->keys, t->n_keys, scratch);
    *out++ = table_text(t->name);
    *out++ = table_text(t->acts);
    *out++ = table_text(scratch);
    *out++ = table_text(t->doc);
}

static enum status show(const struct transform *t, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    char standard[TRANSFORM_TEXT_SIZE];
    struct transform_chain chain;
    struct table *out = NULL;
    enum status s = transform_parse(t->name, &chain, e);
    if (!s)
        s = table_open(format, stdout, columns, 2, &out, e);
    if (s)
        return s;
    transform_canonical(&chain, standard);
    s = list_pair(out, "transform", t->name, e);
    if (!s)
        s = list_pair(out, "acts on", t->acts, e);
    if (!s)
        s = list_pair(out, "doc", t->doc, e);
    if (!s)
        s = list_pair(out, "citation", t->citation, e);
    if (!s)
        s = list_pair(out, "exact output", t->keeps_output ? "kept" : "changed", e);
    if (!s)
        s = list_pair(out, "unless said", standard, e);
    for (size_t i = 0; i < t->n_keys && !s; i++)
        s = list_key(out, &t->keys[i], e);
    return list_end(out, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"transform", "acts on", "keys", "doc"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    const struct transform *one = a.name ? transform_find(a.name) : NULL;
    if (one)
        return show(one, a.format, e);
    return list_show(&(struct list){"transform", columns, 4, transform_count, name_at, row}, &a, e);
}

const struct command command_transforms = {
    "transforms", "list the transforms of sites and attention, with their keys", run, &argp};
