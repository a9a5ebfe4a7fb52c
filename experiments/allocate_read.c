/* Candidates: finished cells of the result database, by tensor. */
#include "experiments/allocate.h"
#include "experiments/names.h"
#include "experiments/study_keys.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

/* An SQNR of an exact image is infinite; it counts what rounding to binary32 leaves, as in results/views.sql.
 */
#define EXACT_DB 150.0

/* --- names in the database --- */

/* Whether there is such a metric; else an error that says which there are. */
static enum status check_metric(struct query *q, const char *word, struct error *e)
{
    struct names names = {NULL, 0};
    enum status s = names_read(q, "SELECT name FROM metric ORDER BY metric_id", &names, e);
    if (!s && names_find(&names, word) == names.n) {
        char *list = names_list(&names);
        char hint[STR_HINT_SIZE];
        s = error_set(e, STATUS_INVALID, "the database has no metric '%s'%s; it has: %s", word,
                      names_hint(&names, word, hint), list ? list : "");
        free(list);
    }
    names_free(&names);
    return s;
}

static enum status take_direction(void *context, const struct table_value *v, struct error *e)
{
    struct choices *c = context;
    const char *better = v[0].kind == TABLE_STRING ? v[0].text : NULL;
    if (!better)
        return error_set(e, STATUS_INVALID, "metric %s is neither better high nor low: it is no error",
                         c->request.metric);
    c->sign = !strcmp(better, "higher") ? -1 : 1;
    c->cap = c->sign < 0 && v[1].text && !strcmp(v[1].text, "dB") ? EXACT_DB : (double)INFINITY;
    return STATUS_OK;
}

static enum status find_direction(struct choices *c, struct query *q, struct error *e)
{
    struct strbuf b = {0};
    enum status s = check_metric(q, c->request.metric, e);
    if (s)
        return s;
    strbuf_printf(&b, "SELECT better, unit FROM metric WHERE name = '%s'", c->request.metric);
    s = b.text ? query_each(q, b.text, take_direction, c, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&b);
    return s;
}

static enum status find_cost(struct choices *c, struct query *q, struct error *e)
{
    enum status s = cost_name_find(q, c->request.cost, &c->cost, e);
    c->storage = !s && !strcmp(c->cost.model, "storage") && !strcmp(c->cost.quantity, "bits_per_element");
    return s;
}

/* --- candidates --- */

static bool same_tensor(const struct choice_cell *a, const struct choice_cell *b)
{
    return !strcmp(a->dump, b->dump) && !strcmp(a->op, b->op) && !strcmp(a->tensor, b->tensor);
}

bool choice_same_scheme(const struct choice_cell *a, const struct choice_cell *b)
{
    return !strcmp(a->label, b->label) && !strcmp(a->scheme, b->scheme) && a->seed == b->seed;
}

