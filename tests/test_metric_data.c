/* sim/metric: statistics of recorded tensors against the manifests beside them, made by other code. */
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/metric/metric.h"
#include "tests/check.h"

static float *read_floats(const char *path, long offset, size_t n)
{
    FILE *f = fopen(path, "rb");
    float *x = malloc(n * sizeof *x);
    assert_non_null(f);
    assert_non_null(x);
    assert_int_equal(fseek(f, offset, SEEK_SET), 0);
    assert_int_equal(fread(x, sizeof *x, n, f), n);
    fclose(f);
    return x;
}

/* Where the data of a file begins: .npy 1.0 (length of the header at 8, 2 bytes), safetensors (at 0, 8
 * bytes). */
static long data_offset(const char *path, bool npy)
{
    unsigned char head[10];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(head, 1, sizeof head, f), sizeof head);
    fclose(f);
    return npy ? 10 + head[8] + 256L * head[9] : 8 + head[0] + 256L * head[1] + 65536L * head[2];
}

static size_t check_statistics(const char *name, const float *x, size_t n, size_t row, json_t *stats)
{
    static const char *const names[][2] = {{"absmax", "absmax"},
                                           {"mean", "mean"},
                                           {"std", "std"},
                                           {"rms", "rms"},
                                           {"crest", "crest"},
                                           {"kurtosis", "kurtosis"},
                                           {"zeros", "zero_fraction"},
                                           {"crest_block16", "block16_crest_mean"},
                                           {"crest_block32", "block32_crest_mean"}};
    struct metric_facts facts;
    const struct metric_input in = {.facts = &facts};
    metric_facts_of(x, n, row, &facts);
    size_t compared = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *known = json_object_get(stats, names[i][1]);
        double want = json_number_value(known), got = metric_find(names[i][0])->value(&in);
        if (!known) { /* the manifests have no blocks of rank 1, nor blocks longer than a row */
            assert_true(!strncmp(names[i][1], "block", 5) && (row == n || isnan(got)));
            continue;
        }
        if (!(fabs(got - want) <= 1e-9 * fabs(want)))
            fail_msg("%s: %s is %.17g, the manifest says %.17g", name, names[i][0], got, want);
        compared++;
    }
    assert_true(facts.signal.lo == json_number_value(json_object_get(stats, "min")));
    assert_true(facts.signal.hi == json_number_value(json_object_get(stats, "max")));
    return compared;
}

static size_t check_manifest(const char *folder, const char *file)
{
    char relative[512], path[4096];
    snprintf(relative, sizeof relative, "data/%s/manifest.json", folder);
    const char *found = shared_path(relative);
    if (!found)
        skip();
    json_error_t je;
    json_t *manifest = json_load_file(found, 0, &je), *tensor;
    assert_non_null(manifest);
    long offset = 0;
    size_t compared = 0, i;
    json_array_foreach(json_object_get(manifest, "tensors"), i, tensor)
    {
        json_t *own = json_object_get(tensor, "file"), *shape = json_object_get(tensor, "shape");
        snprintf(relative, sizeof relative, "data/%s/%s", folder, own ? json_string_value(own) : file);
        const char *data = shared_path(relative);
        assert_non_null(data);
        snprintf(path, sizeof path, "%s", data);
        if (own || !offset)
            offset = data_offset(path, own != NULL);
        size_t n = 1, rank = json_array_size(shape);
        for (size_t k = 0; k < rank; k++)
            n *= (size_t)json_integer_value(json_array_get(shape, k));
        size_t row = (size_t)json_integer_value(json_array_get(shape, rank - 1));
        float *x = read_floats(path, offset, n);
        compared += check_statistics(json_string_value(json_object_get(tensor, "name")), x, n, row,
                                     json_object_get(tensor, "stats"));
        free(x);
        offset += (long)(n * sizeof *x); /* tensors lie in the order of the manifest */
    }
    json_decref(manifest);
    return compared;
}

/* Number of statistics compared. Six caches have rows of 16, six tensors rank 1. */
static void babyllama(void **state)
{
    (void)state;
    assert_int_equal(check_manifest("babyllama105", "babyllama105.safetensors"), 51 * 9 - 6 - 6 * 2);
}

static void silero_vad(void **state)
{
    (void)state;
    assert_int_equal(check_manifest("silero_vad16k", NULL), 13 * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(babyllama),
        cmocka_unit_test(silero_vad),
    };
    return cmocka_run_group_tests_name("metric_data", tests, NULL, NULL);
}
