/* Cells of a database computed again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/doctor_inner.h"
#include "experiments/provenance.h"
#include "experiments/rows.h"
#include "experiments/study_keys.h"
#include "experiments/subject_read.h"
#include "sim/base/rng.h"

#define TO_TEXT(x)  TO_TEXT_(x)
#define TO_TEXT_(x) #x

enum { CELL_KEY, CELL_LABEL, CELL_PATH, CELL_CURRENT, CELL_BITS, CELL_STUDY, CELL_FREE };

#define OF_CELL "FROM value v JOIN metric USING(metric_id) WHERE v.cell_id = c.cell_id)"
#define BITS_OF "(SELECT ' ' || group_concat(name || '=' || printf('%016x', v.bits), ' ') " OF_CELL
/* A study of the cell with so many costs. */
#define CELL_STUDY_OF(costs)                                                                               \
    "json_object('name', 'doctor', 'op', c.op, 'seed', c.seed, 'cost', " costs                             \
    ", 'metrics', (SELECT json_group_array(name) " OF_CELL ", 'sweep', json_object('include', json_array(" \
    "json(" STUDY_KEYS                                                                                     \
    "))), 'inputs', json_array(json(" INPUT("path", "json_array(" GLOB_OF("there") ")") ")))"
#define COSTS_OF                                                                                        \
    "json(coalesce((SELECT json_group_array(DISTINCT k.model) FROM cost_value v JOIN cost_kind k USING" \
    "(kind_id) WHERE v.cell_id = c.cell_id HAVING count(*)), '\"none\"'))"
#define WITH_COSTS    CELL_STUDY_OF(COSTS_OF)
#define WITHOUT_COSTS CELL_STUDY_OF("'none'")
#define FINISHED      " FROM cell WHERE status = 'done' AND params ->> 'semantics' = " TO_TEXT(SEMANTICS_VERSION)
#define BEST_NAME     BEST("path, member")
/* Finished cell number :nth of those that this program's semantics made: by the name that its tensor has now,
 * else by one that it had. The last study says no costs. */
static const char one_cell[] =
    "WITH chosen AS (SELECT *" FINISHED " ORDER BY cell_sha256 LIMIT 1 OFFSET CAST(:nth AS INTEGER)),"
    " used AS (SELECT n.path, n.member, n.seen, r.config_sha256,"
    "   n.seen = (SELECT max(seen) FROM tensor_name o WHERE o.path = n.path AND o.member = n.member) AS "
    "current"
    "  FROM chosen c JOIN tensor_name n USING(tensor_sha256) JOIN run_cell x USING(cell_id)"
    "  JOIN run r ON r.run_id = x.run_id)," PLACED "," BEST_NAME
    " SELECT * FROM (SELECT c.cell_sha256, c.label, path, current, " BITS_OF "," WITH_COSTS "," WITHOUT_COSTS
    "  FROM best, chosen c JOIN chosen m USING(cell_id)"
    "  ORDER BY current DESC, matched DESC, seen DESC, path, member LIMIT 1)"
    " UNION ALL SELECT c.cell_sha256, c.label, '', 1, " BITS_OF ","
    "  json_object('name', 'doctor', 'op', c.op, 'analysis', c.scheme), NULL"
    "  FROM chosen c WHERE c.op = 'analysis'";

/* What the database says of a cell beside its values. */
static const char cell_row[] = "SELECT result_hash, block, bias"
#define CELL_TEXT(name) ", " #name
#define CELL_INT(name)  ", " #name
#define CELL_REAL(name) ", " #name
#include "results/cell_fields.def"
                               " FROM cell WHERE cell_sha256 = :key";

/* Costs of a cell; whether runs of this version of the program alone used it. */
static const char cost_rows[] =
    "SELECT k.model, k.quantity, k.unit, k.source, k.node_nm, k.accuracy, v.value, NOT EXISTS"
    " (SELECT 1 FROM run_cell x JOIN run r USING(run_id) JOIN build b USING(build_id)"
    "  WHERE x.cell_id = c.cell_id AND b.git_commit <> :commit)"
    " FROM cell c JOIN cost_value v USING(cell_id) JOIN cost_kind k USING(kind_id) WHERE c.cell_sha256 = "
    ":key";

/* --- comparing --- */

struct compared {
    const struct store_cell *now;
    size_t costs;  /* that the database has */
    bool ours;     /* no other version of the program can have said them */
    char why[128]; /* "": all is as the database says */
};

static bool same_text(const struct table_value *v, const char *now)
{
    return now ? v->kind == TABLE_STRING && !strcmp(v->text, now) : v->kind == TABLE_MISSING;
}

