#include <stdio.h>

#include "experiments/cli_list.h"
#include "plots/plot.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[FIGURE]",
                                 .doc = "List the figures, or show the query and the drawing of one.\v"
                                        "  bitsweep figures\n"
                                        "  bitsweep figures NAME\n"};

/* Those of the database, then those of given rows. */
static size_t count(void)
{
    return figure_count() + figure_given_count();
}

static const struct figure *at(size_t i)
{
    return i < figure_count() ? figure_at(i) : figure_given_at(i - figure_count());
}

static const char *name_at(size_t i)
{
    return at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    (void)scratch;
    const struct figure *f = at(i);
    *out++ = table_text(f->name);
    *out++ = table_text(f->title);
    *out++ = table_text(f->doc);
    *out++ = table_text(f->sql ? "database" : "given");
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"figure", "title", "doc", "rows"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    enum status s = list_show(&(struct list){"figure", columns, 4, count, name_at, row}, &a, e);
    if (s || !a.name || a.format != TABLE_TEXT)
        return s;
    const struct figure *f = figure_find(a.name);
    if (f)
        printf("\n-- what it selects\n%s", f->sql);
    printf("\n# how it draws\n%s", (f ? f : figure_given_find(a.name))->gp);
    return s;
}

const struct command command_figures = {"figures", "list the figures", run, &argp};
