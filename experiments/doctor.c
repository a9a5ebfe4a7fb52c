/* Dumps and cells of a database against what they are now. Both are asked as experiment files that the
 * program writes for itself, so that what reads and computes them is what a run uses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/doctor_inner.h"
#include "experiments/rows.h"

enum status doctor_say(struct doctor *d, const char *check, enum check_state state, const char *what,
                       const char *why, struct error *e)
{
    char *text = NULL;
    if (asprintf(&text, "%s: %s", what, why) < 0)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = d->row(d->context, check, state, text, e);
    free(text);
    return s;
}

static bool stopped(const struct doctor *d)
{
    return d->o->stop && atomic_load(d->o->stop);
}

enum status doctor_take_count(void *context, const struct table_value *v, struct error *e)
{
    (void)e;
    *(uint64_t *)context = (uint64_t)v->integer;
    return STATUS_OK;
}

enum status doctor_look_at(struct doctor *d, const struct doctor_look *l, const struct table_value *v,
                           struct error *e)
{
    struct config *c = NULL;
    struct plan p = {.n_subjects = 0};
    const struct run_options o = {.stop = d->o->stop};
    struct error why = {{0}};
    if (stopped(d))
        return error_set(e, STATUS_INTERRUPTED, "interrupted");
    const bool is_file =
        *v[l->path].text && strcmp(v[l->path].text, SYNTH_PATH) != 0; /* analyses have none */
    if (is_file && access(v[l->path].text, F_OK) != 0)
        return doctor_say(d, l->check, CHECK_NOTE, v[l->name].text, "its dump is not there any more", e);
    const char *study = v[l->study].text;
    enum status s = config_load_text(v[l->name].text, study, strlen(study), NULL, 0, &c, &why);
    if (!s)
        s = plan_subjects(c, &o, &p, &why);
    if (!s && l->cells)
        s = plan_cells(&p, &o, NULL, &why);
    if (s == STATUS_INTERRUPTED || s == STATUS_INTERNAL)
        error_set(e, s, "%s", why.text);
    else if (s && l->failed)
        s = l->failed(d, v, why.text, e);
    else if (s)
        s = doctor_say(d, l->check, CHECK_BAD, v[l->name].text, why.text, e);
    else
        s = l->compare(d, v, &p, e);
    if (c)
        plan_free(&p);
    config_free(c);
    return s;
}

/* --- dumps --- */

#define FILE_STUDY_OF(select)                                                                    \
    " json_object('name', 'doctor', 'op', op, 'metrics', 'mse', 'cost', 'none', 'sweep',"        \
    " json('{\"include\": [{\"format\": \"int8\"}]}'), 'inputs', json_array(json(" INPUT("path", \
                                                                                         select) ")))"
/* Names that mean a tensor of cells now. */
#define CURRENT                                                                                             \
    "(SELECT *, seen = max(seen) OVER (PARTITION BY path, member) AS current FROM tensor_name) n JOIN cell" \
    " c USING(tensor_sha256)"

#define STUDY_OF_THEM FILE_STUDY_OF("json_group_array(" GLOB_OF("there") ")")
#define STUDY_OF_ALL  FILE_STUDY_OF("'[\"*\"]'")
#define BEST_NAME     BEST("path, member, op")
/* Tensors of one file, two hundred at a time; the second study has all that the file offers. */
static const char files[] =
    "WITH used AS (SELECT DISTINCT n.path, n.member, n.tensor_sha256, c.op, r.config_sha256 FROM " CURRENT
    "  JOIN run_cell x USING(cell_id) JOIN run r ON r.run_id = x.run_id WHERE n.current)," PLACED
    "," BEST_NAME ","
    " part AS (SELECT *, (row_number() OVER (PARTITION BY op, path, input ORDER BY member) - 1) / 200 AS part"
    "  FROM best)"
    " SELECT path, json_group_array(json_array(there, tensor_sha256, dtype, shape, n)), "
    "count(*)," STUDY_OF_THEM "," STUDY_OF_ALL " FROM part JOIN tensor USING(tensor_sha256)"
    " GROUP BY op, path, input, part ORDER BY path, op, input, part";

