/* Derivations of elements, printed. */
#ifndef EXPERIMENTS_EXPLAIN_H
#define EXPERIMENTS_EXPLAIN_H

#include "results/table.h"
#include "sim/derivation/derivation.h"
#include "sim/pipeline.h"

/* Elements first .. first + n - 1 of a subject that is in memory. */
struct explained {
    struct cell_request request; /* subject, spec, seed */
    const char *scheme;          /* as it was asked for */
    size_t first, n;
};

/* For people sections with a line a step, else rows of a table. */
enum status explain_elements(const struct explained *x, enum table_format format, struct error *e) MUST_CHECK;

/* The sections of one derivation, each line behind `indent` spaces. */
void explain_print(FILE *out, const struct derivation *d, int indent);
/* "3,17": the indices of an element. */
#define EXPLAIN_INDEX 192
void explain_index(const struct tensor_view *v, size_t element, char out[EXPLAIN_INDEX]);

#endif
