/* One cell becomes rows. */
#include <math.h>
#include <string.h>

#include "results/store_internal.h"

static bool is_sha256(const char *text)
{
    return text && strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static const char *shown(const char *text)
{
    return text ? text : "(none)";
}

enum status store_tensor_check(const struct store_tensor *t, struct error *e)
{
    if (!is_sha256(t->sha256))
        return error_set(e, STATUS_INTERNAL, "tensor %s: sha256 is %s, not 64 hexadecimal digits",
                         shown(t->path), shown(t->sha256));
    if (!t->path || !t->dtype || !t->shape)
        return error_set(e, STATUS_INTERNAL, "tensor %s: without path, dtype or shape", t->sha256);
    return STATUS_OK;
}

enum status store_cell_check(const struct store_cell *c, struct error *e)
{
    if (!is_sha256(c->key))
        return error_set(e, STATUS_INTERNAL, "cell %s: key is %s, not 64 hexadecimal digits", shown(c->label),
                         shown(c->key));
    if (!c->params || !c->op || !c->status)
        return error_set(e, STATUS_INTERNAL, "cell %s: without params, op or status", c->key);
    bool done = strcmp(c->status, "done") == 0;
    if (!done && strcmp(c->status, "failed") != 0 && strcmp(c->status, "skipped") != 0)
        return error_set(e, STATUS_INTERNAL, "cell %s: status is %s, not done, failed or skipped", c->key,
                         c->status);
    if (!done && !c->error)
        return error_set(e, STATUS_INTERNAL, "cell %s: %s without a reason", c->key, c->status);
    for (size_t i = 0; i < c->n_metrics; i++)
        if (!c->metrics[i].name || !c->metrics[i].unit || !c->metrics[i].doc)
            return error_set(e, STATUS_INTERNAL, "cell %s: metric %s without name, unit or doc", c->key,
                             shown(c->metrics[i].name));
    for (size_t i = 0; i < c->n_costs; i++) {
        const struct store_cost_value *o = &c->costs[i];
        if (!o->model || !o->source || !o->quantity || !o->unit || isinf(o->value))
            return error_set(e, STATUS_INTERNAL, "cell %s: cost %s of %s without source or unit, or infinite",
                             c->key, shown(o->quantity), shown(o->model));
    }
    return c->tensor.sha256 ? store_tensor_check(&c->tensor, e) : STATUS_OK;
}

enum status store_write_tensor(struct store *s, const struct store_tensor *t, struct error *e)
{
    sqlite3_stmt *st = store_statement(s, ST_PUT_TENSOR, e);
    if (!st)
        return STATUS_INTERNAL;
    store_bind_text(st, 1, t->sha256);
    store_bind_text(st, 2, t->dtype);
    store_bind_text(st, 3, t->shape);
    sqlite3_bind_int64(st, 4, (int64_t)t->n);
    enum status status = store_step(s, st, t->path, e);
    if (status)
        return status;
    if (!(st = store_statement(s, ST_PUT_NAME, e)))
        return STATUS_INTERNAL;
    store_bind_text(st, 1, t->sha256);
    store_bind_text(st, 2, t->path);
    store_bind_text(st, 3, t->member ? t->member : "");
    return store_step(s, st, t->path, e);
}

static enum store_state state_of(const char *status)
{
    return !strcmp(status, "done") ? STORE_DONE : !strcmp(status, "failed") ? STORE_FAILED : STORE_SKIPPED;
}

enum status store_find_cell(struct store *s, const char *key, int64_t *id, enum store_state *state,
                            char *hash, struct error *e)
{
    sqlite3_stmt *st = store_statement(s, hash ? ST_FIND_CELL : ST_FIND_STATE, e);
    *id = 0;
    *state = STORE_ABSENT;
    if (hash)
        hash[0] = '\0';
    if (!st)
        return STATUS_INTERNAL;
    store_bind_text(st, 1, key);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const char *found = hash ? (const char *)sqlite3_column_text(st, 2) : NULL;
        *id = sqlite3_column_int64(st, 0);
        *state = state_of((const char *)sqlite3_column_text(st, 1));
        if (found)
            strncat(hash, found, 64);
    }
    enum status status =
        rc == SQLITE_ROW || rc == SQLITE_DONE ? STATUS_OK : db_error(s->db, s->path, "looking a cell up", e);
    sqlite3_reset(st);
    return status;
}

