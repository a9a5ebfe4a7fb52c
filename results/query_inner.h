/* What the files of query.h share. */
#ifndef RESULTS_QUERY_INNER_H
#define RESULTS_QUERY_INNER_H

#include <stdbool.h>

#include "results/guard.h"
#include "results/query.h"
#include "sim/base/strbuf.h"

struct query {
    sqlite3 *db;
    char *path;
    int version; /* of the schema */
    bool older;  /* tables or views are not those of this program */
    struct guard guard;
};

/* STATUS_INVALID for a database of an older schema, saying how to bring it up to date. */
enum status query_require_current(const struct query *q, struct error *e) MUST_CHECK;
/* Adds "; did you mean X?" with the nearest name that `sql` lists. */
void query_suggest(struct query *q, const char *word, const char *sql, struct strbuf *out);

#endif
