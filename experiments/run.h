/* Turns a configuration into cells and cells into rows. */
#ifndef EXPERIMENTS_RUN_H
#define EXPERIMENTS_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#include "experiments/config.h"
#include "experiments/shard.h"
#include "results/store.h"
#include "sim/base/status.h"

struct run_options {
    const char *db;
    int jobs;
    const char *only; /* keep only cells matching: KEY=GLOB (a scheme key, "format" or "tensor"), or a GLOB
                         over labels. A format matches by its element's name or by what the sweep says */
    bool force;       /* recompute cells that are already there */
    bool retry;       /* recompute those that failed or were skipped before */
    size_t limit;     /* compute at most so many cells; 0: all */
    struct shard shard;
    const struct store_tag *tags; /* of the run */
    size_t n_tags;
    bool quiet;             /* neither progress nor what the run came to; warnings stay */
    bool verbose;           /* a line for each cell */
    const char *argv;       /* the command line, for the record */
    FILE *progress;         /* stderr */
    bool progress_live;     /* it is a terminal: rewrite one line; else a line every ten seconds */
    const atomic_int *stop; /* becomes nonzero on Ctrl-C */
};

#define RUN_MAX_CELLS 1000000 /* subjects x schemes of one run */

struct run_summary {
    /* cells, those of the shard, is the sum of the others. cached: found in the database, or computed under
     * another name of an equal tensor; failed and skipped: now, or before and not tried again; pending: to do
     * (plan), not reached when interrupted or beyond the limit (run). */
    size_t cells, cached, done, failed, skipped, pending;
    size_t subjects, schemes;
    uint64_t elements; /* of the cells to compute, elements x schemes */
    size_t peak_bytes; /* that the run holds at most of tensors and their images */
    double seconds;    /* run: elapsed; plan: estimate */
    int64_t run_id;    /* run: its row in the database */
};

/* What a run would do, without computing: lists to `out`, counts into *s. */
enum status plan_show(const struct config *c, const struct run_options *o, FILE *out, struct run_summary *s,
                      struct error *e) MUST_CHECK;
/* Computes every cell that is not yet in the database. Failed cells are recorded with their reason, and the
 * status is STATUS_DIFFERENT then. STATUS_INTERRUPTED when stopped; what was done is kept. */
enum status run_execute(const struct config *c, const struct run_options *o, struct run_summary *s,
                        struct error *e) MUST_CHECK;

#endif
