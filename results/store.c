#include "results/store.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "results/store_internal.h"

static const char *const statement_sql[STATEMENTS] = {
    [ST_FIND_CELL] = "SELECT cell_id, status, result_hash FROM cell WHERE cell_sha256 = ?",
    [ST_FIND_STATE] = "SELECT cell_id, status FROM cell WHERE cell_sha256 = ?", /* in every schema */
    [ST_PUT_CELL] = "INSERT INTO cell(cell_sha256, tensor_sha256, run_id, seed, block, bias"
#define CELL_TEXT(name) ", " #name
#define CELL_INT(name)  ", " #name
#define CELL_REAL(name) ", " #name
#include "results/cell_fields.def"
                    ") VALUES(?, ?, ?, ?, ?, ?"
#define CELL_TEXT(name) ", ?"
#define CELL_INT(name)  ", ?"
#define CELL_REAL(name) ", ?"
#include "results/cell_fields.def"
                    ") ON CONFLICT(cell_sha256) DO UPDATE SET run_id = excluded.run_id,"
                    " label = excluded.label, status = excluded.status, error = excluded.error,"
                    " wall_ns = excluded.wall_ns, result_hash = excluded.result_hash RETURNING cell_id",
    [ST_PUT_TENSOR] = "INSERT INTO tensor(tensor_sha256, dtype, shape, n) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT DO NOTHING",
    /* `seen` orders what a name has meant: the tensor put last is the one it means now. */
    [ST_PUT_NAME] = "INSERT INTO tensor_name(tensor_sha256, path, member, seen)"
                    " VALUES(?1, ?2, ?3, (SELECT coalesce(max(seen), 0) + 1 FROM tensor_name WHERE path = ?2 "
                    "AND member = ?3))"
                    " ON CONFLICT DO UPDATE SET seen = excluded.seen WHERE seen < excluded.seen - 1",
    [ST_OLD_NAME] = "SELECT tensor_sha256 <> ? FROM tensor_name WHERE path = ? AND member = ?"
                    " ORDER BY seen DESC LIMIT 1",
    [ST_DROP_VALUES] = "DELETE FROM value WHERE cell_id = ?",
    [ST_DROP_COSTS] = "DELETE FROM cost_value WHERE cell_id = ?",
    [ST_DROP_MODEL] = "DELETE FROM cost_value WHERE cell_id = ? AND kind_id IN"
                      " (SELECT kind_id FROM cost_kind WHERE model = ?)",
    [ST_PUT_METRIC] = "INSERT INTO metric(name, unit, better, doc) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT(name) DO UPDATE SET unit = excluded.unit, better = excluded.better,"
                      " doc = excluded.doc WHERE unit IS NOT excluded.unit OR better IS NOT excluded.better"
                      " OR doc IS NOT excluded.doc",
    [ST_PUT_VALUE] =
        "INSERT INTO value(cell_id, metric_id, v, class, bits)"
        " SELECT ?1, metric_id, ?2, ?3, ?4 FROM metric WHERE name = ?5"
        " ON CONFLICT DO UPDATE SET v = excluded.v, class = excluded.class, bits = excluded.bits",
    [ST_PUT_COST_KIND] = "INSERT INTO cost_kind(model, quantity, unit, node_nm, accuracy, source)"
                         " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    [ST_PUT_COST] = "INSERT INTO cost_value(cell_id, kind_id, value) SELECT ?7, kind_id, ?8 FROM cost_kind"
                    " WHERE model = ?1 AND quantity = ?2 AND unit = ?3 AND node_nm = ?4 AND accuracy = ?5"
                    " AND source = ?6",
    [ST_PUT_MEMBER] = "INSERT INTO run_cell(run_id, cell_id, cached, changed) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT DO UPDATE SET cached = min(cached, excluded.cached),"
                      " changed = max(changed, excluded.changed)",
    [ST_OLD_BITS] = "SELECT bits FROM value WHERE cell_id = ?"
                    " AND metric_id = (SELECT metric_id FROM metric WHERE name = ?)",
    [ST_HAS_METRIC] = "SELECT 1 FROM value WHERE cell_id = ?"
                      " AND metric_id = (SELECT metric_id FROM metric WHERE name = ?)",
    [ST_HAS_COST] = "SELECT 1 FROM cost WHERE cell_id = ? AND model = ?",
    [ST_HEARTBEAT] = "UPDATE run SET heartbeat_at = " STORE_NOW_OR_LATER " WHERE run_id = ?",
};

