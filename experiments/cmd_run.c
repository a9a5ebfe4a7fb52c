#include <stdio.h>
#include <stdlib.h>

#include "experiments/cli_study.h"
#include "sim/base/strbuf.h"

static const struct argp_option options[] = {
    {"quiet", 'q', NULL, 0, "neither progress nor a table at the end; warnings and errors stay", 0},
    {"verbose", 'v', NULL, 0, "a line for each cell: key, time, tensor, scheme", 0},
    {0}};
static const struct argp argp = {
    .options = options,
    .parser = run_args_parse,
    .children = run_args_children,
    .args_doc = "FILE...",
    .doc = "Compute every cell of the experiment files that is not in the database yet. The same command "
           "goes on after an interruption. Ctrl-C finishes the cells under way; a second one stops at once.\v"
           "  bitsweep run experiments/quickstart.yaml\n"
           "  bitsweep run study.yaml --set 'sweep.grid.block=[16,32]' --only 'e2m1*'\n"
           "  bitsweep run study.yaml --db /tmp/study.db --jobs 8\n"};

/* Rows that are shown whole; of more, only the schemes that no other beats. */
#define SHOWN 24

/* Schemes of a run with means over its tensors, summed in one order, so that equal ones are equal to the last
 * bit. Infinite ratios (exact tensors) would hide the others. */
static const char means[] =
    "WITH measured AS (SELECT m.* FROM v_cell m JOIN v_run_cell x USING(cell_sha256) WHERE x.run_id = %lld"
    " ORDER BY m.scheme, m.tensor, m.cell_sha256)"
    ", scheme AS (SELECT label AS scheme, avg(bits_per_element) AS bits,"
    " avg(CASE WHEN abs(sqnr_db) <= 1.7976931348623157e308 THEN sqnr_db END) AS sqnr_db,"
    " max(mac_gates) AS gates, count(*) AS tensors FROM measured GROUP BY measured.scheme)"
    ", complete AS (SELECT * FROM scheme WHERE tensors = (SELECT max(tensors) FROM scheme))"
    " SELECT scheme, round(bits, 3) AS bits, round(sqnr_db, 2) AS sqnr_db, gates, tensors FROM ";
/* A mean over fewer tensors, where cells failed, is over other data: no comparison. */
static const char unbeaten[] =
    "complete a WHERE a.sqnr_db IS NOT NULL AND a.bits IS NOT NULL AND NOT EXISTS (SELECT 1 FROM complete b"
    " WHERE b.bits <= a.bits AND b.sqnr_db >= a.sqnr_db AND (b.bits < a.bits OR b.sqnr_db > a.sqnr_db))";

/* The finished schemes of the run, read back from the database. */
static enum status show_results(const char *db, const struct run_summary *summary, struct error *e)
{
    if (summary->done + summary->cached == 0)
        return STATUS_OK;
    bool all = summary->schemes <= SHOWN;
    size_t rows = 0;
    struct query *q = NULL;
    struct strbuf b = {0};
    strbuf_printf(&b, means, (long long)summary->run_id);
    strbuf_add(&b, all ? "scheme" : unbeaten);
    strbuf_add(&b, " ORDER BY bits, sqnr_db DESC, scheme");
    char *sql = strbuf_take(&b);
    enum status s = sql ? query_open(db, 0, &q, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = query_write(q, sql, TABLE_TEXT, stdout, &rows, e);
    if (!s && !all)
        printf("\n%zu of %zu schemes: those that no other beats in both bits per element and mean SQNR.\n"
               "All: bitsweep query v_scheme --db %s\n",
               rows, summary->schemes, db);
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

static enum status run_one(const struct config *c, const struct run_options *o, struct error *e)
{
    struct run_summary summary = {0};
    enum status s = run_execute(c, o, &summary, e);
    if (!goes_on(s) || o->quiet)
        return s;
    enum status shown = show_results(o->db, &summary, s ? NULL : e);
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
        enum status s = run_one(configs[i], &a.run, e);
        worst = s ? s : worst;
    }
    for (size_t i = 0; configs && i < n; i++)
        config_free(configs[i]);
    free(configs);
    run_args_free(&a);
    return worst;
}

const struct command command_run = {"run", "compute what is missing of experiment files", run, &argp};
