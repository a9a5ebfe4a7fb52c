/* SQL of people, on a database of this program that holds no runs. The first byte is the format of the rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/query.h"
#include "results/store.h"
#include "tests/fuzz/fuzz.h"

/* Opened once; the file is gone from its folder. */
static struct query *database(void)
{
    static struct query *q;
    enum { VALUE_MAX = 1 << 16, MEMORY_MAX = 64 << 20 };
    static const double seconds = .002;
    struct error e = {{0}};
    struct store *s = NULL;
    char path[] = "/tmp/bitsweep-fuzz-XXXXXX";
    if (q)
        return q;
    const int fd = mkstemp(path);
    fuzz_require(fd >= 0, "a temporary file");
    close(fd);
    fuzz_require(!store_open(path, &s, &e) && !store_close(s, &e), "a database");
    fuzz_require(!query_open(path, seconds, &q, &e), "a database to query");
    unlink(path);
    query_limit_values(q, VALUE_MAX);
    query_limit_memory(MEMORY_MAX);
    return q;
}

static ssize_t swallow(void *cookie, const char *bytes, size_t n)
{
    (void)cookie;
    (void)bytes;
    return (ssize_t)n;
}

/* The one function whose time is that of a number in the text, which the program's own timer ends. */
static bool prints(const char *sql)
{
    return strcasestr(sql, "printf") || strcasestr(sql, "format");
}

void fuzz_sql(const uint8_t *data, size_t size)
{
    static FILE *sink;
    struct error e = {{0}};
    size_t rows = 0;
    if (!size)
        return;
    if (!sink)
        sink = fopencookie(NULL, "w", (cookie_io_functions_t){.write = swallow});
    fuzz_require(sink != NULL, "a sink");
    char *sql = fuzz_text(data + 1, size - 1);
    const enum status s =
        prints(sql)
            ? STATUS_OK
            : query_write(database(), sql, (enum table_format)(data[0] % TABLE_FORMATS), sink, &rows, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    free(sql);
}
