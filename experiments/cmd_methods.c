#include <stdio.h>

#include "experiments/cli_list.h"
#include "sim/method.h"

static const struct argp argp = {.parser = list_parse,
                                 .children = list_children,
                                 .args_doc = "[METHOD]",
                                 .doc = "List the methods: recipes of papers, or show one.\vExperiment files "
                                        "name them (method: smoothquant); keys that the file gives win.\n\n"
                                        "  bitsweep methods\n"
                                        "  bitsweep methods smoothquant\n"};

static const char *name_at(size_t i)
{
    return method_at(i)->name;
}

static void row(size_t i, struct table_value *out, char *scratch)
{
    const struct method *m = method_at(i);
    int n = 0;
    for (size_t k = 0; k < METHOD_KEYS && n < LIST_SCRATCH; k++)
        if (method_value(m, k))
            n += snprintf(scratch + n, (size_t)(LIST_SCRATCH - n), "%s%s: %s", n ? "; " : "", method_keys[k],
                          method_value(m, k));
    *out++ = table_text(m->name);
    *out++ = table_text(m->op);
    *out++ = table_text(scratch);
    *out++ = table_text(m->doc);
    *out++ = table_text(m->citation);
    *out++ = table_text(m->study);
    *out++ = table_text(*m->note ? m->note : "-");
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    static const char *const columns[] = {"method", "op", "recipe", "doc", "paper", "study", "note"};
    struct list_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    return list_show(&(struct list){"method", columns, 7, method_count, name_at, row}, &a, e);
}

const struct command command_methods = {"methods", "list the recipes of papers", run, &argp};
