#include "results/guard.h"

#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

/* Pragmas that only describe; with an argument they name a table, never a setting. */
static const char *const describing[] = {"table_info", "table_xinfo", "table_list",
                                         "index_list", "index_info",  "foreign_key_list"};

/* Functions that reach outside the database, in this or another build of SQLite. */
static const char *const reaching[] = {"load_extension", "readfile", "writefile",     "edit",
                                       "lsdir",          "fsdir",    "fts3_tokenizer"};

static int listed(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; word && i < n; i++)
        if (strcasecmp(word, list[i]) == 0)
            return 1;
    return 0;
}

static const char *action_name(int action)
{
    switch (action) {
    case SQLITE_INSERT:
        return "INSERT";
    case SQLITE_UPDATE:
        return "UPDATE";
    case SQLITE_DELETE:
        return "DELETE";
    case SQLITE_ATTACH:
        return "ATTACH";
    case SQLITE_DETACH:
        return "DETACH";
    case SQLITE_PRAGMA:
        return "PRAGMA";
    case SQLITE_FUNCTION:
        return "the function";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
        return "a transaction";
    case SQLITE_REINDEX:
    case SQLITE_ANALYZE:
    case SQLITE_ALTER_TABLE:
        return "changing a table";
    default:
        return "making or dropping a table, view, index or trigger";
    }
}

static int authorize(void *context, int action, const char *a, const char *b, const char *database,
                     const char *view)
{
    struct guard *g = context;
    (void)database;
    (void)view;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_FUNCTION:
        if (!listed(b, reaching, sizeof reaching / sizeof *reaching))
            return SQLITE_OK;
        snprintf(g->refused, sizeof g->refused, "the function %s", b);
        return SQLITE_DENY;
    case SQLITE_PRAGMA:
        if (listed(a, describing, sizeof describing / sizeof *describing))
            return SQLITE_OK;
        break;
    default:
        break;
    }
    snprintf(g->refused, sizeof g->refused, "%s%s%s", action_name(action), a && *a ? " " : "", a ? a : "");
    return SQLITE_DENY;
}

static int out_of_time(void *context)
{
    const struct guard *g = context;
    struct timespec now;
    if (g->seconds <= 0)
        return 0;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    double elapsed = (double)(now.tv_sec - g->start.tv_sec) + 1e-9 * (double)(now.tv_nsec - g->start.tv_nsec);
    return elapsed > g->seconds;
}

void guard_start(struct guard *g)
{
    g->refused[0] = '\0';
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &g->start);
}

/* SQLite declares a table-valued function at its first use, which asks the authorizer for writing to the
 * schema: so they are used once before it is there, without a row, as pragma_table_list reads all views. */
static bool prime(sqlite3 *db)
{
    char sql[64];
    bool memory = true;
    for (size_t i = 0; i < sizeof describing / sizeof *describing; i++) {
        snprintf(sql, sizeof sql, "SELECT 1 FROM pragma_%s LIMIT 0", describing[i]);
        memory &= sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_NOMEM;
    }
    return sqlite3_exec(db, "SELECT 1 FROM json_each('[]'), json_tree('[]')", NULL, NULL, NULL) !=
               SQLITE_NOMEM &&
           memory;
}

enum status guard_install(struct guard *g, sqlite3 *db, struct error *e)
{
    guard_start(g);
    if (!prime(db))
        return error_set(e, STATUS_INTERNAL, "out of memory");
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, GUARD_MAX_BYTES);
    sqlite3_set_authorizer(db, authorize, g);
    /* Every 10,000 instructions of SQLite's machine: under a millisecond. */
    sqlite3_progress_handler(db, 10000, out_of_time, g);
    return STATUS_OK;
}
