/* The file of published numbers: it reads, its studies are there, and the comparison judges as it should. */
#include "tests/check.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "experiments/config.h"
#include "experiments/published.h"
#include "experiments/yaml_tree.h"
#include "tests/rows.h"

static void own_numbers(void **state)
{
    (void)state;
    struct published *p = NULL;
    struct error e = {{0}};
    size_t differ = 0;
    if (published_own(&p, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < p->n_papers; i++) {
        const struct published_paper *x = &p->papers[i];
        assert_ptr_equal(published_find(p, x->key), x);
        assert_true(*x->title && *x->citation && x->n_studies > 0);
        for (size_t k = 0; k < x->n_studies; k++) {
            char path[256];
            struct config *c = NULL;
            snprintf(path, sizeof path, "experiments/%s", x->studies[k]);
            if (config_load(path, NULL, 0, &c, &e))
                fail_msg("%s: %s", x->key, e.text);
            config_free(c);
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        const struct published_number *n = &p->numbers[i];
        assert_true(isfinite(n->value) && n->tolerance >= 0 && *n->where && *n->read && *n->unit);
        differ += n->differs != NULL;
    }
    assert_null(published_find(p, "nobody"));
    assert_true(p->n >= 300);
    printf("# covered published numbers: %zu of %zu papers, %zu said to differ\n", p->n, p->n_papers, differ);
    published_free(p);
}

/* --- what the README says of them --- */

static bool says(const char *page, const char *text)
{
    for (const char *p = page; (p = strstr(p, text)) != NULL; p++)
        if (!isdigit((unsigned char)p[strlen(text)]))
            return true;
    return false;
}

/* Every paper's count is in the tables of both READMEs, a definition's in the text of one: those that are not
 * said to differ, of all. */
static void counts_told(void **state)
{
    (void)state;
    struct published *p = NULL;
    struct error e = {{0}};
    char *readme = NULL, *first = NULL, wanted[256];
    size_t bytes = 0, differ = 0;
    if (published_own(&p, &e) || yaml_read("experiments/README.md", &readme, &bytes, &e) ||
        yaml_read("README.md", &first, &bytes, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < p->n_papers; i++) {
        const char *key = p->papers[i].key;
        size_t all = 0, agree = 0;
        for (size_t k = 0; k < p->n; k++)
            if (p->numbers[k].paper == &p->papers[i]) {
                all++;
                agree += p->numbers[k].differs == NULL;
            }
        differ += all - agree;
        snprintf(wanted, sizeof wanted,
                 strcmp(key, "relative_error") ? "`published %s`: %zu of %zu" : "`%s`, %zu of %zu", key,
                 agree, all);
        if (!says(readme, wanted))
            fail_msg("experiments/README.md lacks \"%s\"", wanted);
        snprintf(wanted, sizeof wanted, "`published %s`: %zu of %zu", key, agree, all);
        if (!says(first, wanted))
            fail_msg("README.md lacks \"%s\"", wanted);
    }
    snprintf(wanted, sizeof wanted, "Of %zu numbers of %zu papers and definitions %zu agree, and %zu differ",
             p->n, p->n_papers, p->n - differ, differ);
    if (!says(readme, wanted))
        fail_msg("experiments/README.md lacks \"%s\"", wanted);
    free(readme);
    free(first);
    published_free(p);
}

/* --- verdicts --- */

static const char text[] =
    "papers:\n"
    "  - key: k\n"
    "    title: t\n"
    "    citation: c\n"
    "    studies: [s.yaml]\n"
    "    tables:\n"
    "      - where: w\n"
    "        read: text\n"
    "        unit: u\n"
    "        printed: .5\n"
    "        query: SELECT :row * :column\n"
    "        columns: {two: '2', three: {bind: '3', absolute: .25, unit: v}, ten: {bind: "
    "'10', relative: .1, query: 'SELECT 100 WHERE :row = :column'}}\n"
    "        rows:\n"
    "          '1': [2.4, 3.25, ~]\n"
    "          '10': [2.0e1, 30.26, 91]\n"
    "          x: {bind: '4', differs: because, values: [8.6, {value: 12, differs: other}, 5]}\n"
    "      - {where: bounds, read: text, unit: u, query: SELECT :row + 0, least: .5, columns: [x], rows: "
    "{'7': "
    "[3], "
    "'2': [2.5], '1': [1.75], '3': {differs: because, values: [9]}, '4': {differs: because, values: [4]}}}\n";

struct seen {
    size_t n;
    const char *verdicts; /* a digit each */
};

static enum status see(void *context, const struct published_comparison *c, struct error *e)
{
    struct seen *s = context;
    (void)e;
    if ((enum published_verdict)(s->verdicts[s->n] - '0') != c->verdict)
        fail_msg("%s, %s: %g beside %g within %g: %s", c->number->row, c->number->column, c->number->value,
                 c->ours, c->number->tolerance, published_verdicts[c->verdict]);
    s->n++;
    return STATUS_OK;
}

static void verdicts(void **state)
{
    (void)state;
    struct published *p = NULL;
    struct query *q = NULL;
    struct error e = {{0}};
    char path[256];
    snprintf(path, sizeof path, "%s/p.db", test_dir());
    rows_close(rows_open(path));
    if (published_read("text", text, sizeof text - 1, &p, &e) || query_open_current(path, &q, &e))
        fail_msg("%s", e.text);
    assert_int_equal(p->n, 13);
    assert_string_equal(p->numbers[1].unit, "v");
    assert_string_equal(p->numbers[6].differs, "other");
    assert_string_equal(p->numbers[7].differs, "because");
    assert_string_equal(p->numbers[0].place, "text:14:17");
    assert_true(fabs(p->numbers[0].tolerance - .05) < 1e-15 && fabs(p->numbers[2].tolerance - .5) < 1e-15);
    assert_true(fabs(p->numbers[4].tolerance - 9.1) < 1e-12);
    /* 2 for 2.4; 3 for 3.25; 20; 30 for 30.26; 100 for 91; 8 for 8.6; 12, said to differ; none */
    assert_true(p->numbers[8].least && !p->numbers[7].least);
    /* bounds: 7 for 3 and 2 for 2.5 and room for .5; 1 for 1.75; 3 for 9 and 4 for 4, said to differ */
    struct seen s = {0, "2002013400213"};
    if (published_compare(p, &p->papers[0], q, see, &s, &e))
        fail_msg("%s", e.text);
    assert_int_equal(s.n, 13);
    query_close(q);
    published_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_numbers),
        cmocka_unit_test(counts_told),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests_name("published_numbers", tests, NULL, NULL);
}
