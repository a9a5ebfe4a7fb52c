/* Costs as tables of Accelergy's table plug-in. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "experiments/cli_list.h"
#include "experiments/cost_page.h"
#include "sim/base/new_file.h"
#include "sim/base/strbuf.h"

/* A component class of integers or floats, and where its numbers come from. */
static const struct class
{
    const char *name, *action, *energy, *area;
    bool is_float;
} classes[] = {{"intmac", "mac_random", "mac_energy", "mac_area", false},
               {"fpmac", "mac_random", "mac_energy", "mac_area", true},
               {"intmultiplier", "mult_random", "multiply_energy", "multiplier_area", false},
               {"fpmultiplier", "mult_random", "multiply_energy", "multiplier_area", true}};
enum { CLASSES = sizeof classes / sizeof *classes, ATTRIBUTES_SIZE = 64 };

struct row {
    char attributes[ATTRIBUTES_SIZE];
    double energy, area; /* area 0: none */
};

struct tables {
    const struct cost_request *model;
    struct row *rows[CLASSES]; /* as many as schemes */
    size_t n[CLASSES];
    double node_nm, accuracy;
    bool measured; /* accuracy says something */
};

/* The attributes of an element format, as the class's columns have them. */
static bool attributes(const struct class *k, const struct format *f, char out[static ATTRIBUTES_SIZE])
{
    const bool is_float = f->family == &family_float && f->exponent_bits > 0;
    if (is_float != k->is_float || (!is_float && f->family != &family_int))
        return false;
    if (is_float)
        snprintf(out, ATTRIBUTES_SIZE, "%d,%d,%d", f->exponent_bits, f->precision - 1, !f->is_unsigned);
    else
        snprintf(out, ATTRIBUTES_SIZE, "%d", f->bits);
    return true;
}

static enum status note(struct tables *t, const struct cost_value *v, struct error *e)
{
    if (t->node_nm > 0 && v->node_nm != t->node_nm)
        return error_set(e, STATUS_INVALID, "%s: values at %g and at %g nm, and a table has one technology",
                         t->model->text, t->node_nm, v->node_nm);
    if (v->node_nm <= 0)
        return error_set(e, STATUS_INVALID, "%s: %s has no technology, which a table needs", t->model->text,
                         v->quantity);
    t->node_nm = v->node_nm;
    t->measured = t->measured && v->accuracy > 0;
    t->accuracy = fmax(t->accuracy, v->accuracy);
    return STATUS_OK;
}

static enum status add(struct tables *t, size_t k, const struct row *r, const char *scheme, struct error *e)
{
    for (size_t i = 0; i < t->n[k]; i++) {
        const struct row *old = &t->rows[k][i];
        if (strcmp(old->attributes, r->attributes) != 0)
            continue;
        if (old->energy == r->energy && old->area == r->area)
            return STATUS_OK;
        return error_set(e, STATUS_INVALID,
                         "%s: %s has the attributes of another scheme in class %s, at another cost",
                         t->model->text, scheme, classes[k].name);
    }
    t->rows[k][t->n[k]++] = *r;
    return STATUS_OK;
}

/* What the model says of one scheme. */
static enum status collect(struct tables *t, const struct cost_subject *c, struct error *e)
{
    struct cost_value v[COST_MAX_VALUES];
    struct error why = {{0}};
    int n = 0;
    enum status s = cost_of(t->model, &c->in, v, &n, &why);
    if (s && s != STATUS_SKIP)
        return error_set(e, s, "%s", why.text);
    for (size_t k = 0; !s && k < CLASSES; k++) {
        const struct cost_value *energy = cost_value_find(v, n, classes[k].energy),
                                *area = cost_value_find(v, n, classes[k].area);
        struct row r = {.energy = 0};
        if (!energy || !attributes(&classes[k], &c->spec.element, r.attributes))
            continue;
        r.energy = energy->value;
        r.area = area ? area->value : 0;
        s = note(t, energy, e);
        if (!s && area)
            s = note(t, area, e);
        if (!s)
            s = add(t, k, &r, c->scheme, e);
    }
    return s == STATUS_SKIP ? STATUS_OK : s;
}

/* --- files --- */

static enum status make_folder(const char *path, struct error *e)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    return STATUS_OK;
}

/* A text as a file's name: what is no letter, digit, - or _ becomes -. */
static void as_name(const char *text, char out[static COST_TEXT_SIZE])
{
    size_t i = 0;
    for (; text[i] && i < COST_TEXT_SIZE - 1; i++)
        out[i] = strchr("abcdefghijklmnopqrstuvwxyz0123456789_", text[i]) ? text[i] : '-';
    out[i] = 0;
}