sqlite3_stmt *store_statement(struct store *s, enum statement which, struct error *e)
{
    sqlite3_stmt **st = &s->statement[which];
    if (!*st &&
        sqlite3_prepare_v3(s->db, statement_sql[which], -1, SQLITE_PREPARE_PERSISTENT, st, NULL) != SQLITE_OK)
        (void)db_error(s->db, s->path, "preparing a statement", e);
    if (!*st)
        return NULL;
    sqlite3_reset(*st);
    sqlite3_clear_bindings(*st);
    return *st;
}

enum status store_step(struct store *s, sqlite3_stmt *st, const char *what, struct error *e)
{
    int rc = sqlite3_step(st);
    enum status status = rc == SQLITE_DONE ? STATUS_OK : db_error(s->db, s->path, what, e);
    sqlite3_reset(st);
    return status;
}

void store_bind_text(sqlite3_stmt *st, int i, const char *text)
{
    sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC); /* NULL stays NULL; reset before the text goes away */
}

/* --- batches --- */

static struct timespec in_one_second(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec++;
    return t;
}

static enum status write_batch(struct store *s, struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < s->n_pending; i++) {
        const struct pending *p = &s->pending[i];
        status = p->cell ? store_write_cell(s, p->run_id, p->cell, e)
                         : store_write_cached(s, p->run_id, p->key, e);
    }
    sqlite3_stmt *st = status ? NULL : store_statement(s, ST_HEARTBEAT, e);
    if (!st)
        return status ? status : STATUS_INTERNAL;
    sqlite3_bind_int64(st, 1, s->run_id);
    return store_step(s, st, "recording a heartbeat", e);
}

enum status store_check_there(struct store *s, struct error *e)
{
    int moved = 0;
    if (sqlite3_file_control(s->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) != SQLITE_OK || !moved)
        return STATUS_OK;
    return error_set(e, STATUS_IO, "%s: the file was deleted, moved or replaced while it was written",
                     s->path);
}

/* Makes the pending rows durable; on failure they stay pending and nothing was written. */
static enum status flush_locked(struct store *s, struct error *e)
{
    if (!s->n_pending)
        return STATUS_OK;
    enum status status = store_check_there(s, e);
    if (!status)
        status = db_exec(s->db, s->path, "BEGIN IMMEDIATE", e);
    if (status)
        return status;
    status = write_batch(s, e);
    if (!status)
        status = db_exec(s->db, s->path, "COMMIT", e);
    if (status) {
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return status;
    }
    for (size_t i = 0; i < s->n_pending; i++)
        store_cell_free(s->pending[i].cell);
    s->n_pending = 0;
    return STATUS_OK;
}

/* Flushes what has waited for a second. A failure is left for the caller of the next full batch, of
 * store_flush or of store_close, who meets it again. */
