/* Matrix units against rows that an H200 computed (tests/silicon), special values among them. */
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/dot.h"
#include "sim/dump/dump.h"
#include "sim/mac.h"

static const struct set {
    const char *name, *format, *unit;
    const char *others[3]; /* keys that make the unit another one, which the rows must tell */
} sets[] = {
    {"mma_fp16_f32", "fp16", "h100", {"fraction=24", "fraction=26", "group=8"}},
    {"mma_bf16_f32", "bf16", "h100", {"fraction=24", "fraction=26", "group=8"}},
    {"mma_tf32_f32", "tf32", "h100_tf32", {"fraction=24", "fraction=26", "group=4"}},
    {"mma_e4m3_f32", "e4m3", "h100_mma_fp8", {"outer_round=rtz", "promote=none", "take=consecutive"}},
    {"mma_e5m2_f32", "e5m2", "h100_mma_fp8", {"outer_round=rtz", "promote=none", "take=consecutive"}},
    {"mma_fp16_f16", "fp16", "h100_f16", {"round=rtz", "group=8", "nan=quiet"}},
    {"mma_e4m3_f16", "e4m3", "h100_mma_fp8_f16", {"outer_round=rtz", "promote=none", "take=consecutive"}},
    {"mma_e5m2_f16", "e5m2", "h100_mma_fp8_f16", {"outer_round=rtz", "promote=none", "take=consecutive"}},
    {"wgmma_fp16_f32", "fp16", "h100", {"fraction=24", "fraction=26", "group=8"}},
    {"wgmma_bf16_f32", "bf16", "h100", {"fraction=24", "fraction=26", "group=8"}},
    {"wgmma_tf32_f32", "tf32", "h100_tf32", {"fraction=24", "fraction=26", "group=4"}},
    {"wgmma_e4m3_f32", "e4m3", "h100_wgmma_fp8", {"fraction=12", "fraction=14", "group=16"}},
    {"wgmma_e5m2_f32", "e5m2", "h100_wgmma_fp8", {"fraction=12", "fraction=14", "group=16"}},
    {"wgmma_fp16_f16", "fp16", "h100_f16", {"round=rtz", "group=8", "nan=quiet"}},
    {"wgmma_e4m3_f16", "e4m3", "h100_wgmma_fp8_f16", {"fraction=12", "fraction=14", "group=16"}},
    {"wgmma_e5m2_f16", "e5m2", "h100_wgmma_fp8_f16", {"fraction=12", "fraction=14", "group=16"}},
};
enum { SETS = sizeof sets / sizeof *sets, ROWS = 256 };

static struct dump *dump;

/* One array of a set, of 8, 16 or 32 bits. */
static uint32_t *load(const char *set, const char *what, size_t *n)
{
    char name[64];
    struct error e = {{0}};
    const struct tensor_view *t = NULL;
    snprintf(name, sizeof name, "%s_%s", set, what);
    for (size_t i = 0; i < dump_count(dump) && !t; i++)
        if (!strcmp(dump_tensor(dump, i)->name, name) && dump_load(dump, i, &t, &e))
            fail_msg("%s", e.text);
    assert_non_null(t);
    const size_t count = tensor_count(t), size = dtype_size(t->dtype);
    unsigned char *raw = malloc(count * size);
    uint32_t *codes = calloc(count, sizeof *codes);
    assert_non_null(raw);
    assert_non_null(codes);
    assert_int_equal(t->shape[0], ROWS);
    tensor_read_raw(t, 0, count, raw);
    for (size_t i = 0; i < count * size; i++)
        codes[i / size] |= (uint32_t)raw[i] << 8 * (i % size);
    free(raw);
    *n = count / ROWS;
    return codes;
}

struct rows {
    uint32_t *a, *b, *c, *d;
    size_t n;
    struct format format;
};

static struct rows rows_of(const struct set *s)
{
    size_t one;
    struct rows r;
    r.a = load(s->name, "a", &r.n);
    r.b = load(s->name, "b", &r.n);
    r.c = load(s->name, "c", &one);
    r.d = load(s->name, "d", &one);
    assert_int_equal(one, 1);
    assert_true(format_by_name(s->format, &r.format, NULL));
    return r;
}

