#include "experiments/cli_list.h"
#include "sim/cost/cost.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[NAME]",
                                 .doc =
                                     "List the cost models and the sources of their constants, or show one.\v"
                                     "  bitsweep costs\n"
                                     "  bitsweep costs --format md\n"};

static const char *name_at(size_t i)
{
    return cost_model_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct cost_model *m = cost_model_at(i);
    *out++ = table_text(m->name);
    *out++ = table_text(m->doc);
    *out++ = table_text(m->source);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"cost", "doc", "source"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    return list_show(&(struct list){"cost model", columns, 3, cost_model_count, name_at, row}, &a, e);
}

const struct command command_costs = {"costs", "list the cost models and their sources", run};
