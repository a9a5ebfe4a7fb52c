/* Reading the numbers of papers. */
#include "experiments/published.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "experiments/yaml_tree.h"
#include "sim/analysis/analysis.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

extern const char text_experiments_published_yaml[];

/* By the index of cells without a tensor; of several meanings the newest. */
static const char by_analysis[] =
    "SELECT v FROM cell c JOIN value USING(cell_id) WHERE tensor_sha256 IS NULL AND scheme = :row"
    " AND metric_id = (SELECT metric_id FROM metric WHERE name = (c.params ->> 'analysis') || '.' || :column)"
    " ORDER BY CAST(c.params ->> 'semantics' AS INTEGER) DESC, CAST(c.params ->> 'version' AS INTEGER) DESC"
    " LIMIT 1";

/* What a table says, and what a column says instead. */
static const char *const table_keys[] = {"where",  "read",    "analysis", "quantity", "query",
                                         "scheme", "unit",    "absolute", "relative", "printed",
                                         "least",  "columns", "rows"};
static const char *const column_keys[] = {"bind", "analysis", "quantity", "query",   "scheme",
                                          "unit", "absolute", "relative", "printed", "least"};
static const char *const row_keys[] = {"bind", "values", "differs"};
static const char *const number_keys[] = {"value", "differs"};
static const char *const paper_keys[] = {"key", "title", "citation", "studies", "tables"};
#define CHECK_KEYS(node, what, keys, e) config_check_keys(node, what, keys, sizeof keys / sizeof *keys, e)

/* Where a number stands. */
struct at {
    struct published *p;
    const struct published_paper *paper;
    const struct node *table, *column, *row, *number;
    const char *row_name, *column_name;
    size_t capacity;
};

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

/* A key of the column, or of the table; NULL if neither says it. */
static const struct node *said(const struct at *a, const char *key)
{
    const struct node *own = node_get(a->column, key);
    return own ? own : node_get(a->table, key);
}

static enum status copy_said(const struct at *a, const char *key, char **out, struct error *e)
{
    const struct node *n = said(a, key);
    return n ? config_read_text(n, key, out, e)
             : node_error(a->table, e, "%s: nothing says it for column '%s'", key, a->column_name);
}

static enum status read_number(const struct node *n, const char *key, double *out, struct error *e)
{
    char *end = NULL;
    *out = n->kind == NODE_SCALAR ? strtod(n->text, &end) : 0;
    if (n->kind != NODE_SCALAR || end == n->text || *end || !isfinite(*out))
        return node_error(n, e, "%s: expected a number, found %s", key,
                          n->kind == NODE_SCALAR ? n->text : node_kind_names[n->kind]);
    return STATUS_OK;
}

/* One unit of the last digit that a number is printed with: of 1.18e3 that is 10. */
static double last_digit(const char *text)
{
    const char *point = strchr(text, '.'), *e = strpbrk(text, "eE");
    const size_t end = e ? (size_t)(e - text) : strlen(text);
    const int decimals = point ? (int)(text + end - point) - 1 : 0, exponent = e ? atoi(e + 1) : 0;
    return pow(10, exponent - decimals);
}

static enum status read_tolerance(const struct at *a, const struct node *value, struct published_number *x,
                                  struct error *e)
{
    enum { ABSOLUTE, RELATIVE, PRINTED, LEAST, KINDS };
    static const char *const kinds[KINDS] = {"absolute", "relative", "printed", "least"};
    const struct node *n = NULL;
    int kind = 0;
    for (const struct node *from = a->column; from && !n; from = from == a->table ? NULL : a->table)
        for (kind = 0; kind < KINDS && !(n = node_get(from, kinds[kind])); kind++)
            continue;
    if (!n)
        return node_error(a->table, e,
                          "no tolerance for column '%s': give absolute, relative, printed or least",
                          a->column_name);
    enum status s = read_number(n, kinds[kind], &x->tolerance, e);
    if (!s && x->tolerance < 0)
        s = node_error(n, e, "%s: expected 0 or more, found %s", kinds[kind], n->text);
    x->tolerance *= kind == RELATIVE ? fabs(x->value) : kind == PRINTED ? last_digit(value->text) : 1;
    x->least = kind == LEAST;
    return s;
}

