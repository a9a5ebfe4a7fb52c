/* Dumps and cells of a database against what they are now. Both are asked as experiment files that the
 * program writes for itself, so that what reads and computes them is what a run uses. */
#include "experiments/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/plan.h"
#include "experiments/rows.h"
#include "experiments/study_keys.h"
#include "experiments/subject_read.h"
#include "results/query.h"
#include "sim/base/rng.h"

#define TO_TEXT(x)  TO_TEXT_(x)
#define TO_TEXT_(x) #x

/* SQL. The last part of a path; a glob that matches a name alone. */
#define BASENAME(path) "replace(" path ", rtrim(" path ", replace(" path ", '/', '')), '')"
#define GLOB_OF(name) \
    "replace(replace(replace(replace(" name ", '\\', '\\\\'), '*', '\\*'), '?', '\\?'), '[', '\\[')"
/* An input of a resolved study, for tensors of the file `path`; a synthetic one says itself what it has. */
#define INPUT(input, path, select)                                                                 \
    "iif(" input " ->> 'synth' IS NOT NULL, " input ", "                                           \
    "json_patch(json_patch(" input ", json_object('dump', " path ", 'select', json(" select ")))," \
    " iif(" input " ->> 'rotary' = 0, json_object('rotary', 'none'), '{}')))"
/* The name of what a synthetic input gives. */
#define SYNTH_NAME(input)                                                                           \
    "coalesce((" input " ->> '$.synth.input') || ' x ' || (" input " ->> '$.synth.weight'), " input \
    " ->> 'synth')"
/* The inputs of the study of run r that the file n.path may be, or the tensor n.member of no file. */
#define INPUTS_OF_RUN                                                          \
    " JOIN config g USING(config_sha256), json_each(g.resolved, '$.inputs') i" \
    " WHERE iif(n.path = '" SYNTH_PATH                                         \
    "', n.member = " SYNTH_NAME("i.value") ", " BASENAME("n.path") " = " BASENAME("i.value ->> 'dump'") ")"

struct doctor {
    const struct doctor_options *o;
    check_row *row;
    void *context;
    size_t fine;   /* tensors or cells */
    uint64_t seen; /* those that a study leads to */
};

