#include <stdio.h>

#include "experiments/cli_list.h"
#include "results/gc.h"
#include "results/store.h"

struct args {
    const char *db;
    struct gc_options o;
    enum table_format format;
};

enum { OPT_FAILED = 256, OPT_SUPERSEDED, OPT_CHANGED, OPT_EMPTY };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        state->child_inputs[1] = &a->format;
        break;
    case OPT_FAILED:
        a->o.failed = true;
        break;
    case OPT_SUPERSEDED:
        a->o.superseded = true;
        break;
    case OPT_CHANGED:
        a->o.changed = true;
        break;
    case OPT_EMPTY:
        a->o.empty_runs = true;
        break;
    case 'n':
        a->o.dry = true;
        break;
    case ARGP_KEY_ARG:
        argp_error(state, "'%s' is not expected; the database is said by --db", arg);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"failed", OPT_FAILED, NULL, 0, "cells that failed or were skipped go", 0},
    {"superseded", OPT_SUPERSEDED, NULL, 0, "cells of older semantics than the newest in the file go", 0},
    {"changed", OPT_CHANGED, NULL, 0, "cells of tensors whose names mean other bytes now go", 0},
    {"empty-runs", OPT_EMPTY, NULL, 0, "runs without cells go", 0},
    {"dry-run", 'n', NULL, 0, "say what would go, and change nothing; a file of an older schema is refused",
     0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc =
        "Remove from the result database what nothing refers to (tensors without cells, studies, programs "
        "and machines "
        "without runs, metrics and kinds of cost without values), and what is asked for, and pack the file.\v"
        "  bitsweep gc --dry-run --failed --superseded\n"
        "  bitsweep gc --db study.db --changed --empty-runs\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    static const char *const columns[] = {"removed", "rows"};
    struct args a = {.db = NULL};
    struct gc_report r;
    struct table *t = NULL;
    (void)cli;
    cli_parse(&argp, argc, argv, &a);
    enum status s = gc_database(a.db, &a.o, &r, e);
    if (!s)
        store_say_log(a.db, stderr);
    if (!s)
        s = table_open(a.format, stdout, columns, 2, &t, e);
    if (s)
        return s;
    const struct table_value rows[][2] = {{table_text("cells"), table_integer(r.cells)},
                                          {table_text("runs"), table_integer(r.runs)},
                                          {table_text("tensors"), table_integer(r.tensors)},
                                          {table_text("other rows"), table_integer(r.others)},
                                          {table_text("bytes of the file"), table_integer(r.bytes)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !s; i++)
        s = table_row(t, rows[i], e);
    return list_end(t, s, e);
}

const struct command command_gc = {"gc", "remove from a database what is of no use any more", run, &argp};
