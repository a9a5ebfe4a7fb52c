#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/cli_list.h"
#include "experiments/diff.h"
#include "experiments/explain.h"
#include "experiments/names.h"
#include "experiments/progress.h"
#include "experiments/terminal.h"
#include "experiments/subject_read.h"

const char *const diff_part_names[DIFF_PARTS] = {"counts", "metrics", "first"};

static enum status no_tensor(const struct diff_options *o, const struct dump *d, struct error *e)
{
    struct names names = {0};
    char hint[STR_HINT_SIZE];
    for (size_t i = 0; i < dump_count(d) && names_add(&names, dump_tensor(d, i)->name); i++)
        ;
    error_set(e, STATUS_MISSING, "%s: no tensor%s%s%s; bitsweep inspect lists what it holds", o->dump.path,
              o->glob ? " matches " : "", o->glob ? o->glob : "",
              names_hint(&names, o->glob ? o->glob : "", hint));
    names_free(&names);
    return STATUS_MISSING;
}

enum status diff_each_tensor(const struct diff_options *o,
                             enum status (*each)(void *context, const struct subject *s, struct error *e),
                             void *context, struct error *e)
{
    struct dump *d = NULL;
    size_t found = 0;
    enum status s = dump_open(o->dump.path, &o->dump.hint, &d, e);
    for (size_t i = 0; !s && i < dump_count(d); i++) {
        struct subject subject = {0};
        if (o->glob && fnmatch(o->glob, dump_tensor(d, i)->name, 0))
            continue;
        found++;
        s = subject_read_held(d, i, &subject, e);
        if (!s)
            s = each(context, &subject, e);
        subject_free(&subject);
    }
    if (!s && !found)
        s = no_tensor(o, d, e);
    dump_close(d);
    return s;
}

struct pair {
    const struct diff_options *o;
    const struct diff_scheme *schemes; /* 2 */
    struct table *counts;
    struct comparison all;
    char first[256];              /* the element that differs first */
    struct derivation derived[2]; /* of it */
    size_t tensors;
    double *sums[2]; /* of each metric over the tensors, by each scheme */
};

static bool shows(const struct diff_options *o, enum diff_part p)
{
    return o->one_part ? o->part == p : table_for_people(o->format) || p == DIFF_COUNTS;
}

enum { FIXED = 6 };

static enum status open_counts(struct pair *p, struct error *e)
{
    const char *columns[FIXED + CAUSES] = {"tensor",  "elements", "differ",
                                           "percent", "regions",  "regions_differ"};
    for (size_t i = 0; i < CAUSES; i++)
        columns[FIXED + i] = cause_names[i];
    return table_open(p->o->format, stdout, columns, FIXED + CAUSES, &p->counts, e);
}

static enum status count_row(struct pair *p, const char *name, const struct comparison *c, struct error *e)
{
    struct table_value row[FIXED + CAUSES] = {table_text(name), table_integer((int64_t)c->elements),
                                              table_integer((int64_t)c->differ),
                                              table_real(100 * (double)c->differ / (double)c->elements)};
    row[4] = c->regions ? table_integer((int64_t)c->regions) : table_text(NULL);
    row[5] = c->regions ? table_integer((int64_t)c->regions_differ) : table_text(NULL);
    for (size_t i = 0; i < CAUSES; i++)
        row[FIXED + i] = table_integer((int64_t)c->cause[i]);
    return p->counts ? table_row(p->counts, row, e) : STATUS_OK;
}

static enum status add_metrics(struct pair *p, const struct subject *s, struct error *e)
{
    size_t n = metric_tensor_count();
    const struct metric **metrics = calloc(n, sizeof *metrics);
    double *values = calloc(n, sizeof *values);
    enum status status = metrics && values ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && metrics; i++)
        metrics[i] = metric_at(i);
    for (int side = 0; side < 2 && !status; side++) {
        struct cell_request r = {.subject = s,
                                 .spec = &p->schemes[side].spec,
                                 .seed = p->o->seed,
                                 .metrics = metrics,
                                 .n_metrics = n};
        status = pipeline_cell(&r, &(struct cell_result){.metrics = values}, e);
        for (size_t i = 0; i < n && !status; i++)
            p->sums[side][i] += values[i];
    }
    free(metrics);
    free(values);
    return status;
}

/* --- the first difference --- */

