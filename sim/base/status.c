#include "sim/base/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum status error_set(struct error *e, enum status s, const char *format, ...)
{
    if (e && !e->text[0]) {
        va_list ap;
        va_start(ap, format);
        vsnprintf(e->text, sizeof e->text, format, ap);
        va_end(ap);
    }
    return s;
}

enum status error_prefix(struct error *e, enum status s, const char *format, ...)
{
    if (e) {
        struct error old = *e;
        va_list ap;
        va_start(ap, format);
        int n = vsnprintf(e->text, sizeof e->text, format, ap);
        va_end(ap);
        if (n >= 0 && (size_t)n < sizeof e->text)
            snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", old.text);
    }
    return s;
}

enum status error_errno(struct error *e, int reason, const char *name)
{
    const enum status s = reason == ENOENT ? STATUS_MISSING : reason == ENOMEM ? STATUS_INTERNAL : STATUS_IO;
    return error_set(e, s, "%s: %s", name, strerror(reason));
}

int status_exit_code(enum status s)
{
    switch (s) {
    case STATUS_OK:
    case STATUS_SKIP:
        return 0;
    case STATUS_DIFFERENT:
        return 1;
    case STATUS_INVALID:
        return 2;
    case STATUS_USAGE:
        return 64;
    case STATUS_MISSING:
        return 69;
    case STATUS_INTERNAL:
        return 70;
    case STATUS_IO:
        return 74;
    case STATUS_INTERRUPTED:
        return 130;
    }
    return 70;
}