static void bind_count(sqlite3_stmt *st, int i, int64_t value)
{
    if (value >= 0)
        sqlite3_bind_int64(st, i, value);
}

/* Writes the row of the table `cell` and finds its id. */
static enum status write_row(struct store *s, int64_t run_id, const struct store_cell *c, int64_t *id,
                             struct error *e)
{
    sqlite3_stmt *st = store_statement(s, ST_PUT_CELL, e);
    if (!st)
        return STATUS_INTERNAL;
    bool done = strcmp(c->status, "done") == 0;
    struct store_cell f = *c;
    f.error = done ? NULL : c->error;
    store_bind_text(st, 1, c->key);
    store_bind_text(st, 2, c->tensor.sha256);
    sqlite3_bind_int64(st, 3, run_id);
    sqlite3_bind_int64(st, 4, (int64_t)c->seed);
    bind_count(st, 5, c->block ? c->block : -1);
    if (c->exponent_bits >= 0)
        sqlite3_bind_int(st, 6, c->bias);
    int i = 7;
#define CELL_TEXT(name) store_bind_text(st, i++, f.name);
#define CELL_INT(name)  bind_count(st, i++, f.name);
#define CELL_REAL(name)                     \
    if (f.name >= 0)                        \
        sqlite3_bind_double(st, i, f.name); \
    i++;
#include "results/cell_fields.def"
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *id = sqlite3_column_int64(st, 0);
        rc = sqlite3_step(st);
    }
    enum status status = rc == SQLITE_DONE ? STATUS_OK : db_error(s->db, s->path, c->key, e);
    sqlite3_reset(st);
    return status;
}

static const char *value_class(double v)
{
    if (isnan(v))
        return "nan";
    if (isinf(v))
        return v > 0 ? "+inf" : "-inf";
    return v == 0 && signbit(v) ? "-0" : "finite";
}

static int64_t bits_of(double v)
{
    int64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* Whether a value of the cell is there with other bits than one of these. */
static enum status values_differ(struct store *s, int64_t id, const struct store_cell *c, bool *differ,
                                 struct error *e)
{
    enum status status = STATUS_OK;
    *differ = false;
    for (size_t i = 0; !status && !*differ && i < c->n_metrics; i++) {
        sqlite3_stmt *st = store_statement(s, ST_OLD_BITS, e);
        if (!st)
            return STATUS_INTERNAL;
        sqlite3_bind_int64(st, 1, id);
        store_bind_text(st, 2, c->metrics[i].name);
        const int rc = sqlite3_step(st);
        if (rc == SQLITE_ROW)
            *differ = sqlite3_column_int64(st, 0) != bits_of(c->metrics[i].value);
        else if (rc != SQLITE_DONE)
            status = db_error(s->db, s->path, c->metrics[i].name, e);
        sqlite3_reset(st);
    }
    return status;
}

static enum status write_metric(struct store *s, int64_t id, const struct store_metric_value *m,
                                struct error *e)
{
    sqlite3_stmt *st = store_statement(s, ST_PUT_METRIC, e);
    if (!st)
        return STATUS_INTERNAL;
    store_bind_text(st, 1, m->name);
    store_bind_text(st, 2, m->unit);
    store_bind_text(st, 3, m->better);
    store_bind_text(st, 4, m->doc);
    enum status status = store_step(s, st, m->name, e);
    if (status)
        return status;
    if (!(st = store_statement(s, ST_PUT_VALUE, e)))
        return STATUS_INTERNAL;
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_double(st, 2, m->value); /* NaN becomes NULL, -0 becomes 0: class and bits keep them */
    store_bind_text(st, 3, value_class(m->value));
    sqlite3_bind_int64(st, 4, bits_of(m->value));
    store_bind_text(st, 5, m->name);
    return store_step(s, st, m->name, e);
}

static void bind_kind(sqlite3_stmt *st, const struct store_cost_value *o)
{
    store_bind_text(st, 1, o->model);
    store_bind_text(st, 2, o->quantity);
    store_bind_text(st, 3, o->unit);
    sqlite3_bind_double(st, 4, o->node_nm);
    sqlite3_bind_double(st, 5, o->accuracy);
    store_bind_text(st, 6, o->source);
}

static enum status write_cost(struct store *s, int64_t id, const struct store_cost_value *o, struct error *e)
{
    sqlite3_stmt *st = store_statement(s, ST_PUT_COST_KIND, e);
    if (!st)
        return STATUS_INTERNAL;
    bind_kind(st, o);
    enum status status = store_step(s, st, o->model, e);
    if (status)
        return status;
    if (!(st = store_statement(s, ST_PUT_COST, e)))
        return STATUS_INTERNAL;
    bind_kind(st, o);
    sqlite3_bind_int64(st, 7, id);
    sqlite3_bind_double(st, 8, o->value);
    return store_step(s, st, o->model, e);
}

/* What a model said of the cell before gives way to what it says now. Values of one model stand together. */
static enum status write_costs(struct store *s, int64_t id, const struct store_cell *c, struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < c->n_costs; i++) {
        const struct store_cost_value *o = &c->costs[i];
        if (!i || strcmp(o->model, c->costs[i - 1].model) != 0) {
            sqlite3_stmt *st = store_statement(s, ST_DROP_MODEL, e);
            if (!st)
                return STATUS_INTERNAL;
            sqlite3_bind_int64(st, 1, id);
            store_bind_text(st, 2, o->model);
            status = store_step(s, st, o->model, e);
        }
        if (!status)
            status = write_cost(s, id, o, e);
    }
    return status;
}