void *store_flusher(void *context)
{
    struct store *s = context;
    pthread_mutex_lock(&s->lock);
    while (!s->closing) {
        if (!s->n_pending) {
            pthread_cond_wait(&s->wake, &s->lock);
        } else if (pthread_cond_timedwait(&s->wake, &s->lock, &s->due) == ETIMEDOUT && s->n_pending) {
            if (flush_locked(s, NULL))
                s->due = in_one_second();
        }
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static enum status add_pending(struct store *s, int64_t run_id, const char *key, struct store_cell *cell,
                               struct error *e)
{
    enum status status = s->n_pending == STORE_BATCH ? flush_locked(s, e) : STATUS_OK;
    if (status) {
        store_cell_free(cell);
        return status;
    }
    if (!s->n_pending) {
        s->due = in_one_second();
        pthread_cond_signal(&s->wake);
    }
    struct pending *p = &s->pending[s->n_pending++];
    *p = (struct pending){.run_id = run_id, .cell = cell};
    strncat(p->key, key, sizeof p->key - 1);
    return s->n_pending == STORE_BATCH ? flush_locked(s, e) : STATUS_OK;
}

enum status store_put(struct store *s, int64_t run_id, const struct store_cell *c, struct error *e)
{
    enum status status = store_cell_check(c, e);
    if (status)
        return status;
    struct store_cell *copy = store_cell_copy(c);
    if (!copy)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", s->path);
    pthread_mutex_lock(&s->lock);
    status = add_pending(s, run_id, c->key, copy, e);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static bool is_pending(const struct store *s, const char *key)
{
    for (size_t i = 0; i < s->n_pending; i++)
        if (strcmp(s->pending[i].key, key) == 0)
            return true;
    return false;
}

enum status store_put_cached(struct store *s, int64_t run_id, const char *key, struct error *e)
{
    int64_t id;
    enum store_state state;
    char hash[65];
    pthread_mutex_lock(&s->lock);
    enum status status = STATUS_OK;
    if (!is_pending(s, key)) {
        status = store_find_cell(s, key, &id, &state, hash, e);
        if (!status && !id)
            status = error_set(e, STATUS_INTERNAL, "%s: no cell %s to record as cached", s->path, key);
    }
    if (!status)
        status = add_pending(s, run_id, key, NULL, e);
    pthread_mutex_unlock(&s->lock);
    return status;
}

enum status store_put_tensor(struct store *s, const struct store_tensor *t, struct error *e)
{
    enum status status = store_tensor_check(t, e);
    if (status)
        return status;
    pthread_mutex_lock(&s->lock);
    status = db_exec(s->db, s->path, "BEGIN IMMEDIATE", e);
    if (!status) {
        status = store_write_tensor(s, t, e);
        if (!status)
            status = db_exec(s->db, s->path, "COMMIT", e);
        if (status)
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

enum status store_name_changed(struct store *s, const struct store_tensor *t, bool *changed, struct error *e)
{
    *changed = false;
    enum status status = store_tensor_check(t, e);
    if (status)
        return status;
    pthread_mutex_lock(&s->lock);
    sqlite3_stmt *st = store_statement(s, ST_OLD_NAME, e);
    if (st) {
        store_bind_text(st, 1, t->sha256);
        store_bind_text(st, 2, t->path);
        store_bind_text(st, 3, t->member);
        int rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            *changed = sqlite3_column_int(st, 0);
        else if (rc != SQLITE_DONE)
            status = db_error(s->db, s->path, "looking a name up", e);
        sqlite3_reset(st);
    }
    pthread_mutex_unlock(&s->lock);
    return st ? status : STATUS_INTERNAL;
}

enum status store_flush(struct store *s, struct error *e)
{
    pthread_mutex_lock(&s->lock);
    enum status status = flush_locked(s, e);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static enum status has_row(struct store *s, enum statement which, int64_t id, const char *name, bool *has,
                           struct error *e)
{
    sqlite3_stmt *st = store_statement(s, which, e);
    if (!st)
        return STATUS_INTERNAL;
    sqlite3_bind_int64(st, 1, id);
    store_bind_text(st, 2, name);
    const int rc = sqlite3_step(st);
    *has = rc == SQLITE_ROW;
    enum status status =
        rc == SQLITE_ROW || rc == SQLITE_DONE ? STATUS_OK : db_error(s->db, s->path, "looking a cell up", e);
    sqlite3_reset(st);
    return status;
}

static enum status find_state(struct store *s, const char *key, const char *const *metrics, size_t n_metrics,
                              const char *const *cost_models, size_t n_cost_models, enum store_state *state,
                              struct error *e)
{
    int64_t id;
    bool has = true;
    enum status status = store_find_cell(s, key, &id, state, NULL, e);
    if (status || *state != STORE_DONE)
        return status;
    for (size_t i = 0; !status && has && i < n_metrics; i++)
        status = has_row(s, ST_HAS_METRIC, id, metrics[i], &has, e);
    for (size_t i = 0; !status && has && i < n_cost_models; i++)
        status = has_row(s, ST_HAS_COST, id, cost_models[i], &has, e);
    if (!has)
        *state = STORE_ABSENT;
    return status;
}

enum status store_cell_state(struct store *s, const char *key, const char *const *metrics, size_t n_metrics,
                             const char *const *cost_models, size_t n_cost_models, enum store_state *state,
                             struct error *e)
{
    *state = STORE_ABSENT;
    if (s->empty)
        return STATUS_OK;
    pthread_mutex_lock(&s->lock);
    enum status status = is_pending(s, key) ? flush_locked(s, e) : STATUS_OK;
    /* One read transaction: a file lock for the question and not for each of its rows. */
    if (!status)
        status = db_exec(s->db, s->path, "BEGIN", e);
    if (!status) {
        status = find_state(s, key, metrics, n_metrics, cost_models, n_cost_models, state, e);
        sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}
