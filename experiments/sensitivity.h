/* The schemes of a dump with the parts of a cost, from the result database. */
#ifndef EXPERIMENTS_SENSITIVITY_H
#define EXPERIMENTS_SENSITIVITY_H

#include <stdbool.h>
#include <stddef.h>

#include "experiments/cost_name.h"
#include "experiments/tradeoff.h"

struct sensitivity_request {
    const char *cost; /* MODEL.QUANTITY, or a quantity that one model has */
    const char *dump; /* NULL: that with the most schemes; else its path, or the end of it after a slash */
    const char *op;   /* NULL: the only one; else of config_op_names */
    /* Globs over labels; none: all schemes. */
    const char *const *labels;
    size_t n_labels;
    /* Quantities that are parts; none: those of the cost's unit that add up to it. */
    const char *const *parts;
    size_t n_parts;
    bool whole; /* the cost is one part */
};

struct sensitivity {
    struct cost_name cost;
    char *dump, *op, *unit;
    size_t dumps;  /* that have the cost (and the op) */
    char **labels; /* of the schemes, in the order of their texts, which breaks ties as in v_pareto */
    size_t n;
    char **parts; /* names; the last is "rest" where named parts leave one */
    size_t n_parts;
    struct tradeoff tradeoff;
};

/* Complete schemes that lost no element, as v_pareto takes them. STATUS_INVALID: no such cost, dump or
 * scheme, several ops, parts that do not add up or are more than the cost. */
enum status sensitivity_open(const struct sensitivity_request *r, struct query *q, struct sensitivity *out,
                             struct error *e) MUST_CHECK;
void sensitivity_close(struct sensitivity *s);

#endif
