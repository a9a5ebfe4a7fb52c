/* Plausible rows for tests of the store, of queries and of figures. */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include "results/store.h"

/* What a cell is made from. Zero-initialised fields get defaults. */
struct row_spec {
    const char *dump, *tensor; /* NULL: "dumps/a.npy", "" */
    const char *format;        /* "e4m3", "int8", ... */
    const char *scale, *scale_rule, *second;
    int block;                       /* 0: one scale for the tensor */
    const char *round;               /* NULL: "rne" */
    double clip;                     /* 0: none */
    const char *keys;                /* more of the scheme's text, ",tail=zero-pad" */
    const double *sqnr;              /* NULL: by the model */
    const char *label, *result_hash; /* NULL: by the rest */
    const char *mac;                 /* NULL: of a tensor; else of a site, whose weight has the same scheme */
    const char *transform;           /* of a site */
};

#define ROW_METRICS 7
#define ROW_COSTS   7

/* A cell with everything it points to. */
struct row {
    struct store_cell cell;
    char key[65], tensor_sha256[65], result_hash[65], scheme[320], label[256], weight[96], params[512];
    struct store_metric_value metrics[ROW_METRICS];
    struct store_cost_value costs[ROW_COSTS];
};

/* Fills a row: key and numbers depend on the spec alone. The SQNR is a rough model of the format on a
 * Gaussian. */
void row_make(struct row *r, const struct row_spec *spec);

/* store_open, store_close and store_put that must succeed. */
struct store *rows_open(const char *path);
void rows_close(struct store *s);
void rows_put(struct store *s, int64_t run, const struct store_cell *c);

/* The first column of the first row of a query, as text; "" if there is none. Four live at a time. */
const char *rows_ask(const char *path, const char *sql);

/* All rows of a query as CSV, with the names of its columns; the caller's. */
char *rows_csv(const char *path, const char *sql);
/* They are these. */
void rows_expect(const char *path, const char *sql, const char *csv);

/* Runs SQL that must succeed. */
void rows_run(const char *path, const char *sql);
/* Makes a database one of schema version 3, as if what came later had never been, then runs `sql`. */
void rows_go_back(const char *path, const char *sql);

/* Begins a run with made-up provenance, whose program knows profiles of the families f4 (e2m1) and f8 (int8).
 */
int64_t rows_begin(struct store *s);

/* Fills a database with some hundred cells: formats x scalings x blocks x tensors. `order` permutes them. */
void rows_fill(const char *db, unsigned order);

#endif
