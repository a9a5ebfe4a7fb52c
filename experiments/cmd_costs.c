#include "experiments/cli_list.h"
#include "sim/cost/cost.h"

static const struct argp argp = {
    .parser = list_parse,
    .children = list_children,
    .args_doc = "[NAME]",
    .doc = "List the cost models and the sources of their constants, or show one with its keys.\v"
           "Experiment files name models with what they take: cost: [storage, \"fp8_vs_int8\"]. Those marked "
           "'standard' are stored where a file names none.\n\n"
           "  bitsweep costs\n"
           "  bitsweep costs fp8_vs_int8\n"
           "  bitsweep costs --format md\n"};

static const char *name_at(size_t i)
{
    return cost_model_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    const struct cost_model *m = cost_model_at(i);
    list_keys(m->keys, m->n_keys, scratch);
    *out++ = table_text(m->name);
    *out++ = table_text(m->standard ? "standard" : "-");
    *out++ = table_text(scratch);
    *out++ = table_text(m->doc);
    *out++ = table_text(m->source);
}

static enum status show(const struct cost_model *m, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"property", "value"};
    struct table *out = NULL;
    enum status s = table_open(format, stdout, columns, 2, &out, e);
    if (s)
        return s;
    s = list_pair(out, "cost", m->name, e);
    if (!s)
        s = list_pair(out, "doc", m->doc, e);
    if (!s)
        s = list_pair(out, "source", m->source, e);
    for (size_t i = 0; i < m->n_keys && !s; i++)
        s = list_key(out, &m->keys[i], e);
    return list_end(out, s, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"cost", "stored", "keys", "doc", "source"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    const struct cost_model *one = a.name ? cost_model_find(a.name) : NULL;
    if (one)
        return show(one, a.format, e);
    return list_show(&(struct list){"cost model", columns, 5, cost_model_count, name_at, row}, &a, e);
}

const struct command command_costs = {"costs", "list the cost models and their sources", run};
