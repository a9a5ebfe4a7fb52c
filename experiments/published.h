/* What papers print, and what our database says of it. The numbers are in experiments/published.yaml, which
 * is built into the program; nothing that computes reads them.
 *
 *     papers:
 *       - key: NAME
 *         title: TEXT
 *         citation: TEXT
 *         studies: [FILE, ...]
 *         tables:
 *           - where: TEXT
 *             read: TEXT
 *             KEY: VALUE ...
 *             columns: {NAME: TEXT or {bind: TEXT, KEY: VALUE ...}, ...}
 *             rows: {NAME: [NUMBER, ...] or {bind: TEXT, values: [NUMBER, ...], differs: WHY}, ...}
 *
 * `studies` reproduce the paper; `where` is a place in it, `read` how its numbers were read. A KEY of a
 * column wins over that of its table:
 *
 *     analysis   which gives our number
 *     quantity   of its values
 *     query      instead of both: SQL for one number of the database, by :row and :column
 *     scheme     with query: a scheme text, whose canonical form :row then is
 *     unit       of the number
 *     absolute, relative, printed
 *                tolerance: in units, as a share of the number, in units of its last printed digit
 *     least      instead of these: the number is a bound; by so many units may ours be below it
 *
 * In these texts {row} and {column} stand for what binds them, else for their names; so do :row and :column.
 * Columns may be a list of names. A NUMBER is as printed, ~ for none, or {value: NUMBER, differs: WHY}: known
 * not to be ours. */
#ifndef EXPERIMENTS_PUBLISHED_H
#define EXPERIMENTS_PUBLISHED_H

#include <stdbool.h>
#include <stddef.h>

#include "results/query.h"
#include "sim/base/status.h"

struct published_paper {
    char *key, *title, *citation;
    char **studies;
    size_t n_studies;
};

/* A number of a paper. */
struct published_number {
    const struct published_paper *paper;
    char *where, *read, *row, *column, *unit;
    char *differs;           /* why ours is another; NULL: it is not */
    double value, tolerance; /* tolerance: in the number's unit */
    bool least;              /* ours may be larger by any amount */
    /* SQL that gives ours, and its parameters; of an analysis its canonical text and the quantity. */
    char *sql, *row_bind, *column_bind;
    char *place; /* "FILE:LINE:COLUMN" */
};

struct published {
    struct published_paper *papers;
    size_t n_papers;
    struct published_number *numbers; /* in the order of the file */
    size_t n;
};

/* Reads a text, which messages call `name`. STATUS_INVALID with FILE:LINE:COLUMN. */
enum status published_read(const char *name, const char *text, size_t bytes, struct published **out,
                           struct error *e) MUST_CHECK;
/* That of the program. */
enum status published_own(struct published **out, struct error *e) MUST_CHECK;
void published_free(struct published *p);
/* NULL if there is none. */
const struct published_paper *published_find(const struct published *p, const char *key);

enum published_verdict {
    PUBLISHED_AGREES,
    PUBLISHED_DIFFERS_AS_SAID,
    PUBLISHED_DIFFERS,   /* and nothing says why */
    PUBLISHED_STALE,     /* agrees, though it is said to differ */
    PUBLISHED_NO_RESULT, /* the database has none */
    PUBLISHED_VERDICTS
};
extern const char *const published_verdicts[PUBLISHED_VERDICTS];

/* The number beside ours. */
struct published_comparison {
    const struct published_number *number;
    double ours; /* NaN where there is none */
    enum published_verdict verdict;
};
typedef enum status published_row(void *context, const struct published_comparison *c, struct error *e);

/* Compares the numbers of a paper (NULL: of all), in their order. What `row` returns, unless STATUS_OK, ends
 * it. */
enum status published_compare(const struct published *p, const struct published_paper *paper, struct query *q,
                              published_row *row, void *context, struct error *e) MUST_CHECK;

#endif
