/* Removing from a result database what is of no use any more. */
#ifndef RESULTS_GC_H
#define RESULTS_GC_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

/* What goes beside rows that nothing refers to. */
struct gc_options {
    bool failed;     /* cells that failed or were skipped */
    bool superseded; /* cells of older semantics than the newest in the file */
    bool changed;    /* cells of tensors whose names mean other bytes now */
    bool empty_runs; /* runs that have no cells (left) and have ended */
    bool dry;        /* count, and change nothing: STATUS_INVALID for an older schema */
};

struct gc_report {
    int64_t cells, runs, tensors, others; /* rows; others: studies, builds, hosts, metrics, kinds of cost */
    int64_t bytes;                        /* by which the file is smaller */
};

/* One transaction, then the file is packed. STATUS_MISSING, STATUS_IO, STATUS_INVALID. */
enum status gc_database(const char *path, const struct gc_options *o, struct gc_report *r,
                        struct error *e) MUST_CHECK;

#endif
