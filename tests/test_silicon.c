/* Matrix units against what real ones computed: shared/silicon, every row, bit for bit. */
#include "tests/check.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/dot.h"
#include "sim/dump/dump.h"
#include "sim/mac.h"

/* A result file and the unit that it was measured on. */
static const struct set {
    const char *gpu, *format, *result, *unit;
    bool no_addend;
} sets[] = {
    {"V100", "fp16", "d_f32", "v100", false},
    {"V100", "fp16", "d_f16", "v100_f16", false},
    {"A100", "fp16", "d_f32", "a100", false},
    {"A100", "fp16", "d_f16", "a100_f16", false},
    {"A100", "bf16", "d_f32", "a100", false},
    {"A100", "tf32", "d_f32", "a100_tf32", false},
    {"Ada", "fp16", "d_f32", "ada", false},
    {"Ada", "fp16", "d_f16", "ada_f16", false},
    {"Ada", "bf16", "d_f32", "ada", false},
    {"Ada", "tf32", "d_f32", "ada_tf32", false},
    {"Ada", "e4m3", "d_f32", "ada_fp8", false},
    {"Ada", "e4m3", "d_f16", "ada_fp8_f16", false},
    {"Ada", "e5m2", "d_f32", "ada_fp8", false},
    {"Ada", "e5m2", "d_f16", "ada_fp8_f16", false},
    {"H100", "fp16", "d_f32", "h100", false},
    {"H100", "fp16", "d_f16", "h100_f16", false},
    {"H100", "bf16", "d_f32", "h100", false},
    {"H100", "tf32", "d_f32", "h100_tf32", false},
    {"H100", "e4m3", "d_f32", "h100_wgmma_fp8", true},
    {"H100", "e4m3", "d_f16", "h100_mma_fp8_f16", false},
    {"H100", "e5m2", "d_f32", "h100_wgmma_fp8", true},
    {"H100", "e5m2", "d_f16", "h100_mma_fp8_f16", false},
    {"B200", "fp16", "d_f32", "b200", false},
    {"B200", "fp16", "d_f16", "b200_f16", false},
    {"B200", "bf16", "d_f32", "b200", false},
    {"B200", "tf32", "d_f32", "b200_tf32", false},
    {"B200", "e4m3", "d_f32", "b200_mma_fp8", false},
    {"B200", "e4m3", "d_f16", "b200_mma_fp8_f16", false},
    {"B200", "e5m2", "d_f32", "b200_mma_fp8", false},
    {"B200", "e5m2", "d_f16", "b200_mma_fp8_f16", false},
};
enum { SETS = sizeof sets / sizeof *sets };

struct array {
    uint32_t *codes;
    size_t rows, n;
};

static struct array load(const struct set *set, const char *name)
{
    char relative[128];
    snprintf(relative, sizeof relative, "silicon/%s/%s/%s.npy", set->gpu, set->format, name);
    const char *path = shared_path(relative);
    struct dump *d = NULL;
    struct error e = {{0}};
    const struct tensor_view *t = NULL;
    if (!path || dump_open(path, NULL, &d, &e) || dump_load(d, 0, &t, &e))
        fail_msg("%s: %s", relative, path ? e.text : "missing");
    size_t count = tensor_count(t), size = dtype_size(t->dtype);
    struct array a = {calloc(count + 1, sizeof *a.codes), t->shape[0], t->rank == 2 ? t->shape[1] : 1};
    unsigned char *raw = malloc(count * size + 1);
    assert_true(a.codes && raw);
    tensor_read_raw(t, 0, count, raw);
    bool tf32 = !strcmp(set->format, "tf32") && t->rank == 2; /* stored as binary32 patterns */
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < size; b++)
            a.codes[i] |= (uint32_t)raw[i * size + b] << 8 * b;
        if (tf32)
            a.codes[i] >>= 13;
    }
    free(raw);
    dump_close(d);
    return a;
}

/* A set as it lies in memory. */
struct rows {
    struct array a, b, c, d;
    struct format format;
};

static struct rows rows_of(const struct set *set)
{
    struct rows r = {load(set, "a"), load(set, "b"), load(set, "c"), load(set, set->result), {.name = ""}};
    assert_true(format_by_name(set->format, &r.format, NULL));
    if (!strcmp(set->result, "d_f16")) {
        struct rounding nearest = {.overflow = OVERFLOW_INFINITY};
        for (size_t i = 0; i < r.c.rows; i++)
            r.c.codes[i] =
                format_round(format_find("fp16"), number_from_f32(f32_from_bits(r.c.codes[i])), &nearest, 0)
                    .code;
    }
    return r;
}

static void rows_free(struct rows *r)
{
    free(r->a.codes);
    free(r->b.codes);
    free(r->c.codes);
    free(r->d.codes);
}

