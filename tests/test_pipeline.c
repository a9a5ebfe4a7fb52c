/* One cell: keys, metrics, errors. */
#include "tests/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"

static float data[6] = {1.0f, -2.5f, 0.3f, 4.0f, 0.0f, 6.5f};

static struct subject load(const char *axes)
{
    struct tensor_view t = {
        .name = "x", .data = data, .dtype = DTYPE_F32, .rank = 2, .shape = {2, 3}, .axes = axes};
    tensor_set_c_order(&t);
    struct subject s;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    return s;
}

static void key_of(const struct subject *s, const char *scheme, uint64_t seed, char hex[static HASH_HEX_SIZE])
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    struct cell_request r = {.subject = s, .spec = &q, .seed = seed};
    assert_int_equal(pipeline_cell_key(&r, hex, NULL, &e), STATUS_OK);
}

/* What affects bits changes the key, and nothing else does. */
static void keys(void **state)
{
    (void)state;
    struct subject s = load("token,channel");
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE];
    key_of(&s, "mxfp4", 1, a);
    key_of(&s, "e2m1,block=32,scale=e8m0", 1, b);
    assert_string_equal(a, b);
    key_of(&s, "mxfp4", 2, b); /* no random bits, so the seed does not count */
    assert_string_equal(a, b);
    key_of(&s, "mxfp4,block=16", 1, b);
    assert_string_not_equal(a, b);
    key_of(&s, "mxfp4,round=sr", 1, a);
    key_of(&s, "mxfp4,round=sr", 2, b);
    assert_string_not_equal(a, b);
    struct subject moved = load("token,channel");
    moved.view.name = "y"; /* a name is no part of the bits */
    key_of(&s, "mxfp4", 1, a);
    key_of(&moved, "mxfp4", 1, b);
    assert_string_equal(a, b);
    moved.hash[0] ^= 1;
    key_of(&moved, "mxfp4", 1, b);
    assert_string_not_equal(a, b);
    struct subject swapped = load("channel,token");
    key_of(&s, "int8,per=channel,axis=channel", 1, a);
    key_of(&swapped, "int8,per=channel,axis=channel", 1, b);
    assert_string_not_equal(a, b);
    subject_free(&s);
    subject_free(&moved);
    subject_free(&swapped);
}

static void key_json(void **state)
{
    (void)state;
    struct subject s = load(NULL);
    struct quant_spec q;
    struct error e = {{0}};
    assert_int_equal(scheme_parse("int4,per=tensor,round=sr,sr_kind=a,sr_bits=4", &q, &e), STATUS_OK);
    struct cell_request r = {.subject = &s, .spec = &q, .seed = UINT64_MAX};
    char hex[HASH_HEX_SIZE], again[HASH_HEX_SIZE], *json;
    assert_int_equal(pipeline_cell_key(&r, hex, &json, &e), STATUS_OK);
    assert_non_null(strstr(json, "\"seed\":\"18446744073709551615\""));
    assert_non_null(
        strstr(json, "\"scheme\":\"int4,codes=sym,fraction=0,or=none,round=sr,sr_kind=a,sr_bits=4"));
    assert_non_null(strstr(json, s.hash));
    hash_bytes(json, strlen(json), again);
    assert_string_equal(hex, again);
    free(json);
    subject_free(&s);
}

static void cell(void **state)
{
    (void)state;
    struct subject s = load("token,channel");
    struct quant_spec q;
    struct error e = {{0}};
    assert_int_equal(scheme_parse("int2,per=tensor", &q, &e), STATUS_OK);
    const struct metric *metrics[] = {metric_find("mse"), metric_find("saturated"),
                                      metric_find("codes_used")};
    const struct cost_request costs[] = {cost_standard(cost_model_find("storage"))};
    struct cell_request r = {
        .subject = &s, .spec = &q, .metrics = metrics, .n_metrics = 3, .costs = costs, .n_costs = 1};
    double values[3];
    struct cost_value cost[COST_MAX_VALUES];
    int n_cost;
    struct cell_result out = {.metrics = values, .costs = cost, .n_cost_values = &n_cost};
    assert_int_equal(pipeline_cell(&r, &out, &e), STATUS_OK);
    /* scale 6.5: codes 0 0 0 1 0 1, values 0 0 0 6.5 0 6.5 */
    double want = (1.0 + 6.25 + (double)0.3f * (double)0.3f + 6.25) / 6;
    assert_true(fabs(values[0] - want) < 1e-15);
    assert_true(values[1] == 0 && values[2] == 2);
    assert_true(n_cost >= 1 && strcmp(cost[0].quantity, "bits_per_element") == 0);
    assert_true(cost[0].value == (6 * 2 + 32) / 6.0);
    float y[6] = {0, 0, 0, 6.5f, 0, 6.5f};
    char hex[HASH128_HEX_SIZE];
    struct hash128 *hash = hash128_open();
    hash128_add(hash, y, sizeof y);
    unsigned char digest[HASH128_SIZE];
    hash128_close(hash, digest);
    hash128_hex(digest, hex);
    assert_string_equal(out.result_hash, hex);
    subject_free(&s);
}

