/* Opening and closing the result database. */
#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "results/migrate.h"
#include "results/store_internal.h"

enum status store_check_name(const char *path, struct error *e)
{
    return db_check_name(path, e);
}

/* What SQLite would say only as "unable to open": named before it tries. */
enum status store_check_place(const char *path, struct error *e)
{
    struct stat st;
    char folder[4096] = "";
    enum status s = db_check_name(path, e);
    if (s)
        return s;
    strncat(folder, path, sizeof folder - 1);
    const char *dir = dirname(folder);
    if (stat(dir, &st) != 0)
        return error_set(e, STATUS_IO, "%s: the folder %s cannot be used: %s", path, dir, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return error_set(e, STATUS_IO, "%s: %s is not a folder", path, dir);
    if (access(dir, W_OK) != 0)
        return error_set(e, STATUS_IO,
                         "%s: the folder %s is write-protected, and the log must lie beside "
                         "the database",
                         path, dir);
    if (stat(path, &st) == 0) {
        if ((s = db_check_kind(path, st.st_mode, e)))
            return s;
        if (access(path, W_OK) != 0)
            return error_set(e, STATUS_IO, "%s: the file is write-protected", path);
    }
    return STATUS_OK;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The process that has locked the file as SQLite does, 0 if unknown. Opening the file to ask would drop our
 * own locks when it is closed. */
static long holder(const char *path)
{
    enum { FIRST = 0x40000000, LAST = FIRST + 511 }; /* the bytes that SQLite locks */
    struct stat st;
    char line[256];
    long found = 0;
    FILE *f = stat(path, &st) == 0 ? fopen("/proc/locks", "r") : NULL;
    while (f && !found && fgets(line, sizeof line, f)) {
        long process = 0;
        unsigned long long inode = 0, at = 0;
        if (sscanf(line, "%*s POSIX %*s %*s %ld %*x:%*x:%llu %llu", &process, &inode, &at) == 3 &&
            inode == st.st_ino && at >= FIRST && at <= LAST && process > 0 && process != getpid())
            found = process;
    }
    if (f)
        fclose(f);
    return found;
}

static bool stopped(const struct store *s)
{
    return s->wait.stop && atomic_load(s->wait.stop);
}

static void say_waiting(struct store *s)
{
    const long process = holder(s->path);
    s->said = true;
    fprintf(s->wait.say, "bitsweep: %s: waiting for ", s->path);
    if (process)
        fprintf(s->wait.say, "process %ld, which has locked it\n", process);
    else
        fprintf(s->wait.say, "another program, which has locked it\n");
}

/* Waits a little, if there is patience left; also SQLite's busy handler, whose context is the store. */
static int wait_a_little(void *context, int times)
{
    struct store *s = context;
    const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
    const int64_t now = now_ms();
    (void)times;
    if (stopped(s) || now >= s->until)
        return 0;
    if (s->wait.say && !s->said && now >= s->until - s->busy_ms + 1000)
        say_waiting(s);
    nanosleep(&pause, NULL);
    return 1;
}

/* WAL while writing. The switch is tried and let go: while SQLite itself waits for it, it keeps readers out;
 * and it reports BUSY at once when two connections change the mode together. */
static enum status begin_wal(struct store *s, struct error *e)
{
    int rc;
    sqlite3_busy_handler(s->db, NULL, NULL);
    do
        rc = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) & 0xff;
    while ((rc == SQLITE_BUSY || rc == SQLITE_LOCKED) && wait_a_little(s, 0));
    if (rc != SQLITE_OK)
        return db_error(s->db, s->path, "switching to the write-ahead log", e);
    sqlite3_busy_handler(s->db, wait_a_little, s);
    return db_exec(s->db, s->path, "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON", e);
}

static enum status prepare_database(struct store *s, struct error *e)
{
    int version = 0;
    enum status status = db_identify(s->db, s->path, (int)store_migration.n, &version, e);
    if (!status && sqlite3_db_readonly(s->db, "main") == 1)
        return error_set(e, STATUS_IO, "%s: the file is write-protected", s->path);
    if (!status)
        status = begin_wal(s, e);
    return status ? status : migrate(s->db, s->path, &store_migration, e);
}

static enum status open_database(struct store *s, struct error *e)
{
    enum status status = store_check_place(s->path, e);
    if (status)
        return status;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    if (sqlite3_open_v2(s->path, &s->db, flags, NULL) != SQLITE_OK)
        return db_error(s->db, s->path, "opening", e);
    sqlite3_extended_result_codes(s->db, 1);
    s->until = now_ms() + s->busy_ms;
    sqlite3_busy_handler(s->db, wait_a_little, s);
    struct error why = {{0}};
    status = prepare_database(s, &why);
    if (status && (sqlite3_errcode(s->db) & 0xff) == SQLITE_BUSY && stopped(s))
        return error_set(e, STATUS_INTERRUPTED, "%s: interrupted while another program kept it locked",
                         s->path);
    if (status)
        return error_set(e, status, "%s", why.text);
    /* What was computed is written although a signal came. */
    sqlite3_busy_timeout(s->db, s->busy_ms);
    return status;
}

/* The flusher takes no signals: Ctrl-C is for the main thread. */
static enum status start_flusher(struct store *s, struct error *e)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = pthread_create(&s->flusher, NULL, store_flusher, s);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    s->flusher_runs = rc == 0;
    return rc ? error_set(e, STATUS_INTERNAL, "%s: cannot start a thread: %s", s->path, strerror(rc))
              : STATUS_OK;
}

