#include "results/merge.h"

#include <stdio.h>
#include <string.h>

#include "results/merge_copy.h"
#include "results/store_internal.h"
#include "sim/base/strbuf.h"

extern const char text_results_merge_sql[], text_results_merge_values_sql[];

static enum status no_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- checks --- */

/* The first row's texts of SQL without parameters, "" without one. */
static enum status ask(struct store *m, const char *sql, char *out, size_t size, struct error *e)
{
    sqlite3_stmt *st = NULL;
    enum status s = STATUS_OK;
    *out = '\0';
    if (sqlite3_prepare_v2(m->db, sql, -1, &st, NULL) != SQLITE_OK)
        return db_error(m->db, m->path, "merging", e);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && sqlite3_column_text(st, 0))
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(st, 0));
    else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        s = db_error(m->db, m->path, "merging", e);
    sqlite3_finalize(st);
    return s;
}

#define SEMANTICS(schema) \
    "SELECT max(CAST(params ->> 'semantics' AS INTEGER)) FROM " schema ".cell WHERE status = 'done'"

/* Older cells beside the newest are of no study of now (gc --superseded); the newest must be of one meaning.
 */
static enum status check_semantics(struct store *m, const char *from, struct error *e)
{
    char here[64], there[64];
    enum status s = ask(m, SEMANTICS("main"), here, sizeof here, e);
    if (!s)
        s = ask(m, SEMANTICS("shard"), there, sizeof there, e);
    if (s || !*here || !*there || !strcmp(here, there))
        return s;
    return error_set(
        e, STATUS_INVALID,
        "%s: cells of semantics %s, and %s has those of semantics %s: results of different meaning "
        "are not joined",
        from, there, m->path, here);
}

static enum status check_results(struct store *m, const char *from, struct error *e)
{
    char cell[512];
    enum status s =
        ask(m,
            "SELECT printf('%.16s (%s) has the result %s, and %s in ', s.cell_sha256, s.label, s.result_hash,"
            " c.result_hash) FROM main.cell c JOIN shard.cell s USING(cell_sha256) WHERE c.status = 'done'"
            " AND s.status = 'done' AND c.result_hash <> s.result_hash ORDER BY s.cell_sha256 LIMIT 1",
            cell, sizeof cell, e);
    if (s || !*cell)
        return s;
    return error_set(e, STATUS_DIFFERENT, "%s: cell %s%s", from, cell, m->path);
}

static enum status check_values(struct store *m, const char *from, struct error *e)
{
    char cell[256];
    enum status s = ask(m, "SELECT printf('%s of cell %.16s', metric, cell_sha256) FROM other_value LIMIT 1",
                        cell, sizeof cell, e);
    if (s || !*cell)
        return s;
    return error_set(e, STATUS_DIFFERENT, "%s: %s differs from that in %s", from, cell, m->path);
}

/* --- joining --- */

/* All columns of a cell but the numbers of its row and of its run. */
static enum status add_cells(struct store *m, struct error *e)
{
    char columns[2048];
    struct strbuf b = {0};
    enum status s = ask(m,
                        "SELECT group_concat(name, ', ') FROM pragma_table_info('cell')"
                        " WHERE name NOT IN ('cell_id', 'run_id')",
                        columns, sizeof columns, e);
    if (s)
        return s;
    strbuf_printf(
        &b,
        "INSERT INTO main.cell(run_id, %s) SELECT m.new, %s FROM (SELECT run_id AS old, %s FROM"
        " shard.cell WHERE cell_sha256 NOT IN (SELECT cell_sha256 FROM known) ORDER BY cell_id) JOIN"
        " map_run m USING(old)",
        columns, columns, columns);
    s = b.failed ? no_memory(e) : db_exec(m->db, m->path, b.text, e);
    strbuf_free(&b);
    return s;
}

struct counts {
    sqlite3_int64 runs, cells, values, costs;
};

