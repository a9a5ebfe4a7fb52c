/* Status codes and error messages: how every fallible function of the program reports. */
#ifndef SIM_BASE_STATUS_H
#define SIM_BASE_STATUS_H

#include <stdarg.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* What a fallible function returns. STATUS_OK is zero, so `if (s)` means "it failed". */
enum status {
    STATUS_OK = 0,
    STATUS_SKIP,        /* not meaningful here (differs from failure) */
    STATUS_DIFFERENT,   /* a cell failed or a difference was found: exit 1 */
    STATUS_INVALID,     /* bad configuration or scheme text: exit 2 */
    STATUS_USAGE,       /* wrong command line: exit 64 */
    STATUS_MISSING,     /* a dump or a tool is missing or not what it says: exit 69 */
    STATUS_INTERNAL,    /* a broken invariant, out of memory: exit 70 */
    STATUS_IO,          /* reading or writing failed: exit 74 */
    STATUS_INTERRUPTED, /* stopped by the user: exit 130 */
};

/* A message for people. Its owner zero-initialises it, also before another call: the first message set stays.
 */
struct error {
    char text[1024];
};

/* Formats a message into *e (which may be NULL) unless it already holds one; returns s, so that a function
 * can end with `return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));`. */
enum status error_set(struct error *e, enum status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "PREFIX: " before the message already in *e (a file name before a parser's words). Returns s. */
enum status error_prefix(struct error *e, enum status s, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* "NAME: strerror(reason)", of a file or folder that cannot be opened or read: STATUS_MISSING where it is not
 * there, STATUS_INTERNAL where there was no memory, else STATUS_IO. */
enum status error_errno(struct error *e, int reason, const char *name);

/* The process exit code of a status, as `bitsweep --help` lists them. */
int status_exit_code(enum status s);

#endif