static void cell_free(struct choice_cell *c)
{
    char *const texts[] = {c->dump, c->tensor, c->op, c->label, c->scheme, c->keys};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

enum { DUMP, TENSOR, OP, LABEL, SCHEME, KEYS, SEED, ELEMENTS, VALUE, QUANTITY, BITS, PER_ELEMENT };

/* Of a tensor the bits follow from their mean; of outputs only their sum says what was stored. */
static void set_storage(struct choice_cell *c, const struct table_value *v)
{
    const double bits = table_as_number(&v[BITS]), mean = table_as_number(&v[PER_ELEMENT]);
    const bool known = !isnan(bits) || !strcmp(c->op, "quantize");
    c->bits = isnan(bits) && known ? mean * c->n : bits;
    c->elements = !known ? (double)NAN : mean > 0 ? nearbyint(c->bits / mean) : c->n;
}

static bool usable(const struct choices *c, const struct choice_cell *x)
{
    const double error = c->sign * fmin(x->value, c->cap);
    return !isnan(x->value) && isfinite(error) && isfinite(x->quantity) && x->quantity >= 0 &&
           isfinite(x->elements);
}

static enum status add_cell(void *context, const struct table_value *v, struct error *e)
{
    struct choices *c = context;
    const struct allocate_request *r = &c->request;
    struct choice_cell x = {.seed = v[SEED].integer,
                            .n = table_as_number(&v[ELEMENTS]),
                            .value = table_as_number(&v[VALUE]),
                            .quantity = table_as_number(&v[QUANTITY])};
    const bool label = globs_match(r->labels, r->n_labels, v[LABEL].text);
    if (!label || !globs_match(r->tensors, r->n_tensors, v[TENSOR].text))
        return names_note(&c->others, v[label ? TENSOR : LABEL].text)
                   ? STATUS_OK
                   : error_set(e, STATUS_INTERNAL, "out of memory");
    char **const texts[] = {&x.dump, &x.tensor, &x.op, &x.label, &x.scheme, &x.keys};
    bool whole = true;
    for (int i = DUMP; i <= KEYS; i++)
        whole &= (*texts[i] = strdup(v[i].text ? v[i].text : "")) != NULL;
    struct choice_cell *more = whole ? realloc(c->cells, (c->n_cells + 1) * sizeof *more) : NULL;
    if (!more) {
        cell_free(&x);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    c->cells = more;
    set_storage(&x, v);
    const struct choice_cell *last = c->n_cells ? &c->cells[c->n_cells - 1] : NULL;
    const bool older = last && same_tensor(last, &x) && choice_same_scheme(last, &x);
    const bool fine = usable(c, &x);
    c->left_out += !older && !fine;
    if (older || !fine)
        cell_free(&x);
    else
        more[c->n_cells++] = x;
    return STATUS_OK;
}

/* Of cells of one scheme the newest meaning comes first, and the others are passed over. */
static enum status find_cells(struct choices *c, struct query *q, struct error *e)
{
    const struct allocate_request *r = &c->request;
    struct strbuf b = {0};
    strbuf_printf(
        &b,
        "SELECT m.dump, m.tensor, m.op, m.label, m.scheme, " STUDY_KEYS ", m.seed, t.n,"
        " (SELECT v FROM value x JOIN metric d USING(metric_id) WHERE x.cell_id = c.cell_id AND d.name = "
        "'%s'), (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND ",
        r->metric);
    cost_name_add(&c->cost, "o", &b);
    strbuf_printf(
        &b,
        "), (SELECT value FROM cost o WHERE o.cell_id = c.cell_id AND o.model = 'storage' AND o.quantity = "
        "'bits'), m.bits_per_element"
        " FROM (SELECT * FROM v_measured WHERE current AND dump IS NOT NULL AND tensor_sha256 IS NOT NULL"
        " AND op GLOB '%s' AND (%s\n)) m JOIN cell c USING(cell_sha256)"
        " JOIN tensor t ON t.tensor_sha256 = m.tensor_sha256"
        " ORDER BY m.dump, m.op, m.tensor, m.label, m.scheme, m.seed, c.params ->> 'semantics' DESC,"
        " m.cell_sha256",
        r->op ? r->op : "*", r->where ? r->where : "1");
    enum status s = b.text && !b.failed ? query_each(q, b.text, add_cell, c, e)
                                        : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&b);
    return s;
}

/* --- tensors --- */

static enum status check_cells(const struct choices *c, struct error *e)
{
    const struct allocate_request *r = &c->request;
    for (size_t i = 0; i < c->n_cells; i++)
        if (strcmp(c->cells[i].op, c->cells[0].op) != 0)
            return error_set(e, STATUS_INVALID, "there are cells of op %s and of op %s; say which with --op",
                             c->cells[0].op, c->cells[i].op);
    if (c->n_cells)
        return STATUS_OK;
    char hint[STR_HINT_SIZE];
    globs_hint(&c->others, r->labels, r->n_labels, hint);
    return error_set(
        e, STATUS_INVALID, "no finished cell has the metric %s and the cost %s under these conditions%s%s",
        r->metric, r->cost, *hint ? hint : globs_hint(&c->others, r->tensors, r->n_tensors, hint),
        c->left_out
            ? " (of outputs that an older program measured, bits were not counted: bitsweep run --force)"
            : "");
}

static enum status part_tensors(struct choices *c, struct error *e)
{
    c->tensors = calloc(c->n_cells, sizeof *c->tensors);
    if (!c->tensors)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < c->n_cells; i++) {
        if (!i || !same_tensor(&c->cells[i - 1], &c->cells[i]))
            c->tensors[c->n_tensors++] =
                (struct choice_tensor){.first = i, .weight = 1, .elements = c->cells[i].elements};
        struct choice_tensor *t = &c->tensors[c->n_tensors - 1];
        t->n++;
        t->elements = fmin(t->elements, c->cells[i].elements); /* without what a transform adds */
    }
    for (size_t i = 0; i < c->n_tensors; i++)
        c->elements += c->tensors[i].elements;
    return STATUS_OK;
}

static const char *name_of(const struct choices *c, const struct choice_tensor *t)
{
    return c->cells[t->first].tensor;
}