static enum status derive(struct pair *p, const struct quant_input in[2], const struct quant_range *range,
                          size_t index, struct error *e)
{
    enum status s = STATUS_OK;
    for (int side = 0; side < 2 && !s; side++)
        s = derivation_of(&p->schemes[side].spec, &in[side], range, index, &p->derived[side], e);
    return s;
}

static enum status derive_in(struct pair *p, const struct subject *s, size_t index, struct error *e)
{
    struct quant_input in[2];
    char at[EXPLAIN_INDEX];
    enum status status = STATUS_OK;
    explain_index(&s->view, index, at);
    snprintf(p->first, sizeof p->first, "%s[%s]", s->view.name, at);
    for (int side = 0; side < 2 && !status; side++) {
        struct cell_request r = {.subject = s, .spec = &p->schemes[side].spec, .seed = p->o->seed};
        status = pipeline_quant_input(&r, &in[side], e);
    }
    return status ? status : derive(p, in, &s->range, index, e);
}

static void cell_of(const struct derivation_row *row, char value[NUMBER_TEXT_SIZE], struct table_value out[2])
{
    out[0] = out[1] = table_text(NULL);
    if (!row)
        return;
    derivation_decimal(row, value);
    out[0] = table_text(row->has_value ? value : row->note);
    out[1] = table_text(*row->bits ? row->bits : NULL);
}

static enum status first_row(struct table *t, const struct derivation_row *a, const struct derivation_row *b,
                             struct error *e)
{
    char values[2][NUMBER_TEXT_SIZE];
    const struct derivation_row *any = a ? a : b;
    struct table_value row[7] = {table_text(any->section), table_text(any->step)};
    cell_of(a, values[0], &row[2]);
    cell_of(b, values[1], &row[4]);
    bool same = a && b && !strcmp(row[2].text, row[4].text) && !strcmp(a->bits, b->bits);
    row[6] = table_text(same ? NULL : "<>");
    return table_row(t, row, e);
}

/* The steps of a, and between them those that b alone has. */
static enum status print_first(const struct pair *p, struct error *e)
{
    static const char *const columns[] = {"part", "step", "a", "a_bits", "b", "b_bits", "differs"};
    const struct derivation *a = &p->derived[0], *b = &p->derived[1];
    struct table *t = NULL;
    enum status s = table_open(p->o->format, stdout, columns, 7, &t, e);
    for (size_t i = 0, j = 0; (i < a->rows || j < b->rows) && !s;) {
        const struct derivation_row *x = i < a->rows ? &a->row[i] : NULL,
                                    *y = j < b->rows ? &b->row[j] : NULL;
        if (y && !derivation_find(a, y->step)) { /* b's alone */
            x = NULL;
            j++;
        } else if (x) {
            y = derivation_find(b, x->step);
            j += y == &b->row[j];
            i++;
        } else { /* told already */
            j++;
            continue;
        }
        s = first_row(t, x, y, e);
    }
    return list_end(t, s, e);
}

static enum status show_first(const struct pair *p, struct error *e)
{
    const struct diff_options *o = p->o;
    if (!p->all.differ || !shows(o, DIFF_FIRST))
        return STATUS_OK;
    if (!o->one_part)
        printf("\nFirst difference: %s\n\n", p->first);
    return print_first(p, e);
}

/* --- of a dump --- */

static enum status add_tensor(void *context, const struct subject *s, struct error *e)
{
    struct pair *p = context;
    struct comparison c;
    enum status status = compare_subject(s, &p->schemes[0].spec, &p->schemes[1].spec, p->o->seed, &c, e);
    if (!status)
        status = count_row(p, s->view.name, &c, e);
    if (!status && shows(p->o, DIFF_METRICS))
        status = add_metrics(p, s, e);
    if (!status && c.differ && !p->all.differ)
        status = derive_in(p, s, c.first, e);
    if (status)
        return error_prefix(e, status, "%s", s->view.name);
    if (p->all.differ)
        c.first = UINT64_MAX; /* the first of an earlier tensor stays */
    comparison_add(&p->all, &c);
    p->tensors++;
    return status;
}

static enum status print_metrics(const struct pair *p, struct error *e)
{
    static const char *const columns[] = {"metric", "a", "b", "change", "unit"};
    struct table *t = NULL;
    enum status s = table_open(p->o->format, stdout, columns, 5, &t, e);
    for (size_t i = 0; i < metric_tensor_count() && !s; i++) {
        const struct metric *m = metric_at(i);
        double a = p->sums[0][i] / (double)p->tensors, b = p->sums[1][i] / (double)p->tensors;
        struct table_value row[] = {table_text(m->name), table_real(a), table_real(b), table_real(b - a),
                                    table_text(m->unit)};
        if (strcmp(m->of, "input") != 0)
            s = table_row(t, row, e);
    }
    return list_end(t, s, e);
}

