#include "results/query_inner.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/db.h"
#include "results/migrate.h"
#include "sim/base/strbuf.h"

enum status query_open(const char *path, double seconds, struct query **out, struct error *e)
{
    *out = NULL;
    int version = 0;
    struct query *q = calloc(1, sizeof *q);
    if (!q || !(q->path = strdup(path))) {
        free(q);
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    }
    q->guard.seconds = seconds;
    enum status s = db_open_reading(path, &q->db, e);
    if (!s)
        s = db_identify(q->db, path, (int)store_migration.n, &version, e);
    if (!s && version == 0)
        s = error_set(e, STATUS_INVALID, "%s: the database is empty (`bitsweep run` fills one)", path);
    if (!s)
        s = db_exec(q->db, path, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY", e);
    bool current = true;
    if (!s && migrate_is_current(q->db, path, &store_migration, &current, NULL) == STATUS_OK)
        q->older = !current;
    if (!s)
        s = guard_install(&q->guard, q->db, e);
    if (s) {
        query_close(q);
        return s;
    }
    q->version = version;
    *out = q;
    return STATUS_OK;
}

enum status query_require_current(const struct query *q, struct error *e)
{
    const int newest = (int)store_migration.n;
    if (q->version >= newest)
        return STATUS_OK;
    return error_set(
        e, STATUS_INVALID,
        "%s: schema version %d, and this needs version %d; bitsweep gc --db %s brings the file up to it",
        q->path, q->version, newest, q->path);
}

enum status query_open_current(const char *path, struct query **out, struct error *e)
{
    enum status s = query_open(path, 0, out, e);
    if (!s && (s = query_require_current(*out, e))) {
        query_close(*out);
        *out = NULL;
    }
    return s;
}

void query_close(struct query *q)
{
    if (!q)
        return;
    sqlite3_close(q->db);
    free(q->path);
    free(q);
}

void query_limit_values(struct query *q, int bytes)
{
    sqlite3_limit(q->db, SQLITE_LIMIT_LENGTH, bytes);
}

void query_limit_memory(uint64_t bytes)
{
    sqlite3_hard_heap_limit64((sqlite3_int64)(bytes < INT64_MAX ? bytes : INT64_MAX));
}

/* --- words --- */

void query_suggest(struct query *q, const char *word, const char *sql, struct strbuf *out)
{
    const char *names[512];
    size_t n = 0;
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v2(q->db, sql, -1, &st, NULL) == SQLITE_OK)
        while (n < sizeof names / sizeof *names && sqlite3_step(st) == SQLITE_ROW) {
            char *name = strdup((const char *)sqlite3_column_text(st, 0));
            if (name)
                names[n++] = name;
        }
    sqlite3_finalize(st);
    const char *near = str_nearest(word, names, n);
    if (near)
        strbuf_printf(out, "; did you mean %s?", near);
    for (size_t i = 0; i < n; i++)
        free((char *)names[i]);
}

