#include "results/migrate.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/hash.h"

extern const char text_results_schema_sql[], text_results_schema2_sql[], text_results_schema3_sql[],
    text_results_schema4_sql[], text_results_schema5_sql[], text_results_schema6_sql[],
    text_results_views_sql[];

static const char *const steps[] = {text_results_schema_sql,  text_results_schema2_sql,
                                    text_results_schema3_sql, text_results_schema4_sql,
                                    text_results_schema5_sql, text_results_schema6_sql};

const struct migration store_migration = {
    .steps = steps, .n = sizeof steps / sizeof *steps, .views = text_results_views_sql};

static enum status views_current(sqlite3 *db, const char *path, const char *sha256, sqlite3_int64 *current,
                                 struct error *e)
{
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT 1 FROM meta WHERE key = 'views_sha256' AND value = '%s'", sha256);
    return db_int(db, path, sql, 0, current, e);
}

static enum status apply(sqlite3 *db, const char *path, const struct migration *m, const char *sha256,
                         struct error *e)
{
    int version = 0;
    char sql[256];
    /* Another process may have migrated while we waited for the lock. */
    enum status s = db_identify(db, path, (int)m->n, &version, e);
    for (size_t i = (size_t)version; !s && i < m->n; i++)
        s = db_exec(db, path, m->steps[i], e);
    if (!s)
        s = db_exec(db, path, m->views, e);
    if (s)
        return s;
    snprintf(sql, sizeof sql,
             "PRAGMA application_id = %d; PRAGMA user_version = %zu;"
             "INSERT OR REPLACE INTO meta(key, value) VALUES('views_sha256', '%s')",
             DB_APPLICATION_ID, m->n, sha256);
    return db_exec(db, path, sql, e);
}

enum status migrate_is_current(sqlite3 *db, const char *path, const struct migration *m, bool *current,
                               struct error *e)
{
    char sha256[HASH_HEX_SIZE];
    sqlite3_int64 version = 0, same = 0;
    hash_bytes(m->views, strlen(m->views), sha256);
    enum status s = db_int(db, path, "PRAGMA user_version", 0, &version, e);
    if (!s && version == (sqlite3_int64)m->n)
        s = views_current(db, path, sha256, &same, e);
    *current = same != 0;
    return s;
}

enum status migrate(sqlite3 *db, const char *path, const struct migration *m, struct error *e)
{
    char sha256[HASH_HEX_SIZE];
    bool current;
    hash_bytes(m->views, strlen(m->views), sha256);
    enum status s = migrate_is_current(db, path, m, &current, e);
    if (s || current)
        return s;
    if ((s = db_exec(db, path, "BEGIN IMMEDIATE", e)))
        return s;
    s = apply(db, path, m, sha256, e);
    if (!s)
        s = db_exec(db, path, "COMMIT", e);
    if (s)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}
