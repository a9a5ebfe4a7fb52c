/* Experiment files as texts: loaded, or refused. */
#ifndef TESTS_STUDIES_H
#define TESTS_STUDIES_H

#include "experiments/config.h"

#define STUDY_HEAD "name: t\ninputs: [{dump: x.npy}]\n"

/* Writes n bytes to a file and loads it; config_free the result. */
struct config *study_load_sets(const char *text, const char *const *sets, size_t n);
struct config *study_load(const char *text);
/* Expects STATUS_INVALID for n bytes, with a message that starts with FILE:WHERE (NULL: anywhere) and has
 * `message`. */
void study_expect_error(const char *text, size_t n, const char *const *sets, size_t n_sets, const char *where,
                        const char *message);

#endif
