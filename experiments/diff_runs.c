#include "experiments/diff_runs.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/names.h"
#include "results/query.h"

bool diff_is_run(const char *word)
{
    const char *colon = strrchr(word, ':'), *number = colon ? colon + 1 : word;
    const size_t digits = strspn(number, "0123456789");
    return digits && digits < 19 && !number[digits] && colon != word;
}

/* A line of a run: a setting, or a metric of a cell; `name` orders them. */
struct line {
    char *name, *text; /* text: of a setting, the status of a cell */
    char *key;         /* of a cell */
    double value;
    int64_t bits;
};

struct lines {
    struct line *line;
    size_t n, room;
};

static void lines_free(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) {
        free(l->line[i].name);
        free(l->line[i].text);
        free(l->line[i].key);
    }
    free(l->line);
}

static enum status add_line(void *context, const struct table_value *v, struct error *e)
{
    struct lines *l = context;
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 256;
        struct line *more = realloc(l->line, room * sizeof *more);
        if (!more)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        l->line = more;
        l->room = room;
    }
    struct line *x = &l->line[l->n];
    *x = (struct line){.name = strdup(v[0].text ? v[0].text : ""),
                       .text = v[1].kind == TABLE_STRING && v[1].text ? strdup(v[1].text) : NULL,
                       .value = table_as_number(&v[1]),
                       .bits = v[2].integer,
                       .key = strdup(v[3].text ? v[3].text : "")};
    l->n++;
    return x->name && x->key && (x->text || v[1].kind != TABLE_STRING || !v[1].text)
               ? STATUS_OK
               : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- what is asked of a run; %s is its number --- */

static const char settings_of[] =
    "SELECT name, value, 0, '' FROM (SELECT 'study: ' || j.key AS name, CAST(j.value AS TEXT) AS value FROM "
    "run "
    "r JOIN config"
    " USING(config_sha256), json_each(resolved) j WHERE r.run_id = %s"
    " UNION ALL SELECT 'tag: ' || key, value FROM run_tag WHERE run_id = %s AND key <> 'tensors'"
    " UNION ALL SELECT 'program: version', version || ' ' || git_commit || iif(dirty, ' (changed)', '') FROM "
    "run JOIN"
    " build USING(build_id) WHERE run_id = %s"
    " UNION ALL SELECT 'program: semantics', CAST(semantics AS TEXT) FROM run JOIN build USING(build_id) "
    "WHERE run_id = %s"
    " UNION ALL SELECT 'program: compiler', compiler FROM run JOIN build USING(build_id) WHERE run_id = %s"
    " UNION ALL SELECT 'machine', hostname || ', ' || cpu || ', ' || isa FROM run JOIN host USING(host_id) "
    "WHERE run_id = %s)"
    " ORDER BY name";

/* The first of the names of its tensor, without folders. */
#define CELL                                                                                               \
    "op || ' ' || coalesce((SELECT min(replace(path, rtrim(path, replace(path, '/', '')), '') || ' ' || "  \
    "member)"                                                                                              \
    " FROM tensor_name n WHERE n.tensor_sha256 = c.tensor_sha256), '') || ': ' || coalesce(scheme, '') ||" \
    " ' seed ' || seed"

static const char cells_of[] =
    "SELECT " CELL " AS name, status, 0, cell_sha256 FROM run_cell x JOIN cell c USING(cell_id)"
    " WHERE x.run_id = %s ORDER BY name, cell_sha256";

static const char values_of[] =
    "SELECT " CELL
    " || char(10) || m.name AS name, v.v, v.bits, cell_sha256 FROM run_cell x JOIN cell c USING(cell_id)"
    " JOIN value v USING(cell_id) JOIN metric m USING(metric_id) WHERE x.run_id = %s ORDER BY name, "
    "cell_sha256";

