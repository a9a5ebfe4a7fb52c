#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/dump/reader.h"

/* O_NONBLOCK: opening a pipe that nobody writes to must not wait; it has no effect on regular files. */
enum status map_open(const char *path, struct map *out, struct error *e)
{
    *out = (struct map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(e, errno == ENOENT ? STATUS_MISSING : STATUS_IO, "%s: %s", path, strerror(errno));
    enum status s = STATUS_OK;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        s = error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        s = error_set(e, STATUS_MISSING, "%s: is %s; a dump is a regular file", path,
                      S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
        goto out;
    }
    if (st.st_size == 0)
        goto out;
    void *address = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
        s = error_set(e, STATUS_IO, "%s: cannot map %jd bytes: %s", path, (intmax_t)st.st_size,
                      strerror(errno));
        goto out;
    }
    *out = (struct map){address, (size_t)st.st_size};
out:
    close(fd);
    return s;
}

bool path_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void map_close(struct map *m)
{
    if (m->address)
        munmap(m->address, m->size);
    *m = (struct map){0};
}
