/* Writing rows for people and programs: one interface, seven formats.
 *
 *   format   missing     infinities    text                               numbers
 *   table    -           inf, -inf     control characters become spaces   6 digits, right-aligned
 *   md       (empty)     inf, -inf     | escaped, newlines become spaces  6 digits, right-aligned
 *   csv      (empty)     inf, -inf     RFC 4180 quotes where needed       17 digits
 *   tsv      NaN         inf, -inf     \t \n \r \\ escaped                17 digits
 *   json     null        null          JSON (by jansson)                  17 digits
 *   jsonl    null        null          JSON (by jansson)                  17 digits
 *   html     (empty)     inf, -inf     & < > " escaped, lines are <br>    6 digits, and 17 as the title
 *
 * A NaN is a missing number. An empty text is "" in csv, so that it differs from a missing one. The first
 * line of csv and tsv names the columns. json is one array of objects, one a line; jsonl is the objects
 * alone; html is one <table>, whose numbers are of the class n. table and md hold their rows until the end to
 * know the widths; the others stream. */
#ifndef RESULTS_TABLE_H
#define RESULTS_TABLE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/status.h"

enum table_format {
    TABLE_TEXT,
    TABLE_JSON,
    TABLE_JSONL,
    TABLE_CSV,
    TABLE_MD,
    TABLE_TSV,
    TABLE_HTML,
    TABLE_FORMATS
};
/* "table", "json", "jsonl", "csv", "md", "tsv", "html" */
extern const char *const table_format_names[TABLE_FORMATS];

/* Whether people read it, so that it need not be lossless. */
static inline bool table_for_people(enum table_format format)
{
    return format == TABLE_TEXT || format == TABLE_MD || format == TABLE_HTML;
}

/* The format of a name; STATUS_USAGE, naming the nearest and all, if there is none. */
enum status table_format_find(const char *name, enum table_format *out, struct error *e) MUST_CHECK;

enum table_kind { TABLE_MISSING, TABLE_INTEGER, TABLE_REAL, TABLE_STRING };

struct table_value {
    enum table_kind kind;
    int64_t integer;
    double real;
    const char *text; /* UTF-8, `length` bytes; NULL with TABLE_STRING is missing */
    size_t length;
};

static inline struct table_value table_integer(int64_t v)
{
    return (struct table_value){.kind = TABLE_INTEGER, .integer = v};
}

static inline struct table_value table_real(double v)
{
    return (struct table_value){.kind = TABLE_REAL, .real = v};
}

struct table_value table_text(const char *text); /* NULL is missing */

struct strbuf;
/* n bytes of text as HTML, between tags or within an attribute in double quotes; control characters but
 * newlines become spaces. */
void table_add_html(struct strbuf *b, const char *text, size_t n);

#define TABLE_KEPT_MAX (256 << 20) /* bytes that table and md may hold; more is STATUS_INVALID */

/* A number; NaN for what is none. */
static inline double table_as_number(const struct table_value *v)
{
    return v->kind == TABLE_REAL ? v->real : v->kind == TABLE_INTEGER ? (double)v->integer : (double)NAN;
}

struct table;

/* Starts a table; names are copied. */
enum status table_open(enum table_format format, FILE *out, const char *const *columns, size_t n,
                       struct table **t, struct error *e) MUST_CHECK;
/* Writes n values (as many as columns). */
enum status table_row(struct table *t, const struct table_value *values, struct error *e) MUST_CHECK;
/* Ends, flushes and frees the table. STATUS_IO if anything could not be written. Safe on NULL. */
enum status table_close(struct table *t, struct error *e) MUST_CHECK;
/* Frees a table that is given up. Safe on NULL. */
void table_abandon(struct table *t);

#endif
