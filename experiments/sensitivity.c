#include "experiments/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cost_parts.h"
#include "experiments/names.h"

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status ask(struct query *q, struct strbuf *sql, query_row *row, void *context, struct error *e)
{
    enum status s = sql->text && !sql->failed ? query_each(q, sql->text, row, context, e) : out_of_memory(e);
    strbuf_free(sql);
    return s;
}

/* --- the dump --- */

struct search {
    const struct sensitivity_request *request;
    struct sensitivity *out;
    struct names all; /* dumps that have the cost */
};

static bool is_called(const char *dump, const char *name)
{
    const size_t n = strlen(dump), m = strlen(name);
    return !name[0] || !strcmp(dump, name) ||
           (n > m && dump[n - m - 1] == '/' && !strcmp(dump + n - m, name));
}

/* Rows come by falling number of schemes. */
static enum status take_dump(void *context, const struct table_value *v, struct error *e)
{
    struct search *f = context;
    struct sensitivity *s = f->out;
    const char *dump = v[0].text, *op = v[1].text;
    if (names_find(&f->all, dump) == f->all.n && !names_add(&f->all, dump))
        return out_of_memory(e);
    if (!is_called(dump, f->request->dump ? f->request->dump : ""))
        return STATUS_OK;
    if (s->op && strcmp(s->op, op) != 0)
        return error_set(e, STATUS_INVALID, "there are schemes of op %s and of op %s; say which with --op",
                         s->op, op);
    s->dumps++;
    if (s->dump)
        return STATUS_OK;
    s->dump = strdup(dump);
    s->op = strdup(op);
    s->unit = strdup(v[2].text);
    return s->dump && s->op && s->unit ? STATUS_OK : out_of_memory(e);
}

/* By path or by the last part of it, as the word has it. */
static const char *dump_hint(const struct names *all, const char *word, char out[static STR_HINT_SIZE])
{
    names_hint(all, word ? word : "", out);
    for (size_t i = 0; word && !*out && i < all->n; i++) {
        const char *slash = strrchr(all->text[i], '/'), *last = slash ? slash + 1 : all->text[i];
        str_hint(word, &last, 1, out);
    }
    return out;
}

static enum status find_dump(const struct sensitivity_request *r, struct query *q, struct sensitivity *out,
                             struct error *e)
{
    struct strbuf b = {0};
    struct search f = {.request = r, .out = out};
    strbuf_add(&b, "SELECT dump, op, max(unit) FROM v_scheme_cost c WHERE dump IS NOT NULL AND ");
    cost_name_add(&out->cost, "c", &b);
    if (r->op)
        strbuf_printf(&b, " AND op = '%s'", r->op);
    strbuf_add(&b, " GROUP BY dump, op ORDER BY count(*) DESC, dump, op");
    enum status s = ask(q, &b, take_dump, &f, e);
    char *list = names_list(&f.all), hint[STR_HINT_SIZE];
    if (!s && !out->dump)
        s = error_set(e, STATUS_INVALID, "no dump %s has the cost %s.%s%s; those that have: %s",
                      r->dump ? r->dump : "here", out->cost.model, out->cost.quantity,
                      dump_hint(&f.all, r->dump, hint), list ? list : "");
    free(list);
    names_free(&f.all);
    return s;
}

/* --- schemes and quantities --- */

/* A row for each scheme and quantity of the cost's model and unit. */
struct reading {
    const struct sensitivity_request *request;
    const char *quantity; /* the cost */
    struct names schemes, labels, quantities;
    struct names others; /* labels that were not asked for */
    double *sqnr_db;     /* [schemes] */
    struct number {
        size_t scheme, quantity;
        double value;
    } * numbers;
    size_t n_numbers;
};

static void reading_free(struct reading *r)
{
    names_free(&r->schemes);
    names_free(&r->labels);
    names_free(&r->others);
    names_free(&r->quantities);
    free(r->sqnr_db);
    free(r->numbers);
}

enum { SCHEME, LABEL, SQNR, QUANTITY, VALUE };

static bool add_scheme(struct reading *r, const struct table_value *v)
{
    double *more = realloc(r->sqnr_db, (r->schemes.n + 1) * sizeof *more);
    if (!more)
        return false;
    r->sqnr_db = more;
    more[r->schemes.n] = table_as_number(&v[SQNR]);
    return names_add(&r->schemes, v[SCHEME].text) && names_add(&r->labels, v[LABEL].text);
}

