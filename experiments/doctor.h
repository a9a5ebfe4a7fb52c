/* Whether what a result database says is still so. */
#ifndef EXPERIMENTS_DOCTOR_H
#define EXPERIMENTS_DOCTOR_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "results/check.h"

struct doctor_options {
    const char *db;
    size_t cells;  /* computed again at most, drawn from all finished ones of this program's semantics */
    uint64_t seed; /* of the draw */
    const atomic_int *stop;
};

/* Whether dumps still hold what was measured: each tensor by its hash, type and shape. What is not there any
 * more, and what no experiment file in the database leads to, is a note. */
enum status doctor_dumps(const struct doctor_options *o, check_row *row, void *context,
                         struct error *e) MUST_CHECK;

/* Computes cells again and compares results and metrics bit for bit, the columns of the cell and its costs.
 * It is a note where the tensor was recorded anew, or where costs of another version of the program differ.
 */
enum status doctor_cells(const struct doctor_options *o, check_row *row, void *context,
                         struct error *e) MUST_CHECK;

#endif