/* Puts the number into each %s. */
static char *with_number(const char *sql, const char *number)
{
    struct strbuf b = {0};
    for (const char *at; (at = strstr(sql, "%s")); sql = at + 2) {
        strbuf_add_n(&b, sql, (size_t)(at - sql));
        strbuf_add(&b, number);
    }
    strbuf_add(&b, sql);
    return strbuf_take(&b);
}

static enum status ask(struct query *q, const char *sql, const char *number, struct lines *out,
                       struct error *e)
{
    char *text = with_number(sql, number);
    enum status s =
        text ? query_each(q, text, add_line, out, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(text);
    return s;
}

struct side {
    struct lines settings, cells, values;
};

static enum status read_side(const struct diff_runs_options *o, int i, struct side *out, struct error *e)
{
    const char *run = o->run[i], *colon = strrchr(run, ':'), *number = colon ? colon + 1 : run;
    char *db = colon ? strndup(run, (size_t)(colon - run)) : strdup(o->db);
    struct query *q = NULL;
    enum status s = db ? query_open_current(db, &q, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = ask(q, settings_of, number, &out->settings, e);
    if (!s && !out->settings.n)
        s = error_set(e, STATUS_INVALID, "%s: no run %s; bitsweep query v_run --db %s lists them", db, number,
                      db);
    if (!s)
        s = ask(q, cells_of, number, &out->cells, e);
    if (!s)
        s = ask(q, values_of, number, &out->values, e);
    query_close(q);
    free(db);
    return s;
}

/* --- pairs --- */

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->key, ((const struct line *)b)->key);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->name, ((const struct line *)b)->name);
}

/* Cells of one key are one cell, whatever names its tensor has in either database: lines of b take the names
 * that a has. */
static enum status take_names(const struct lines *cells, struct lines *b, struct error *e)
{
    struct line *sorted = malloc((cells->n + 1) * sizeof *sorted);
    enum status s = sorted ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (sorted && cells->n)
        memcpy(sorted, cells->line, cells->n * sizeof *sorted);
    if (sorted)
        qsort(sorted, cells->n, sizeof *sorted, by_key);
    for (size_t i = 0; !s && i < b->n; i++) {
        const struct line *same = bsearch(&b->line[i], sorted, cells->n, sizeof *sorted, by_key);
        const char *metric = strchr(b->line[i].name, '\n');
        char *name = NULL;
        if (!same)
            continue;
        if (asprintf(&name, "%s%s", same->name, metric ? metric : "") < 0)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
        else {
            free(b->line[i].name);
            b->line[i].name = name;
        }
    }
    free(sorted);
    qsort(b->line, b->n, sizeof *b->line, by_name);
    return s;
}

/* --- comparing --- */

struct report {
    const struct diff_runs_options *o;
    struct table *t;
    size_t settings, only[2], metrics, cells, compared;
    struct names others; /* metrics that were not asked for */
};

typedef enum status pair_row(struct report *r, const struct line *a, const struct line *b, struct error *e);

/* Two ordered lists, line by line; the other is NULL for a line that one has alone. */
static enum status walk(struct report *r, const struct lines *a, const struct lines *b, pair_row *row,
                        struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0, j = 0; !s && (i < a->n || j < b->n);) {
        const int order = i == a->n ? 1 : j == b->n ? -1 : strcmp(a->line[i].name, b->line[j].name);
        s = row(r, order <= 0 ? &a->line[i] : NULL, order >= 0 ? &b->line[j] : NULL, e);
        i += order <= 0;
        j += order >= 0;
    }
    return s;
}

static enum status put(struct report *r, const char *what, const char *name, struct table_value a,
                       struct table_value b, struct table_value change, struct error *e)
{
    const struct table_value row[] = {table_text(what), table_text(name), a, b, change};
    return table_row(r->t, row, e);
}

static enum status setting_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    const char *x = a ? a->text : NULL, *y = b ? b->text : NULL;
    if (x && y && !strcmp(x, y))
        return STATUS_OK;
    r->settings++;
    return put(r, "setting", (a ? a : b)->name, table_text(x), table_text(y), table_text(NULL), e);
}

