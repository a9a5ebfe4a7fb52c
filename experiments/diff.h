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

enum diff_part { DIFF_COUNTS, DIFF_METRICS, DIFF_FIRST, DIFF_PARTS };
extern const char *const diff_part_names[DIFF_PARTS];

struct diff_options {
    struct dump_args dump; /* no path: all binary32 numbers */
    const char *glob;      /* NULL, or the tensors that are wanted */
    enum table_format format;
    bool one_part; /* `part` alone */
    enum diff_part part;
    uint64_t seed;
    int jobs; /* of all binary32 numbers */
    bool quiet;
    const atomic_int *stop;
};

/* Two schemes: counts, the first difference, metrics. STATUS_DIFFERENT if they differ. */
enum status diff_pair(const struct diff_options *o, const struct diff_scheme schemes[2],
                      struct error *e) MUST_CHECK;

/* Each scheme against each other: SQNR over all elements of all tensors, and the percentage of elements that
 * differ. */
enum status diff_matrix(const struct diff_options *o, const struct diff_scheme *schemes, size_t n,
                        struct error *e) MUST_CHECK;

/* The tensors of the dump that are wanted, in memory, one after another; STATUS_MISSING if there is none. */
enum status diff_each_tensor(const struct diff_options *o,
                             enum status (*each)(void *context, const struct subject *s, struct error *e),
                             void *context, struct error *e) MUST_CHECK;

#endif
