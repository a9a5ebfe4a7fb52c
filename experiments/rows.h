/* One finished cell on its way from a worker to the database. */
#ifndef EXPERIMENTS_ROWS_H
#define EXPERIMENTS_ROWS_H

#include "experiments/plan.h"

struct outcome {
    enum status status; /* OK: done; SKIP: skipped; else failed */
    struct error error; /* why, unless done */
    char key[HASH_HEX_SIZE];
    char *params; /* the JSON that was hashed */
    double *metrics;
    struct cost_value *costs;
    int *n_cost_values;
    struct analysis_result *analysis; /* of an analysis, else NULL */
    char result_hash[HASH128_HEX_SIZE];
    int64_t wall_ns;
};

struct outcome *outcome_alloc(const struct config *c); /* NULL when out of memory */
void outcome_free(struct outcome *o);
/* Where a cell puts its results: the arrays of the outcome. */
struct cell_result outcome_result(const struct outcome *o);
/* Takes over what else the cell came to. */
void outcome_fill(struct outcome *o, const struct cell_job *j);
/* The row of a cell, which points into the outcome and the plan. May be freed after every outcome. */
struct outcome_row {
    struct store_cell cell;
    struct store_metric_value *metrics;
    struct store_cost_value *costs;
    char shape[TENSOR_SHAPE_TEXT];
};
enum status outcome_row(const struct outcome *o, const struct plan *p, const struct plan_cell *cell,
                        struct outcome_row *out, struct error *e) MUST_CHECK;
void outcome_row_free(struct outcome_row *r);
/* Writes it. */
enum status outcome_store(const struct outcome *o, const struct plan *p, const struct plan_cell *cell,
                          struct store *store, int64_t run_id, struct error *e) MUST_CHECK;

/* The tensor's row, empty of analyses; `shape` (TENSOR_SHAPE_TEXT bytes) receives a text it points to. */
struct store_tensor plan_tensor_row(const struct plan_subject *s, char *shape);

#endif