static void bad_axis(void **state)
{
    (void)state;
    static const char *const axes[] = {"token,channel", NULL};
    for (int i = 0; i < 2; i++) {
        struct subject s = load(axes[i]);
        struct quant_spec q;
        struct error e = {{0}};
        assert_int_equal(scheme_parse("int8,per=channel,axis=head", &q, &e), STATUS_OK);
        struct cell_request r = {.subject = &s, .spec = &q};
        struct cell_result out = {0};
        assert_int_equal(pipeline_cell(&r, &out, &e), STATUS_INVALID);
        assert_non_null(strstr(e.text, "axis=head"));
        assert_non_null(strstr(e.text, i ? "without labels" : "token,channel"));
        subject_free(&s);
    }
}

/* Sensitivities belong to the key of a cell that takes them, and must be there for it. */
static void sensitivity(void **state)
{
    (void)state;
    struct tensor_view t = {.name = "x", .data = data, .dtype = DTYPE_F32, .rank = 2, .shape = {2, 3}};
    float one[6] = {1, 2, 3, 4, 5, 6}, other[6] = {6, 5, 4, 3, 2, 1};
    struct tensor_view weighs[2] = {t, t}, turned = t;
    struct subject s[2], without = load(NULL);
    struct error e = {{0}};
    char a[HASH_HEX_SIZE], b[HASH_HEX_SIZE];
    weighs[0].data = one;
    weighs[1].data = other;
    for (int i = 0; i < 2; i++) {
        tensor_set_c_order(&weighs[i]);
        tensor_set_c_order(&t);
        assert_int_equal(subject_load(&t, &weighs[i], &s[i], &e), STATUS_OK);
    }
    key_of(&s[0], "nf4,per=tensor,fit=sensitivity", 1, a);
    key_of(&s[1], "nf4,per=tensor,fit=sensitivity", 1, b);
    assert_string_not_equal(a, b);
    key_of(&s[0], "nf4,per=tensor,fit=mse", 1, a);
    key_of(&without, "nf4,per=tensor,fit=mse", 1, b);
    assert_string_equal(a, b);
    struct quant_spec q;
    struct quant_input in;
    assert_int_equal(scheme_parse("nf4,per=tensor,fit=sensitivity", &q, &e), STATUS_OK);
    struct cell_request r = {.subject = &s[1], .spec = &q};
    assert_int_equal(pipeline_quant_input(&r, &in, &e), STATUS_OK);
    assert_true(in.sensitivity[0] == 6);
    r.subject = &without;
    assert_int_equal(pipeline_quant_input(&r, &in, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "no tensor x.sensitivity"));
    turned.name = "x.sensitivity";
    turned.shape[0] = 3;
    turned.shape[1] = 2;
    tensor_set_c_order(&turned);
    struct subject no;
    e.text[0] = 0;
    assert_int_equal(subject_load(&t, &turned, &no, &e), STATUS_INVALID);
    assert_non_null(strstr(e.text, "x.sensitivity has shape"));
    assert_null(no.x);
    subject_free(&s[0]);
    subject_free(&s[1]);
    subject_free(&without);
}

/* An empty tensor and a single number are tensors too. */
static void small(void **state)
{
    (void)state;
    for (int rank = 0; rank <= 2; rank++) {
        struct tensor_view t = {.name = "x", .data = data, .dtype = DTYPE_F32, .rank = rank, .shape = {0, 3}};
        tensor_set_c_order(&t);
        struct subject s;
        struct error e = {{0}};
        assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
        struct quant_spec q;
        assert_int_equal(scheme_parse(rank ? "mxfp4" : "e4m3,per=tensor", &q, &e), STATUS_OK);
        const struct metric *all[64];
        double values[64];
        size_t n = metric_count();
        for (size_t i = 0; i < n; i++)
            all[i] = metric_at(i);
        const struct cost_request costs[] = {cost_standard(cost_model_find("storage"))};
        struct cost_value cost[COST_MAX_VALUES];
        int n_cost;
        struct cell_request r = {
            .subject = &s, .spec = &q, .metrics = all, .n_metrics = n, .costs = costs, .n_costs = 1};
        struct cell_result out = {.metrics = values, .costs = cost, .n_cost_values = &n_cost};
        assert_int_equal(pipeline_cell(&r, &out, &e), STATUS_OK);
        assert_int_equal(out.stats.elements, rank ? 0 : 1);
        subject_free(&s);
    }
}

/* --- windows --- */

enum {
    ROWS = 101,
    COLUMNS = 1003,
    MANY = ROWS * COLUMNS
}; /* several windows, no row or block ends with one */