static enum status say(struct doctor *d, const char *check, enum check_state state, const char *what,
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

/* --- a study of now --- */

/* What a row is looked at with: places of its columns, and what is done with the plan of its study. */
struct look {
    const char *check;
    int path, name, study;
    bool cells; /* the plan has cells */
    enum status (*compare)(struct doctor *d, const struct table_value *v, const struct plan *p,
                           struct error *e);
    /* What is done where there is no such plan; NULL: that is bad. */
    enum status (*failed)(struct doctor *d, const struct table_value *v, const char *why, struct error *e);
};

static enum status look_at(struct doctor *d, const struct look *l, const struct table_value *v,
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
        return say(d, l->check, CHECK_NOTE, v[l->name].text, "its dump is not there any more", e);
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
        s = say(d, l->check, CHECK_BAD, v[l->name].text, why.text, e);
    else
        s = l->compare(d, v, &p, e);
    if (c)
        plan_free(&p);
    config_free(c);
    return s;
}

/* --- dumps --- */

#define FILE_STUDY_OF(select)                                                                             \
    " json_object('name', 'doctor', 'op', op, 'metrics', 'mse', 'cost', 'none', 'sweep',"                 \
    " json('{\"include\": [{\"format\": \"int8\"}]}'), 'inputs', json_array(json(" INPUT("input", "path", \
                                                                                         select) ")))"

/* Tensors of one file, two hundred at a time; the second study has all that the file offers. */
static const char files[] =
    "WITH used AS (SELECT n.path, n.member, n.tensor_sha256, c.op, min(r.config_sha256) AS config_sha256"
    " FROM (SELECT *, seen = max(seen) OVER (PARTITION BY path, member) AS current FROM tensor_name) n"
    " JOIN cell c USING(tensor_sha256) JOIN run r USING(run_id) WHERE n.current GROUP BY 1, 2, 3, 4),"
    " placed AS (SELECT n.*, i.value AS input FROM used n" INPUTS_OF_RUN "),"
    " part AS (SELECT *, (row_number() OVER (PARTITION BY op, path, input ORDER BY member) - 1) / 200 AS part"
    " FROM placed)"
    " SELECT path, group_concat(member || ' ' || tensor_sha256, char(10)), count(*)," FILE_STUDY_OF(
        "json_group_array(" GLOB_OF(
            "member") ")") "," FILE_STUDY_OF("'[\"*\"]'") " FROM part GROUP BY op, path, input, part ORDER "
                                                          "BY path, op, input, part";

static const char current_names[] = "SELECT count(*) FROM (SELECT DISTINCT n.path, n.member, "
                                    "n.tensor_sha256, c.op FROM (SELECT *, seen = max(seen) OVER"
                                    " (PARTITION BY path, member) AS current FROM tensor_name) n JOIN cell c "
                                    "USING(tensor_sha256) WHERE n.current)";

static enum status take_count(void *context, const struct table_value *v, struct error *e)
{
    (void)e;
    *(uint64_t *)context = (uint64_t)v->integer;
    return STATUS_OK;
}

enum { FILE_PATH, FILE_KNOWN, FILE_COUNT, FILE_STUDY, FILE_WHOLE };

/* "NAME HASH" of a tensor that was measured, against those that are there. */
static enum status compare_tensor(struct doctor *d, const char *path, char *known, const struct plan *p,
                                  struct error *e)
{
    char *hash = strrchr(known, ' ');
    const char *why = "is not there any more";
    *hash++ = '\0';
    for (size_t i = 0; i < p->n_subjects; i++) {
        const struct subject *x = &p->subjects[i].facts;
        if (strcmp(x->view.name, known) != 0)
            continue;
        if (!strcmp(x->hash, hash)) {
            d->fine++;
            return STATUS_OK;
        }
        why = "has other bytes now";
    }
    char *what = NULL;
    if (asprintf(&what, "%s: %s", path, known) < 0)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = say(d, "dumps", CHECK_BAD, what, why, e);
    free(what);
    return s;
}

static enum status compare_tensors(struct doctor *d, const struct table_value *v, const struct plan *p,
                                   struct error *e)
{
    char *all = strdup(v[FILE_KNOWN].text), *rest = NULL;
    enum status s = all ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (char *line = all ? strtok_r(all, "\n", &rest) : NULL; line && !s; line = strtok_r(NULL, "\n", &rest))
        s = compare_tensor(d, v[FILE_PATH].text, line, p, e);
    free(all);
    return s;
}

/* Without one of the tensors there is no study of them: then all that the file has is looked at. */
static enum status look_at_whole(struct doctor *d, const struct table_value *v, const char *why,
                                 struct error *e)
{
    static const struct look whole = {"dumps", FILE_PATH,       FILE_PATH, FILE_WHOLE,
                                      false,   compare_tensors, NULL};
    (void)why;
    return look_at(d, &whole, v, e);
}

static enum status check_file(void *context, const struct table_value *v, struct error *e)
{
    static const struct look file = {"dumps", FILE_PATH,       FILE_PATH,    FILE_STUDY,
                                     false,   compare_tensors, look_at_whole};
    struct doctor *d = context;
    d->seen += (uint64_t)v[FILE_COUNT].integer;
    return look_at(d, &file, v, e);
}

enum status doctor_dumps(const struct doctor_options *o, check_row *row, void *context, struct error *e)
{
    struct doctor d = {.o = o, .row = row, .context = context};
    struct query *q = NULL;
    uint64_t all = 0;
    char words[96];
    enum status s = query_open_current(o->db, &q, e);
    if (!s)
        s = query_each(q, files, check_file, &d, e);
    if (!s)
        s = query_each(q, current_names, take_count, &all, e);
    query_close(q);
    snprintf(words, sizeof words, "%llu tensors were not looked at: no study of the database leads to them",
             (unsigned long long)(all - d.seen));
    if (!s && all > d.seen)
        s = row(context, "dumps", CHECK_NOTE, words, e);
    snprintf(words, sizeof words, "%zu tensors have the bytes that were measured", d.fine);
    return s || !d.fine ? s : row(context, "dumps", CHECK_FINE, words, e);
}

/* --- cells --- */

enum { CELL_KEY, CELL_LABEL, CELL_HASH, CELL_PATH, CELL_BITS, CELL_STUDY };

/* Finished cell number %llu of those that this program's semantics made. */
#define BITS_OF                                                                                   \
    "(SELECT ' ' || group_concat(name || '=' || printf('%%016x', v.bits), ' ') FROM value v JOIN" \
    " metric USING(metric_id) WHERE v.cell_id = c.cell_id)"
#define METRICS_OF \
    "(SELECT json_group_array(name) FROM value v JOIN metric USING(metric_id) WHERE v.cell_id = c.cell_id)"
#define MEASUREMENT                                                                                          \
    "SELECT c.cell_sha256, c.label, coalesce(c.result_hash, ''), n.path, " BITS_OF                           \
    ", json_object('name', 'doctor', 'op', c.op, 'seed', c.seed, 'cost', 'none', 'metrics', " METRICS_OF     \
    ", 'sweep', json_object('include', json_array(json(" STUDY_KEYS "))), 'inputs', json_array(json(" INPUT( \
        "i.value", "n.path",                                                                                 \
        "json_array(" GLOB_OF("n.member") ")") ")))"                                                         \
                                               " FROM chosen c JOIN chosen m USING(cell_id) JOIN run_cell"   \
                                               " x USING(cell_id) JOIN run r ON r.run_id = x.run_id JOIN"    \
                                               " tensor_name n ON n.tensor_sha256 ="                         \
                                               " c.tensor_sha256" INPUTS_OF_RUN                              \
                                               " ORDER BY n.seen DESC LIMIT 1"
#define ANALYSIS                                                                                    \
    "SELECT c.cell_sha256, c.label, coalesce(c.result_hash, ''), '', " BITS_OF                      \
    ", json_object('name', 'doctor', 'op', c.op, 'analysis', c.scheme) FROM chosen c WHERE c.op = " \
    "'analysis'"
static const char one_cell[] =
    "WITH chosen AS (SELECT * FROM cell WHERE status = 'done' AND params ->> 'semantics' = " TO_TEXT(
        SEMANTICS_VERSION) " ORDER BY cell_sha256 LIMIT 1 OFFSET %llu)"
                           " SELECT * FROM (" MEASUREMENT ") UNION ALL " ANALYSIS;

static bool has_bits(const char *bits, const char *name, double value)
{
    char now[ANALYSIS_NAME_SIZE + 32];
    uint64_t pattern;
    memcpy(&pattern, &value, sizeof pattern);
    snprintf(now, sizeof now, " %s=%016llx", name, (unsigned long long)pattern);
    return strstr(bits, now) != NULL;
}

/* The cell's first metric with other bits; NULL if all agree. */
static const char *differing(const struct config *c, const struct outcome *o, const char *bits)
{
    for (size_t i = 0; i < c->n_metrics; i++)
        if (!has_bits(bits, c->metrics[i]->name, o->metrics[i]))
            return c->metrics[i]->name;
    for (size_t i = 0; o->analysis && i < o->analysis->n; i++)
        if (!has_bits(bits, o->analysis->value[i].name, o->analysis->value[i].value))
            return o->analysis->value[i].name;
    return NULL;
}

/* Computes cell 0 of the plan. */
static enum status compute(const struct plan *p, struct outcome *o, struct cell_result *result,
                           struct error *e)
{
    const struct plan_cell *cell = &p->todo[0];
    const struct plan_subject *from = &p->subjects[cell->subject];
    struct subject subject = {0};
    enum status s = subject_read_site(from->dump, &from->place, &subject, e);
    *result = outcome_result(o);
    if (!s) {
        struct cell_request r = plan_request(p, cell, &subject);
        s = pipeline_cell(&r, result, e);
    }
    if (!s && from->dump)
        s = dump_check(from->dump, e);
    subject_free(&subject);
    return s;
}

static enum status compare_cell(struct doctor *d, const struct table_value *v, const struct plan *p,
                                struct error *e)
{
    const char *label = v[CELL_LABEL].text;
    struct error why = {{0}};
    if (p->n_todo != 1 || strcmp(p->todo[0].key, v[CELL_KEY].text) != 0)
        return say(d, "computed again", CHECK_BAD, label,
                   "has another key now: its tensor or its meaning changed", e);
    struct outcome *o = outcome_alloc(p->config);
    struct cell_result result;
    enum status s = o ? compute(p, o, &result, &why) : error_set(&why, STATUS_INTERNAL, "out of memory");
    const char *metric = s ? NULL : differing(p->config, o, v[CELL_BITS].text);
    if (s == STATUS_INTERNAL)
        error_set(e, s, "%s", why.text);
    else if (s)
        s = say(d, "computed again", CHECK_BAD, label, why.text, e);
    else if (*v[CELL_HASH].text && strcmp(result.result_hash, v[CELL_HASH].text) != 0)
        s = say(d, "computed again", CHECK_BAD, label, "has another result now", e);
    else if (metric)
        s = say(d, "computed again", CHECK_BAD, label, metric, e);
    else
        d->fine++;
    outcome_free(o);
    return s;
}

static enum status check_cell(void *context, const struct table_value *v, struct error *e)
{
    static const struct look cell = {"computed again", CELL_PATH, CELL_LABEL, CELL_STUDY, true,
                                     compare_cell,     NULL};
    struct doctor *d = context;
    d->seen++;
    return look_at(d, &cell, v, e);
}

/* Draws without looking whether a number was drawn before: of few cells all are taken. */
static enum status check_some(struct doctor *d, struct query *q, uint64_t all, struct error *e)
{
    const bool every = d->o->cells >= all;
    enum status s = STATUS_OK;
    for (size_t i = 0; i < (every ? all : d->o->cells) && !s; i++) {
        const uint64_t draw =
            (uint64_t)rng_u32(d->o->seed, 0, 2 * i) << 32 | rng_u32(d->o->seed, 0, 2 * i + 1);
        char *sql = NULL;
        if (asprintf(&sql, one_cell, (unsigned long long)(every ? i : draw % all)) < 0)
            return error_set(e, STATUS_INTERNAL, "out of memory");
        const uint64_t seen = d->seen;
        s = query_each(q, sql, check_cell, d, e);
        if (!s && d->seen == seen)
            s = d->row(d->context, "computed again", CHECK_NOTE,
                       "a cell: no study of the database leads to its dump", e);
        free(sql);
    }
    return s;
}

enum status doctor_cells(const struct doctor_options *o, check_row *row, void *context, struct error *e)
{
    struct doctor d = {.o = o, .row = row, .context = context};
    struct query *q = NULL;
    uint64_t all = 0;
    char words[96];
    enum status s = query_open_current(o->db, &q, e);
    if (!s)
        s = query_each(
            q,
            "SELECT count(*) FROM cell WHERE status = 'done' AND params ->> 'semantics' = " TO_TEXT(
                SEMANTICS_VERSION),
            take_count, &all, e);
    if (!s)
        s = check_some(&d, q, all, e);
    query_close(q);
    snprintf(words, sizeof words, "%zu cells have the same bits", d.fine);
    return s || !d.fine ? s : row(context, "computed again", CHECK_FINE, words, e);
}
