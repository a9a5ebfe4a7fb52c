#include "experiments/table.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static struct table_cell *add_cell(struct table *t)
{
    if (t->n_cells == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        struct table_cell *cells = realloc(t->cells, capacity * sizeof *cells);
        if (!cells) {
            t->failed = true;
            return NULL;
        }
        t->cells = cells;
        t->capacity = capacity;
    }
    t->cells[t->n_cells] = (struct table_cell){0};
    return &t->cells[t->n_cells++];
}

void table_text(struct table *t, const char *text)
{
    struct table_cell *c = add_cell(t);
    if (c && !(c->text = strdup(text ? text : "")))
        t->failed = true;
}

void table_textf(struct table *t, const char *format, ...)
{
    char text[4096];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    table_text(t, text);
}

void table_number(struct table *t, double x)
{
    struct table_cell *c = add_cell(t);
    if (!c)
        return;
    c->is_number = true;
    c->number = x;
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->n_cells; i++)
        free(t->cells[i].text);
    free(t->cells);
    *t = (struct table){0};
}

/* The cell's text; numbers are written to buffer. */
static const char *cell_text(const struct table_cell *c, bool exact, char buffer[static 32])
{
    if (!c->is_number)
        return c->text;
    if (isnan(c->number))
        return exact ? "nan" : "-";
    snprintf(buffer, 32, exact ? "%.17g" : "%.6g", c->number);
    return buffer;
}

/* Characters, not bytes, of UTF-8. */
static int width(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void pad(FILE *out, int n, char c)
{
    while (n-- > 0)
        putc(c, out);
}

static void write_row(const struct table *t, const struct table_cell *row, const int *widths, bool md,
                      FILE *out)
{
    char buffer[32];
    for (size_t i = 0; i < t->n_columns; i++) {
        const char *text = row ? cell_text(&row[i], false, buffer) : t->columns[i];
        int gap = widths[i] - width(text);
        bool right = row && row[i].is_number, last = i + 1 == t->n_columns;
        fputs(md ? "| " : i ? "  " : "", out);
        pad(out, right ? gap : 0, ' ');
        for (const char *c = text; *c; c++) {
            if (md && *c == '|')
                putc('\\', out);
            putc(md && *c == '\n' ? ' ' : *c, out);
        }
        pad(out, right || (last && !md) ? 0 : gap, ' ');
        if (md)
            putc(' ', out);
    }
    fputs(md ? "|\n" : "\n", out);
}

static enum status write_people(const struct table *t, bool md, FILE *out, struct error *e)
{
    int *widths = calloc(t->n_columns + 1, sizeof *widths);
    if (!widths)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    char buffer[32];
    for (size_t i = 0; i < t->n_columns; i++)
        widths[i] = width(t->columns[i]);
    for (size_t i = 0; i < t->n_cells; i++) {
        int w = width(cell_text(&t->cells[i], false, buffer));
        widths[i % t->n_columns] = w > widths[i % t->n_columns] ? w : widths[i % t->n_columns];
    }
    write_row(t, NULL, widths, md, out);
    for (size_t i = 0; i < t->n_columns; i++) {
        fputs(md ? "|" : i ? "  " : "", out);
        pad(out, widths[i] + (md ? 2 : 0), '-');
    }
    fputs(md ? "|\n" : "\n", out);
    for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns)
        write_row(t, &t->cells[i], widths, md, out);
    free(widths);
    return STATUS_OK;
}

/* RFC 4180: quoted when it holds a separator, a quote or a line break. */
static void write_csv_field(const char *text, char separator, FILE *out)
{
    if (separator == '\t') {
        for (; *text; text++)
            putc(*text == '\t' || *text == '\n' ? ' ' : *text, out);
        return;
    }
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static void write_separated(const struct table *t, char separator, FILE *out)
{
    char buffer[32];
    for (size_t i = 0; i < t->n_columns; i++) {
        if (i)
            putc(separator, out);
        write_csv_field(t->columns[i], separator, out);
    }
    putc('\n', out);
    for (size_t i = 0; i < t->n_cells; i++) {
        if (i % t->n_columns)
            putc(separator, out);
        write_csv_field(cell_text(&t->cells[i], true, buffer), separator, out);
        if (i % t->n_columns == t->n_columns - 1)
            putc('\n', out);
    }
}

static json_t *cell_json(const struct table_cell *c)
{
    if (!c->is_number)
        return json_string(c->text);
    if (isnan(c->number))
        return json_null();
    if (isinf(c->number))
        return json_string(c->number > 0 ? "inf" : "-inf");
    /* Whole numbers stay whole; beyond 2^53 a binary64 may not be. */
    if (c->number == rint(c->number) && fabs(c->number) <= 9007199254740992.0)
        return json_integer((json_int_t)c->number);
    return json_real(c->number);
}

static enum status write_json(const struct table *t, bool lines, FILE *out, struct error *e)
{
    if (!lines)
        fputs("[", out);
    for (size_t i = 0; i + t->n_columns <= t->n_cells; i += t->n_columns) {
        json_t *row = json_object();
        for (size_t j = 0; j < t->n_columns; j++)
            json_object_set_new(row, t->columns[j], cell_json(&t->cells[i + j]));
        char *text = row ? json_dumps(row, JSON_REAL_PRECISION(17)) : NULL;
        json_decref(row);
        if (!text)
            return error_set(e, STATUS_INTERNAL,
                             "cannot write as JSON: out of memory, or text that is not UTF-8");
        fprintf(out, "%s%s", lines ? "" : i ? ",\n " : "\n ", text);
        if (lines)
            putc('\n', out);
        free(text);
    }
    if (!lines)
        fputs("\n]\n", out);
    return STATUS_OK;
}

enum status table_write(const struct table *t, enum table_format format, FILE *out, struct error *e)
{
    if (t->failed)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = STATUS_OK;
    switch (format) {
    case TABLE_JSON:
    case TABLE_JSONL:
        s = write_json(t, format == TABLE_JSONL, out, e);
        break;
    case TABLE_CSV:
        write_separated(t, ',', out);
        break;
    case TABLE_TSV:
        write_separated(t, '\t', out);
        break;
    case TABLE_MD:
        s = write_people(t, true, out, e);
        break;
    case TABLE_TEXT:
    case TABLE_FORMATS:
        s = write_people(t, false, out, e);
        break;
    }
    return s;
}