/* A line NAME WEIGHT; lines that begin with # and empty ones say nothing. */
static enum status read_weight(struct choices *c, char *line, const char *path, size_t at, bool *found,
                               struct error *e)
{
    char *rest = NULL, *end = NULL;
    const char *name = strtok_r(line, ", \t\r\n", &rest);
    const char *text = name ? strtok_r(NULL, ", \t\r\n", &rest) : NULL;
    bool known = false;
    if (!name || *name == '#')
        return STATUS_OK;
    const double weight = text ? strtod(text, &end) : 0;
    if (!text || *end || !isfinite(weight) || weight < 0 || strtok_r(NULL, ", \t\r\n", &rest))
        return error_set(e, STATUS_USAGE, "%s:%zu: expected NAME WEIGHT, a weight being 0 or more", path, at);
    for (size_t i = 0; i < c->n_tensors; i++)
        if (!strcmp(name_of(c, &c->tensors[i]), name)) {
            c->tensors[i].weight = weight * c->cells[c->tensors[i].first].n;
            known = found[i] = true;
        }
    return known ? STATUS_OK
                 : error_set(e, STATUS_USAGE, "%s:%zu: no candidate is of a tensor %s", path, at, name);
}

static enum status read_weights(struct choices *c, const char *path, struct error *e)
{
    FILE *f = fopen(path, "r");
    bool *found = calloc(c->n_tensors, sizeof *found);
    char *line = NULL;
    size_t room = 0, at = 0;
    enum status s = STATUS_OK;
    if (!f)
        s = error_set(e, STATUS_MISSING, "%s: %s (--weight: elements, equal, or a file)", path,
                      strerror(errno));
    else if (!found)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    while (!s && getline(&line, &room, f) >= 0)
        s = read_weight(c, line, path, ++at, found, e);
    for (size_t i = 0; !s && i < c->n_tensors; i++)
        if (!found[i])
            s = error_set(e, STATUS_USAGE, "%s: no weight for %s", path, name_of(c, &c->tensors[i]));
    if (f)
        fclose(f);
    free(line);
    free(found);
    return s;
}

static enum status weigh(struct choices *c, struct error *e)
{
    const char *weight = c->request.weight;
    if (!strcmp(weight, "equal"))
        return STATUS_OK;
    if (strcmp(weight, "elements") != 0)
        return read_weights(c, weight, e);
    for (size_t i = 0; i < c->n_tensors; i++)
        c->tensors[i].weight = c->cells[c->tensors[i].first].n;
    return STATUS_OK;
}

/* Gives all tensors of both units the lesser number. */
static void join(struct choices *c, size_t a, size_t b)
{
    for (size_t i = 0; i < c->n_tensors; i++)
        if (c->tensors[i].unit == a || c->tensors[i].unit == b)
            c->tensors[i].unit = a < b ? a : b;
}

static enum status no_such_tensors(const struct choices *c, const char *glob, struct error *e)
{
    struct names names = {NULL, 0};
    char hint[STR_HINT_SIZE];
    for (size_t i = 0; i < c->n_tensors && names_note(&names, name_of(c, &c->tensors[i])); i++)
        ;
    error_set(e, STATUS_INVALID, "--together: '%s' matches none of %zu tensors%s", glob, c->n_tensors,
              names_hint(&names, glob, hint));
    names_free(&names);
    return STATUS_INVALID;
}

/* Tensors that globs connect, one after the other, are a unit; units in the order of their first tensors. */
static enum status part_units(struct choices *c, struct error *e)
{
    const struct allocate_request *r = &c->request;
    for (size_t i = 0; i < c->n_tensors; i++)
        c->tensors[i].unit = i;
    for (size_t g = 0; g < r->n_together; g++) {
        size_t first = c->n_tensors;
        for (size_t i = 0; i < c->n_tensors; i++) {
            if (fnmatch(r->together[g], name_of(c, &c->tensors[i]), 0) != 0)
                continue;
            first = first < i ? first : i;
            join(c, c->tensors[first].unit, c->tensors[i].unit);
        }
        if (first == c->n_tensors)
            return no_such_tensors(c, r->together[g], e);
    }
    for (size_t i = 0; i < c->n_tensors; i++) { /* the first of a unit has its own number */
        struct choice_tensor *t = &c->tensors[i];
        t->unit = t->unit == i ? c->n_units++ : c->tensors[t->unit].unit;
    }
    return STATUS_OK;
}

enum status allocate_open(const struct allocate_request *r, struct query *q, struct choices *out,
                          struct error *e)
{
    *out = (struct choices){.request = *r};
    enum status s = find_direction(out, q, e);
    if (!s)
        s = find_cost(out, q, e);
    if (!s)
        s = find_cells(out, q, e);
    if (!s)
        s = check_cells(out, e);
    if (!s)
        s = part_tensors(out, e);
    if (!s)
        s = weigh(out, e);
    if (!s)
        s = part_units(out, e);
    return s;
}

void allocate_close(struct choices *c)
{
    for (size_t i = 0; i < c->n_cells; i++)
        cell_free(&c->cells[i]);
    cost_name_free(&c->cost);
    names_free(&c->others);
    free(c->cells);
    free(c->tensors);
}