static enum status write_file(const char *dir, const char *name, const struct strbuf *b, struct error *e)
{
    struct strbuf path = {0};
    struct new_file f = {.descriptor = -1};
    strbuf_printf(&path, "%s/%s", dir, name);
    enum status s = path.text && b->text && !b->failed ? new_file_open(&f, path.text, e)
                                                       : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = new_file_write(&f, b->text, b->length, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    strbuf_free(&path);
    return s;
}

static bool has_areas(const struct tables *t, size_t k)
{
    bool areas = true;
    for (size_t i = 0; i < t->n[k]; i++)
        areas = areas && t->rows[k][i].area > 0;
    return areas;
}

/* Where a row has no area the class has none: cells may not be empty. */
static enum status write_class(const struct tables *t, size_t k, const char *dir, struct error *e)
{
    const struct class *class = &classes[k];
    char file[64], energy[32], area[32];
    const bool areas = has_areas(t, k);
    struct strbuf b = {0};
    strbuf_printf(&b, "technology,%s,action,energy%s\n",
                  class->is_float ? "exponent,mantissa,sign" : "datawidth", areas ? ",area" : "");
    for (size_t i = 0; i < t->n[k]; i++) {
        const struct row *r = &t->rows[k][i];
        strbuf_printf(&b, "%gnm,%s,%s,%s%s%s\n", t->node_nm, r->attributes, class->action,
                      str_shortest_f64(r->energy, energy), areas ? "," : "",
                      areas ? str_shortest_f64(r->area, area) : "");
    }
    snprintf(file, sizeof file, "%s.csv", class->name);
    const enum status s = write_file(dir, file, &b, e);
    strbuf_free(&b);
    return s;
}

static enum status write_yaml(const struct tables *t, const char *dir, const char *name, struct error *e)
{
    char file[COST_TEXT_SIZE + 32], accuracy[32];
    struct strbuf b = {0};
    const double percent = t->measured ? fmax(100 * (1 - t->accuracy), 1) : 1;
    strbuf_printf(&b, "# bitsweep cost, model %s\n# %s\n", t->model->text, t->model->model->source);
    strbuf_printf(&b, "name: bitsweep_%s\ntechnology: %gnm\naccuracy: %s\npath_to_data_dir: data\n", name,
                  t->node_nm, str_shortest_f64(percent, accuracy));
    snprintf(file, sizeof file, "%s.table.yaml", name);
    const enum status s = write_file(dir, file, &b, e);
    strbuf_free(&b);
    return s;
}

static enum status write_tables(const struct tables *t, const char *dir, struct error *e)
{
    char name[COST_TEXT_SIZE];
    struct strbuf folder = {0}, data = {0};
    as_name(t->model->text, name);
    strbuf_printf(&folder, "%s/%s", dir, name);
    strbuf_printf(&data, "%s/%s/data", dir, name);
    enum status s = folder.text && data.text ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = make_folder(dir, e);
    if (!s)
        s = make_folder(folder.text, e);
    if (!s)
        s = make_folder(data.text, e);
    for (size_t k = 0; k < CLASSES && !s; k++)
        if (t->n[k])
            s = write_class(t, k, data.text, e);
    if (!s)
        s = write_yaml(t, folder.text, name, e);
    strbuf_free(&folder);
    strbuf_free(&data);
    return s;
}

/* What was written: a line a class. */
static enum status tell(const struct tables *t, struct table *told, struct error *e)
{
    char technology[32];
    enum status s = STATUS_OK;
    snprintf(technology, sizeof technology, "%gnm", t->node_nm);
    for (size_t k = 0; k < CLASSES && !s; k++) {
        const struct table_value row[] = {table_text(t->model->text), table_text(technology),
                                          table_text(classes[k].name), table_integer((int64_t)t->n[k]),
                                          table_text(has_areas(t, k) ? "energy, area" : "energy")};
        if (t->n[k])
            s = table_row(told, row, e);
    }
    return s;
}

/* *rows: how many there are; without any nothing is written. */
static enum status export_model(const struct cost_request *model, const struct cost_subject *c, size_t n,
                                const char *dir, struct table *told, size_t *rows, struct error *e)
{
    struct tables t = {.model = model, .measured = true};
    enum status s = STATUS_OK;
    *rows = 0;
    for (size_t k = 0; k < CLASSES && !s; k++) {
        t.rows[k] = calloc(n, sizeof *t.rows[k]);
        s = t.rows[k] ? s : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    for (size_t i = 0; i < n && !s; i++)
        s = collect(&t, &c[i], e);
    for (size_t k = 0; k < CLASSES; k++)
        *rows += t.n[k];
    if (!s && *rows)
        s = write_tables(&t, dir, e);
    if (!s && *rows)
        s = tell(&t, told, e);
    for (size_t k = 0; k < CLASSES; k++)
        free(t.rows[k]);
    return s;
}

enum status cost_accelergy(const struct cost_question *q, const char *dir, enum table_format format,
                           struct error *e)
{
    static const char *const columns[] = {"model", "technology", "class", "rows", "columns"};
    struct table *told = NULL;
    size_t all = 0;
    if (q->weight)
        return error_set(e, STATUS_INVALID,
                         "the classes of a table have one format for both operands: no --weight");
    struct cost_subject *c = calloc(q->n_schemes, sizeof *c);
    enum status s = c ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < q->n_schemes && !s; i++)
        s = cost_subject_read(q, i, &c[i], e);
    if (!s)
        s = table_open(format, stdout, columns, sizeof columns / sizeof *columns, &told, e);
    for (size_t j = 0; j < q->n_models && !s; j++) {
        size_t rows = 0;
        s = export_model(&q->models[j], c, q->n_schemes, dir, told, &rows, e);
        all += rows;
        if (!s && !rows && q->named)
            s = error_set(e, STATUS_INVALID,
                          "%s cannot be exported: it has neither mac_energy nor multiply_energy of integers "
                          "or floats among these schemes",
                          q->models[j].text);
    }
    if (!s && !all)
        s = error_set(e, STATUS_INVALID,
                      "no model has mac_energy or multiply_energy of integers or floats among these schemes: "
                      "nothing to export");
    free(c);
    return told ? list_end(told, s, e) : s;
}
