#include <stdio.h>

#include "experiments/cli_list.h"
#include "experiments/provenance.h"
#include "experiments/published_table.h"
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

/* All numbers of papers of which the database has a result. */
static enum status put_published(const void *what, enum table_format format, FILE *out, size_t *rows,
                                 struct error *e)
{
    struct published_table table = {.all = true, .present = true};
    struct published *p = NULL;
    enum status s = query_open_current(what, &table.q, e);
    if (!s)
        s = published_own(&p, e);
    table.p = p;
    if (!s)
        s = published_table_open(&table, format, out, e);
    for (size_t i = 0; !s && i < p->n_papers; i++)
        s = published_table_add(&table, &p->papers[i], e);
    if (table.t)
        s = list_end(table.t, s, e);
    *rows = table.rows;
    published_free(p);
    query_close(table.q);
    return s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    (void)cli;
    struct args a = {0};
    cli_parse(&argp, argc, argv, &a);
    char program[128];
    snprintf(program, sizeof program, "bitsweep %s (commit %s%s)", build_info.version, build_info.git_commit,
             build_info.dirty ? ", changed" : "");
    const struct report_given published = {"published",
                                           "Published numbers beside ours",
                                           "What papers print and what this database says of it, with the "
                                           "tolerance of each number and, where we differ, why. "
                                           "`make paper` computes all of them.",
                                           put_published,
                                           a.db,
                                           figure_given_find("published")};
    const struct report r = {.db = a.db, .program = program, .given = &published, .n_given = 1};
    const enum status s = report_write(&r, a.dir, e);
    if (!s)
        printf("%s/index.html\n", a.dir);
    return s;
}

const struct command command_report = {"report", "write all results as one page of HTML", run, &argp};