static enum status cell_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    if (a && b) {
        r->cells++;
        if (!strcmp(a->text, b->text))
            return STATUS_OK;
        r->metrics++;
        return put(r, "status", a->name, table_text(a->text), table_text(b->text), table_text(NULL), e);
    }
    r->only[a == NULL]++;
    return put(r, a ? "only a" : "only b", (a ? a : b)->name, table_text(a ? a->text : NULL),
               table_text(b ? b->text : NULL), table_text(NULL), e);
}

/* Relative change; 0 for equal bits and for two NaN, infinite where one is none or infinite. */
static double change_of(const struct line *a, const struct line *b)
{
    const double x = a->value, y = b->value;
    if (a->bits == b->bits || (isnan(x) && isnan(y)))
        return 0;
    if (!isfinite(x) || !isfinite(y))
        return (double)INFINITY;
    const double change = fabs(x - y) / fmax(fabs(x), fabs(y));
    return isnan(change) ? 0 : change; /* 0 and -0 */
}

static enum status value_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    const char *metric = strchr((a ? a : b)->name, '\n') + 1;
    if (r->o->metric && fnmatch(r->o->metric, metric, 0) != 0)
        return names_note(&r->others, metric) ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!a || !b)
        return STATUS_OK; /* the cell is missing */
    r->compared++;
    const double change = change_of(a, b);
    if (change <= r->o->tolerance && (r->o->tolerance > 0 || a->bits == b->bits || change == 0))
        return STATUS_OK;
    r->metrics++;
    char *name = strdup(a->name);
    if (!name)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    name[metric - 1 - a->name] = '\0';
    enum status s = put(r, metric, name, table_real(a->value), table_real(b->value), table_real(change), e);
    free(name);
    return s;
}

static enum status compare(struct report *r, const struct side side[2], struct error *e)
{
    enum status s = walk(r, &side[0].settings, &side[1].settings, setting_row, e);
    if (!s)
        s = walk(r, &side[0].cells, &side[1].cells, cell_row, e);
    return s ? s : walk(r, &side[0].values, &side[1].values, value_row, e);
}

enum status diff_runs(const struct diff_runs_options *o, struct error *e)
{
    static const char *const columns[] = {"what", "name", "a", "b", "change"};
    struct side side[2] = {{.cells = {.n = 0}}, {.cells = {.n = 0}}};
    struct report r = {.o = o};
    char hint[STR_HINT_SIZE];
    enum status s = read_side(o, 0, &side[0], e);
    if (!s)
        s = read_side(o, 1, &side[1], e);
    if (!s)
        s = take_names(&side[0].cells, &side[1].cells, e);
    if (!s)
        s = take_names(&side[0].cells, &side[1].values, e);
    if (!s)
        s = table_open(o->format, stdout, columns, sizeof columns / sizeof *columns, &r.t, e);
    if (!s)
        s = list_end(r.t, compare(&r, side, e), e);
    if (!s && o->metric && !r.compared && r.others.n)
        s = error_set(e, STATUS_INVALID, "--metric: '%s' matches none of the metrics%s", o->metric,
                      names_hint(&r.others, o->metric, hint));
    names_free(&r.others);
    for (int i = 0; i < 2; i++) {
        lines_free(&side[i].settings);
        lines_free(&side[i].cells);
        lines_free(&side[i].values);
    }
    if (s)
        return s;
    if (!o->quiet)
        fprintf(stderr,
                "%zu cells and %zu metrics in both: %zu differ; %zu cells in a alone, %zu in b alone; %zu "
                "settings differ\n",
                r.cells, r.compared, r.metrics, r.only[0], r.only[1], r.settings);
    return r.metrics + r.only[0] + r.only[1] ? error_set(e, STATUS_DIFFERENT, "the runs differ") : STATUS_OK;
}
