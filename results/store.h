/* The result database: rows in, nothing lost. One connection, one writer. Knows rows and keys, not tensors or
 * formats. */
#ifndef RESULTS_STORE_H
#define RESULTS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct store;

/* Opens for writing, creating the file and its schema if absent, migrating an older one. Errors: STATUS_IO
 * (read-only, not a database, locked for over 30 s), STATUS_INVALID (not ours, or newer than this program).
 */
enum status store_open(const char *path, struct store **out, struct error *e) MUST_CHECK;
/* Commits, checkpoints the log and returns the file to a single copyable file. Safe on NULL. */
enum status store_close(struct store *s, struct error *e) MUST_CHECK;

/* Who made the rows. Texts are UTF-8; `libs` is a JSON object. */
struct store_provenance {
    const char *version, *git_commit, *compiler, *libs;
    bool dirty;
    int semantics;
    const char *hostname, *cpu, *os, *isa;
    int ncpu;
};

struct store_run {
    const char *config_sha256, *config_name, *config_source, *config_resolved; /* resolved: JSON */
    const char *argv;
    struct store_provenance provenance;
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

struct store_cost_value {
    const char *model, *source, *quantity, *unit;
    double value;
};

/* A finished or failed cell. Text columns may be NULL, numbers that have no meaning for the cell are
 * negative. */
struct store_cell {
    const char *key;    /* SHA-256, 64 hex digits */
    const char *params; /* canonical JSON that was hashed */
    struct store_tensor tensor;
    const char *op;              /* "quantize" */
    const char *scheme;          /* canonical text */
    const char *label;           /* short scheme text, for tables and legends */
    const char *format, *family; /* element format name, "float" or "int" */
    int bits, exponent_bits, mantissa_bits, bias;
    const char *specials, *per, *axis, *scale, *scale_rule, *second, *scale_order, *round, *overflow;
    int64_t block;
    double clip;
    uint64_t seed;
    const char *status; /* "done", "failed" or "skipped" */
    const char *error;  /* reason, unless done */
    int64_t wall_ns;
    const char *result_sha256;
    const struct store_metric_value *metrics;
    size_t n_metrics;
    const struct store_cost_value *costs;
    size_t n_costs;
};

/* Whether a cell is done with at least these metrics and cost models. */
bool store_has_cell(struct store *s, const char *key, const char *const *metrics, size_t n_metrics,
                    const char *const *cost_models, size_t n_cost_models);
/* Writes a cell (replacing a failed one, adding values to a done one) and its membership in the run. Rows
 * become durable in batches: every 64 cells, every second, at store_flush and at close. */
enum status store_put(struct store *s, int64_t run_id, const struct store_cell *c,
                      struct error *e) MUST_CHECK;
/* Records that the run used a cell that was already there. */
enum status store_put_cached(struct store *s, int64_t run_id, const char *key, struct error *e) MUST_CHECK;
enum status store_flush(struct store *s, struct error *e) MUST_CHECK;

#endif
