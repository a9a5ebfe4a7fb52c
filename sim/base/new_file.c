#include "sim/base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum status new_file_open(struct new_file *f, const char *path, struct error *e)
{
    *f = (struct new_file){.path = path, .descriptor = -1};
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(e, STATUS_IO, "%s: exists and is %s; only a regular file is replaced", path,
                         S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
    size_t size = strlen(path) + 40;
    f->temporary = malloc(size);
    if (!f->temporary)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    /* O_EXCL with a counter: a file left by a killed process of the same number is stepped over. */
    for (unsigned int i = 0; f->descriptor < 0; i++) {
        snprintf(f->temporary, size, "%s.part-%ld-%u", path, (long)getpid(), i);
        f->descriptor = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (f->descriptor < 0 && errno != EEXIST)
            return error_set(e, STATUS_IO, "%s: cannot create: %s", path, strerror(errno));
    }
    return STATUS_OK;
}

enum status new_file_write(struct new_file *f, const void *data, size_t bytes, struct error *e)
{
    const char *p = data;
    while (bytes) {
        ssize_t n = write(f->descriptor, p, bytes);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(e, STATUS_IO, "%s: cannot write: %s", f->path, strerror(errno));
        p += n;
        bytes -= (size_t)n;
    }
    return STATUS_OK;
}

/* The rename itself reaches the disk with its folder. Some file systems cannot sync a folder (EINVAL). */
static int sync_folder_of(const char *path)
{
    char *folder = strdup(path);
    if (!folder)
        return -1;
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
    if (fd >= 0) {
        rc = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
        close(fd);
    }
    free(folder);
    return rc;
}

enum status new_file_commit(struct new_file *f, struct error *e)
{
    enum status s = STATUS_OK;
    if (fsync(f->descriptor) != 0)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", f->path, strerror(errno));
    if (close(f->descriptor) != 0 && !s)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", f->path, strerror(errno));
    f->descriptor = -1;
    if (!s && rename(f->temporary, f->path) != 0)
        s = error_set(e, STATUS_IO, "%s: cannot rename %s: %s", f->path, f->temporary, strerror(errno));
    if (s) {
        unlink(f->temporary);
    } else if (sync_folder_of(f->path) != 0) {
        s = error_set(e, STATUS_IO, "%s: cannot sync its folder: %s", f->path, strerror(errno));
    }
    free(f->temporary);
    f->temporary = NULL;
    return s;
}

void new_file_abandon(struct new_file *f)
{
    if (f->descriptor >= 0) {
        close(f->descriptor);
        unlink(f->temporary);
    }
    free(f->temporary);
    *f = (struct new_file){.descriptor = -1};
}
