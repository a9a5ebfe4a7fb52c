#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/metric/metric.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[NAME]",
                                 .doc = "List the metrics, or show one.\v"
                                        "  bitsweep metrics\n"
                                        "  bitsweep metrics sqnr_db --format json\n"};

static const char *name_at(size_t i)
{
    return metric_at(i)->name;
}

static void add(struct table *t, size_t i)
{
    const struct metric *m = metric_at(i);
    table_text(t, m->name);
    table_text(t, m->unit);
    table_text(t, m->better ? m->better : "-");
    table_text(t, m->of);
    table_text(t, m->formula);
    table_text(t, m->doc);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"metric", "unit", "better", "of", "formula", "doc"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    return list_show(&(struct list){"metric", columns, 6, metric_count, name_at, add}, &a, e);
}

const struct command command_metrics = {"metrics", "list the metrics, with their formulas", run};
