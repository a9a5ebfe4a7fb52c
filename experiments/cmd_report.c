#include <stdio.h>

#include "experiments/cli_list.h"
#include "experiments/provenance.h"
#include "plots/report.h"

struct args {
    const char *db, *dir;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct args *a = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &a->db;
        a->dir = cli_in_results("results/report");
        break;
    case 'o':
        a->dir = arg;
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0,
     "folder of the page (default: results/report where there is a folder results, else report)", 0},
    {0}};
static const struct argp_child children[] = {{&cli_db_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .doc = "Write all of a result database as one page of HTML, DIR/index.html: best schemes within budgets, "
           "figures with their numbers and queries, published numbers beside ours, provenance. The page "
           "needs no network, "
           "and no script to be read.\v"
           "  bitsweep report\n"
           "  bitsweep report --db study.db -o public\n"};

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    char program[128];
    snprintf(program, sizeof program, "bitsweep %s (commit %s%s)", build_info.version, build_info.git_commit,
             build_info.dirty ? ", changed" : "");
    const struct report r = {.db = a.db, .program = program};
    const enum status s = report_write(&r, a.dir, e);
    if (!s)
        printf("%s/index.html\n", a.dir);
    return s;
}

const struct command command_report = {"report", "write all results as one page of HTML", run, &argp};
