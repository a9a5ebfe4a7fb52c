/* experiments/profiles.yaml: it holds every profile of its families, runs, and says who agrees with whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/config.h"
#include "experiments/run.h"
#include "plots/plot.h"
#include "sim/profile.h"
#include "tests/check.h"
#include "tests/rows.h"

static const char *const families[] = {"mxfp4", "nvfp4", "mxfp8_e4m3", "mxint8"};
enum { FAMILIES = sizeof families / sizeof *families };

static bool studied(const char *family)
{
    for (size_t i = 0; i < FAMILIES; i++)
        if (strcmp(families[i], family) == 0)
            return true;
    return false;
}

/* The study, narrowed to two small tensors. */
static struct config *load(void)
{
    static const char *const sets[] = {"inputs.0.select=[layers.2.attn.q.weight, layers.2.attn.k_cache]"};
    struct config *c = NULL;
    struct error e = {{0}};
    if (config_load("experiments/profiles.yaml", sets, 1, &c, &e))
        fail_msg("%s", e.text);
    return c;
}

static size_t lines_with(const char *text, const char *start)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, start)); p += strlen(start))
        n++;
    return n;
}

/* A profile that is added to a family is added to the study, and nothing else is in it. */
static void lists_every_profile(void **state)
{
    (void)state;
    struct config *c = load();
    const char *list = strstr(c->source, "\n    format:\n");
    assert_non_null(list);
    size_t n = 0;
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *p = profile_at(i);
        char line[128];
        snprintf(line, sizeof line, "\n      - %s\n", p->scheme.name);
        if (lines_with(list, line) != studied(p->family))
            fail_msg("experiments/profiles.yaml has %s %zu times", p->scheme.name, lines_with(list, line));
        n += studied(p->family);
    }
    assert_int_equal(lines_with(list, "\n      - "), n);
    config_free(c);
    printf("# covered profiles: %zu in %d families\n", n, FAMILIES);
}

static const char *run(void)
{
    static char db[512];
    if (*db)
        return db;
    struct config *c = load();
    struct run_summary s;
    struct error e = {{0}};
    snprintf(db, sizeof db, "%s", test_path("profiles.db"));
    struct run_options o = {.db = db, .jobs = 2, .quiet = true, .argv = "test"};
    if (run_execute(c, &o, &s, &e))
        fail_msg("%s", e.text);
    assert_int_equal(s.done, 2 * c->n_schemes);
    config_free(c);
    return db;
}

/* The database knows each by its name, also those that share a scheme, and tells no two apart that have equal
 * results, nor takes two for equal that have not. */
static void groups_equal_bits(void **state)
{
    (void)state;
    const char *db = run();
    char known[32];
    snprintf(known, sizeof known, "%zu", profile_count());
    assert_string_equal(rows_ask(db, "SELECT count(*) FROM profile"), known);
    for (size_t i = 0; i < profile_count(); i++) {
        const struct profile *p = profile_at(i);
        char sql[256];
        snprintf(sql, sizeof sql,
                 "SELECT count(*) || min(complete) FROM v_profile WHERE profile = '%s' AND family = '%s'",
                 p->scheme.name, p->family);
        if (studied(p->family) && strcmp(rows_ask(db, sql), "21") != 0)
            fail_msg("%s: %s", p->scheme.name, rows_ask(db, sql));
    }
    assert_string_equal(
        rows_ask(
            db,
            "WITH r AS (SELECT family, profile, same_bits, group_concat(result_hash) AS results FROM (SELECT "
            "v.*,"
            " result_hash FROM v_profile v JOIN cell USING(cell_sha256) ORDER BY family, profile, tensor)"
            " GROUP BY family, profile)"
            " SELECT sum((a.same_bits = b.same_bits) <> (a.results = b.results)) || ':' || (count(*) > 500)"
            " FROM r a JOIN r b USING(family)"),
        "0:1");
    /* torchao's default is the specification; ties, signs of zeros and the rule of the scale tell others from
     * it. */
    assert_string_equal(
        rows_ask(
            db,
            "SELECT group_concat((SELECT min(same_bits) FROM v_profile b WHERE b.profile = 'ocp:mxfp4') = "
            "same_bits)"
            " FROM (SELECT same_bits FROM v_profile WHERE tensor = 'layers.2.attn.q.weight' AND profile IN"
            " ('gfloat:mxfp4', 'ggml:mxfp4', 'microxcaling:mxfp4', 'torchao:mxfp4', 'torchao:mxfp4_rceil')"
            " ORDER BY profile)"),
        "1,0,0,1,0");
}

/* What the figure of the documentation rests on. */
static void golden_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *profile, *sqnr_db;
    } golden[] = {
        {"ocp:mxfp4", "19.0736"},   {"torchao:mxfp4", "19.0736"},  {"microxcaling:mxfp4", "19.0736"},
        {"quark:mxfp4", "19.2221"}, {"modelopt:mxfp4", "18.8784"}, {"te:nvfp4", "20.3948"},
        {"ggml:nvfp4", "20.3781"},  {"ocp:mxint8", "41.8838"},     {"universal:mxfp8_e4m3_nan", "-inf"}};
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        char sql[256];
        snprintf(
            sql, sizeof sql,
            "SELECT CASE WHEN sqnr_db < -1e308 THEN '-inf' ELSE printf('%%.4f', sqnr_db) END FROM v_profile"
            " WHERE tensor = 'layers.2.attn.q.weight' AND profile = '%s'",
            golden[i].profile);
        assert_string_equal(rows_ask(run(), sql), golden[i].sqnr_db);
    }
}

static void draws(void **state)
{
    (void)state;
    if (system("gnuplot --version >/dev/null 2>&1") != 0)
        skip();
    struct error e = {{0}};
    if (figure_draw(figure_find("profiles"), &(struct figure_from){run(), NULL}, test_dir(), FIGURE_OWN_WIDTH,
                    &e))
        fail_msg("%s", e.text);
    char *tsv = NULL;
    size_t room = 0;
    FILE *f = fopen(test_path("profiles.tsv"), "r");
    assert_non_null(f);
    assert_true(getdelim(&tsv, &room, '\0', f) > 0);
    fclose(f);
    for (size_t i = 0; i < FAMILIES; i++) {
        char panel[64];
        snprintf(panel, sizeof panel, "\n%zu\t%s\t1\t", i + 1, families[i]);
        assert_non_null(strstr(tsv, panel));
    }
    assert_non_null(strstr(tsv, "\tquark, torchao even\t"));
    free(tsv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_every_profile),
        cmocka_unit_test(groups_equal_bits),
        cmocka_unit_test(golden_numbers),
        cmocka_unit_test(draws),
    };
    return cmocka_run_group_tests_name("profile_study", tests, NULL, NULL);
}
