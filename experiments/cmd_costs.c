#include "experiments/cli_list.h"
#include "experiments/component_page.h"
#include "sim/cost/component.h"
#include "sim/cost/cost.h"

struct args {
    struct list_args list;
    bool components; /* listed instead of models */
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    if (key != 'k')
        return list_parse(key, arg, state);
    a->components = true;
    return 0;
}

static const struct argp_option options[] = {
    {"components", 'k', NULL, 0, "list the components of units instead, or show one: NAME[,key=value]...", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = list_children,
    .args_doc = "[MODEL]",
    .doc = "List the cost models and the sources of their constants, or show one with its keys.\v"
           "Experiment files name models with what they take: cost: [storage, \"fp8_vs_int8\"]. Those marked "
           "'standard' are stored where a file names none. What a scheme costs: bitsweep cost.\n\n"
           "  bitsweep costs\n"
           "  bitsweep costs fp8_vs_int8\n"
           "  bitsweep costs --components\n"
           "  bitsweep costs --components multiplier,a=4,b=4\n"
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

static const char *component_name(size_t i)
{
    return component_at(i)->name;
}

static void component_row(size_t i, struct table_value *out, char *scratch)
{
    const struct component *c = component_at(i);
    list_keys(c->keys, c->n_keys, scratch);
    *out++ = table_text(c->name);
    *out++ = table_text(scratch);
    *out++ = table_text(c->doc);
    *out++ = table_text(c->source);
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
    static const char *const component_columns[] = {"component", "keys", "doc", "source"};
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    if (a.components && a.list.name)
        return component_page(a.list.name, a.list.format, e);
    if (a.components)
        return list_show(
            &(struct list){"component", component_columns, 4, component_count, component_name, component_row},
            &a.list, e);
    const struct cost_model *one = a.list.name ? cost_model_find(a.list.name) : NULL;
    if (one)
        return show(one, a.list.format, e);
    return list_show(&(struct list){"cost model", columns, 5, cost_model_count, name_at, row}, &a.list, e);
}

const struct command command_costs = {"costs", "list the cost models and their sources", run, &argp};
