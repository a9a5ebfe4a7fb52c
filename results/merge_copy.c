#include "results/merge_copy.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/migrate.h"
#include "results/store_internal.h"
#include "sim/base/strbuf.h"

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

/* "INTO.merge-HOST-", which a process number ends: of other hosts that share the folder we know nothing. */
static char *stem_of(const char *into)
{
    struct strbuf b = {0};
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    for (char *p = host; (p = strchr(p, '/')) != NULL;)
        *p = '_';
    strbuf_printf(&b, "%s.merge-%s-", into, host);
    return strbuf_take(&b);
}

/* Whether a name is the stem, the number of a process that is no more, and perhaps what SQLite adds. */
static bool is_left_behind(const char *name, const char *stem)
{
    if (strncmp(name, stem, strlen(stem)) != 0)
        return false;
    char *end;
    errno = 0;
    long process = strtol(name + strlen(stem), &end, 10);
    bool ours = !*end || !strcmp(end, "-wal") || !strcmp(end, "-shm") || !strcmp(end, "-journal");
    return ours && !errno && process > 0 && kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

static void remove_left_behind(const char *stem)
{
    const char *slash = strrchr(stem, '/');
    char *folder = slash ? strndup(stem, (size_t)(slash - stem) + 1) : strdup("./");
    DIR *d = folder ? opendir(folder) : NULL;
    for (struct dirent *at; d && (at = readdir(d)) != NULL;)
        if (is_left_behind(at->d_name, slash ? slash + 1 : stem))
            unlinkat(dirfd(d), at->d_name, 0);
    if (d)
        closedir(d);
    free(folder);
}

static enum status copy_into(sqlite3 *db, const char *copy, struct error *e)
{
    char *sql = sqlite3_mprintf("VACUUM INTO %Q", copy);
    enum status s = sql ? db_exec(db, copy, sql, e) : no_memory(e);
    sqlite3_free(sql);
    return s;
}

static enum status name_copy(const char *into, char **copy, struct error *e)
{
    struct strbuf b = {0};
    char *stem = stem_of(into);
    if (!stem)
        return no_memory(e);
    remove_left_behind(stem);
    strbuf_printf(&b, "%s%ld", stem, (long)getpid());
    free(stem);
    *copy = strbuf_take(&b);
    return *copy ? STATUS_OK : no_memory(e);
}

enum status merge_copy_make(const char *into, const char *from, char **copy, struct error *e)
{
    sqlite3 *db = NULL;
    int version = 0;
    *copy = NULL;
    enum status s = store_check_place(into, e);
    if (!s)
        s = name_copy(into, copy, e);
    if (!s)
        s = db_open_reading(from, &db, e);
    if (!s)
        s = db_identify(db, from, (int)store_migration.n, &version, e);
    if (!s && !version)
        s = error_set(e, STATUS_INVALID, "%s: an empty database", from);
    if (!s) /* rows that refer to nothing would be left out in silence */
        s = db_check_references(db, from, e);
    if (!s) {
        unlink(*copy);
        s = copy_into(db, *copy, e);
    }
    sqlite3_close(db);
    struct store *older = NULL;
    if (!s && version < (int)store_migration.n && !(s = store_open(*copy, &older, e)))
        s = store_close(older, e);
    return s;
}

void merge_copy_remove(char *copy)
{
    if (copy)
        unlink(copy);
    free(copy);
}