static size_t mismatches(const struct set *set, const struct rows *r, const char *text)
{
    struct mac_spec m;
    struct error e = {{0}};
    if (mac_parse(text, &m, &e))
        fail_msg("%s", e.text);
    assert_null(dot_problem(&m, &r->format, &r->format));
    size_t wrong = 0;
    for (size_t i = 0; i < r->d.rows; i++) {
        struct dot_input in = {.a = {&r->format, r->a.codes + i * r->a.n, NULL},
                               .b = {&r->format, r->b.codes + i * r->b.n, NULL},
                               .n = r->a.n,
                               .c = set->no_addend ? NULL : &r->c.codes[i]};
        wrong += dot_product(&m, &in, NULL) != r->d.codes[i];
    }
    return wrong;
}

static bool absent(void)
{
    if (shared_path("silicon"))
        return false;
    print_message("skipped: no ../shared/silicon\n");
    return true;
}

static void every_row(void **state)
{
    (void)state;
    if (absent())
        skip();
    size_t rows = 0;
    for (size_t i = 0; i < SETS; i++) {
        struct rows r = rows_of(&sets[i]);
        assert_true(unit_takes(unit_find(sets[i].unit), &r.format));
        size_t wrong = mismatches(&sets[i], &r, sets[i].unit);
        printf("# covered %s/%s %s by %s: %zu rows, %zu mismatches\n", sets[i].gpu, sets[i].format,
               sets[i].result, sets[i].unit, r.d.rows, wrong);
        assert_int_equal(wrong, 0);
        rows += r.d.rows;
        rows_free(&r);
    }
    printf("# covered sets of rows: %d, %zu rows\n", SETS, rows);
    assert_int_equal(rows, SETS * 5000);
}

/* No result file is left out, and what a unit claims to be checked by is in the table. */
static void no_file_left(void **state)
{
    (void)state;
    if (absent())
        skip();
    char pattern[4200];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*/*/d_*.npy", shared_path("silicon"));
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    assert_int_equal(found.gl_pathc, SETS);
    globfree(&found);
    size_t claims = 0;
    for (size_t u = 0; u < unit_count(); u++) {
        const char *text = unit_at(u)->checked;
        for (size_t i = 0; i < SETS; i++) {
            char claim[64];
            snprintf(claim, sizeof claim, "%s/%s %s", sets[i].gpu, sets[i].format, sets[i].result);
            bool ours = strcmp(sets[i].unit, unit_at(u)->name) == 0;
            if ((strstr(text, claim) != NULL) != ours)
                fail_msg("%s says '%s'; the rows %s are %s", unit_at(u)->name, text, claim, sets[i].unit);
            claims += ours;
        }
        if (!strstr(text, " d_") && !strstr(text, "H200 "))
            assert_non_null(strstr(text, "no measured rows"));
    }
    assert_int_equal(claims, SETS);
}

static size_t changed(const struct set *set, const struct rows *r, const char *keys)
{
    char text[256];
    snprintf(text, sizeof text, "%s,%s", set->unit, keys);
    size_t wrong = mismatches(set, r, text);
    printf("# covered mutants of %s/%s %s: %s: %zu mismatches\n", set->gpu, set->format, set->result, keys,
           wrong);
    return wrong;
}

/* Other arithmetic shows. Sets with binary32 results are sharp: a bit more or less, half a group. Where steps
 * are exact because their terms are short, and where results have 11 bits, the order of terms and the last
 * addition show. */
static void wrong_arithmetic_shows(void **state)
{
    (void)state;
    if (absent())
        skip();
    size_t mutants = 0;
    for (size_t i = 0; i < SETS; i++) {
        const struct set *set = &sets[i];
        struct mac_spec m;
        struct error e = {{0}};
        char keys[3][40];
        assert_int_equal(mac_parse(set->unit, &m, &e), STATUS_OK);
        bool f16 = strcmp(set->result, "d_f16") == 0;
        if (f16 && !m.promote)
            continue;
        struct rows r = rows_of(set);
        snprintf(keys[0], sizeof keys[0], m.promote ? "outer_round=rtz" : "fraction=%d", m.fraction - 1);
        snprintf(keys[1], sizeof keys[1], m.promote ? "promote=none" : "fraction=%d", m.fraction + 1);
        snprintf(keys[2], sizeof keys[2],
                 !m.promote ? "group=%zu"
                 : f16      ? "take=consecutive"
                            : "fraction=13",
                 (m.group < r.a.n ? m.group : r.a.n) / 2);
        for (int k = 0; k < 3; k++, mutants++)
            assert_true(changed(set, &r, keys[k]));
        rows_free(&r);
    }
    assert_int_equal(mutants, 3 * 23);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(no_file_left),
        cmocka_unit_test(wrong_arithmetic_shows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