static const char *const together[] = {"e4m3",
                                       "mxfp4",
                                       "nvfp4",
                                       "int8,per=tensor",
                                       "int8,per=token",
                                       "e2m1,block=24,scale=fp16",
                                       "nf4,block=64",
                                       "bf16,round=sr",
                                       "int8,per=channel,axis=first",
                                       "int4,per=channel,axis=last",
                                       "e2m1,tile=16x16,scale=e4m3",
                                       "int4,per=tensor,stat=percentile",
                                       "nf4,block=16,fit=mse",
                                       "mxfp4,axis=head"};
enum { TOGETHER = sizeof together / sizeof *together };

struct group_results {
    struct quant_spec spec[TOGETHER];
    struct cell_request request[TOGETHER];
    struct cell_result result[TOGETHER];
    struct cell_job job[TOGETHER];
    double metrics[TOGETHER][64];
};

static void prepare(struct group_results *g, const struct subject *s)
{
    static const struct metric *all[64];
    for (size_t i = 0; i < metric_count(); i++)
        all[i] = metric_at(i);
    for (size_t i = 0; i < TOGETHER; i++) {
        struct error e = {{0}};
        if (scheme_parse(together[i], &g->spec[i], &e))
            fail_msg("%s", e.text);
        g->request[i] = (struct cell_request){
            .subject = s, .spec = &g->spec[i], .seed = 7, .metrics = all, .n_metrics = metric_count()};
        g->result[i] = (struct cell_result){.metrics = g->metrics[i]};
        g->job[i] = (struct cell_job){.request = &g->request[i], .result = &g->result[i]};
    }
}

static void expect_results(const struct group_results *got, const struct group_results *want)
{
    for (size_t i = 0; i < TOGETHER; i++) {
        if (got->job[i].status != want->job[i].status)
            fail_msg("%s: status %d, want %d", together[i], got->job[i].status, want->job[i].status);
        if (want->job[i].status)
            continue;
        if (strcmp(got->result[i].result_hash, want->result[i].result_hash))
            fail_msg("%s: other values", together[i]);
        if (memcmp(got->metrics[i], want->metrics[i], metric_count() * sizeof(double)))
            fail_msg("%s: other metrics", together[i]);
    }
}

/* A group has the results of its cells alone, and a tensor that is read window by window those of one in
 * memory. */
static void windows(void **state)
{
    (void)state;
    static float x[MANY];
    static struct group_results alone, group, streamed;
    for (size_t i = 0; i < MANY; i++)
        x[i] = (float)(int32_t)rng_u32(3, 1, i) * (1 + (float)(i % COLUMNS) / 100);
    x[40000] = INFINITY;
    struct tensor_view t = {.name = "x", .data = x, .dtype = DTYPE_F32, .rank = 2, .shape = {ROWS, COLUMNS}};
    tensor_set_c_order(&t);
    struct subject s, outside;
    struct error e = {{0}};
    assert_int_equal(subject_load(&t, NULL, &s, &e), STATUS_OK);
    outside = s;
    outside.x = NULL;
    outside.view.data = x;
    prepare(&alone, &s);
    prepare(&group, &s);
    prepare(&streamed, &outside);
    for (size_t i = 0; i < TOGETHER; i++)
        assert_int_equal(pipeline_cells(&alone.job[i], 1, NULL, &e), STATUS_OK);
    assert_int_equal(alone.job[TOGETHER - 1].status, STATUS_INVALID);
    assert_int_equal(pipeline_cells(group.job, TOGETHER, NULL, &e), STATUS_OK);
    expect_results(&group, &alone);
    assert_int_equal(pipeline_cells(streamed.job, TOGETHER, NULL, &e), STATUS_OK);
    expect_results(&streamed, &alone);
    /* those that take pieces alone: then the window moves */
    prepare(&streamed, &outside);
    assert_int_equal(pipeline_cells(streamed.job, 8, NULL, &e), STATUS_OK);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(streamed.result[i].result_hash, alone.result[i].result_hash);
    /* none that goes on */
    prepare(&streamed, &outside);
    assert_int_equal(pipeline_cells(&streamed.job[TOGETHER - 1], 1, NULL, &e), STATUS_OK);
    assert_int_equal(streamed.job[TOGETHER - 1].status, STATUS_INVALID);
    const atomic_int stop = 1;
    assert_int_equal(pipeline_cells(group.job, TOGETHER, &stop, &e), STATUS_INTERRUPTED);
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),     cmocka_unit_test(key_json), cmocka_unit_test(cell),
        cmocka_unit_test(bad_axis), cmocka_unit_test(small),    cmocka_unit_test(sensitivity),
        cmocka_unit_test(windows),
    };
    return cmocka_run_group_tests_name("pipeline", tests, NULL, NULL);
}