static void heading(const struct diff_options *o, const char *text)
{
    if (!o->one_part && table_for_people(o->format))
        printf("\n%s\n\n", text);
}

static void name_schemes(const struct pair *p)
{
    char text[SCHEME_TEXT_SIZE];
    for (int i = 0; i < 2; i++) {
        const char *name = p->schemes[i].name;
        scheme_short(&p->schemes[i].spec, text);
        const bool says_more = strcmp(text, name) != 0;
        printf("%c  %s%s%s\n", 'a' + i, name, says_more ? "  =  " : "", says_more ? text : "");
    }
    putchar('\n');
}

static enum status verdict(const struct pair *p, struct error *e)
{
    if (!p->all.differ)
        return STATUS_OK;
    return error_set(e, STATUS_DIFFERENT, "%s and %s differ: %llu of %llu elements", p->schemes[0].name,
                     p->schemes[1].name, (unsigned long long)p->all.differ,
                     (unsigned long long)p->all.elements);
}

static enum status diff_dump(struct pair *p, struct error *e)
{
    const struct diff_options *o = p->o;
    enum status s = shows(o, DIFF_COUNTS) ? open_counts(p, e) : STATUS_OK;
    if (!s)
        s = diff_each_tensor(o, add_tensor, p, e);
    if (!s && p->tensors > 1)
        s = count_row(p, "all", &p->all, e);
    s = list_end(p->counts, s, e);
    p->counts = NULL;
    if (!s)
        s = show_first(p, e);
    if (!s && shows(o, DIFF_METRICS)) {
        heading(o, p->tensors > 1 ? "Metrics, means over the tensors" : "Metrics");
        s = print_metrics(p, e);
    }
    return s;
}

/* --- all numbers --- */

static void all_step(void *context, uint64_t n)
{
    progress_elements(context, n);
}

static void all_idle(void *context)
{
    progress_show(context);
}

static enum status diff_all(struct pair *p, struct error *e)
{
    bool live = !p->o->quiet && terminal_rewrites(stderr);
    struct progress progress = {
        .out = live ? stderr : NULL, .live = live, .total_elements = UINT64_C(1) << 32};
    struct compare_all c = {.a = &p->schemes[0].spec,
                            .b = &p->schemes[1].spec,
                            .to = UINT64_C(1) << 32,
                            .jobs = p->o->jobs,
                            .stop = p->o->stop,
                            .step = all_step,
                            .idle = all_idle,
                            .context = &progress};
    progress_start(&progress);
    enum status s = compare_all_float32(&c, &p->all, e);
    progress_end(&progress);
    if (!s && shows(p->o, DIFF_COUNTS)) {
        s = open_counts(p, e);
        if (!s)
            s = count_row(p, "all binary32", &p->all, e);
        s = list_end(p->counts, s, e);
        p->counts = NULL;
    }
    if (!s && p->all.differ) {
        float x = f32_from_bits((uint32_t)p->all.first);
        const struct quant_input in[2] = {compare_input(c.a, &x, 1), compare_input(c.b, &x, 1)};
        struct quant_range range = {.finite = false};
        quant_range_add(&range, &x, 1);
        snprintf(p->first, sizeof p->first, "0x%08llx, %.9g", (unsigned long long)p->all.first, (double)x);
        s = derive(p, in, &range, 0, e);
    }
    return s ? s : show_first(p, e);
}

enum status diff_pair(const struct diff_options *o, const struct diff_scheme schemes[2], struct error *e)
{
    struct pair p = {.o = o, .schemes = schemes};
    for (int i = 0; i < 2; i++)
        p.sums[i] = calloc(metric_tensor_count(), sizeof *p.sums[i]);
    enum status s = p.sums[0] && p.sums[1] ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && table_for_people(o->format) && !o->one_part)
        name_schemes(&p);
    if (!s)
        s = o->dump.path ? diff_dump(&p, e) : diff_all(&p, e);
    for (int i = 0; i < 2; i++)
        free(p.sums[i]);
    return s ? s : verdict(&p, e);
}
