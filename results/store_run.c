/* Who made the rows: build, host, config, run; and the profiles that its program knows. */
#include "results/store_internal.h"

/* Binds texts (NULL becomes "") and runs one statement; *id (may be NULL) gets the first column it returns.
 */
static enum status put(struct store *s, const char *sql, const char *const *texts, int n_texts,
                       const int64_t *numbers, int n_numbers, int64_t *id, struct error *e)
{
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(s->db, sql, -1, &st, NULL) != SQLITE_OK)
        return db_error(s->db, s->path, "recording the run", e);
    for (int i = 0; i < n_texts; i++)
        store_bind_text(st, i + 1, texts[i] ? texts[i] : "");
    for (int i = 0; i < n_numbers; i++)
        sqlite3_bind_int64(st, n_texts + i + 1, numbers[i]);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        if (id)
            *id = sqlite3_column_int64(st, 0);
        rc = sqlite3_step(st);
    }
    enum status status = rc == SQLITE_DONE ? STATUS_OK : db_error(s->db, s->path, "recording the run", e);
    sqlite3_finalize(st);
    return status;
}

#define PUT(sql, texts, numbers, id)                                    \
    put(s, sql, texts, (int)(sizeof(texts) / sizeof *(texts)), numbers, \
        (int)(sizeof(numbers) / sizeof *(numbers)), id, e)

static enum status put_run(struct store *s, const struct store_run *run, int64_t *run_id, struct error *e)
{
    const struct store_provenance *p = &run->provenance;
    enum status status;
    int64_t build = 0, host = 0;
    const char *build_texts[] = {p->version, p->git_commit, p->compiler, p->libs ? p->libs : "{}"};
    const int64_t build_numbers[] = {p->dirty, p->semantics};
    const char *host_texts[] = {p->hostname, p->cpu, p->os};
    const int64_t host_numbers[] = {p->ncpu};
    const char *config_texts[] = {run->config_sha256, run->config_name, run->config_source,
                                  run->config_resolved};
    const int64_t none[] = {0};
    /* An update that changes nothing makes RETURNING answer for a row that was there. */
    if ((status = PUT("INSERT INTO build(version, git_commit, compiler, libs, dirty, semantics)"
                      " VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET dirty = dirty RETURNING build_id",
                      build_texts, build_numbers, &build)) ||
        (status = PUT("INSERT INTO host(hostname, cpu, os, ncpu) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT DO UPDATE SET ncpu = ncpu RETURNING host_id",
                      host_texts, host_numbers, &host)) ||
        (status = put(s,
                      "INSERT INTO config(config_sha256, name, source, resolved) VALUES(?, ?, ?, ?)"
                      " ON CONFLICT DO NOTHING",
                      config_texts, 4, none, 0, NULL, e)))
        return status;
    const char *run_texts[] = {run->config_sha256, p->isa, run->argv};
    const int64_t run_numbers[] = {build, host};
    return PUT("INSERT INTO run(uuid, config_sha256, isa, argv, build_id, host_id, started_at, heartbeat_at,"
               " status) VALUES(lower(hex(randomblob(16))), ?, ?, ?, ?, ?, " STORE_NOW ", " STORE_NOW
               ", 'running')"
               " RETURNING run_id",
               run_texts, run_numbers, run_id);
}

/* What the profiles of another version of the program were is forgotten: their schemes need not be those of
 * now. */
static enum status put_profiles(struct store *s, const struct store_run *run, struct error *e)
{
    const int64_t none[] = {0};
    enum status status = db_exec(s->db, s->path, "DELETE FROM profile", e);
    for (size_t i = 0; !status && i < run->n_profiles; i++) {
        const struct store_profile *p = &run->profiles[i];
        const char *texts[] = {p->name, p->family, p->scheme, p->doc, p->source, p->checked, p->note};
        status = put(s,
                     "INSERT INTO profile(profile, family, scheme, doc, source, checked, note)"
                     " VALUES(?, ?, ?, ?, ?, ?, ?)",
                     texts, sizeof texts / sizeof *texts, none, 0, NULL, e);
    }
    return status;
}

static enum status put_methods(struct store *s, const struct store_run *run, struct error *e)
{
    const int64_t none[] = {0};
    enum status status = db_exec(s->db, s->path, "DELETE FROM method", e);
    for (size_t i = 0; !status && i < run->n_methods; i++) {
        const struct store_method *m = &run->methods[i];
        const char *texts[] = {m->name, m->scheme, m->doc, m->source, m->study, m->note};
        status =
            put(s, "INSERT INTO method(method, scheme, doc, source, study, note) VALUES(?, ?, ?, ?, ?, ?)",
                texts, sizeof texts / sizeof *texts, none, 0, NULL, e);
    }
    return status;
}

static enum status put_tags(struct store *s, const struct store_run *run, int64_t run_id, struct error *e)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; !status && i < run->n_tags; i++) {
        const char *texts[] = {run->tags[i].key, run->tags[i].value};
        const int64_t numbers[] = {run_id};
        status = PUT("INSERT INTO run_tag(key, value, run_id) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET"
                     " value = excluded.value",
                     texts, numbers, NULL);
    }
    return status;
}

enum status store_run_begin(struct store *s, const struct store_run *run, int64_t *run_id, struct error *e)
{
    pthread_mutex_lock(&s->lock);
    enum status status = db_exec(s->db, s->path, "BEGIN IMMEDIATE", e);
    if (!status) {
        status = put_run(s, run, run_id, e);
        if (!status)
            status = put_profiles(s, run, e);
        if (!status)
            status = put_methods(s, run, e);
        if (!status)
            status = put_tags(s, run, *run_id, e);
        if (!status)
            status = db_exec(s->db, s->path, "COMMIT", e);
        if (status)
            sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        else
            s->run_id = *run_id;
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

enum status store_run_end(struct store *s, int64_t run_id, const char *status_text, struct error *e)
{
    enum status status = store_flush(s, e);
    if (status)
        return status;
    const char *texts[] = {status_text};
    const int64_t numbers[] = {run_id};
    int64_t found = 0;
    pthread_mutex_lock(&s->lock);
    status = PUT("UPDATE run SET status = ?1, finished_at = " STORE_NOW_OR_LATER
                 ", heartbeat_at = " STORE_NOW_OR_LATER " WHERE run_id = ?2 RETURNING run_id",
                 texts, numbers, &found);
    pthread_mutex_unlock(&s->lock);
    if (!status && !found)
        status = error_set(e, STATUS_INTERNAL, "%s: no run %lld to end", s->path, (long long)run_id);
    return status;
}
