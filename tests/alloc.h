/* Allocations that fail when a test says so. In a plain build all of the process's: the program's, those of
 * its libraries and of the C library. Under sanitizers, which need malloc for themselves, the program's own
 * calls of malloc, calloc, realloc, reallocarray, strdup and strndup. */
#ifndef TESTS_ALLOC_H
#define TESTS_ALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* From here on, of this thread alone: allocation n (from 0) fails, and with `all` those after it. */
void alloc_fail(size_t n, bool all);
/* The same of the program's own calls alone, in a plain build too. */
void alloc_fail_own(size_t n, bool all);
/* None fails any more. How many there were since alloc_fail. */
size_t alloc_stop(void);
/* Whether the build can do it. */
bool alloc_can_fail(void);

#endif