static bool same_count(const struct table_value *v, bool has, int64_t now)
{
    return has ? v->kind == TABLE_INTEGER && v->integer == now : v->kind == TABLE_MISSING;
}

static bool same_real(const struct table_value *v, bool has, double now)
{
    const double was = table_as_number(v);
    return has ? !memcmp(&was, &now, sizeof now) : v->kind == TABLE_MISSING;
}

/* Columns that the rest of the key or of the result judges, or the clock. */
static bool is_apart(const char *name)
{
    return !strcmp(name, "params") || !strcmp(name, "result_hash") || !strcmp(name, "wall_ns");
}

static enum status compare_row(void *context, const struct table_value *v, struct error *e)
{
    struct compared *c = context;
    const struct store_cell *now = c->now;
    const char *other = NULL;
    int i = 3;
    (void)e;
    if (v[0].text && strcmp(now->result_hash, v[0].text) != 0) {
        snprintf(c->why, sizeof c->why, "has another result now");
        return STATUS_OK;
    }
    if (!same_count(&v[1], now->block > 0, now->block))
        other = "block";
    if (!same_count(&v[2], now->exponent_bits >= 0, now->bias))
        other = "bias";
#define CELL_TEXT(name)                                   \
    if (!is_apart(#name) && !same_text(&v[i], now->name)) \
        other = #name;                                    \
    i++;
#define CELL_INT(name)                                                     \
    if (!is_apart(#name) && !same_count(&v[i], now->name >= 0, now->name)) \
        other = #name;                                                     \
    i++;
#define CELL_REAL(name)                               \
    if (!same_real(&v[i], now->name >= 0, now->name)) \
        other = #name;                                \
    i++;
#include "results/cell_fields.def"
    if (other)
        snprintf(c->why, sizeof c->why, "has another %s than the database says", other);
    return STATUS_OK;
}

static bool has_bits(const char *bits, const char *name, double value)
{
    char now[ANALYSIS_NAME_SIZE + 32];
    uint64_t pattern;
    memcpy(&pattern, &value, sizeof pattern);
    snprintf(now, sizeof now, " %s=%016llx", name, (unsigned long long)pattern);
    return strstr(bits, now) != NULL;
}

static void compare_metrics(struct compared *c, const char *bits)
{
    for (size_t i = 0; i < c->now->n_metrics && !*c->why; i++)
        if (!has_bits(bits, c->now->metrics[i].name, c->now->metrics[i].value))
            snprintf(c->why, sizeof c->why, "%s has other bits now", c->now->metrics[i].name);
}

static bool is_cost(const struct table_value *v, const struct store_cost_value *now)
{
    return same_text(&v[0], now->model) && same_text(&v[1], now->quantity) && same_text(&v[2], now->unit) &&
           same_text(&v[3], now->source) && same_real(&v[4], true, now->node_nm) &&
           same_real(&v[5], true, now->accuracy) && same_real(&v[6], now->value == now->value, now->value);
}

static enum status compare_cost(void *context, const struct table_value *v, struct error *e)
{
    struct compared *c = context;
    (void)e;
    c->costs++;
    c->ours = v[7].integer;
    for (size_t i = 0; i < c->now->n_costs; i++)
        if (is_cost(v, &c->now->costs[i]))
            return STATUS_OK;
    snprintf(c->why, sizeof c->why, "%.40s of the model %.40s is another now", v[1].text, v[0].text);
    return STATUS_OK;
}

/* What the database says of the cell against what it is now. Costs are no part of its meaning: where another
 * version of the program may have said them, they may differ. */
static enum status compare_all(struct doctor *d, const struct table_value *v, const struct store_cell *now,
                               struct error *e)
{
    const struct query_parameter of[] = {{":key", now->key}, {":commit", build_info.git_commit}};
    struct compared c = {.now = now, .ours = true};
    bool costs = false;
    enum status s = query_each_with(d->q, cell_row, of, 1, compare_row, &c, e);
    if (!s)
        compare_metrics(&c, v[CELL_BITS].text);
    if (!s && !*c.why) {
        costs = true;
        s = query_each_with(d->q, cost_rows, of, 2, compare_cost, &c, e);
    }
    if (!s && !*c.why && c.costs != now->n_costs)
        snprintf(c.why, sizeof c.why, "%zu costs are in the database, %zu are said now", c.costs,
                 now->n_costs);
    if (!s && *c.why)
        return doctor_say(d, "computed again", costs && !c.ours ? CHECK_NOTE : CHECK_BAD, v[CELL_LABEL].text,
                          c.why, e);
    d->fine += !s;
    return s;
}

/* The cell of the plan that has the key; NULL if none has. */
static const struct plan_cell *cell_of(const struct plan *p, const char *key)
{
    for (size_t i = 0; i < p->n_todo; i++)
        if (!strcmp(p->todo[i].key, key))
            return &p->todo[i];
    return NULL;
}

static enum status compute(const struct plan *p, const struct plan_cell *cell, struct outcome *o,
                           struct error *e)
{
    const struct plan_subject *from = &p->subjects[cell->subject];
    struct subject subject = {0};
    enum status s = subject_read_site(from->dump, &from->place, &subject, e);
    struct cell_result result = outcome_result(o);
    if (!s) {
        struct cell_request r = plan_request(p, cell, &subject);
        s = pipeline_cell(&r, &result, e);
    }
    if (!s && from->dump)
        s = dump_check(from->dump, e);
    memcpy(o->key, cell->key, sizeof o->key);
    memcpy(o->result_hash, result.result_hash, sizeof o->result_hash);
    subject_free(&subject);
    return s;
}

static enum status compare_cell(struct doctor *d, const struct table_value *v, const struct plan *p,
                                struct error *e)
{
    const char *label = v[CELL_LABEL].text;
    struct error why = {{0}};
    const struct plan_cell *cell = cell_of(p, v[CELL_KEY].text);
    if (!cell)
        return doctor_say(d, "computed again", CHECK_BAD, label,
                          "has another key now: its tensor or its meaning changed", e);
    struct outcome *o = outcome_alloc(p->config);
    struct outcome_row row = {.metrics = NULL};
    enum status s = o ? compute(p, cell, o, &why) : error_set(&why, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = outcome_row(o, p, cell, &row, &why);
    if (s == STATUS_INTERNAL)
        error_set(e, s, "%s", why.text);
    else if (s)
        s = doctor_say(d, "computed again", CHECK_BAD, label, why.text, e);
    else
        s = compare_all(d, v, &row.cell, e);
    outcome_row_free(&row);
    outcome_free(o);
    return s;
}

/* A model that this program does not know says nothing of the rest. */
static enum status look_without_costs(struct doctor *d, const struct table_value *v, const char *why,
                                      struct error *e)
{
    static const struct doctor_look bare = {"computed again", CELL_PATH, CELL_LABEL, CELL_FREE, true,
                                            compare_cell,     NULL};
    (void)why;
    return doctor_look_at(d, &bare, v, e);
}

static enum status check_cell(void *context, const struct table_value *v, struct error *e)
{
    static const struct doctor_look cell = {"computed again", CELL_PATH,         CELL_LABEL, CELL_STUDY, true,
                                            compare_cell,     look_without_costs};
    struct doctor *d = context;
    d->seen++;
    if (!v[CELL_CURRENT].integer)
        return doctor_say(d, "computed again", CHECK_NOTE, v[CELL_LABEL].text,
                          "its dump was recorded anew since", e);
    return doctor_look_at(d, &cell, v, e);
}

/* Draws without looking whether a number was drawn before: of few cells all are taken. */
static enum status check_some(struct doctor *d, uint64_t all, struct error *e)
{
    const bool every = d->o->cells >= all;
    enum status s = STATUS_OK;
    for (size_t i = 0; i < (every ? all : d->o->cells) && !s; i++) {
        const uint64_t draw =
            (uint64_t)rng_u32(d->o->seed, 0, 2 * i) << 32 | rng_u32(d->o->seed, 0, 2 * i + 1);
        char number[24];
        snprintf(number, sizeof number, "%llu", (unsigned long long)(every ? i : draw % all));
        const struct query_parameter nth = {":nth", number};
        const uint64_t seen = d->seen;
        s = query_each_with(d->q, one_cell, &nth, 1, check_cell, d, e);
        if (!s && d->seen == seen)
            s = d->row(d->context, "computed again", CHECK_NOTE,
                       "a cell: no study of the database leads to its dump", e);
    }
    return s;
}

enum status doctor_cells(const struct doctor_options *o, check_row *row, void *context, struct error *e)
{
    struct doctor d = {.o = o, .row = row, .context = context};
    uint64_t all = 0;
    char words[96];
    enum status s = query_open_current(o->db, &d.q, e);
    if (!s)
        s = query_each(d.q, "SELECT count(*)" FINISHED, doctor_take_count, &all, e);
    if (!s)
        s = check_some(&d, all, e);
    query_close(d.q);
    snprintf(words, sizeof words, "%zu cells have the same bits", d.fine);
    return s || !d.fine ? s : row(context, "computed again", CHECK_FINE, words, e);
}
