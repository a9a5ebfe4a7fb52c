#include <stdio.h>
#include <stdlib.h>

#include "experiments/cli_study.h"
#include "sim/base/strbuf.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    if (key != ARGP_KEY_INIT)
        return ARGP_ERR_UNKNOWN;
    state->child_inputs[0] = state->input;
    return 0;
}

static const struct argp_child children[] = {{&study_argp, 0, NULL, 0}, {0}};
static const struct argp argp = {
    .parser = parse,
    .children = children,
    .args_doc = "FILE...",
    .doc = "Compute every cell of the experiment files that is not in the database yet. The same command "
           "goes on "
           "after an interruption. Ctrl-C finishes the cells under way; a second one stops at once.\v"
           "  bitsweep run experiments/quickstart.yaml\n"
           "  bitsweep run study.yaml --set 'sweep.grid.block=[16,32]' --only 'format=e2m1'\n"
           "  bitsweep run study.yaml --db /tmp/study.db --jobs 8\n"};

/* Rows that are shown whole; of more, only the schemes that no other beats. */
#define SHOWN 24

/* Schemes of a run with means over its tensors. Infinite ratios (exact tensors) would hide the others. */
static const char means[] =
    "WITH scheme AS (SELECT m.label AS scheme, avg(m.bits_per_element) AS bits,"
    " avg(CASE WHEN abs(m.sqnr_db) <= 1.7976931348623157e308 THEN m.sqnr_db END) AS sqnr_db,"
    " max(m.mac_gates) AS gates, count(*) AS tensors"
    " FROM v_cell m JOIN run_cell x ON x.cell_id = (SELECT cell_id FROM cell c WHERE c.cell_sha256 ="
    " m.cell_sha256) WHERE x.run_id = %lld GROUP BY m.scheme)";

/* The finished schemes of the run, read back from the database. */
static enum status show_results(const char *db, int64_t run_id, struct error *e)
{
    struct query *q = NULL;
    struct strbuf sql = {0};
    size_t rows = 0, all = 0;
    enum status s = query_open(db, 0, &q, e);
    if (s)
        return s;
    FILE *nowhere = fopen("/dev/null", "w");
    strbuf_printf(&sql, means, (long long)run_id);
    strbuf_add(&sql, " SELECT scheme FROM scheme");
    if (!nowhere || !sql.text)
        s = error_set(e, STATUS_INTERNAL, "cannot count the results");
    else
        s = query_write(q, sql.text, TABLE_CSV, nowhere, &all, e);
    if (nowhere)
        fclose(nowhere);
    strbuf_free(&sql);
    if (s || !all)
        goto out;
    strbuf_printf(&sql, means, (long long)run_id);
    strbuf_add(&sql, " SELECT scheme, round(bits, 3) AS bits, round(sqnr_db, 2) AS sqnr_db, gates, tensors "
                     "FROM scheme a");
    if (all > SHOWN)
        strbuf_add(&sql,
                   " WHERE NOT EXISTS (SELECT 1 FROM scheme b WHERE b.bits <= a.bits AND b.sqnr_db >= "
                   "a.sqnr_db AND (b.bits < a.bits OR b.sqnr_db > a.sqnr_db)) AND a.sqnr_db IS NOT NULL "
                   "AND a.bits IS NOT NULL");
    strbuf_add(&sql, " ORDER BY bits, sqnr_db DESC, scheme");
    if (!sql.text)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    else
        s = query_write(q, sql.text, TABLE_TEXT, stdout, &rows, e);
    if (!s && all > SHOWN)
        printf("\n%zu of %zu schemes: those that no other beats in both bits per element and mean SQNR.\n"
               "All: bitsweep query v_scheme --db %s\n",
               rows, all, db);
out:
    strbuf_free(&sql);
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
        s = study_load(a, i, &configs[i], e);
    return s;
}

static enum status run_one(const struct config *c, const struct run_options *o, struct error *e)
{
    struct run_summary summary = {0};
    enum status s = run_execute(c, o, &summary, e);
    if (!goes_on(s) || o->quiet)
        return s;
    enum status shown = show_results(o->db, summary.run_id, s ? NULL : e);
    return shown ? shown : s;
}

static enum status run(const struct cli *cli, int argc, char **argv, struct error *e)
{
    struct study_args a = {0};
    cli_parse(&argp, argc, argv, &a);
    cli_catch_signals();
    struct run_options o = study_options(&a, cli);
    struct config **configs = calloc(a.n_files, sizeof(struct config *));
    enum status worst = configs ? load_all(&a, configs, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < a.n_files && goes_on(worst); i++) {
        enum status s = run_one(configs[i], &o, e);
        worst = s ? s : worst;
    }
    for (size_t i = 0; configs && i < a.n_files; i++)
        config_free(configs[i]);
    free(configs);
    study_free(&a);
    return worst;
}

const struct command command_run = {"run", "compute what is missing of experiment files", run};
