/* The result database: rows in, nothing lost. One connection, one writer. Knows rows and keys, not tensors or
 * formats. */
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/status.h"

struct store;

/* Whether a name can be that of a database, before anything is made of it: STATUS_USAGE. */
enum status store_check_name(const char *path, struct error *e) MUST_CHECK;
/* Opens for writing, creating the file and its schema if absent, migrating an older one. Errors: STATUS_IO
 * (read-only, not a database, locked for over five minutes), STATUS_INVALID (not ours, or newer than this
 * program), STATUS_USAGE (a name that SQLite takes for no file: "", ":memory:", "file:...", or of a folder).
 */
enum status store_open(const char *path, struct store **out, struct error *e) MUST_CHECK;
/* Waits for other programs as store_open does, but ends with STATUS_INTERRUPTED when *stop becomes nonzero;
 * says on `say` whom it waits for, after a second. Both may be NULL. */
struct store_wait {
    const atomic_int *stop;
    FILE *say;
};
enum status store_open_waiting(const char *path, const struct store_wait *w, struct store **out,
                               struct error *e) MUST_CHECK;
/* Opens a file that is there for store_cell_state alone, and leaves it as it is. STATUS_MISSING if there is
 * none. */
enum status store_open_reading(const char *path, struct store **out, struct error *e) MUST_CHECK;
/* Commits, checkpoints the log and returns the file to a single copyable file. STATUS_IO if it is not where
 * it was opened. Safe on NULL. */
enum status store_close(struct store *s, struct error *e) MUST_CHECK;
/* Says on `out` if rows of a database are in the log beside it alone, as another program had it open when it
 * was closed. */
void store_say_log(const char *path, FILE *out);

/* Who made the rows. Texts are UTF-8; `libs` is a JSON object. */
struct store_provenance {
    const char *version, *git_commit, *compiler, *libs;
    bool dirty;
    int semantics;
    const char *hostname, *cpu, *os, *isa;
    int ncpu;
};

/* A name for a scheme that programs of others give it: a row of the table `profile`. */
struct store_profile {
    const char *name, *family, *scheme, *doc, *source, *checked, *note; /* scheme: canonical text */
};

/* The recipe of a paper: a row of the table `method`. */
struct store_method {
    const char *name, *scheme, *doc, *source, *study, *note; /* scheme: canonical text */
};

/* A free label of a run. */
struct store_tag {
    const char *key, *value;
};

struct store_run {
    const char *config_sha256, *config_name, *config_source, *config_resolved; /* resolved: JSON */
    const char *argv;
    struct store_provenance provenance;
    const struct store_profile *profiles; /* all; they take the place of those that are there */
    size_t n_profiles;
    const struct store_method *methods; /* likewise */
    size_t n_methods;
    const struct store_tag *tags;
    size_t n_tags;
};

enum status store_run_begin(struct store *s, const struct store_run *run, int64_t *run_id,
                            struct error *e) MUST_CHECK;
/* status: "done", "failed" or "interrupted". */
enum status store_run_end(struct store *s, int64_t run_id, const char *status, struct error *e) MUST_CHECK;

struct store_tensor {
    const char *sha256, *path, *member, *dtype, *shape; /* shape: JSON array */
    uint64_t n;
};

struct store_metric_value {
    const char *name, *unit, *better, *doc; /* better may be NULL */
    double value;                           /* NaN, -0 and infinities survive */
};

/* A NaN value records that the model does not cover the cell (quantity "none"), so that store_cell_state is
 * satisfied; infinities are refused. */
struct store_cost_value {
    const char *model, *source, *quantity, *unit; /* model: its name and what was said to it */
    double value;
    double node_nm, accuracy; /* 0: none, not known */
};

/* A finished or failed cell. Text columns may be NULL, numbers that have no meaning for the cell are
 * negative; so is a block of 0, and the bias (which may be negative) where exponent_bits is negative. The
 * texts are copied. */
struct store_cell {
    const char *key;    /* SHA-256, 64 hex digits */
    const char *params; /* canonical JSON that was hashed */
    struct store_tensor tensor;
    const char *op;                    /* "quantize", "matmul", "attention" */
    const char *scheme;                /* canonical text */
    const char *label;                 /* short scheme text, for tables and legends */
    const char *transform;             /* of outputs: short text of what comes before the schemes */
    const char *weight, *output, *mac; /* of outputs: short texts of what goes with the first scheme */
    const char *format, *family;       /* element format name, "float" or "int" */
    int bits, exponent_bits, mantissa_bits, bias;
    const char *specials, *per, *axis, *scale, *scale_rule, *second, *scale_order, *round, *overflow;
    int64_t block;
    double clip;
    uint64_t seed;
    const char *status; /* "done", "failed" or "skipped" */
    const char *error;  /* reason, unless done */
    int64_t wall_ns;
    const char *result_hash;
    const struct store_metric_value *metrics;
    size_t n_metrics;
    const struct store_cost_value *costs;
    size_t n_costs;
};

/* What is known of a cell. */
enum store_state {
    STORE_ABSENT, /* nothing; or it is done without some of the metrics or cost models */
    STORE_FAILED,
    STORE_SKIPPED,
    STORE_DONE
};
/* STORE_DONE with at least these metrics and cost models. STATUS_IO if the database cannot be read. */
enum status store_cell_state(struct store *s, const char *key, const char *const *metrics, size_t n_metrics,
                             const char *const *cost_models, size_t n_cost_models, enum store_state *state,
                             struct error *e) MUST_CHECK;
/* Writes a cell and its membership in the run: replaces a failed or skipped one, adds values to a done one,
 * and never lets a failure replace a done one. If the result_hash of a done cell differs from the stored
 * one, the new result and its values take the place of the old and run_cell.changed says so, as it does where
 * a value alone has other bits; if no hash is stored, the new one is. Rows become durable in batches, each
 * whole: every 64 cells, every second (also while no call is made), at store_flush and at close. The write
 * lock is held only while a batch is written, so several programs can share a database. Calls from several
 * threads are safe. */
enum status store_put(struct store *s, int64_t run_id, const struct store_cell *c,
                      struct error *e) MUST_CHECK;
/* Records that the run used a cell that was already there (STATUS_INTERNAL if it is not). */
enum status store_put_cached(struct store *s, int64_t run_id, const char *key, struct error *e) MUST_CHECK;
/* Records one more name (path, member) of a tensor. Equal tensors share their cells, so a run that finds its
 * cells under another name says so with this. store_put does it by itself. */
enum status store_put_tensor(struct store *s, const struct store_tensor *t, struct error *e) MUST_CHECK;
/* Whether a name (path, member) meant another tensor when it was last put; false for a new name. */
enum status store_name_changed(struct store *s, const struct store_tensor *t, bool *changed,
                               struct error *e) MUST_CHECK;
enum status store_flush(struct store *s, struct error *e) MUST_CHECK;

#endif
