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
    char result_hash[HASH128_HEX_SIZE];
    int64_t wall_ns;
};

struct outcome *outcome_alloc(const struct config *c); /* NULL when out of memory */
void outcome_free(struct outcome *o);
/* Computes n cells of one subject together. Failures of cells are kept in their outcomes; the status returned
 * is that of all (pipeline_cells), whose outcomes say nothing then. */
enum status outcomes_compute(const struct cell_request *r, struct outcome *const *o, size_t n,
                             const atomic_int *stop, struct error *e) MUST_CHECK;
/* Writes the row of a cell. */
enum status outcome_store(const struct outcome *o, const struct plan *p, const struct plan_cell *cell,
                          struct store *store, int64_t run_id, struct error *e) MUST_CHECK;

/* The tensor's row; `shape` (TENSOR_SHAPE_TEXT bytes) receives a text it points to. */
struct store_tensor plan_tensor_row(const struct plan_subject *s, char *shape);

#endif
