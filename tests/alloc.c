#include "tests/alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

/* Volatile: the compiler holds malloc for a function that reads nothing. */
static _Thread_local volatile struct {
    bool armed, all, own;
    size_t count, at;
} now;

void alloc_fail(size_t n, bool all)
{
    now.count = 0;
    now.at = n;
    now.all = all;
    now.own = false;
    now.armed = true;
}

void alloc_fail_own(size_t n, bool all)
{
    alloc_fail(n, all);
    now.own = true;
}

size_t alloc_stop(void)
{
    now.armed = false;
    return now.count;
}

static bool fails(void)
{
    if (!now.armed)
        return false;
    size_t i = now.count++;
    if (i != now.at && !(now.all && i > now.at))
        return false;
    errno = ENOMEM;
    return true;
}

bool alloc_can_fail(void)
{
    void *volatile p;
    alloc_fail(0, false);
    p = malloc(1);
    alloc_stop();
    bool can = p == NULL;
    free(p);
    return can;
}

/* The linker gives the program's calls of F to __wrap_F (Makefile). */
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t n);

#if WATCHED /* malloc is another's */
#define NEXT(function) __real_##function
#else
#define NEXT(function) __libc_##function
#endif

void *NEXT(malloc)(size_t n);
void *NEXT(calloc)(size_t n, size_t size);
void *NEXT(realloc)(void *p, size_t n);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : NEXT(malloc)(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : NEXT(calloc)(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return fails() ? NULL : NEXT(realloc)(p, n);
}

#if !WATCHED
/* In place of the C library's, for all that is linked: its own strdup, fopen and the like call these too. */
void *malloc(size_t n)
{
    return now.own ? NEXT(malloc)(n) : __wrap_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    return now.own ? NEXT(calloc)(n, size) : __wrap_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    return now.own ? NEXT(realloc)(p, n) : __wrap_realloc(p, n);
}
#endif

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
    if (size && n > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return __wrap_realloc(p, n * size);
}

char *__wrap_strndup(const char *text, size_t n)
{
    n = strnlen(text, n);
    char *copy = __wrap_malloc(n + 1);
    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *text)
{
    return __wrap_strndup(text, strlen(text));
}
