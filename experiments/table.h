/* Small tables in memory, written in every output format. */
#ifndef EXPERIMENTS_TABLE_H
#define EXPERIMENTS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "results/query.h"
#include "sim/base/status.h"

struct table_cell {
    char *text;
    bool is_number;
    double number;
};

/* Cells are added row by row. Zero-initialise, then set columns. */
struct table {
    const char *const *columns;
    size_t n_columns;
    struct table_cell *cells;
    size_t n_cells, capacity;
    bool failed; /* out of memory; table_write says so */
};

void table_text(struct table *t, const char *text); /* NULL: empty */
void table_textf(struct table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NaN is an empty cell in tables for people and null in JSON; infinities are the text "inf" in JSON. */
void table_number(struct table *t, double x);
/* 17 significant digits in csv, tsv, json and jsonl, 6 in table and md. */
enum status table_write(const struct table *t, enum table_format format, FILE *out,
                        struct error *e) MUST_CHECK;
void table_free(struct table *t);

#endif
