/* sim/model: recording, and whether the committed dump comes out again. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/dump/dump.h"
#include "sim/model/record.h"
#include "tests/check.h"

#define BUNDLED  "experiments/dumps/" RECORD_DUMP
#define MANIFEST "experiments/dumps/" RECORD_MANIFEST

enum { TOKENS = RECORD_TOKENS };

static void assert_same_file(const char *a, const char *b)
{
    char left[HASH_HEX_SIZE], right[HASH_HEX_SIZE];
    struct error e = {{0}};
    if (hash_file(a, left, &e) || hash_file(b, right, &e))
        fail_msg("%s", e.text);
    assert_string_equal(left, right);
}

/* From the committed weights the committed bytes come out again, manifest included: half a minute under
 * sanitizers, which look at recording_repeats() instead. */
static void bundled_dump_repeats(void **state)
{
    (void)state;
    if (WATCHED)
        return;
    struct error e = {{0}};
    struct record_options o = {.out_dir = test_path("again"),
                               .text_dir = "/usr/share/common-licenses",
                               .weights = BUNDLED,
                               .jobs = 2};
    enum status s = model_record(&o, &e);
    if (s == STATUS_MISSING && (strstr(e.text, "texts_sha256") || strstr(e.text, "common-licenses:")))
        skip(); /* another release of Debian has other licences */
    if (s)
        fail_msg("%s", e.text);
    assert_same_file(test_path("again/" RECORD_DUMP), BUNDLED);
    assert_same_file(test_path("again/" RECORD_MANIFEST), MANIFEST);
}

/* Two texts of n bytes, nothing in common. */
static const char *texts_of(const char *name, size_t n)
{
    const char *dir = test_path(name);
    assert_int_equal(mkdir(dir, 0777), 0);
    for (int i = 0; i < 2; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%c", dir, 'a' + i);
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        for (size_t j = 0; j < n; j++)
            fputc((i ? 'a' : 'A') + (int)(j * j % 23), f);
        assert_int_equal(fclose(f), 0);
    }
    return dir;
}

/* Whatever the number of jobs, and from the weights of a dump. */
static void recording_repeats(void **state)
{
    (void)state;
    struct error e = {{0}};
    char dir[256];
    snprintf(dir, sizeof dir, "%s", texts_of("two", 200));
    struct record_options o = {.text_dir = dir, .seed = 5, .steps = 1, .jobs = 1};
    char *text = NULL;
    size_t size = 0;
    o.progress = open_memstream(&text, &size);
    assert_non_null(o.progress);
    o.out_dir = test_path("jobs1");
    if (model_record(&o, &e))
        fail_msg("%s", e.text);
    assert_int_equal(fclose(o.progress), 0);
    assert_non_null(strstr(text, "step 1 of 1"));
    assert_non_null(strstr(text, "held out"));
    free(text);
    o.progress = NULL;
    o.jobs = 2;
    o.out_dir = test_path("jobs2");
    if (model_record(&o, &e))
        fail_msg("%s", e.text);
    assert_same_file(test_path("jobs1/" RECORD_DUMP), test_path("jobs2/" RECORD_DUMP));
    assert_same_file(test_path("jobs1/" RECORD_MANIFEST), test_path("jobs2/" RECORD_MANIFEST));
    o = (struct record_options){.out_dir = test_path("weights"),
                                .text_dir = dir,
                                .weights = test_path("jobs1/" RECORD_DUMP),
                                .jobs = 2};
    if (model_record(&o, &e))
        fail_msg("%s", e.text);
    assert_same_file(test_path("jobs1/" RECORD_DUMP), test_path("weights/" RECORD_DUMP));
    assert_same_file(test_path("jobs1/" RECORD_MANIFEST), test_path("weights/" RECORD_MANIFEST));
}

/* A NUL inside the window does not end it, and a text that JSON cannot name is not left out in silence. */
static void odd_texts_and_the_manifest(void **state)
{
    (void)state;
    char dir[256], path[300], bad[300];
    snprintf(dir, sizeof dir, "%s", texts_of("odd", 200));
    for (char name = 'a'; name <= 'b'; name++) {
        snprintf(path, sizeof path, "%s/%c", dir, name);
        FILE *f = fopen(path, "r+");
        assert_non_null(f);
        assert_int_equal(fseek(f, 100, SEEK_SET), 0);
        fputc('\0', f);
        assert_int_equal(fclose(f), 0);
    }
    struct record_options o = {.out_dir = test_path("odd_out"), .text_dir = dir, .steps = 1, .jobs = 2};
    struct error e = {{0}};
    if (model_record(&o, &e))
        fail_msg("%s", e.text);
    json_t *manifest = json_load_file(test_path("odd_out/" RECORD_MANIFEST), JSON_ALLOW_NUL, NULL);
    json_t *window = json_object_get(json_object_get(manifest, "recording"), "window");
    assert_int_equal(json_string_length(window), TOKENS);
    json_decref(manifest);

    snprintf(bad, sizeof bad, "%s/\xff", dir);
    assert_int_equal(rename(path, bad), 0);
    assert_int_equal(model_record(&o, &e), STATUS_INTERNAL);
    assert_non_null(strstr(e.text, RECORD_MANIFEST ": out of memory, or a name is not UTF-8"));
}

