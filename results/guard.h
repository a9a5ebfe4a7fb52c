/* Keeps other people's SQL to reading, and to its time. */
#ifndef RESULTS_GUARD_H
#define RESULTS_GUARD_H

#include <time.h>

#include "results/db.h"

#define GUARD_MAX_BYTES (64 << 20) /* of one text, blob or row; resolved studies take a tenth of it */

struct guard {
    /* of the thread's processor time, so that a slow reader of rows costs none; 0: no limit */
    double seconds;
    struct timespec start;
    char refused[128]; /* what the last refused statement wanted */
};

/* Puts the authorizer, the progress handler and the limits on db; g must live as long. STATUS_INTERNAL when
 * out of memory. */
enum status guard_install(struct guard *g, sqlite3 *db, struct error *e) MUST_CHECK;
/* Starts the clock of one query. */
void guard_start(struct guard *g);

#endif
