#include "experiments/capture.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

/* Behind the bracket expression that p begins; behind the bracket alone where nothing closes it. */
static const char *behind_bracket(const char *p)
{
    const char *q = p + 1 + (p[1] == '!' || p[1] == '^');
    q += *q == ']';
    q = strchr(q, ']');
    return q ? q + 1 : p + 1;
}

/* The next star, or the end. */
static const char *next_star(const char *p)
{
    while (*p && *p != '*')
        p = *p == '[' ? behind_bracket(p) : p + 1 + (*p == '\\' && p[1]);
    return p;
}

size_t capture_stars(const char *glob)
{
    size_t n = 0;
    for (const char *p = next_star(glob); *p; p = next_star(p + 1))
        n++;
    return n;
}

static bool matches(const char *glob, size_t n, const char *text, size_t length, bool *failed)
{
    char *g = strndup(glob, n), *t = strndup(text, length);
    const bool found = g && t && !fnmatch(g, t, 0);
    *failed |= !g || !t;
    free(g);
    free(t);
    return found;
}

/* The shortest beginning of the text that the first n bytes of the glob match while the rest matches the
 * rest. */
static size_t taken(const char *glob, size_t n, const char *text, bool *failed)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (!fnmatch(glob + n, text + i, 0) && matches(glob, n, text, i, failed))
            return i;
    return length;
}

char *capture_name(const char *glob, const char *name, const char *to)
{
    struct strbuf b = {0};
    bool failed = false;
    for (const char *star; *(star = strchrnul(to, '*')); to = star + 1) {
        const char *at = next_star(glob);
        name += taken(glob, (size_t)(at - glob), name, &failed);
        const size_t n = taken(at, 1, name, &failed);
        strbuf_add_n(&b, to, (size_t)(star - to));
        strbuf_add_n(&b, name, n);
        name += n;
        glob = at + 1;
    }
    strbuf_add(&b, to);
    if (!failed)
        return strbuf_take(&b);
    strbuf_free(&b);
    return NULL;
}