/* Adds which tables and views have a column of that name; false if none has. */
static bool tell_where(struct query *q, const char *column, struct strbuf *out)
{
    static const char sql[] =
        "SELECT group_concat(name, ', ') FROM (SELECT s.name FROM sqlite_schema s, pragma_table_info(s.name) "
        "p"
        " WHERE s.type IN ('table', 'view') AND p.name = ?1 COLLATE NOCASE ORDER BY s.type = 'table', s.name"
        " LIMIT 8)";
    sqlite3_stmt *st = NULL;
    bool has = sqlite3_prepare_v2(q->db, sql, -1, &st, NULL) == SQLITE_OK &&
               sqlite3_bind_text(st, 1, column, -1, SQLITE_STATIC) == SQLITE_OK &&
               sqlite3_step(st) == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_TEXT;
    if (has)
        strbuf_printf(out, "; a column of that name is in %s", (const char *)sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    return has;
}

#define LIST_NAMES                                                                                \
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'" \
    " ORDER BY type = 'table', name"

/* A name may be missing because the file is of an earlier program. */
static void say_older(struct query *q, struct strbuf *out)
{
    if (q->older)
        strbuf_printf(out, "; the file is of an earlier bitsweep: bitsweep gc --db %s brings it up to date",
                      q->path);
}

/* The message of a failed statement. */
static enum status explain(struct query *q, struct error *e)
{
    static const char no_table[] = "no such table: ", no_column[] = "no such column: ";
    int rc = sqlite3_errcode(q->db) & 0xff;
    struct strbuf b = {0};
    strbuf_add(&b, sqlite3_errmsg(q->db));
    char *words = strbuf_take(&b), *hint;
    if (!words)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const bool table = !strncmp(words, no_table, strlen(no_table));
    const bool column = !strncmp(words, no_column, strlen(no_column));
    if (table) {
        query_suggest(q, words + strlen(no_table), LIST_NAMES, &b);
        strbuf_add(&b, " (`bitsweep query` lists views and tables)");
    } else if (column) {
        const char *name = words + strlen(no_column), *dot = strrchr(name, '.');
        name = dot ? dot + 1 : name;
        if (!tell_where(q, name, &b))
            query_suggest(q, name,
                          "SELECT DISTINCT p.name FROM sqlite_schema s, pragma_table_info(s.name) p"
                          " WHERE s.type IN ('table', 'view') ORDER BY 1",
                          &b);
    }
    if (table || column)
        say_older(q, &b);
    hint = strbuf_take(&b);
    enum status s;
    if (rc == SQLITE_INTERRUPT)
        s = error_set(e, STATUS_INVALID,
                      "the query was stopped after its limit of %g s (bitsweep query --timeout sets it)",
                      q->guard.seconds);
    else if (rc == SQLITE_NOMEM && sqlite3_hard_heap_limit64(-1) > 0)
        s = error_set(
            e, STATUS_INVALID,
            "the query needs more memory than its limit of %lld MiB (bitsweep query --memory sets it)",
            (long long)sqlite3_hard_heap_limit64(-1) >> 20);
    else if (rc == SQLITE_AUTH || *q->guard.refused)
        s = error_set(e, STATUS_INVALID, "a query may only read: %s is refused", q->guard.refused);
    else if (rc == SQLITE_TOOBIG)
        s = error_set(e, STATUS_INVALID, "a text, a blob or a row of more than %d MiB",
                      sqlite3_limit(q->db, SQLITE_LIMIT_LENGTH, -1) >> 20);
    else if (rc == SQLITE_ERROR || rc == SQLITE_MISMATCH || rc == SQLITE_RANGE)
        s = error_set(e, STATUS_INVALID, "%s%s", words, hint ? hint : "");
    else
        s = db_error(q->db, q->path, "query", e);
    free(words);
    free(hint);
    return s;
}

/* --- running --- */

/* NULL when out of memory. */
static char *hex_of(const unsigned char *bytes, size_t n)
{
    char *out = malloc(2 * n + 1);
    for (size_t i = 0; out && i < n; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    if (out)
        out[2 * n] = '\0';
    return out;
}

static void get_value(sqlite3_stmt *st, int i, struct table_value *v, char **hex)
{
    *v = (struct table_value){.kind = TABLE_MISSING};
    switch (sqlite3_column_type(st, i)) {
    case SQLITE_INTEGER:
        *v = table_integer(sqlite3_column_int64(st, i));
        break;
    case SQLITE_FLOAT:
        *v = table_real(sqlite3_column_double(st, i));
        break;
    case SQLITE_TEXT:
        v->kind = TABLE_STRING;
        v->text = (const char *)sqlite3_column_text(st, i);
        v->length = (size_t)sqlite3_column_bytes(st, i);
        break;
    case SQLITE_BLOB: {
        const unsigned char *bytes = sqlite3_column_blob(st, i);
        *hex = hex_of(bytes, (size_t)sqlite3_column_bytes(st, i));
        *v = table_text(*hex);
        break;
    }
    default:
        break;
    }
}

static enum status write_row(sqlite3_stmt *st, int n, struct table_value *values, char **hex, struct table *t,
                             struct error *e)
{
    for (int i = 0; i < n; i++)
        get_value(st, i, &values[i], &hex[i]);
    enum status s = table_row(t, values, e);
    for (int i = 0; i < n; i++) {
        free(hex[i]);
        hex[i] = NULL;
    }
    return s;
}

static enum status write_rows(struct query *q, sqlite3_stmt *st, enum table_format format, FILE *out,
                              size_t *rows, struct error *e)
{
    int n = sqlite3_column_count(st), rc = SQLITE_ROW;
    struct table *t = NULL;
    const char **names = calloc((size_t)n + 1, sizeof *names);
    struct table_value *values = calloc((size_t)n + 1, sizeof *values);
    char **hex = calloc((size_t)n + 1, sizeof *hex);
    enum status s = names && values && hex ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (int i = 0; !s && i < n; i++)
        names[i] = sqlite3_column_name(st, i);
    if (!s)
        s = table_open(format, out, names, (size_t)n, &t, e);
    while (!s && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        s = write_row(st, n, values, hex, t, e);
        ++*rows;
    }
    if (!s && rc != SQLITE_DONE)
        s = explain(q, e);
    if (s)
        table_abandon(t);
    else
        s = table_close(t, e);
    free(names);
    free(values);
    free(hex);
    return s;
}

/* The rest of a text must hold no other statement. */
static enum status refuse_more(struct query *q, const char *tail, struct error *e)
{
    for (const char *rest = tail; rest && *rest;) {
        sqlite3_stmt *st = NULL;
        const int rc = sqlite3_prepare_v2(q->db, rest, -1, &st, &rest);
        if (rc == SQLITE_NOMEM)
            return explain(q, e);
        sqlite3_finalize(st);
        if (rc != SQLITE_OK || st)
            return error_set(e, STATUS_INVALID, "more than one statement: after the first comes \"%.40s\"",
                             tail);
    }
    return STATUS_OK;
}

/* "v_cell" or " v_cell ; " -> the name, owned by the caller; NULL if the text is not one bare word. */
static enum status bare_name(const char *sql, char **name, struct error *e)
{
    const char *start = sql + strspn(sql, " \t\r\n"), *end = start;
    *name = NULL;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    if (end == start || end[strspn(end, " \t\r\n;")])
        return STATUS_OK;
    *name = strndup(start, (size_t)(end - start));
    return *name ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* SELECT * of a table in the order of its primary key, or of a view in its own; NULL if there is no such
 * name. */
static enum status select_all(struct query *q, const char *name, char **sql, struct error *e)
{
    sqlite3_stmt *st = NULL;
    struct strbuf b = {0};
    const char *joint = " ORDER BY ";
    int rc = sqlite3_prepare_v2(q->db,
                                "SELECT s.name, p.name FROM sqlite_schema s"
                                " LEFT JOIN pragma_table_info(s.name) p ON p.pk > 0"
                                " WHERE s.type IN ('table', 'view') AND s.name = ? COLLATE NOCASE"
                                " ORDER BY p.pk",
                                -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const bool has_key = sqlite3_column_type(st, 1) != SQLITE_NULL;
        const char *table = (const char *)sqlite3_column_text(st, 0),
                   *key = (const char *)sqlite3_column_text(st, 1);
        rc = table && (key || !has_key) ? SQLITE_OK : SQLITE_NOMEM;
        if (!b.length && table)
            strbuf_printf(&b, "SELECT * FROM \"%s\"", table);
        if (key) {
            strbuf_printf(&b, "%s\"%s\"", joint, key);
            joint = ", ";
        }
    }
    enum status s = rc == SQLITE_DONE ? STATUS_OK : explain(q, e);
    sqlite3_finalize(st);
    if (!s && b.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    *sql = b.length ? strbuf_take(&b) : NULL;
    return s;
}

static enum status unknown_name(struct query *q, const char *name, struct error *e)
{
    struct strbuf b = {0};
    query_suggest(q, name, LIST_NAMES, &b);
    say_older(q, &b);
    char *hint = strbuf_take(&b);
    enum status s = error_set(e, STATUS_INVALID,
                              "no view or table is named %s%s (`bitsweep query` lists them; anything else "
                              "must be a SELECT)",
                              name, hint ? hint : "");
    free(hint);
    return s;
}

/* The statement of a text; *all (the caller's to free) is the SELECT that a bare name stands for. */
static enum status prepare(struct query *q, const char *sql, char **all, sqlite3_stmt **st, struct error *e)
{
    const char *tail = NULL;
    char *name;
    enum status s = bare_name(sql, &name, e);
    guard_start(&q->guard);
    if (!s && name)
        s = select_all(q, name, all, e);
    if (!s && name && !*all)
        s = unknown_name(q, name, e);
    free(name);
    if (s)
        return s;
    if (sqlite3_prepare_v2(q->db, *all ? *all : sql, -1, st, &tail) != SQLITE_OK)
        return explain(q, e);
    if (!*st)
        return error_set(e, STATUS_INVALID, "the query is empty: expected a SELECT or the name of a view");
    s = refuse_more(q, tail, e);
    if (s)
        return s;
    if (!sqlite3_stmt_readonly(*st))
        return error_set(e, STATUS_INVALID, "a query may only read: this statement is refused");
    return STATUS_OK;
}

enum status query_write(struct query *q, const char *sql, enum table_format format, FILE *out, size_t *rows,
                        struct error *e)
{
    size_t count = 0;
    sqlite3_stmt *st = NULL;
    char *all = NULL;
    enum status s = prepare(q, sql, &all, &st, e);
    if (!s)
        s = write_rows(q, st, format, out, &count, e);
    sqlite3_finalize(st);
    free(all);
    if (rows)
        *rows = count;
    return s;
}

static enum status bind(struct query *q, sqlite3_stmt *st, const struct query_parameter *p, size_t n,
                        struct error *e)
{
    for (int i = 1; i <= sqlite3_bind_parameter_count(st); i++) {
        const char *name = sqlite3_bind_parameter_name(st, i);
        size_t k = 0;
        while (name && k < n && strcmp(p[k].name, name) != 0)
            k++;
        if (!name || k == n)
            return error_set(e, STATUS_INVALID, "the query has a parameter %s, which nothing stands for",
                             name ? name : "?");
        if (sqlite3_bind_text(st, i, p[k].text, -1, SQLITE_STATIC) != SQLITE_OK)
            return explain(q, e);
    }
    return STATUS_OK;
}

enum status query_each(struct query *q, const char *sql, query_row *row, void *context, struct error *e)
{
    return query_each_with(q, sql, NULL, 0, row, context, e);
}

enum status query_each_with(struct query *q, const char *sql, const struct query_parameter *parameters,
                            size_t n_parameters, query_row *row, void *context, struct error *e)
{
    sqlite3_stmt *st = NULL;
    char *all = NULL;
    int rc = SQLITE_ROW;
    enum status s = prepare(q, sql, &all, &st, e);
    if (!s)
        s = bind(q, st, parameters, n_parameters, e);
    const int n = s ? 0 : sqlite3_column_count(st);
    struct table_value *values = calloc((size_t)n + 1, sizeof *values);
    char **hex = calloc((size_t)n + 1, sizeof *hex);
    if (!s && (!values || !hex))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    while (!s && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        for (int i = 0; i < n; i++)
            get_value(st, i, &values[i], &hex[i]);
        s = row(context, values, e);
        for (int i = 0; i < n; i++) {
            free(hex[i]);
            hex[i] = NULL;
        }
    }
    if (!s && rc != SQLITE_DONE)
        s = explain(q, e);
    sqlite3_finalize(st);
    free(values);
    free(hex);
    free(all);
    return s;
}

enum status query_list(struct query *q, enum table_format format, FILE *out, struct error *e)
{
    return query_write(q,
                       "SELECT s.name, s.type AS kind, d.doc FROM sqlite_schema s LEFT JOIN doc d USING(name)"
                       " WHERE s.type IN ('table', 'view') AND s.name NOT LIKE 'sqlite_%'"
                       " ORDER BY s.type = 'table', s.name",
                       format, out, NULL, e);
}