/* The text with {row} and {column} replaced; NULL without memory. */
static char *replaced(const char *text, const char *row, const char *column)
{
    struct strbuf b = {0};
    strbuf_add(&b, "");
    while (*text) {
        const bool is_row = !strncmp(text, "{row}", 5), is_column = !strncmp(text, "{column}", 8);
        if (is_row || is_column)
            strbuf_add(&b, is_row ? row : column);
        else
            strbuf_add_n(&b, text, 1);
        text += is_row ? 5 : is_column ? 8 : 1;
    }
    return strbuf_take(&b);
}

/* The analysis by its canonical text, and the quantity. */
static enum status bind_analysis(const struct at *a, const struct node *text, const char *row,
                                 const char *column, struct published_number *x, struct error *e)
{
    const struct node *quantity = said(a, "quantity");
    char canonical[ANALYSIS_TEXT_SIZE];
    struct analysis_request r;
    struct error why = {{0}};
    if (!quantity)
        return node_error(text, e, "analysis: without 'quantity' for column '%s'", a->column_name);
    char *written = replaced(text->text, row, column);
    if (!written)
        return no_memory(e);
    enum status s = analysis_parse(written, &r, &why);
    if (s)
        s = node_error(a->row, e, "analysis: '%s': %s", written, why.text);
    free(written);
    if (s)
        return s;
    analysis_canonical(&r, canonical);
    x->sql = strdup(by_analysis);
    x->row_bind = strdup(canonical);
    x->column_bind = replaced(quantity->text, row, column);
    return x->sql && x->row_bind && x->column_bind ? STATUS_OK : no_memory(e);
}

/* :row as the canonical text of the scheme that `scheme` says. */
static enum status bind_scheme(const struct at *a, const struct node *text, const char *row,
                               const char *column, struct published_number *x, struct error *e)
{
    struct quant_spec q;
    struct error why = {{0}};
    char canonical[SCHEME_TEXT_SIZE];
    char *written = text->kind == NODE_SCALAR ? replaced(text->text, row, column) : NULL;
    enum status s = written
                        ? scheme_parse(written, &q, &why)
                        : node_error(text, e, "scheme: expected text, found %s", node_kind_names[text->kind]);
    if (written && s)
        s = node_error(a->row, e, "scheme: %s", why.text);
    free(written);
    if (s)
        return s;
    scheme_canonical(&q, canonical);
    x->row_bind = strdup(canonical);
    return x->row_bind ? STATUS_OK : no_memory(e);
}

/* A column's own query or analysis wins over the table's. */
static enum status read_source(const struct at *a, struct published_number *x, struct error *e)
{
    const struct node *row = node_get(a->row, "bind"), *column = a->column;
    if (column->kind == NODE_MAP)
        column = node_get(column, "bind");
    const char *row_text = row ? row->text : a->row_name;
    const char *column_text = column ? column->text : a->column_name;
    const struct node *from =
        node_get(a->column, "query") || node_get(a->column, "analysis") ? a->column : a->table;
    const struct node *query = node_get(from, "query"), *analysis = node_get(from, "analysis");
    if (!query == !analysis)
        return node_error(from, e, "expected 'query', or 'analysis' and 'quantity', and not both");
    const struct node *text = query ? query : analysis;
    if (text->kind != NODE_SCALAR)
        return node_error(text, e, "%s: expected text, found %s", query ? "query" : "analysis",
                          node_kind_names[text->kind]);
    if (analysis)
        return bind_analysis(a, analysis, row_text, column_text, x, e);
    x->sql = strdup(query->text);
    x->column_bind = strdup(column_text);
    if (!x->sql || !x->column_bind)
        return no_memory(e);
    if (said(a, "scheme"))
        return bind_scheme(a, said(a, "scheme"), row_text, column_text, x, e);
    x->row_bind = strdup(row_text);
    return x->row_bind ? STATUS_OK : no_memory(e);
}

static void free_number(struct published_number *x)
{
    free(x->where);
    free(x->read);
    free(x->row);
    free(x->column);
    free(x->unit);
    free(x->differs);
    free(x->sql);
    free(x->row_bind);
    free(x->column_bind);
    free(x->place);
}

