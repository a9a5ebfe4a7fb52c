/* bitsweep diff: what it prints of comparisons. */
#ifndef EXPERIMENTS_DIFF_H
#define EXPERIMENTS_DIFF_H

#include "experiments/cli_dump.h"
#include "results/table.h"
#include "sim/compare.h"
#include "sim/scheme.h"

/* A scheme as it was named. */
struct diff_scheme {
    const char *name;
    struct quant_spec spec;
};

/* Each scheme against each other on the tensors of the dump that `glob` (NULL: all) matches: SQNR over all
 * their elements, and the percentage of elements that differ. */
enum status diff_matrix(const struct diff_scheme *schemes, size_t n, const struct dump_args *dump,
                        const char *glob, uint64_t seed, enum table_format format,
                        struct error *e) MUST_CHECK;

/* The tensors of a dump that a glob (NULL: all) matches, one after another; STATUS_MISSING if there is none.
 */
enum status diff_each_tensor(const struct dump_args *dump, const char *glob,
                             enum status (*each)(void *context, const struct subject *s, struct error *e),
                             void *context, struct error *e) MUST_CHECK;

#endif
