/* What every test includes: cmocka, and where the optional shared material lies. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Whether this is the sanitized build, which looks for wrong accesses, not for wrong bits: a test may try
 * less. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* Path of a file under ../shared (or $BITSWEEP_SHARED), or NULL if it is not there: then skip(). Static
 * buffer. */
const char *shared_path(const char *relative);
/* A fresh empty folder for this test program, removed at exit. */
const char *test_dir(void);

#endif
