/* What every test includes: cmocka, and where the optional shared material lies. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* 1 in the builds that look for wrong accesses, races or lines never run, not for wrong bits: a test may try
 * less. */
#ifndef WATCHED
#define WATCHED 0
#endif

/* Path of a file under ../shared (or $BITSWEEP_SHARED), or NULL if it is not there: then skip(). Static
 * buffer. */
const char *shared_path(const char *relative);
/* A fresh empty folder for this test program, removed at exit. */
const char *test_dir(void);
/* The path of NAME there; the last 64 live. */
const char *test_path(const char *name);

#endif
