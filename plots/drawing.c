#include "plots/drawing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/strbuf.h"

static char *path_in(const char *dir, const char *name, const char *suffix)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "%s/%s.%s", dir, name, suffix);
    return strbuf_take(&b);
}

char *drawing_path(const struct drawing *d, const char *suffix)
{
    return path_in(d->folder, d->name, suffix);
}

char *drawing_target(const struct drawing *d, const char *suffix)
{
    return path_in(d->dir, d->name, suffix);
}

static enum status make_folder(const char *dir, struct error *e)
{
    char path[4096] = "";
    if (strlen(dir) >= sizeof path)
        return error_set(e, STATUS_IO, "%s: the name of the folder is too long", dir);
    for (size_t i = 0; i == 0 || dir[i - 1]; i++) {
        if (i && (dir[i] == '/' || !dir[i]) && mkdir(path, 0777) != 0 && errno != EEXIST)
            return error_set(e, STATUS_IO, "%s: cannot make the folder: %s", path, strerror(errno));
        path[i] = dir[i];
    }
    struct stat st;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
        return error_set(e, STATUS_IO, "%s: is not a folder", dir);
    return STATUS_OK;
}

/* Blocks the signals that would end us. A blocked signal is pending even if it is ignored: those stay as they
 * are. */
static void hold_signals(sigset_t *before)
{
    static const int ends[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    sigset_t held;
    sigemptyset(&held);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct sigaction now;
        if (sigaction(ends[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaddset(&held, ends[i]);
    }
    sigprocmask(SIG_BLOCK, &held, before);
}

enum status drawing_open(struct drawing *d, const char *dir, const char *name, struct error *e)
{
    *d = (struct drawing){.dir = dir, .name = name};
    hold_signals(&d->before);
    enum status s = make_folder(dir, e);
    if (s)
        return s;
    struct strbuf b = {0};
    strbuf_printf(&b, "%s/.%s.XXXXXX", dir, name);
    char *folder = strbuf_take(&b);
    if (!folder)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (!mkdtemp(folder)) {
        s = error_set(e, STATUS_IO, "%s: cannot write into the folder: %s", dir, strerror(errno));
        free(folder);
        return s;
    }
    d->folder = folder;
    return STATUS_OK;
}

/* A file must be on the disk before it takes the place of another. */
static int sync_file(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd), why = errno;
    close(fd);
    errno = why;
    return rc;
}

static enum status move(const struct drawing *d, const char *suffix, bool check_only, struct error *e)
{
    struct stat st;
    enum status s = STATUS_OK;
    char *from = drawing_path(d, suffix), *to = drawing_target(d, suffix);
    if (!from || !to)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    else if (check_only && stat(to, &st) == 0 && !S_ISREG(st.st_mode))
        s = error_set(e, STATUS_IO, "%s: exists and is %s; only a regular file is replaced", to,
                      S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
    else if (check_only ? sync_file(from) != 0 : rename(from, to) != 0)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", to, strerror(errno));
    free(from);
    free(to);
    return s;
}

enum status drawing_publish(const struct drawing *d, const char *const *suffixes, size_t n, struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < 2 * n; i++)
        s = move(d, suffixes[i % n], i < n, e);
    return s;
}

void drawing_close(struct drawing *d)
{
    DIR *folder = d->folder ? opendir(d->folder) : NULL;
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        unlinkat(dirfd(folder), entry->d_name, 0); /* not . and .., which are folders */
    if (folder)
        closedir(folder);
    if (d->folder)
        rmdir(d->folder);
    free(d->folder);
    d->folder = NULL;
    sigprocmask(SIG_SETMASK, &d->before, NULL);
}
