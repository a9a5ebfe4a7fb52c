/* Queries about some studies of a database alone: temporary views in the places of its tables and views. */
#include <stdlib.h>
#include <string.h>

#include "results/query_inner.h"

static enum status no_study(struct query *q, const char *glob, struct error *e)
{
    struct strbuf b = {0}, hint = {0};
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(
            q->db, "SELECT group_concat(name, ', ') FROM (SELECT DISTINCT name FROM main.config ORDER BY 1)",
            -1, &st, NULL) == SQLITE_OK &&
        sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_TEXT)
        strbuf_add(&b, (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    query_suggest(q, glob, "SELECT DISTINCT name FROM main.config ORDER BY 1", &hint);
    char *names = strbuf_take(&b), *near = strbuf_take(&hint);
    enum status s = error_set(e, STATUS_INVALID, "%s: no study is named %s%s (studies: %s)", q->path, glob,
                              near ? near : "", names ? names : "none");
    free(names);
    free(near);
    return s;
}

/* Views as they stand, but among the tables of today: a temporary name comes before one of the file. Of each
 * text the first statement is run, which is a view whatever the text is. */
static enum status make_views(struct query *q, struct error *e)
{
    static const char list[] = "SELECT 'CREATE TEMP VIEW' || substr(sql, length('CREATE VIEW') + 1)"
                               " FROM main.sqlite_schema WHERE type = 'view'";
    sqlite3_stmt *st = NULL, *view = NULL;
    int rc = sqlite3_prepare_v2(q->db, list, -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        rc = sqlite3_prepare_v2(q->db, (const char *)sqlite3_column_text(st, 0), -1, &view, NULL);
        if (rc == SQLITE_OK && sqlite3_step(view) != SQLITE_DONE)
            rc = SQLITE_ERROR;
        rc = sqlite3_finalize(view) == SQLITE_OK ? rc : SQLITE_ERROR;
    }
    enum status s = rc == SQLITE_DONE ? STATUS_OK : db_error(q->db, q->path, "choosing studies", e);
    sqlite3_finalize(st);
    return s;
}

/* The runs of a study are those of its file as it was in the last one: shards, and what went on. */
static enum status choose(struct query *q, const char *glob, struct error *e)
{
    static const char take[] =
        "INSERT INTO temp.chosen_run SELECT run_id FROM main.run WHERE config_sha256 IN"
        " (SELECT config_sha256 FROM main.v_study_figure WHERE study GLOB ?1)";
    static const char shadow[] =
        "CREATE TEMP TABLE chosen_cell(cell_id INTEGER PRIMARY KEY);"
        "INSERT OR IGNORE INTO temp.chosen_cell SELECT cell_id FROM main.run_cell WHERE run_id IN "
        "temp.chosen_run;"
        "CREATE TEMP VIEW config AS SELECT * FROM main.config WHERE config_sha256 IN"
        " (SELECT config_sha256 FROM main.run WHERE run_id IN temp.chosen_run);"
        "CREATE TEMP VIEW run AS SELECT * FROM main.run WHERE run_id IN temp.chosen_run;"
        "CREATE TEMP VIEW run_cell AS SELECT * FROM main.run_cell WHERE run_id IN temp.chosen_run;"
        "CREATE TEMP VIEW cell AS SELECT * FROM main.cell WHERE cell_id IN temp.chosen_cell;"
        "CREATE TEMP VIEW value AS SELECT * FROM main.value WHERE cell_id IN temp.chosen_cell;"
        "CREATE TEMP VIEW cost_value AS SELECT * FROM main.cost_value WHERE cell_id IN temp.chosen_cell";
    sqlite3_stmt *st = NULL;
    enum status s = db_exec(q->db, q->path, "CREATE TEMP TABLE chosen_run(run_id INTEGER PRIMARY KEY)", e);
    if (s)
        return s;
    const bool taken = sqlite3_prepare_v2(q->db, take, -1, &st, NULL) == SQLITE_OK &&
                       sqlite3_bind_text(st, 1, glob, -1, SQLITE_STATIC) == SQLITE_OK &&
                       sqlite3_step(st) == SQLITE_DONE;
    s = taken ? STATUS_OK : db_error(q->db, q->path, "choosing studies", e);
    sqlite3_finalize(st);
    if (!s && !sqlite3_changes(q->db))
        return no_study(q, glob, e);
    if (!s)
        s = db_exec(q->db, q->path, shadow, e);
    return s ? s : make_views(q, e);
}

enum status query_choose_studies(struct query *q, const char *glob, struct error *e)
{
    enum status s = query_require_current(q, e);
    if (s)
        return s;
    sqlite3_set_authorizer(q->db, NULL, NULL);
    s = db_exec(q->db, q->path, "PRAGMA query_only = OFF", e);
    if (!s)
        s = choose(q, glob, e);
    if (!s)
        s = db_exec(q->db, q->path, "PRAGMA query_only = ON", e);
    enum status g = guard_install(&q->guard, q->db, s ? NULL : e);
    return s ? s : g;
}

enum status query_choose_study(struct query *q, const char *name, struct error *e)
{
    struct strbuf b = {0};
    strbuf_add(&b, "");
    for (; *name; name++)
        strbuf_printf(&b, strchr("*?[", *name) ? "[%c]" : "%c", *name);
    char *glob = strbuf_take(&b);
    enum status s = glob ? query_choose_studies(q, glob, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(glob);
    return s;
}
