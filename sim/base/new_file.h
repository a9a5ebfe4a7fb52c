/* New files: written without a name in the folder of the target, where the file system can (else beside it),
 * and put in its place when whole, so that a file is whole or absent and a killed program leaves nothing
 * behind. */
#ifndef SIM_BASE_NEW_FILE_H
#define SIM_BASE_NEW_FILE_H

#include <stddef.h>

#include "sim/base/status.h"

struct new_file {
    const char *path;      /* the caller's, until the end */
    char *target, *folder; /* where it leads to */
    char *temporary;       /* a name beside the target; NULL: none yet */
    int descriptor;
};

/* Replaces a regular file, that to which a symbolic link leads, and refuses anything else that is in the way.
 */
enum status new_file_open(struct new_file *f, const char *path, struct error *e) MUST_CHECK;
enum status new_file_write(struct new_file *f, const void *data, size_t bytes, struct error *e) MUST_CHECK;
/* Publishes the file; a failure before the renaming leaves nothing behind. */
enum status new_file_commit(struct new_file *f, struct error *e) MUST_CHECK;
/* Removes the temporary file if it was not committed. May be called after every outcome of open. */
void new_file_abandon(struct new_file *f);

#endif
