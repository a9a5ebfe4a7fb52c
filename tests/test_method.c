/* Methods: every entry says what it is, is a scheme, and is in the study that it names. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "experiments/config.h"

static void check_entry(const struct method *m)
{
    static const char *const ops[] = {"quantize", "matmul", "attention"};
    bool known = false;
    for (size_t i = 0; i < 3; i++)
        known |= !strcmp(m->op, ops[i]);
    if (!known || !*m->name || !*m->doc || !*m->citation || !m->format || !m->study || !m->note)
        fail_msg("%s: an entry that says too little", m->name);
    assert_ptr_equal(method_find(m->name), m);
}

static bool shows(const struct config *c, const char *canonical)
{
    for (size_t i = 0; i < c->n_schemes; i++)
        if (!strcmp(c->schemes[i].canonical, canonical))
            return true;
    return false;
}

static void check_study(const struct method *m)
{
    struct config_scheme scheme;
    struct config *c = NULL;
    struct error e = {{0}};
    char path[256];
    if (config_method(m, &scheme, &e))
        fail_msg("%s: %s", m->name, e.text);
    snprintf(path, sizeof path, "experiments/%s", m->study);
    if (config_load(path, NULL, 0, &c, &e))
        fail_msg("%s: %s", m->name, e.text);
    if (!shows(c, scheme.canonical))
        fail_msg("%s: %s does not measure it", m->name, path);
    config_free(c);
    config_scheme_free(&scheme);
}

static void entries(void **state)
{
    (void)state;
    for (size_t i = 0; i < method_count(); i++) {
        check_entry(method_at(i));
        check_study(method_at(i));
    }
    printf("# covered: %zu methods\n", method_count());
    assert_true(method_count() > 0);
    assert_null(method_find("no such method"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(entries)};
    return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