static enum status add_number(void *context, const struct table_value *v, struct error *e)
{
    struct reading *r = context;
    if (!globs_match(r->request->labels, r->request->n_labels, v[LABEL].text))
        return names_note(&r->others, v[LABEL].text) ? STATUS_OK : out_of_memory(e);
    const bool new = !r->schemes.n || strcmp(r->schemes.text[r->schemes.n - 1], v[SCHEME].text) != 0;
    if (new && !add_scheme(r, v))
        return out_of_memory(e);
    struct number x = {r->schemes.n - 1, names_find(&r->quantities, v[QUANTITY].text),
                       table_as_number(&v[VALUE])};
    if (x.quantity == r->quantities.n && !names_add(&r->quantities, v[QUANTITY].text))
        return out_of_memory(e);
    struct number *more = realloc(r->numbers, (r->n_numbers + 1) * sizeof *more);
    if (!more)
        return out_of_memory(e);
    r->numbers = more;
    more[r->n_numbers++] = x;
    return STATUS_OK;
}

static enum status read_schemes(const struct sensitivity *s, struct query *q, struct reading *r,
                                struct error *e)
{
    struct strbuf b = {0};
    strbuf_add(&b, "WITH c AS MATERIALIZED (SELECT * FROM v_scheme_cost WHERE dump = ");
    sql_add_text(s->dump, &b);
    strbuf_add(&b, " AND op = ");
    sql_add_text(s->op, &b);
    strbuf_add(&b, " AND model = ");
    sql_add_text(s->cost.model, &b);
    strbuf_add(&b, "), mine AS (SELECT dump, op, scheme, unit FROM c WHERE quantity = ");
    sql_add_text(s->cost.quantity, &b);
    strbuf_add(&b, ") SELECT scheme, coalesce(label, scheme), sqnr_db, c.quantity, c.value FROM v_scheme s"
                   " JOIN mine USING(dump, op, scheme) JOIN c USING(dump, op, scheme, unit)"
                   " WHERE s.complete AND s.sqnr_db > -1e308 ORDER BY scheme, c.quantity");
    return ask(q, &b, add_number, r, e);
}

/* --- parts --- */

/* value[scheme][quantity]; a quantity that a scheme has not is 0 of it. NULL: out of memory. */
static double *as_matrix(const struct reading *r)
{
    double *value = calloc(r->schemes.n * r->quantities.n, sizeof *value);
    for (size_t i = 0; value && i < r->n_numbers; i++)
        value[r->numbers[i].scheme * r->quantities.n + r->numbers[i].quantity] = r->numbers[i].value;
    return value;
}

static enum status choose_named(const struct sensitivity_request *request, const struct reading *r,
                                bool *chosen, struct error *e)
{
    struct strbuf b = {0};
    char hint[STR_HINT_SIZE];
    enum status s = STATUS_OK;
    for (size_t q = 0; q < r->quantities.n; q++)
        if (strcmp(r->quantities.text[q], r->quantity) != 0)
            strbuf_printf(&b, "%s%s", b.length ? ", " : "", r->quantities.text[q]);
    for (size_t p = 0; !s && p < request->n_parts; p++) {
        const size_t q = names_find(&r->quantities, request->parts[p]);
        if (q == r->quantities.n || !strcmp(request->parts[p], r->quantity))
            s = error_set(e, STATUS_INVALID, "--part: '%s' is no part of %s%s; there are: %s",
                          request->parts[p], r->quantity,
                          str_hint_list(request->parts[p], b.length ? b.text : "", hint),
                          b.length ? b.text : "none");
        else
            chosen[q] = true;
    }
    strbuf_free(&b);
    return s;
}

static enum status choose_sum(const struct reading *r, const double *total, const double *value, bool *chosen,
                              struct error *e)
{
    const size_t m = r->quantities.n, own = names_find(&r->quantities, r->quantity);
    double *others = calloc(r->schemes.n * m, sizeof *others);
    if (!others)
        return out_of_memory(e);
    memcpy(others, value, r->schemes.n * m * sizeof *others);
    for (size_t i = 0; i < r->schemes.n; i++)
        others[i * m + own] = 0;
    const bool found = m <= COST_PARTS_MAX && cost_parts_find(r->schemes.n, m, total, others, chosen);
    free(others);
    return found
               ? STATUS_OK
               : error_set(e, STATUS_INVALID,
                           "no quantities of its unit add up to %s in all %zu schemes; say with --part which "
                           "to move, and the rest stays",
                           r->quantity, r->schemes.n);
}

