/* Published numbers beside ours as rows. */
#ifndef EXPERIMENTS_PUBLISHED_TABLE_H
#define EXPERIMENTS_PUBLISHED_TABLE_H

#include "experiments/published.h"

struct published_table {
    const struct published *p;
    struct query *q;
    bool all;     /* those that agree too */
    bool present; /* without those of which the database has no result */
    struct table *t;
    size_t counts[PUBLISHED_VERDICTS]; /* of what was compared, rows or not */
    size_t rows;
};

/* Opens a table of its columns. */
enum status published_table_open(struct published_table *s, enum table_format format, FILE *out,
                                 struct error *e) MUST_CHECK;
/* The numbers of a paper, in their order; adds to counts and rows. */
enum status published_table_add(struct published_table *s, const struct published_paper *paper,
                                struct error *e) MUST_CHECK;

#endif
