#include "results/table.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"
#include "sim/base/strbuf.h"

const char *const table_format_names[TABLE_FORMATS] = {"table", "json", "jsonl", "csv", "md", "tsv", "html"};

enum status table_format_find(const char *name, enum table_format *out, struct error *e)
{
    for (int i = 0; i < TABLE_FORMATS; i++)
        if (strcmp(name, table_format_names[i]) == 0) {
            *out = (enum table_format)i;
            return STATUS_OK;
        }
    const char *near = str_nearest(name, table_format_names, TABLE_FORMATS);
    return error_set(e, STATUS_USAGE,
                     "format %s: unknown%s%s (allowed: table, json, jsonl, csv, md, tsv, html)", name,
                     near ? "; did you mean " : "", near ? near : "");
}

/* One kept field of table and md. */
struct field {
    char *text;
    bool number;
};

struct table {
    enum table_format format;
    FILE *out;
    size_t columns;
    char **names;                 /* as given; as JSON keys in json and jsonl */
    struct field *kept;           /* table and md: rows x columns */
    size_t rows, capacity, bytes; /* bytes: allocated for them, about */
};

struct table_value table_text(const char *text)
{
    return (struct table_value){.kind = TABLE_STRING, .text = text, .length = text ? strlen(text) : 0};
}

static bool is_missing(const struct table_value *v)
{
    return v->kind == TABLE_MISSING || (v->kind == TABLE_STRING && !v->text) ||
           (v->kind == TABLE_REAL && isnan(v->real));
}

static bool keeps(const struct table *t)
{
    return t->format == TABLE_TEXT || t->format == TABLE_MD;
}

static void add_number(struct strbuf *b, const struct table_value *v, int digits)
{
    if (v->kind == TABLE_INTEGER)
        strbuf_printf(b, "%" PRId64, v->integer);
    else if (isinf(v->real))
        strbuf_add(b, v->real > 0 ? "inf" : "-inf");
    else
        strbuf_printf(b, "%.*g", digits, v->real);
}

static void add_escaped(struct strbuf *b, const struct table_value *v, enum table_format format)
{
    size_t plain = 0; /* characters behind the last that was escaped */
    for (size_t i = 0; i <= v->length; i++) {
        const char c = i < v->length ? v->text[i] : '\0';
        const char *as = (unsigned char)c < 0x20 || c == 0x7f ? " " : NULL;
        if (format == TABLE_MD && c == '|')
            as = "\\|";
        else if (format == TABLE_TSV && (c == '\t' || c == '\n' || c == '\r' || c == '\\'))
            as = c == '\t' ? "\\t" : c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\\\";
        if (!as)
            continue;
        strbuf_add_n(b, v->text + plain, i - plain);
        strbuf_add(b, i < v->length ? as : "");
        plain = i + 1;
    }
}

static void add_csv(struct strbuf *b, const struct table_value *v)
{
    bool quote = v->length == 0;
    for (size_t i = 0; i < v->length; i++)
        quote |= strchr(",\"\r\n", v->text[i]) != NULL;
    if (!quote) {
        strbuf_add_n(b, v->text, v->length);
        return;
    }
    strbuf_add(b, "\"");
    for (size_t i = 0; i < v->length; i++)
        strbuf_add_n(b, v->text[i] == '"' ? "\"\"" : &v->text[i], v->text[i] == '"' ? 2 : 1);
    strbuf_add(b, "\"");
}

void table_add_html(struct strbuf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        const char *as = c == '&'                               ? "&amp;"
                         : c == '<'                             ? "&lt;"
                         : c == '>'                             ? "&gt;"
                         : c == '"'                             ? "&quot;"
                         : c == '\n'                            ? NULL
                         : (unsigned char)c < 0x20 || c == 0x7f ? " "
                                                                : NULL;
        if (as)
            strbuf_add(b, as);
        else
            strbuf_add_n(b, &c, 1);
    }
}

/* A cell of a row; a number that is shortened has all of its digits as its title. */
static void add_html(struct strbuf *b, const struct table_value *v)
{
    const bool number = v->kind == TABLE_INTEGER || v->kind == TABLE_REAL;
    if (is_missing(v)) {
        strbuf_add(b, number ? "<td class=\"n\">" : "<td>");
    } else if (number) {
        struct strbuf brief = {0}, full = {0};
        add_number(&brief, v, 6);
        add_number(&full, v, 17);
        b->failed |= brief.failed || full.failed;
        if (!b->failed && strcmp(brief.text, full.text) != 0)
            strbuf_printf(b, "<td class=\"n\" title=\"%s\">%s", full.text, brief.text);
        else if (!b->failed)
            strbuf_printf(b, "<td class=\"n\">%s", brief.text);
        strbuf_free(&brief);
        strbuf_free(&full);
    } else {
        strbuf_add(b, "<td>");
        table_add_html(b, v->text, v->length);
    }
    strbuf_add(b, "</td>");
}

