/* Reading the result database: people's SQL, views by name, exports. */
#ifndef RESULTS_QUERY_H
#define RESULTS_QUERY_H

#include <stdint.h>
#include <stdio.h>

#include "results/table.h"
#include "sim/base/status.h"

struct query;

/* Opens a database read-only (a write-protected file in a write-protected folder too). Queries run under
 * query_only, an authorizer that refuses everything but reading, a progress handler that stops after
 * `seconds` of processor time (0: no limit; one call of a function of SQL is not cut short), and a limit of
 * 64 MiB for each value. Errors: STATUS_MISSING (no such file), STATUS_IO (not a database, unreadable,
 * damaged), STATUS_INVALID (of another program, empty, or newer than this program). */
enum status query_open(const char *path, double seconds, struct query **out, struct error *e) MUST_CHECK;
/* The same of a database of this program's schema: STATUS_INVALID for an older one, saying how to bring it up
 * to date. For SQL that knows the newest tables. */
enum status query_open_current(const char *path, struct query **out, struct error *e) MUST_CHECK;
/* From now on there is nothing but the studies whose names a glob takes, each as its last run had it: the
 * tables config, run, run_cell, cell, value and cost_value, and all views. STATUS_INVALID if it takes none,
 * saying what there is, and for a database of an older schema. Once for a query. */
enum status query_choose_studies(struct query *q, const char *glob, struct error *e) MUST_CHECK;
/* The same of the study of that name. */
enum status query_choose_study(struct query *q, const char *name, struct error *e) MUST_CHECK;
void query_close(struct query *q);
/* Bounds the bytes of one value, below the limit that holds anyway. */
void query_limit_values(struct query *q, int bytes);
/* Bounds what SQLite may allocate in this process, for all of its databases; 0: no bound. Queries that need
 * more end with STATUS_INVALID. For programs that do nothing but query. */
void query_limit_memory(uint64_t bytes);

/* Writes the rows of `sql` (a SELECT, or the name of a view or table). `rows` (may be NULL) gets their
 * number. Numbers print with 17 significant digits in csv, json, jsonl and tsv, shortened in table and md;
 * missing values and infinities as in results/table.h. A bare name gives SELECT * in the view's own order, or
 * a table's primary key's. Errors: STATUS_INVALID (SQL, unknown name, anything but one reading statement,
 * time limit), STATUS_IO. */
enum status query_write(struct query *q, const char *sql, enum table_format format, FILE *out, size_t *rows,
                        struct error *e) MUST_CHECK;
/* The rows of `sql`, as above, one by one: `values` has one for each column and lives as long as the call.
 * What `row` returns, unless STATUS_OK, ends it. */
typedef enum status query_row(void *context, const struct table_value *values, struct error *e);
enum status query_each(struct query *q, const char *sql, query_row *row, void *context,
                       struct error *e) MUST_CHECK;
/* The same with texts for the parameters of `sql`; what it has beside them is STATUS_INVALID. */
struct query_parameter {
    const char *name; /* ":row" */
    const char *text;
};
enum status query_each_with(struct query *q, const char *sql, const struct query_parameter *parameters,
                            size_t n, query_row *row, void *context, struct error *e) MUST_CHECK;
/* Names of tables and views with a doc line each, to `out`. */
enum status query_list(struct query *q, enum table_format format, FILE *out, struct error *e) MUST_CHECK;

#endif
