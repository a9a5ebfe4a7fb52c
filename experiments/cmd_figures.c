#include <stdio.h>

#include "experiments/cli_list.h"
#include "plots/plot.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[NAME]",
                                 .doc = "List the figures, or show the query and the drawing of one.\v"
                                        "  bitsweep figures\n"
                                        "  bitsweep figures NAME\n"};

static const char *name_at(size_t i)
{
    return figure_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct figure *f = figure_at(i);
    *out++ = table_text(f->name);
    *out++ = table_text(f->title);
    *out++ = table_text(f->doc);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"figure", "title", "doc"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    enum status s = list_show(&(struct list){"figure", columns, 3, figure_count, name_at, row}, &a, e);
    if (!s && a.name && a.format == TABLE_TEXT)
        printf("\n-- what it selects\n%s\n# how it draws\n%s", figure_find(a.name)->sql,
               figure_find(a.name)->gp);
    return s;
}

const struct command command_figures = {"figures", "list the figures", run};