static enum status count(struct store *m, struct counts *c, struct error *e)
{
    enum status s = db_int(m->db, m->path, "SELECT count(*) FROM main.run", 0, &c->runs, e);
    if (!s)
        s = db_int(m->db, m->path, "SELECT count(*) FROM main.cell", 0, &c->cells, e);
    if (!s)
        s = db_int(m->db, m->path, "SELECT count(*) FROM main.value", 0, &c->values, e);
    return s ? s : db_int(m->db, m->path, "SELECT count(*) FROM main.cost_value", 0, &c->costs, e);
}

/* Values and costs of cells that are new are no news. */
static enum status report(struct store *m, const struct counts *before, struct merge_report *r,
                          struct error *e)
{
    struct counts now;
    sqlite3_int64 there = 0, replaced = 0, values = 0, costs = 0;
    enum status s = count(m, &now, e);
    if (!s)
        s = db_int(m->db, m->path, "SELECT count(*) FROM given_up", 0, &replaced, e);
    if (!s)
        s = db_int(m->db, m->path, "SELECT count(*) FROM shard.cell", 0, &there, e);
    static const char new_cells[] =
        "(SELECT cell_id FROM main.cell WHERE cell_sha256 NOT IN (SELECT cell_sha256 FROM known)"
        " UNION ALL SELECT cell_id FROM given_up)";
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM main.value WHERE cell_id IN %s", new_cells);
    if (!s)
        s = db_int(m->db, m->path, sql, 0, &values, e);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM main.cost_value WHERE cell_id IN %s", new_cells);
    if (!s)
        s = db_int(m->db, m->path, sql, 0, &costs, e);
    *r = (struct merge_report){.runs = now.runs - before->runs,
                               .cells = now.cells - before->cells,
                               .replaced = replaced,
                               .values = now.values - before->values - values,
                               .costs = now.costs - before->costs - costs,
                               .known = there - (now.cells - before->cells) - replaced};
    return s;
}

static enum status join(struct store *m, const char *from, struct merge_report *r, struct error *e)
{
    struct counts before;
    enum status s = check_semantics(m, from, e);
    if (!s)
        s = check_results(m, from, e);
    if (!s)
        s = count(m, &before, e);
    if (!s)
        s = db_exec(m->db, m->path, text_results_merge_sql, e);
    if (!s)
        s = add_cells(m, e);
    if (!s)
        s = db_exec(m->db, m->path, text_results_merge_values_sql, e);
    if (!s)
        s = check_values(m, from, e);
    return s ? s : report(m, &before, r, e);
}

static enum status join_attached(struct store *m, const char *from, struct merge_report *r, struct error *e)
{
    enum status s = db_exec(m->db, m->path, "BEGIN IMMEDIATE", e);
    if (s)
        return s;
    s = join(m, from, r, e);
    if (!s)
        s = db_exec(m->db, m->path, "COMMIT", e);
    if (s)
        sqlite3_exec(m->db, "ROLLBACK", NULL, NULL, NULL);
    return s;
}

static enum status join_copy(struct store *m, const char *copy, const char *from, struct merge_report *r,
                             struct error *e)
{
    char *sql = sqlite3_mprintf("ATTACH %Q AS shard", copy);
    enum status s = sql ? db_exec(m->db, m->path, sql, e) : no_memory(e);
    sqlite3_free(sql);
    return s ? s : join_attached(m, from, r, e);
}

enum status merge_file(const char *into, const char *from, struct merge_report *r, struct error *e)
{
    struct store *m = NULL;
    char *copy = NULL;
    *r = (struct merge_report){0};
    enum status s = merge_copy_make(into, from, &copy, e);
    if (!s)
        s = store_open(into, &m, e);
    if (!s)
        s = join_copy(m, copy, from, r, e);
    enum status closed = store_close(m, s ? NULL : e);
    merge_copy_remove(copy);
    return s ? s : closed;
}
