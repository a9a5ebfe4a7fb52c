/* Which finished cell each tensor (or site) should use: the least sum of an error metric whose sum of a cost
 * keeps a budget. Everything is read from the result database. */
#ifndef EXPERIMENTS_ALLOCATE_H
#define EXPERIMENTS_ALLOCATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "experiments/cost_name.h"
#include "experiments/names.h"
#include "results/query.h"
#include "sim/base/status.h"

struct allocate_request {
    const char *metric; /* a name in the database: "mse" */
    const char *weight; /* of each tensor's error: "elements", "equal", or a file of lines NAME WEIGHT */
    const char *cost;   /* "storage.bits_per_element", or a quantity that one model has */
    bool total;         /* the budget is on the plain sum of costs, else on their mean over elements; of
                           storage.bits_per_element the sum of all bits */
    const char *op;     /* NULL: the only one; else of config_op_names */
    const char *where;  /* NULL, or a condition on v_cell */
    /* Globs; none: all. A cell needs one that matches. */
    const char *const *labels, *const *tensors;
    size_t n_labels, n_tensors;
    /* Tensors that one of these globs matches get one scheme. */
    const char *const *together;
    size_t n_together;
    double seconds; /* of the solver; 0: no limit */
};

/* A cell that could be chosen. */
struct choice_cell {
    char *dump, *tensor, *op, *label, *scheme, *keys; /* keys: what an experiment file says of it */
    int64_t seed;                                     /* the bits of an unsigned one */
    double n;                                         /* elements of what is measured */
    double value;                                     /* the metric */
    double quantity;                                  /* the cost */
    double bits, elements; /* stored, of the operands of a site; NaN where storage was not costed */
};

bool choice_same_scheme(const struct choice_cell *a, const struct choice_cell *b);

struct choices {
    struct names others; /* labels and tensors that were not asked for */
    struct allocate_request request;
    struct cost_name cost;
    bool storage;              /* the cost is storage.bits_per_element */
    struct choice_cell *cells; /* by dump, op, tensor, label, scheme, seed */
    size_t n_cells;
    struct choice_tensor {
        size_t first, n; /* of cells[] */
        double weight;
        double elements;
        size_t unit;
    } * tensors;
    size_t n_tensors;
    size_t n_units;   /* tensors of one unit share their scheme */
    double elements;  /* of all tensors */
    double sign, cap; /* error = sign * metric, metrics beyond cap as cap */
    size_t left_out;  /* cells without the metric or the cost, or with an infinite error */
};

/* Finds the candidates. STATUS_INVALID: an unknown metric or quantity, no candidate, more than one op, a
 * condition that is no SQL; STATUS_USAGE: a bad file of weights. */
enum status allocate_open(const struct allocate_request *r, struct query *q, struct choices *out,
                          struct error *e) MUST_CHECK;
void allocate_close(struct choices *c);

/* The ends of meaningful budgets: least possible, and that of the least error. */
enum status allocate_range(const struct choices *c, double *least, double *most, struct error *e) MUST_CHECK;
/* Chooses a cell for each tensor: chosen[] gets places in cells[]. STATUS_DIFFERENT if nothing keeps the
 * budget, saying the least possible. */
enum status allocate_solve(const struct choices *c, double budget, size_t *chosen,
                           struct error *e) MUST_CHECK;

/* What a cell adds to the sum of costs, and to the sum of errors. */
double allocate_cost(const struct choices *c, const struct choice_tensor *t, const struct choice_cell *cell);
double allocate_error(const struct choices *c, const struct choice_tensor *t, const struct choice_cell *cell);
/* The sum of costs of a choice, in the unit of the budget, and its sum of errors. */
double allocate_spent(const struct choices *c, const size_t *chosen);
double allocate_sum(const struct choices *c, const size_t *chosen);

/* Writes an experiment file that runs the chosen cells (experiments/allocate_study.c). STATUS_INVALID where
 * one file cannot say them: several seeds. */
enum status allocate_write_study(const struct choices *c, const size_t *chosen, const char *path,
                                 struct error *e) MUST_CHECK;

#endif