static enum status fill_number(const struct at *a, struct published_number *x, struct error *e)
{
    const struct node *value = a->number, *differs = node_get(a->row, "differs");
    enum status s = STATUS_OK;
    if (value->kind == NODE_MAP) {
        s = CHECK_KEYS(value, "values", number_keys, e);
        if (!s && !node_get(value, "value"))
            s = node_error(value, e, "values: a mapping without 'value'");
        differs = node_get(value, "differs") ? node_get(value, "differs") : differs;
        value = s ? value : node_get(value, "value");
    }
    if (!s)
        s = read_number(value, "values", &x->value, e);
    if (!s)
        s = read_tolerance(a, value, x, e);
    if (!s && differs)
        s = config_read_text(differs, "differs", &x->differs, e);
    if (!s)
        s = copy_said(a, "where", &x->where, e);
    if (!s)
        s = copy_said(a, "read", &x->read, e);
    if (!s)
        s = copy_said(a, "unit", &x->unit, e);
    if (!s)
        s = read_source(a, x, e);
    x->row = strdup(a->row_name);
    x->column = strdup(a->column_name);
    x->place = config_where(value);
    return s || (x->row && x->column && x->place) ? s : no_memory(e);
}

static enum status add_number(struct at *a, struct error *e)
{
    struct published *p = a->p;
    if (p->n == a->capacity) {
        a->capacity = a->capacity ? 2 * a->capacity : 256;
        struct published_number *more = realloc(p->numbers, a->capacity * sizeof *more);
        if (!more)
            return no_memory(e);
        p->numbers = more;
    }
    struct published_number *x = &p->numbers[p->n];
    *x = (struct published_number){.paper = a->paper};
    enum status s = fill_number(a, x, e);
    if (s)
        free_number(x);
    else
        p->n++;
    return s;
}

static enum status read_row(struct at *a, const struct node *columns, const struct node *row, struct error *e)
{
    const struct node *values = row;
    enum status s = STATUS_OK;
    if (row->kind == NODE_MAP) {
        s = CHECK_KEYS(row, "rows", row_keys, e);
        values = node_get(row, "values");
    }
    if (!s && (!values || values->kind == NODE_MAP))
        s = node_error(row, e, "rows: expected a list of numbers, or {bind, values, differs}");
    const size_t n = s ? 0 : values->kind == NODE_LIST ? values->n : 1;
    if (!s && n != columns->n)
        s = node_error(values, e, "rows: '%s' has %zu numbers, and there are %zu columns", a->row_name, n,
                       columns->n);
    a->row = row;
    for (size_t i = 0; i < n && !s; i++) {
        a->number = values->kind == NODE_LIST ? values->items[i] : values;
        a->column = columns->items[i];
        a->column_name = columns->kind == NODE_MAP ? columns->keys[i]->text : columns->items[i]->text;
        if (a->number->kind != NODE_SCALAR || !node_is_null(a->number))
            s = add_number(a, e);
    }
    return s;
}

static enum status check_columns(const struct node *columns, const struct node *table, struct error *e)
{
    enum status s = STATUS_OK;
    if (!columns || columns->kind == NODE_SCALAR || !columns->n)
        return node_error(columns ? columns : table, e, "columns: expected names, or a mapping of names");
    for (size_t i = 0; i < columns->n && !s; i++) {
        const struct node *c = columns->items[i];
        if (c->kind == NODE_MAP && columns->kind == NODE_MAP)
            s = CHECK_KEYS(c, "columns", column_keys, e);
        else if (c->kind != NODE_SCALAR)
            s = node_error(c, e, "columns: expected text, found %s", node_kind_names[c->kind]);
    }
    return s;
}

static enum status read_table(struct at *a, const struct node *table, struct error *e)
{
    enum status s = CHECK_KEYS(table, "tables", table_keys, e);
    const struct node *columns = node_get(table, "columns"), *rows = node_get(table, "rows");
    a->table = table;
    if (!s)
        s = check_columns(columns, table, e);
    if (!s && (!rows || rows->kind != NODE_MAP || !rows->n))
        s = node_error(rows ? rows : table, e, "rows: expected a mapping of names to numbers");
    for (size_t i = 0; !s && i < rows->n; i++) {
        a->row_name = rows->keys[i]->text;
        s = read_row(a, columns, rows->items[i], e);
    }
    return s;
}