static void rows_free(struct rows *r)
{
    free(r->a);
    free(r->b);
    free(r->c);
    free(r->d);
}

static size_t mismatches(const struct rows *r, const char *text)
{
    struct mac_spec m;
    struct error e = {{0}};
    size_t wrong = 0;
    if (mac_parse(text, &m, &e))
        fail_msg("%s", e.text);
    for (size_t i = 0; i < ROWS; i++) {
        const struct dot_input in = {.a = {&r->format, r->a + i * r->n, NULL},
                                     .b = {&r->format, r->b + i * r->n, NULL},
                                     .n = r->n,
                                     .c = &r->c[i]};
        wrong += dot_product(&m, &in, NULL) != r->d[i];
    }
    return wrong;
}

/* Results of each class, so that none can go missing. */
struct classes {
    size_t infinite, nan, zero, subnormal;
};

static void classify(const struct set *s, const struct rows *r, struct classes *c)
{
    const bool wide = strstr(s->name, "_f32") != NULL;
    const uint32_t top = wide ? 0x7f800000 : 0x7c00, least = wide ? 0x00800000 : 0x0400;
    for (size_t i = 0; i < ROWS; i++) {
        const uint32_t magnitude = r->d[i] & (wide ? 0x7fffffff : 0x7fff);
        c->infinite += magnitude == top;
        c->nan += magnitude > top;
        c->zero += magnitude == 0;
        c->subnormal += magnitude && magnitude < least;
    }
}

static void every_row(void **state)
{
    (void)state;
    struct classes c = {0};
    for (size_t i = 0; i < SETS; i++) {
        struct rows r = rows_of(&sets[i]);
        assert_true(unit_takes(unit_find(sets[i].unit), &r.format));
        const size_t wrong = mismatches(&r, sets[i].unit);
        if (wrong)
            fail_msg("%s by %s: %zu mismatches", sets[i].name, sets[i].unit, wrong);
        classify(&sets[i], &r, &c);
        rows_free(&r);
    }
    printf("# covered: %d sets, %d rows; results: %zu infinite, %zu NaN, %zu zero, %zu subnormal\n", SETS,
           SETS * ROWS, c.infinite, c.nan, c.zero, c.subnormal);
    assert_int_equal(dump_count(dump), 4 * SETS);
    assert_true(c.infinite > 100 && c.nan > 100 && c.zero > 10 && c.subnormal > 3);
}

static void wrong_arithmetic_shows(void **state)
{
    (void)state;
    for (size_t i = 0; i < SETS; i++) {
        struct rows r = rows_of(&sets[i]);
        for (size_t k = 0; k < 3; k++) {
            char text[128];
            snprintf(text, sizeof text, "%s,%s", sets[i].unit, sets[i].others[k]);
            if (!mismatches(&r, text))
                fail_msg("%s: the rows do not tell %s", sets[i].name, text);
        }
        rows_free(&r);
    }
}

/* A unit says which of the sets it was checked by. */
static void claims(void **state)
{
    (void)state;
    for (size_t u = 0; u < unit_count(); u++)
        for (size_t i = 0; i < SETS; i++) {
            const bool ours = !strcmp(sets[i].unit, unit_at(u)->name);
            char claim[32]; /* mma is not the end of wgmma */
            snprintf(claim, sizeof claim, " %s", sets[i].name);
            if ((strstr(unit_at(u)->checked, claim) != NULL) != ours)
                fail_msg("%s says '%s'; %s is of %s", unit_at(u)->name, unit_at(u)->checked, sets[i].name,
                         sets[i].unit);
        }
}

static int open_dump(void **state)
{
    (void)state;
    struct error e = {{0}};
    return dump_open("tests/silicon/h200.npz", NULL, &dump, &e) != STATUS_OK;
}

static int close_dump(void **state)
{
    (void)state;
    dump_close(dump);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_row), cmocka_unit_test(wrong_arithmetic_shows),
                                       cmocka_unit_test(claims)};
    return cmocka_run_group_tests_name("silicon_h200", tests, open_dump, close_dump);
}
