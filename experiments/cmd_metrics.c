#include "experiments/cli_list.h"
#include "sim/metric/metric.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[METRIC]",
                                 .doc = "List the metrics, or show one.\v"
                                        "  bitsweep metrics\n"
                                        "  bitsweep metrics sqnr_db --format json\n"};

static const char *name_at(size_t i)
{
    return metric_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct metric *m = metric_at(i);
    *out++ = table_text(m->name);
    *out++ = table_text(m->unit);
    *out++ = table_text(m->better ? m->better : "-");
    *out++ = table_text(m->of);
    *out++ = table_text(m->formula);
    *out++ = table_text(m->doc);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"metric", "unit", "better", "of", "formula", "doc"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    return list_show(&(struct list){"metric", columns, 6, metric_count, name_at, row}, &a, e);
}

const struct command command_metrics = {"metrics", "list the metrics, with their formulas", run, &argp};