/* Each byte that is no part of a character becomes U+FFFD, as JSON has nothing else. text[n] is a NUL. */
static void add_utf8(struct strbuf *b, const char *text, size_t n)
{
    uint32_t code;
    for (size_t i = 0, length; i < n; i += length ? length : 1)
        if ((length = str_character(text + i, &code)))
            strbuf_add_n(b, text + i, length);
        else
            strbuf_add(b, "\xef\xbf\xbd");
}

static enum status add_json(struct strbuf *b, const struct table_value *v, struct error *e)
{
    struct strbuf utf8 = {0};
    strbuf_add(&utf8, "");
    add_utf8(&utf8, v->text, v->length);
    json_t *text = utf8.failed ? NULL : json_stringn(utf8.text, utf8.length);
    char *dump = text ? json_text(text, JSON_ENCODE_ANY) : NULL;
    strbuf_free(&utf8);
    json_decref(text);
    if (!dump)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_add(b, dump);
    free(dump);
    return STATUS_OK;
}

static enum status add_value(struct strbuf *b, const struct table_value *v, enum table_format format,
                             struct error *e)
{
    static const char *const missing[TABLE_FORMATS] = {
        [TABLE_TEXT] = "-", [TABLE_JSON] = "null", [TABLE_JSONL] = "null",
        [TABLE_CSV] = "",   [TABLE_MD] = "",       [TABLE_TSV] = "NaN"};
    bool json = format == TABLE_JSON || format == TABLE_JSONL;
    if (is_missing(v) || (json && v->kind == TABLE_REAL && isinf(v->real)))
        strbuf_add(b, missing[format]);
    else if (v->kind != TABLE_STRING)
        add_number(b, v, format == TABLE_TEXT || format == TABLE_MD ? 6 : 17);
    else if (json)
        return add_json(b, v, e);
    else if (format == TABLE_CSV)
        add_csv(b, v);
    else if (format == TABLE_HTML)
        table_add_html(b, v->text, v->length);
    else
        add_escaped(b, v, format);
    return STATUS_OK;
}

static enum status write_failed(struct error *e)
{
    return error_set(e, STATUS_IO, "writing failed: %s", strerror(errno));
}