static void expect(const struct record_options *o, enum status want, const char *words)
{
    struct error e = {{0}};
    assert_int_equal(model_record(o, &e), want);
    if (words && !strstr(e.text, words))
        fail_msg("\"%s\" should say \"%s\"", e.text, words);
}

static void errors_are_reported(void **state)
{
    (void)state;
    char good[256], brief[256];
    snprintf(good, sizeof good, "%s", texts_of("good", 200));
    snprintf(brief, sizeof brief, "%s", texts_of("brief", TOKENS - 1));
    atomic_int stop = 1;
    struct record_options o = {.out_dir = test_path("none"), .text_dir = good, .steps = -1, .jobs = 1};
    expect(&o, STATUS_INVALID, "-1");
    o.steps = 1;
    o.text_dir = brief;
    expect(&o, STATUS_MISSING, "95 bytes");
    o.text_dir = "/nonexistent";
    expect(&o, STATUS_MISSING, "/nonexistent");
    o.text_dir = good;
    o.stop = &stop;
    expect(&o, STATUS_INTERRUPTED, NULL);
    assert_int_equal(access(test_path("none/" RECORD_DUMP), F_OK), -1);
    o.stop = NULL;
    o.out_dir = "/nonexistent/out";
    expect(&o, STATUS_IO, "/nonexistent/out");
    o.out_dir = test_path("none");
    o.weights = "/nonexistent/weights.safetensors";
    expect(&o, STATUS_MISSING, "weights.safetensors");
    o.weights = BUNDLED; /* trained on other texts than these */
    expect(&o, STATUS_MISSING, "texts_sha256");
}

/* Writes one tensor [shape] named embedding.weight with the metadata given and expects an error. */
static void expect_weights(const char *text_dir, size_t rows, const char *const *metadata, const char *words)
{
    static const float zeros[NET_VOCAB * 128];
    struct tensor_view t = {
        .name = "embedding.weight", .data = zeros, .dtype = DTYPE_F32, .rank = 2, .shape = {rows, 128}};
    tensor_set_c_order(&t);
    struct error e = {{0}};
    char path[256];
    snprintf(path, sizeof path, "%s", test_path("weights.safetensors"));
    if (safetensors_write(path, &t, 1, metadata, &e))
        fail_msg("%s", e.text);
    struct record_options o = {.out_dir = test_path("bad"), .text_dir = text_dir, .weights = path, .jobs = 1};
    expect(&o, STATUS_MISSING, words);
}

/* After recording_repeats, whose texts and dump it takes. */
static void bad_weights_are_refused(void **state)
{
    (void)state;
    char dir[256];
    snprintf(dir, sizeof dir, "%s", test_path("two"));
    struct error e = {{0}};
    struct dump *d = NULL;
    if (dump_open(test_path("jobs1/" RECORD_DUMP), NULL, &d, &e))
        fail_msg("%s", e.text);
    const char *sha256 = dump_metadata(d, "texts_sha256");
    const char *all[] = {"texts_sha256", sha256, "seed", "1", "steps", "2", "train_bits_per_byte", "3", NULL};
    const char *no_seed[] = {"texts_sha256", sha256, "steps", "2", "train_bits_per_byte", "3", NULL};
    expect_weights(dir, NET_VOCAB, NULL, "texts_sha256");
    expect_weights(dir, NET_VOCAB, no_seed, "seed \"\"");
    /* Numbers from end to end. */
    static const char *const wrong[][2] = {
        {"1x", "seed \"1x\""}, {"2.5", "steps \"2.5\""}, {"three", "train_bits_per_byte \"three\""}};
    for (size_t i = 0; i < 3; i++) {
        const char *right = all[3 + 2 * i];
        all[3 + 2 * i] = wrong[i][0];
        expect_weights(dir, NET_VOCAB, all, wrong[i][1]);
        all[3 + 2 * i] = right;
    }
    expect_weights(dir, NET_VOCAB - 1, all, "[255,128]; [256,128] is needed");
    expect_weights(dir, NET_VOCAB, all, "layers.0.attn.norm.weight");
    dump_close(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bundled_dump_repeats),       cmocka_unit_test(recording_repeats),
        cmocka_unit_test(odd_texts_and_the_manifest), cmocka_unit_test(errors_are_reported),
        cmocka_unit_test(bad_weights_are_refused),
    };
    return cmocka_run_group_tests_name("model_record", tests, NULL, NULL);
}
