#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_study.h"
#include "sim/base/strbuf.h"

static const struct argp_option options[] = {
    {"quiet", 'q', NULL, 0, "neither progress nor a table at the end; warnings and errors stay", 0},
    {"verbose", 'v', NULL, 0, "a line for each cell: key, time, tensor, scheme", 0},
    {0}};
static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct run_args *a = state->input;
    error_t known = run_args_parse(key, arg, state);
    if (key == ARGP_KEY_INIT)
        state->child_inputs[2] = &a->format;
    return known;
}

static const struct argp_child children[] = {
    {&study_argp, 0, NULL, 0}, {&run_argp, 0, NULL, 0}, {&cli_format_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .options = options,
    .parser = parse,
    .children = children,
    .args_doc = "FILE...",
    .doc = "Compute every cell of the experiment files that is not in the database yet. The same command "
           "goes on after an interruption. Ctrl-C finishes the cells under way; a second one stops at once.\v"
           "  bitsweep run experiments/quickstart.yaml\n"
           "  bitsweep run study.yaml --set 'sweep.grid.block=[16,32]' --only 'e2m1*'\n"
           "  bitsweep run study.yaml --db /tmp/study.db --jobs 8\n"};

/* Schemes that are shown whole; of more, only the best within each budget. */
#define SHOWN 24
/* Values of analyses that are shown. */
#define VALUES_SHOWN 60

/* The metric that v_study compares by. */
static const char *metric_of(const struct config *c)
{
    for (size_t i = 0; i < c->n_metrics; i++)
        if (!strcmp(c->metrics[i]->name, "sqnr_db"))
            return "sqnr_db";
    return c->metrics[0]->name;
}

/* The values of its analyses. */
static enum status show_analyses(const struct run_args *a, const struct run_summary *summary, struct error *e)
{
    struct query *q = NULL;
    char sql[512];
    snprintf(
        sql, sizeof sql,
        "SELECT label AS analysis, substr(name, length(params ->> 'analysis') + 2) AS quantity, v AS value, "
        "unit"
        " FROM run_cell x JOIN cell c USING(cell_id) JOIN value USING(cell_id) JOIN metric USING(metric_id)"
        " WHERE x.run_id = %lld ORDER BY label, metric_id LIMIT %d",
        (long long)summary->run_id, VALUES_SHOWN);
    enum status s = query_open(a->run.db, 0, &q, e);
    if (!s)
        s = query_write(q, sql, a->format, stdout, NULL, e);
    if (!s && table_for_people(a->format))
        printf("\nAll values: bitsweep query v_analysis --db %s\n", a->run.db);
    query_close(q);
    return s;
}

/* The finished schemes of the run, read back from the database. */
static enum status show_results(const struct config *c, const struct run_args *a,
                                const struct run_summary *summary, struct error *e)
{
    if (summary->done + summary->cached == 0)
        return STATUS_OK;
    if (c->op == OP_ANALYSIS)
        return show_analyses(a, summary, e);
    const bool all = summary->schemes <= SHOWN;
    const char *metric = metric_of(c);
    size_t rows = 0;
    struct query *q = NULL;
    struct strbuf b = {0};
    strbuf_add(&b, "SELECT budget, label AS scheme, round(bits_per_element, 3) AS bits, ");
    strbuf_printf(&b,
                  strcmp(metric, "sqnr_db") ? "CAST(printf('%%.5g', value) AS REAL) AS %s"
                                            : "round(value, 2) AS %s",
                  metric);
    strbuf_printf(&b, ", mac_gates AS gates, tensors FROM v_study WHERE run_id = %lld%s",
                  (long long)summary->run_id, all ? "" : " AND budget IS NOT NULL");
    char *sql = strbuf_take(&b);
    enum status s = sql ? query_open(a->run.db, 0, &q, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = query_write(q, sql, a->format, stdout, &rows, e);
    if (!s && table_for_people(a->format))
        printf("\nBudget: the best scheme by mean %s of at most so many bits per element%s.\n"
               "Again: bitsweep query v_study --db %s; all schemes: v_scheme\n",
               metric, all ? "" : "; the others are left out", a->run.db);
    free(sql);
    query_close(q);
    return s;
}

/* Whether a failure of one file leaves the others worth running. */
static bool goes_on(enum status s)
{
    return s == STATUS_OK || s == STATUS_DIFFERENT;
}

/* Loads every file before the first cell of any runs. */
static enum status load_all(const struct study_args *a, struct config **configs, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; i < a->n_files && !s; i++)
        s = study_args_load(a, i, &configs[i], e);
    return s;
}

static enum status run_one(const struct config *c, const struct run_args *a, struct error *e)
{
    struct run_summary summary = {0};
    enum status s = run_execute(c, &a->run, &summary, e);
    if (!goes_on(s) || a->run.quiet)
        return s;
    enum status shown = show_results(c, a, &summary, s ? NULL : e);
    return s ? s : shown;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct run_args a = run_args_get(&argp, cli, argc, argv);
    size_t n = a.study.n_files;
    struct config **configs = calloc(n, sizeof(struct config *));
    enum status worst =
        configs ? load_all(&a.study, configs, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && goes_on(worst); i++) {
        enum status s = run_one(configs[i], &a, e);
        worst = s ? s : worst;
    }
    for (size_t i = 0; configs && i < n; i++)
        config_free(configs[i]);
    free(configs);
    run_args_free(&a);
    return worst;
}

const struct command command_run = {"run", "compute what is missing of experiment files", run, &argp};