static enum status write_member(struct store *s, int64_t run_id, int64_t id, bool cached, bool changed,
                                struct error *e)
{
    sqlite3_stmt *st = store_statement(s, ST_PUT_MEMBER, e);
    if (!st)
        return STATUS_INTERNAL;
    sqlite3_bind_int64(st, 1, run_id);
    sqlite3_bind_int64(st, 2, id);
    sqlite3_bind_int(st, 3, cached);
    sqlite3_bind_int(st, 4, changed);
    return store_step(s, st, "recording a cell of the run", e);
}

static enum status drop_values(struct store *s, int64_t id, struct error *e)
{
    for (int which = ST_DROP_VALUES; which <= ST_DROP_COSTS; which++) {
        sqlite3_stmt *st = store_statement(s, which, e);
        if (!st)
            return STATUS_INTERNAL;
        sqlite3_bind_int64(st, 1, id);
        enum status status = store_step(s, st, "replacing a cell", e);
        if (status)
            return status;
    }
    return STATUS_OK;
}

enum status store_write_cell(struct store *s, int64_t run_id, const struct store_cell *c, struct error *e)
{
    int64_t id;
    enum store_state was;
    const bool done = strcmp(c->status, "done") == 0;
    char hash[65];
    enum status status = c->tensor.sha256 ? store_write_tensor(s, &c->tensor, e) : STATUS_OK;
    if (status || (status = store_find_cell(s, c->key, &id, &was, hash, e)))
        return status;
    const bool was_done = was == STORE_DONE;
    if (was_done && !done)
        return write_member(s, run_id, id, false, false, e);
    bool changed = was_done && hash[0] && c->result_hash && strcmp(hash, c->result_hash) != 0, differ = false;
    if (was_done && !changed)
        status = values_differ(s, id, c, &differ, e);
    if (!status && id && (changed || !was_done))
        status = drop_values(s, id, e);
    if (!status && (changed || !was_done || !hash[0]))
        status = write_row(s, run_id, c, &id, e);
    for (size_t i = 0; !status && i < c->n_metrics; i++)
        status = write_metric(s, id, &c->metrics[i], e);
    if (!status)
        status = write_costs(s, id, c, e);
    return status ? status : write_member(s, run_id, id, false, changed || differ, e);
}

enum status store_write_cached(struct store *s, int64_t run_id, const char *key, struct error *e)
{
    int64_t id;
    enum store_state state;
    char hash[65];
    enum status status = store_find_cell(s, key, &id, &state, hash, e);
    if (!status && !id)
        status = error_set(e, STATUS_INTERNAL, "%s: no cell %s to record as cached", s->path, key);
    return status ? status : write_member(s, run_id, id, true, false, e);
}