static enum status read_studies(const struct node *n, struct published_paper *p, struct error *e)
{
    if (n->kind != NODE_LIST || !n->n)
        return node_error(n, e, "studies: expected a list of files");
    p->studies = calloc(n->n, sizeof(char *));
    enum status s = p->studies ? STATUS_OK : no_memory(e);
    for (size_t i = 0; i < n->n && !s; i++, p->n_studies++)
        s = config_read_text(n->items[i], "studies", &p->studies[i], e);
    return s;
}

static enum status read_paper(struct at *a, const struct node *n, struct published_paper *p, struct error *e)
{
    char **const texts[] = {&p->key, &p->title, &p->citation};
    const struct node *tables = node_get(n, "tables");
    enum status s = CHECK_KEYS(n, "papers", paper_keys, e);
    for (size_t i = 0; i < sizeof paper_keys / sizeof *paper_keys && !s; i++)
        if (!node_get(n, paper_keys[i]))
            s = node_error(n, e, "papers: key '%s' is missing", paper_keys[i]);
    for (size_t i = 0; i < 3 && !s; i++)
        s = config_read_text(node_get(n, paper_keys[i]), paper_keys[i], texts[i], e);
    for (const struct published_paper *other = a->p->papers; !s && other < p; other++)
        if (!strcmp(other->key, p->key))
            s = node_error(node_get(n, "key"), e, "papers: '%s' is there twice", p->key);
    if (!s)
        s = read_studies(node_get(n, "studies"), p, e);
    if (!s && tables->kind != NODE_LIST)
        s = node_error(tables, e, "tables: expected a list, found %s", node_kind_names[tables->kind]);
    a->paper = p;
    for (size_t i = 0; !s && i < tables->n; i++)
        s = read_table(a, tables->items[i], e);
    return s;
}

static enum status read_papers(struct published *p, const struct node *root, struct error *e)
{
    static const char *const keys[] = {"papers"};
    struct at a = {.p = p};
    const struct node *papers = node_get(root, "papers");
    enum status s = CHECK_KEYS(root, "the file", keys, e);
    if (!s && (!papers || papers->kind != NODE_LIST || !papers->n))
        s = node_error(papers ? papers : root, e, "papers: expected a list");
    if (s)
        return s;
    p->papers = calloc(papers->n, sizeof *p->papers);
    if (!p->papers)
        return no_memory(e);
    for (size_t i = 0; !s && i < papers->n; i++) {
        p->n_papers++;
        s = read_paper(&a, papers->items[i], &p->papers[i], e);
    }
    return s;
}

enum status published_read(const char *name, const char *text, size_t bytes, struct published **out,
                           struct error *e)
{
    struct node *root = NULL;
    struct published *p = calloc(1, sizeof *p);
    enum status s = p ? yaml_parse(text, bytes, name, &root, e) : no_memory(e);
    if (!s)
        s = read_papers(p, root, e);
    node_free(root);
    if (s)
        published_free(p);
    *out = s ? NULL : p;
    return s;
}

enum status published_own(struct published **out, struct error *e)
{
    return published_read("experiments/published.yaml", text_experiments_published_yaml,
                          strlen(text_experiments_published_yaml), out, e);
}

void published_free(struct published *p)
{
    for (size_t i = 0; p && i < p->n; i++)
        free_number(&p->numbers[i]);
    for (size_t i = 0; p && i < p->n_papers; i++) {
        struct published_paper *x = &p->papers[i];
        for (size_t k = 0; k < x->n_studies; k++)
            free(x->studies[k]);
        free(x->studies);
        free(x->key);
        free(x->title);
        free(x->citation);
    }
    if (p) {
        free(p->numbers);
        free(p->papers);
    }
    free(p);
}

const struct published_paper *published_find(const struct published *p, const char *key)
{
    for (size_t i = 0; i < p->n_papers; i++)
        if (!strcmp(p->papers[i].key, key))
            return &p->papers[i];
    return NULL;
}
