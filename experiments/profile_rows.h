/* Vendors' profiles as rows of the database. */
#ifndef EXPERIMENTS_PROFILE_ROWS_H
#define EXPERIMENTS_PROFILE_ROWS_H

#include "results/store.h"

/* All profiles of sim/profile.h with their canonical texts, as one allocation: free(*rows), also after an
 * error. */
enum status profile_rows(struct store_profile **rows, size_t *n, struct error *e) MUST_CHECK;

#endif
