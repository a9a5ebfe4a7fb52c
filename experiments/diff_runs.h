/* bitsweep diff of two runs: what was asked otherwise, and which numbers changed. */
#ifndef EXPERIMENTS_DIFF_RUNS_H
#define EXPERIMENTS_DIFF_RUNS_H

#include <stdbool.h>

#include "results/table.h"
#include "sim/base/status.h"

struct diff_runs_options {
    const char *run[2]; /* N, or FILE:N */
    const char *db;     /* of runs without a file */
    const char *metric; /* a glob, or NULL: all */
    double tolerance;   /* a change of |a - b| / max(|a|, |b|) beyond it counts; 0: every bit */
    enum table_format format;
    bool quiet; /* no summary */
};

/* Whether a word names a run and no scheme: N or FILE:N. */
bool diff_is_run(const char *word);

/* Rows of settings that differ, of cells (by op, tensor, scheme and seed) that one run alone used, of metrics
 * that changed beyond the tolerance or that one side alone has, and of cells whose result a later run
 * replaced: what the run had is not there any more. A summary on stderr. Cells of one key are one cell; the
 * others pair by name. STATUS_DIFFERENT unless all cells and metrics agree: settings alone do not count. */
enum status diff_runs(const struct diff_runs_options *o, struct error *e) MUST_CHECK;

#endif
