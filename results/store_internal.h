/* What the files of the store share. */
#ifndef RESULTS_STORE_INTERNAL_H
#define RESULTS_STORE_INTERNAL_H

#include <pthread.h>

#include "results/db.h"
#include "results/store.h"

#define STORE_BATCH 64
/* SQL for the time in ISO 8601, UTC. */
#define STORE_NOW "strftime('%Y-%m-%dT%H:%M:%fZ','now')"
/* The same for a row of `run`: never before what it says already, whatever is done to the clock. */
#define STORE_NOW_OR_LATER "max(started_at, heartbeat_at, " STORE_NOW ")"

/* A row that waits for its batch: a computed cell (owned copy), or a cached one by its key. */
struct pending {
    int64_t run_id;
    struct store_cell *cell; /* NULL: cached */
    char key[65];
};

enum statement {
    ST_FIND_CELL,
    ST_FIND_STATE,
    ST_PUT_CELL,
    ST_PUT_TENSOR,
    ST_PUT_NAME,
    ST_OLD_NAME,
    ST_DROP_VALUES,
    ST_DROP_COSTS,
    ST_DROP_MODEL,
    ST_PUT_METRIC,
    ST_PUT_VALUE,
    ST_PUT_COST_KIND,
    ST_PUT_COST,
    ST_PUT_MEMBER,
    ST_OLD_BITS,
    ST_HAS_METRIC,
    ST_HAS_COST,
    ST_HEARTBEAT,
    STATEMENTS
};

struct store {
    sqlite3 *db;
    char *path;
    int busy_ms;   /* patience with another writer */
    int64_t until; /* when the patience of opening ends, of CLOCK_MONOTONIC, in ms */
    struct store_wait wait;
    bool said;  /* whom it waits for */
    bool empty; /* opened for reading, without a schema */
    sqlite3_stmt *statement[STATEMENTS];
    pthread_mutex_t lock; /* guards everything below and the connection */
    pthread_cond_t wake;
    pthread_t flusher;
    bool flusher_runs, closing;
    struct timespec due; /* when the pending rows must be durable, CLOCK_MONOTONIC */
    struct pending pending[STORE_BATCH];
    size_t n_pending;
    int64_t run_id; /* the last run begun, for its heartbeat */
};

/* store_open_waiting with another patience than DB_BUSY_MS. */
enum status store_open_within(const char *path, int busy_ms, const struct store_wait *w, struct store **out,
                              struct error *e) MUST_CHECK;

/* STATUS_IO if the path no longer leads to the file that is open: what is written there is lost. */
enum status store_check_there(struct store *s, struct error *e) MUST_CHECK;

/* Whether a database can be written there, in words: STATUS_IO. */
enum status store_check_place(const char *path, struct error *e) MUST_CHECK;

/* A deep copy in one owner; NULL when out of memory. */
struct store_cell *store_cell_copy(const struct store_cell *c);
void store_cell_free(struct store_cell *c);

/* A prepared statement, reset and without bindings; NULL with *e set. */
sqlite3_stmt *store_statement(struct store *s, enum statement which, struct error *e);
/* Runs a statement that returns no rows. */
enum status store_step(struct store *s, sqlite3_stmt *st, const char *what, struct error *e) MUST_CHECK;
void store_bind_text(sqlite3_stmt *st, int i, const char *text);

/* The thread that makes pending rows durable after a second; its context is the store. */
void *store_flusher(void *context);

/* Whether the cell can be written at all: keys, required texts. */
enum status store_cell_check(const struct store_cell *c, struct error *e) MUST_CHECK;
enum status store_tensor_check(const struct store_tensor *t, struct error *e) MUST_CHECK;
/* The writers run inside the batch's transaction. */
enum status store_write_tensor(struct store *s, const struct store_tensor *t, struct error *e) MUST_CHECK;
enum status store_write_cell(struct store *s, int64_t run_id, const struct store_cell *c,
                             struct error *e) MUST_CHECK;
enum status store_write_cached(struct store *s, int64_t run_id, const char *key, struct error *e) MUST_CHECK;
/* Looks a cell up. *id is 0 if there is none; then *state is STORE_ABSENT. `hash`, if not NULL, gets that of
 * its result or "". */
enum status store_find_cell(struct store *s, const char *key, int64_t *id, enum store_state *state,
                            char *hash, struct error *e) MUST_CHECK;

#endif