/* The rest of a cost beside its parts; what rounding leaves is none. */
static enum status add_rest(const struct reading *r, size_t n_parts, const double *total, double *part,
                            bool *some, struct error *e)
{
    *some = false;
    for (size_t i = 0; i < r->schemes.n; i++) {
        double rest = total[i];
        for (size_t p = 0; p + 1 < n_parts; p++)
            rest -= part[i * n_parts + p];
        if (rest < -1e-9 * total[i])
            return error_set(e, STATUS_INVALID, "the parts of %s are more than it, by %g in %s", r->quantity,
                             -rest, r->labels.text[i]);
        part[i * n_parts + n_parts - 1] = rest > 1e-9 * total[i] ? rest : 0;
        *some |= rest > 1e-9 * total[i];
    }
    return STATUS_OK;
}

/* part[scheme][chosen..., rest] */
static enum status lay_out(struct sensitivity *s, const struct reading *r, const double *total,
                           const double *value, const bool *chosen, struct error *e)
{
    const size_t m = r->quantities.n, n = r->schemes.n;
    struct names names = {NULL, 0};
    bool whole = true, rest = false;
    for (size_t q = 0; q < m; q++)
        whole &= !chosen[q] || names_add(&names, r->quantities.text[q]);
    const size_t n_parts = names.n + 1;
    whole &= names_add(&names, "rest");
    s->parts = names.text, s->n_parts = names.n;
    double *part = calloc(n * n_parts, sizeof *part);
    if (!whole || !part) {
        free(part);
        return out_of_memory(e);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0, p = 0; q < m; q++)
            if (chosen[q])
                part[i * n_parts + p++] = value[i * m + q];
    enum status status = add_rest(r, n_parts, total, part, &rest, e);
    if (!status)
        status = tradeoff_open(n, n_parts, r->sqnr_db, part, &s->tradeoff, e);
    free(part);
    if (!status && !rest)
        free(s->parts[--s->n_parts]);
    return status;
}

static enum status find_parts(const struct sensitivity_request *request, const struct reading *r,
                              struct sensitivity *s, struct error *e)
{
    const size_t m = r->quantities.n, n = r->schemes.n, own = names_find(&r->quantities, r->quantity);
    double *value = as_matrix(r), *total = calloc(n, sizeof *total);
    bool *chosen = calloc(m, sizeof *chosen);
    enum status status = value && total && chosen ? STATUS_OK : out_of_memory(e);
    for (size_t i = 0; !status && i < n; i++)
        total[i] = value[i * m + own];
    if (!status && !request->whole)
        status =
            request->n_parts ? choose_named(request, r, chosen, e) : choose_sum(r, total, value, chosen, e);
    if (!status)
        status = lay_out(s, r, total, value, chosen, e);
    free(value);
    free(total);
    free(chosen);
    return status;
}

static enum status read_all(const struct sensitivity_request *request, struct query *q, struct sensitivity *s,
                            struct error *e)
{
    struct reading r = {.request = request, .quantity = s->cost.quantity};
    char hint[STR_HINT_SIZE];
    enum status status = read_schemes(s, q, &r, e);
    if (!status && !r.schemes.n)
        status = error_set(e, STATUS_INVALID,
                           "no complete scheme of %s has the cost %s.%s under these conditions%s", s->dump,
                           s->cost.model, s->cost.quantity,
                           globs_hint(&r.others, request->labels, request->n_labels, hint));
    if (!status)
        status = find_parts(request, &r, s, e);
    s->labels = r.labels.text, s->n = r.labels.n;
    r.labels = (struct names){NULL, 0};
    reading_free(&r);
    return status;
}

enum status sensitivity_open(const struct sensitivity_request *r, struct query *q, struct sensitivity *out,
                             struct error *e)
{
    *out = (struct sensitivity){.dumps = 0};
    enum status s = cost_name_find(q, r->cost, &out->cost, e);
    if (!s)
        s = find_dump(r, q, out, e);
    if (!s)
        s = read_all(r, q, out, e);
    return s;
}

void sensitivity_close(struct sensitivity *s)
{
    struct names labels = {s->labels, s->n}, parts = {s->parts, s->n_parts};
    names_free(&labels);
    names_free(&parts);
    cost_name_free(&s->cost);
    free(s->dump);
    free(s->op);
    free(s->unit);
    tradeoff_close(&s->tradeoff);
    *s = (struct sensitivity){.dumps = 0};
}
