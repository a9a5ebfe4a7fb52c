#include "sim/base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTOR_PATH 32

/* Where linkat finds a file without a name. */
static const char *descriptor_path(int descriptor, char out[static DESCRIPTOR_PATH])
{
    snprintf(out, DESCRIPTOR_PATH, "/proc/self/fd/%d", descriptor);
    return out;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path) + (slash == path)) : strdup(".");
}

/* A name in the folder that is not taken: of a file that is made, or, of one that has none, given to it. A
 * file left by a killed process of the same number is stepped over. */
static int take_name(struct new_file *f)
{
    const size_t size = strlen(f->folder) + 48;
    char *name = malloc(size), from[DESCRIPTOR_PATH];
    int rc = name ? 0 : -1;
    for (unsigned int i = 0; name && (!i || (rc < 0 && errno == EEXIST)); i++) {
        snprintf(name, size, "%s/.part-%ld-%u", f->folder, (long)getpid(), i);
        if (f->descriptor < 0)
            rc = f->descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        else
            rc = linkat(AT_FDCWD, descriptor_path(f->descriptor, from), AT_FDCWD, name, AT_SYMLINK_FOLLOW);
    }
    if (rc < 0)
        free(name);
    else
        f->temporary = name;
    return rc < 0 ? -1 : 0;
}

enum status new_file_open(struct new_file *f, const char *path, struct error *e)
{
    *f = (struct new_file){.path = path, .descriptor = -1};
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return error_set(e, STATUS_IO, "%s: exists and is %s; only a regular file is replaced", path,
                         S_ISDIR(st.st_mode) ? "a directory" : "not a regular file");
    const bool link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
    f->target = link ? realpath(path, NULL) : strdup(path);
    if (link && !f->target)
        return error_set(e, STATUS_IO, "%s: is a link that leads to no file: %s", path, strerror(errno));
    f->folder = f->target ? folder_of(f->target) : NULL;
    if (!f->folder)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    char at[DESCRIPTOR_PATH];
    f->descriptor = open(f->folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (f->descriptor >= 0 && access(descriptor_path(f->descriptor, at), F_OK) != 0) { /* no /proc */
        close(f->descriptor);
        f->descriptor = -1;
    }
    /* Some file systems have no files without a name. */
    if (f->descriptor < 0 && take_name(f) != 0)
        return error_set(e, STATUS_IO, "%s: cannot create: %s", path, strerror(errno));
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
static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
    if (fd >= 0) {
        rc = fsync(fd) != 0 && errno != EINVAL ? -1 : 0;
        close(fd);
    }
    return rc;
}

enum status new_file_commit(struct new_file *f, struct error *e)
{
    enum status s = STATUS_OK;
    if (fsync(f->descriptor) != 0 || (!f->temporary && take_name(f) != 0))
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", f->path, strerror(errno));
    if (close(f->descriptor) != 0 && !s)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", f->path, strerror(errno));
    f->descriptor = -1;
    if (!s && rename(f->temporary, f->target) != 0)
        s = error_set(e, STATUS_IO, "%s: cannot rename %s: %s", f->path, f->temporary, strerror(errno));
    if (s && f->temporary)
        unlink(f->temporary);
    else if (!s && sync_folder(f->folder) != 0)
        s = error_set(e, STATUS_IO, "%s: cannot sync its folder: %s", f->path, strerror(errno));
    new_file_abandon(f);
    return s;
}

void new_file_abandon(struct new_file *f)
{
    if (f->descriptor >= 0) {
        close(f->descriptor);
        if (f->temporary)
            unlink(f->temporary);
    }
    free(f->temporary);
    free(f->target);
    free(f->folder);
    *f = (struct new_file){.descriptor = -1};
}