static const char current_names[] = "SELECT count(*) FROM (SELECT DISTINCT n.path, n.member, "
                                    "n.tensor_sha256, c.op FROM " CURRENT " WHERE n.current)";

enum { FILE_PATH, FILE_KNOWN, FILE_COUNT, FILE_STUDY, FILE_WHOLE };

struct file {
    struct doctor *d;
    const char *path;
    const struct plan *p;
};

/* Name, hash, type, shape and elements of a tensor that was measured, against those that are there. */
static enum status compare_tensor(void *context, const struct table_value *v, struct error *e)
{
    const struct file *f = context;
    const char *why = "is not there any more";
    char shape[TENSOR_SHAPE_TEXT];
    for (size_t i = 0; i < f->p->n_subjects; i++) {
        const struct store_tensor now = plan_tensor_row(&f->p->subjects[i], shape);
        if (strcmp(now.member, v[0].text) != 0)
            continue;
        why = "has other bytes now";
        if (strcmp(now.sha256, v[1].text) != 0)
            continue;
        why = "has another type, shape or number of elements than the database says";
        if (strcmp(now.dtype, v[2].text) != 0 || strcmp(shape, v[3].text) != 0 ||
            now.n != (uint64_t)v[4].integer)
            continue;
        f->d->fine++;
        return STATUS_OK;
    }
    char *what = NULL;
    if (asprintf(&what, "%s: %s", f->path, v[0].text) < 0)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = doctor_say(f->d, "dumps", CHECK_BAD, what, why, e);
    free(what);
    return s;
}

static enum status compare_tensors(struct doctor *d, const struct table_value *v, const struct plan *p,
                                   struct error *e)
{
    static const char sql[] = "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM"
                              " json_each(:known)";
    const struct query_parameter known = {":known", v[FILE_KNOWN].text};
    return query_each_with(d->q, sql, &known, 1, compare_tensor, &(struct file){d, v[FILE_PATH].text, p}, e);
}

/* Without one of the tensors there is no study of them: then all that the file has is looked at. */
static enum status look_at_whole(struct doctor *d, const struct table_value *v, const char *why,
                                 struct error *e)
{
    static const struct doctor_look whole = {"dumps", FILE_PATH,       FILE_PATH, FILE_WHOLE,
                                             false,   compare_tensors, NULL};
    (void)why;
    return doctor_look_at(d, &whole, v, e);
}

static enum status check_file(void *context, const struct table_value *v, struct error *e)
{
    static const struct doctor_look file = {"dumps", FILE_PATH,       FILE_PATH,    FILE_STUDY,
                                            false,   compare_tensors, look_at_whole};
    struct doctor *d = context;
    d->seen += (uint64_t)v[FILE_COUNT].integer;
    return doctor_look_at(d, &file, v, e);
}

enum status doctor_dumps(const struct doctor_options *o, check_row *row, void *context, struct error *e)
{
    struct doctor d = {.o = o, .row = row, .context = context};
    uint64_t all = 0;
    char words[96];
    enum status s = query_open_current(o->db, &d.q, e);
    if (!s)
        s = query_each(d.q, files, check_file, &d, e);
    if (!s)
        s = query_each(d.q, current_names, doctor_take_count, &all, e);
    query_close(d.q);
    snprintf(words, sizeof words, "%llu tensors were not looked at: no study of the database leads to them",
             (unsigned long long)(all - d.seen));
    if (!s && all > d.seen)
        s = row(context, "dumps", CHECK_NOTE, words, e);
    snprintf(words, sizeof words, "%zu tensors have the bytes that were measured", d.fine);
    return s || !d.fine ? s : row(context, "dumps", CHECK_FINE, words, e);
}
