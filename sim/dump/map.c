#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/dump/reader.h"

/* A file of the same identity and other stamp was written to. */
static void take_stamp(struct map *m, const struct stat *st)
{
    m->device = (uintmax_t)st->st_dev;
    m->inode = (uintmax_t)st->st_ino;
    m->bytes = (intmax_t)st->st_size;
    m->written = st->st_mtim;
    m->touched = st->st_ctim;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static enum status map_pages(struct map *m, int fd, struct error *e)
{
    m->size = (size_t)m->bytes;
    void *address = mmap(NULL, m->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED)
        return error_set(e, errno == ENOMEM ? STATUS_INTERNAL : STATUS_IO, "%s: cannot map %jd bytes: %s",
                         m->path, m->bytes, strerror(errno));
    m->address = address;
    m->fault = map_fault_watch(address, m->size);
    return m->fault ? STATUS_OK : error_set(e, STATUS_INTERNAL, "%s: out of memory", m->path);
}

/* O_NONBLOCK: opening a pipe that nobody writes to must not wait; it has no effect on regular files. */
enum status map_open(const char *path, struct map *out, struct error *e)
{
    *out = (struct map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(e, errno, path);
    enum status s = STATUS_OK;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        s = error_errno(e, errno, path);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        s = error_set(e, STATUS_MISSING, "%s: is %s; a dump is a regular file", path,
                      S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
        goto out;
    }
    take_stamp(out, &st);
    out->path = strdup(path);
    if (!out->path)
        s = error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    else if (st.st_size)
        s = map_pages(out, fd, e);
out:
    if (s)
        map_close(out);
    close(fd);
    return s;
}

/* The stamp is that of the path, as an open descriptor for each file of a folder would be too many. Another
 * file of that name, or none, leaves the pages as they were. */
enum status map_check(const struct map *m, struct error *e)
{
    struct stat st;
    if (!m->path)
        return STATUS_OK;
    const bool there =
        stat(m->path, &st) == 0 && m->device == (uintmax_t)st.st_dev && m->inode == (uintmax_t)st.st_ino;
    if (there && st.st_size != m->bytes)
        return error_set(e, STATUS_IO, "%s: changed while it was read: it had %jd bytes and has %jd", m->path,
                         m->bytes, (intmax_t)st.st_size);
    if (map_fault_lost(m->fault))
        return error_set(e, STATUS_IO, "%s: bytes of it could not be read: it was cut, or the disk failed",
                         m->path);
    if (there && (!same_time(st.st_mtim, m->written) || !same_time(st.st_ctim, m->touched)))
        return error_set(e, STATUS_IO, "%s: changed while it was read: it was written to", m->path);
    return STATUS_OK;
}

bool path_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void map_close(struct map *m)
{
    map_fault_forget(m->fault);
    if (m->address)
        munmap(m->address, m->size);
    free(m->path);
    *m = (struct map){0};
}