static void free_store(struct store *s)
{
    for (size_t i = 0; i < s->n_pending; i++)
        store_cell_free(s->pending[i].cell);
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(s->statement[i]);
    sqlite3_close(s->db);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s->path);
    free(s);
}

/* A store without a database; NULL when out of memory. */
static struct store *make_store(const char *path, int busy_ms)
{
    struct store *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(path))) {
        free(s);
        return NULL;
    }
    s->busy_ms = busy_ms;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return s;
}

enum status store_open_within(const char *path, int busy_ms, const struct store_wait *w, struct store **out,
                              struct error *e)
{
    *out = NULL;
    struct store *s = make_store(path, busy_ms);
    if (!s)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    if (w)
        s->wait = *w;
    enum status status = open_database(s, e);
    if (!status)
        status = start_flusher(s, e);
    if (status)
        free_store(s);
    else
        *out = s;
    return status;
}

enum status store_open(const char *path, struct store **out, struct error *e)
{
    return store_open_waiting(path, NULL, out, e);
}

enum status store_open_waiting(const char *path, const struct store_wait *w, struct store **out,
                               struct error *e)
{
    return store_open_within(path, DB_BUSY_MS, w, out, e);
}

enum status store_open_reading(const char *path, struct store **out, struct error *e)
{
    *out = NULL;
    int version = 0;
    struct store *s = make_store(path, DB_BUSY_MS);
    if (!s)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    enum status status = db_open_reading(path, &s->db, e);
    if (!status)
        status = db_identify(s->db, path, (int)store_migration.n, &version, e);
    s->empty = !version;
    if (status)
        free_store(s);
    else
        *out = s;
    return status;
}

static int is_delete(void *answer, int n, char **text, char **name)
{
    (void)name;
    *(bool *)answer = n == 1 && text[0] && !strcmp(text[0], "delete");
    return 0;
}

/* Folds the log in and goes back to the mode that needs no file beside it, unless somebody else has the
 * database open: false. */
static bool end_wal(sqlite3 *db)
{
    bool ended = false;
    sqlite3_busy_timeout(db, 200);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    sqlite3_exec(db, "PRAGMA journal_mode = DELETE", is_delete, &ended, NULL);
    return ended;
}

/* Closes the database so that it is one file, which can be copied. Of two programs that close at the same
 * time each hinders the other while it is there: so they go and come again, each in its own time. With others
 * that stay, the last one to go does it. */
static void close_database(struct store *s)
{
    bool ended = end_wal(s->db);
    sqlite3_close(s->db);
    for (int i = 0; i < 3 && !ended; i++) {
        const struct timespec pause = {.tv_nsec = (getpid() % 16 + 1) * 10 * 1000 * 1000};
        nanosleep(&pause, NULL);
        ended = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK && end_wal(s->db);
        sqlite3_close(s->db);
    }
    s->db = NULL;
}

void store_say_log(const char *path, FILE *out)
{
    if (db_has_beside(path, "-wal"))
        fprintf(
            out,
            "bitsweep: %s: another program has the database open; until it ends, the newest rows are in the "
            "-wal file beside it, which is part of the database\n",
            path);
}

enum status store_close(struct store *s, struct error *e)
{
    if (!s)
        return STATUS_OK;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (s->flusher_runs)
        pthread_join(s->flusher, NULL);
    enum status status = store_flush(s, e);
    if (!status && s->flusher_runs)
        status = store_check_there(s, e);
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(s->statement[i]);
        s->statement[i] = NULL;
    }
    if (s->flusher_runs)
        close_database(s);
    free_store(s);
    return status;
}
