/* Names for schemes as rows of the database: vendors' profiles, papers' methods. */
#ifndef EXPERIMENTS_NAME_ROWS_H
#define EXPERIMENTS_NAME_ROWS_H

#include "results/store.h"

/* All profiles of sim/profile.h with their canonical texts, as one allocation: free(*rows), also after an
 * error. */
enum status profile_rows(struct store_profile **rows, size_t *n, struct error *e) MUST_CHECK;

/* All methods of sim/method.h, likewise: each text is the caller's, method_rows_free frees all. */
enum status method_rows(struct store_method **rows, size_t *n, struct error *e) MUST_CHECK;
void method_rows_free(struct store_method *rows, size_t n);

#endif
