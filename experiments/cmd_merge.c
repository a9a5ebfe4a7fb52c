#include <stdio.h>
#include <stdlib.h>

#include "experiments/cli_list.h"
#include "results/merge.h"
#include "results/store.h"

struct args {
    const char *into, **from;
    size_t n;
    enum table_format format;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->format;
        break;
    case ARGP_KEY_ARG:
        if (a->into)
            a->from[a->n++] = arg;
        else
            a->into = arg;
        break;
    case ARGP_KEY_END:
        if (!a->n)
            argp_error(state, "a database to write and at least one to read are needed");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_child children[] = {{&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {.parser = parse,
                                 .children = children,
                                 .args_doc = "INTO FROM...",
                                 .doc = "Add the runs and cells of databases to one, which is made if there "
                                        "is none: the shards of a study, or "
                                        "what others computed. Each file is joined whole or not at all; "
                                        "joining it again changes nothing. Cells "
                                        "of other semantics, and cells whose results differ, are refused.\v"
                                        "  bitsweep merge all.db all.*-of-20.db\n"};

static enum status row(struct table *t, const char *from, const struct merge_report *r, struct error *e)
{
    const struct table_value values[] = {table_text(from),           table_integer(r->runs),
                                         table_integer(r->cells),    table_integer(r->known),
                                         table_integer(r->replaced), table_integer(r->values),
                                         table_integer(r->costs)};
    return table_row(t, values, e);
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    static const char *const columns[] = {"from", "runs", "cells", "known", "replaced", "values", "costs"};
    (void)cli;
    struct args a = {.from = calloc((size_t)argc, sizeof(char *))};
    struct table *t = NULL;
    enum status s = a.from ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        cli_parse(&argp, argc, argv, &a);
        s = table_open(a.format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
    }
    for (size_t i = 0; i < a.n && !s; i++) {
        struct merge_report r;
        s = merge_file(a.into, a.from[i], &r, e);
        if (!s)
            s = row(t, a.from[i], &r, e);
    }
    if (a.n && !s)
        store_say_log(a.into, stderr);
    /* What was joined before a failure stays, and is said. */
    struct error ignored = {{0}};
    enum status closed = t ? table_close(t, s ? &ignored : e) : STATUS_OK;
    free(a.from);
    return s ? s : closed;
}

const struct command command_merge = {"merge", "join result databases", run, &argp};
