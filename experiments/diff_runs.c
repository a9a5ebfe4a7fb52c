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

/* A line of a run: a setting, a cell or a metric of a cell. */
struct line {
    char *name, *text; /* text: of a setting, the status of a cell */
    char *key;         /* of a cell */
    int64_t number;    /* of a metric its bits, of a cell the run that replaced its result */
    char *replaced;    /* of a cell: the uuid of that run, NULL without */
    bool paired;       /* the other side has the cell */
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
        free(l->line[i].replaced);
    }
    free(l->line);
}

/* A copy of a text; NULL of what is missing. */
static bool take(const struct table_value *v, char **out)
{
    const bool there = v->kind == TABLE_STRING && v->text;
    *out = there ? strdup(v->text) : NULL;
    return !there || *out;
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
    struct line *x = &l->line[l->n++];
    *x = (struct line){.number = v[3].integer};
    return take(&v[0], &x->name) && take(&v[1], &x->text) && take(&v[2], &x->key) && take(&v[4], &x->replaced)
               ? STATUS_OK
               : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- what is asked of a run: the fields of its lines --- */

static const char settings_of[] =
    "SELECT name, value, '', 0, NULL FROM"
    " (SELECT 'study: ' || j.key AS name, CAST(j.value AS TEXT) AS value"
    "  FROM run JOIN config USING(config_sha256), json_each(resolved) j WHERE run_id = :run"
    " UNION ALL SELECT 'tag: ' || key, value FROM run_tag WHERE run_id = :run AND key <> 'tensors'"
    " UNION ALL SELECT 'program: version', version || ' ' || git_commit || iif(dirty, ' (changed)', '')"
    "  FROM run JOIN build USING(build_id) WHERE run_id = :run"
    " UNION ALL SELECT 'program: semantics', CAST(semantics AS TEXT)"
    "  FROM run JOIN build USING(build_id) WHERE run_id = :run"
    " UNION ALL SELECT 'program: compiler', compiler FROM run JOIN build USING(build_id) WHERE run_id = :run"
    " UNION ALL SELECT 'machine', hostname || ', ' || cpu || ', ' || isa"
    "  FROM run JOIN host USING(host_id) WHERE run_id = :run)"
    " ORDER BY name";

/* A cell is called by the first of the names of its tensor, without folders. The next run that replaced its
 * result is looked for: the cell has not the result of this run any more. */
static const char cells_of[] =
    "SELECT c.op || ' ' || coalesce((SELECT min(replace(path, rtrim(path, replace(path, '/', '')), '')"
    "  || ' ' || member) FROM tensor_name n WHERE n.tensor_sha256 = c.tensor_sha256), '')"
    "  || ': ' || coalesce(c.scheme, '') || ' seed ' || c.seed AS name,"
    " c.status, c.cell_sha256, coalesce(later.run_id, 0), later.uuid"
    " FROM run_cell x JOIN run r USING(run_id) JOIN cell c USING(cell_id)"
    " LEFT JOIN run later ON later.run_id = (SELECT s.run_id FROM run_cell y JOIN run s USING(run_id)"
    "  WHERE y.cell_id = x.cell_id AND y.changed AND (s.started_at, s.run_id) > (r.started_at, r.run_id)"
    "  ORDER BY s.started_at, s.run_id LIMIT 1)"
    " WHERE x.run_id = :run";

static const char values_of[] =
    "SELECT m.name, NULL, c.cell_sha256, v.bits, NULL FROM run_cell x JOIN cell c USING(cell_id)"
    " JOIN value v USING(cell_id) JOIN metric m USING(metric_id) WHERE x.run_id = :run"
    " ORDER BY c.cell_sha256, m.name";

static enum status ask(struct query *q, const char *sql, const char *number, struct lines *out,
                       struct error *e)
{
    return query_each_with(q, sql, &(struct query_parameter){":run", number}, 1, add_line, out, e);
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

/* How lines of two sides pair: cells of one key with each other, the rest by name. */
static int order_of(const struct line *a, const struct line *b)
{
    const int names = strcmp(a->name, b->name);
    return names ? names : strcmp(a->paired ? a->key : "", b->paired ? b->key : "");
}

static int by_order(const void *a, const void *b)
{
    const int order = order_of(a, b);
    return order ? order : by_key(a, b);
}

static void sort(struct lines *l, int by(const void *a, const void *b))
{
    if (l->n)
        qsort(l->line, l->n, sizeof *l->line, by);
}

/* Cells of one key are one cell, whatever names its tensor has in either database: those of b take the names
 * that a has. */
static enum status pair_cells(struct lines *a, struct lines *b, struct error *e)
{
    enum status s = STATUS_OK;
    sort(a, by_key);
    for (size_t i = 0; !s && a->n && i < b->n; i++) {
        struct line *same = bsearch(&b->line[i], a->line, a->n, sizeof *a->line, by_key);
        char *name = same ? strdup(same->name) : NULL;
        if (!same)
            continue;
        if (!name)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
        else {
            free(b->line[i].name);
            b->line[i].name = name;
            same->paired = b->line[i].paired = true;
        }
    }
    sort(a, by_order);
    sort(b, by_order);
    return s;
}

/* --- comparing --- */

struct report {
    const struct diff_runs_options *o;
    struct table *t;
    const struct side *side;
    const char *cell; /* whose metrics are compared */
    size_t settings, only[2], differ, cells, compared, alone;
    struct names others; /* metrics that were not asked for */
};

typedef enum status pair_row(struct report *r, const struct line *a, const struct line *b, struct error *e);

/* Two ordered lists, line by line; the other is NULL for a line that one has alone. */
static enum status walk(struct report *r, const struct lines *a, const struct lines *b, pair_row *row,
                        struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0, j = 0; !s && (i < a->n || j < b->n);) {
        const int order = i == a->n ? 1 : j == b->n ? -1 : order_of(&a->line[i], &b->line[j]);
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

/* Whether the databases hold the results that the runs had, or for both what the same later run made of it.
 */
static bool both_there(const struct line *a, const struct line *b)
{
    return a->replaced && b->replaced ? !strcmp(a->replaced, b->replaced) : !a->replaced && !b->replaced;
}

/* What is known of a cell's result. */
static struct table_value known(const struct line *x, char words[static 64])
{
    snprintf(words, 64, "replaced by run %lld", (long long)x->number);
    return table_text(x->replaced ? words : x->text);
}

static enum status cell_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    char words[2][64];
    if (!a || !b) {
        r->only[a == NULL]++;
        return put(r, a ? "only a" : "only b", (a ? a : b)->name, table_text(a ? a->text : NULL),
                   table_text(b ? b->text : NULL), table_text(NULL), e);
    }
    r->cells++;
    const bool there = both_there(a, b);
    if (there && !strcmp(a->text, b->text))
        return STATUS_OK;
    r->differ++;
    return put(r, there ? "status" : "replaced", a->name, there ? table_text(a->text) : known(a, words[0]),
               there ? table_text(b->text) : known(b, words[1]), table_text(NULL), e);
}

static double double_of(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Relative change; 0 for equal numbers and for two NaN, infinite where one is none or infinite. */
static double change_of(int64_t a, int64_t b)
{
    const double x = double_of(a), y = double_of(b);
    if (x == y || (isnan(x) && isnan(y)))
        return 0;
    if (!isfinite(x) || !isfinite(y))
        return (double)INFINITY;
    return fabs(x - y) / fmax(fabs(x), fabs(y));
}

/* A number; NaN with its bits, in which two may differ. */
static struct table_value shown(const struct line *x, char words[static 64])
{
    if (!x)
        return table_text("absent");
    snprintf(words, 64, "nan %016llx", (unsigned long long)x->number);
    return isnan(double_of(x->number)) ? table_text(words) : table_real(double_of(x->number));
}

static enum status value_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    const char *metric = (a ? a : b)->name;
    char words[2][64];
    if (r->o->metric && fnmatch(r->o->metric, metric, 0) != 0)
        return names_note(&r->others, metric) ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    const double change = a && b ? change_of(a->number, b->number) : (double)NAN;
    if (!a || !b)
        r->alone++;
    else
        r->compared++;
    if (a && b && (r->o->tolerance > 0 ? change <= r->o->tolerance : a->number == b->number))
        return STATUS_OK;
    r->differ += a && b;
    return put(r, metric, r->cell, shown(a, words[0]), shown(b, words[1]), table_real(change), e);
}

/* Those of a cell. */
static struct lines part_of(const struct lines *values, const struct line *cell)
{
    const struct line *end = values->line + values->n,
                      *first = values->n
                                   ? bsearch(cell, values->line, values->n, sizeof *values->line, by_key)
                                   : NULL;
    if (!first)
        return (struct lines){0};
    const struct line *last = first;
    while (first > values->line && !by_key(first - 1, cell))
        first--;
    while (last < end && !by_key(last, cell))
        last++;
    return (struct lines){values->line + (first - values->line), (size_t)(last - first), 0};
}

/* Metrics of two cells of one status whose results are there. */
static enum status values_row(struct report *r, const struct line *a, const struct line *b, struct error *e)
{
    if (!a || !b || strcmp(a->text, b->text) != 0 || !both_there(a, b))
        return STATUS_OK;
    const struct lines x = part_of(&r->side[0].values, a), y = part_of(&r->side[1].values, b);
    r->cell = a->name;
    return walk(r, &x, &y, value_row, e);
}

static enum status compare(struct report *r, const struct side side[2], struct error *e)
{
    r->side = side;
    enum status s = walk(r, &side[0].settings, &side[1].settings, setting_row, e);
    if (!s)
        s = walk(r, &side[0].cells, &side[1].cells, cell_row, e);
    return s ? s : walk(r, &side[0].cells, &side[1].cells, values_row, e);
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
        s = pair_cells(&side[0].cells, &side[1].cells, e);
    if (!s)
        s = table_open(o->format, stdout, columns, sizeof columns / sizeof *columns, &r.t, e);
    if (!s)
        s = list_end(r.t, compare(&r, side, e), e);
    if (!s && o->metric && !r.compared && !r.alone && r.others.n)
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
                "metrics of cells in both in one alone; %zu settings differ\n",
                r.cells, r.compared, r.differ, r.only[0], r.only[1], r.alone, r.settings);
    return r.differ + r.alone + r.only[0] + r.only[1] ? error_set(e, STATUS_DIFFERENT, "the runs differ")
                                                      : STATUS_OK;
}