enum status table_open(enum table_format format, FILE *out, const char *const *columns, size_t n,
                       struct table **result, struct error *e)
{
    *result = NULL;
    struct table *t = calloc(1, sizeof *t);
    if (!t || !(t->names = calloc(n + 1, sizeof *t->names)))
        goto no_memory;
    t->format = format;
    t->out = out;
    t->columns = n;
    for (size_t i = 0; i < n; i++) {
        struct strbuf b = {0};
        struct table_value name = table_text(columns[i]);
        enum status s = add_value(&b, &name, format, e);
        t->names[i] = strbuf_take(&b);
        if (s) {
            table_abandon(t);
            return s;
        }
        if (!t->names[i])
            goto no_memory;
    }
    bool header = format == TABLE_CSV || format == TABLE_TSV;
    for (size_t i = 0; header && i < n; i++)
        fprintf(out, "%s%s", t->names[i], i + 1 < n ? (format == TABLE_CSV ? "," : "\t") : "\n");
    if (format == TABLE_JSON)
        fputs("[", out);
    if (format == TABLE_HTML) {
        fputs("<table>\n<thead><tr>", out);
        for (size_t i = 0; i < n; i++)
            fprintf(out, "<th scope=\"col\">%s</th>", t->names[i]);
        fputs("</tr></thead>\n<tbody>\n", out);
    }
    *result = t;
    return STATUS_OK;
no_memory:
    table_abandon(t);
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status keep_row(struct table *t, const struct table_value *values, struct error *e)
{
    if (t->rows == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        struct field *kept = realloc(t->kept, capacity * t->columns * sizeof *kept);
        if (!kept)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        t->kept = kept;
        t->capacity = capacity;
    }
    enum { OVERHEAD = 2 * sizeof(struct field) + 32 }; /* spare capacity, and the allocator's own */
    struct field *row = t->kept + t->rows++ * t->columns;
    memset(row, 0, t->columns * sizeof *row);
    for (size_t i = 0; i < t->columns; i++) {
        struct strbuf b = {0};
        enum status s = add_value(&b, &values[i], t->format, e);
        t->bytes += b.capacity + OVERHEAD;
        row[i].text = strbuf_take(&b);
        row[i].number = values[i].kind == TABLE_INTEGER || values[i].kind == TABLE_REAL;
        if (s || !row[i].text)
            return s ? s : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    if (t->bytes > TABLE_KEPT_MAX)
        return error_set(e, STATUS_INVALID,
                         "format %s holds its rows to know their widths, and these are more than %d MiB (%zu "
                         "rows); csv, tsv, json and jsonl do not",
                         table_format_names[t->format], TABLE_KEPT_MAX >> 20, t->rows);
    return STATUS_OK;
}

enum status table_row(struct table *t, const struct table_value *values, struct error *e)
{
    if (keeps(t))
        return keep_row(t, values, e);
    static const struct {
        const char *first, *begin, *between, *end; /* of the first row; of the others; of values; of a row */
    } marks[TABLE_FORMATS] = {[TABLE_JSON] = {"\n {", ",\n {", ", ", "}"},
                              [TABLE_JSONL] = {"{", "{", ", ", "}\n"},
                              [TABLE_CSV] = {"", "", ",", "\n"},
                              [TABLE_TSV] = {"", "", "\t", "\n"},
                              [TABLE_HTML] = {"<tr>", "<tr>", "", "</tr>\n"}};
    const bool json = t->format == TABLE_JSON || t->format == TABLE_JSONL;
    struct strbuf b = {0};
    enum status s = STATUS_OK;
    strbuf_add(&b, t->rows ? marks[t->format].begin : marks[t->format].first);
    for (size_t i = 0; !s && i < t->columns; i++) {
        strbuf_add(&b, i ? marks[t->format].between : "");
        if (json)
            strbuf_printf(&b, "%s: ", t->names[i]);
        if (t->format == TABLE_HTML)
            add_html(&b, &values[i]);
        else
            s = add_value(&b, &values[i], t->format, e);
    }
    strbuf_add(&b, marks[t->format].end);
    size_t length = b.length;
    char *line = strbuf_take(&b);
    if (!s && !line)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && fwrite(line, 1, length, t->out) != length)
        s = write_failed(e);
    free(line);
    t->rows++;
    return s;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no room. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void pad(FILE *out, int n, char c)
{
    for (; n > 0; n--)
        fputc(c, out);
}

struct layout {
    int *width;
    bool *right; /* every value that is not missing is a number */
};

static void measure(const struct table *t, struct layout *l)
{
    for (size_t i = 0; i < t->columns; i++) {
        l->width[i] = width_of(t->names[i]);
        if (t->format == TABLE_MD && l->width[i] < 3)
            l->width[i] = 3;
        bool text = false;
        for (size_t r = 0; r < t->rows; r++) {
            const struct field *f = &t->kept[r * t->columns + i];
            int w = width_of(f->text);
            l->width[i] = w > l->width[i] ? w : l->width[i];
            l->right[i] |= f->number;
            text |= !f->number && f->text[0] && strcmp(f->text, "-") != 0;
        }
        l->right[i] &= !text;
    }
}

static void write_field(const struct table *t, const struct layout *l, size_t i, const char *text)
{
    bool md = t->format == TABLE_MD, last = i + 1 == t->columns;
    int blank = l->width[i] - width_of(text);
    fputs(md ? (i ? " | " : "| ") : i ? "  " : "", t->out);
    pad(t->out, l->right[i] ? blank : 0, ' ');
    fputs(text, t->out);
    pad(t->out, !l->right[i] && (md || !last) ? blank : 0, ' ');
    if (last)
        fputs(md ? " |\n" : "\n", t->out);
}

static void write_rule(const struct table *t, const struct layout *l)
{
    bool md = t->format == TABLE_MD;
    for (size_t i = 0; i < t->columns; i++) {
        fputs(md ? (i ? " | " : "| ") : i ? "  " : "", t->out);
        pad(t->out, l->width[i] - (md && l->right[i]), '-');
        fputs(md && l->right[i] ? ":" : "", t->out);
    }
    fputs(md ? " |\n" : "\n", t->out);
}

static enum status write_kept(struct table *t, struct error *e)
{
    struct layout l = {calloc(t->columns + 1, sizeof *l.width), calloc(t->columns + 1, sizeof *l.right)};
    enum status s = STATUS_OK;
    if (l.width && l.right) {
        measure(t, &l);
        for (size_t i = 0; i < t->columns; i++)
            write_field(t, &l, i, t->names[i]);
        write_rule(t, &l);
        for (size_t i = 0; i < t->rows * t->columns; i++)
            write_field(t, &l, i % t->columns, t->kept[i].text);
    } else {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    }
    free(l.width);
    free(l.right);
    return s;
}

enum status table_close(struct table *t, struct error *e)
{
    if (!t)
        return STATUS_OK;
    enum status s = keeps(t) ? write_kept(t, e) : STATUS_OK;
    if (t->format == TABLE_JSON)
        fputs(t->rows ? "\n]\n" : "]\n", t->out);
    if (t->format == TABLE_HTML)
        fputs("</tbody>\n</table>\n", t->out);
    if (!s && (fflush(t->out) != 0 || ferror(t->out)))
        s = write_failed(e);
    table_abandon(t);
    return s;
}

void table_abandon(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; t->kept && i < t->rows * t->columns; i++)
        free(t->kept[i].text);
    for (size_t i = 0; t->names && i < t->columns; i++)
        free(t->names[i]);
    free(t->kept);
    free(t->names);
    free(t);
}
