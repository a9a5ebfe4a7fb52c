/* The committed dump experiments/dumps/tinylm: what is recorded in it agrees with itself and its manifest. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/hash.h"
#include "sim/dump/dump.h"
#include "sim/model/record.h"
#include "tests/check.h"

#define BUNDLED  "experiments/dumps/" RECORD_DUMP
#define MANIFEST "experiments/dumps/" RECORD_MANIFEST

enum { TOKENS = RECORD_TOKENS };

static struct dump *bundled;

static int open_bundled(void **state)
{
    (void)state;
    struct error e = {{0}};
    if (!dump_open(BUNDLED, NULL, &bundled, &e))
        return 0;
    print_error("%s\n", e.text);
    return -1;
}

static int close_bundled(void **state)
{
    (void)state;
    dump_close(bundled);
    return 0;
}

/* A tensor of the bundled dump as binary32; the caller frees it. */
static float *values(size_t *count, const char *format, ...) __attribute__((format(printf, 2, 3)));

static float *values(size_t *count, const char *format, ...)
{
    char name[64];
    va_list args;
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    struct error e = {{0}};
    size_t i;
    const struct tensor_view *t;
    if (dump_find(bundled, name, &i, &e) || dump_load(bundled, i, &t, &e))
        fail_msg("%s", e.text);
    size_t n = tensor_count(t);
    float *x = malloc(n * sizeof *x);
    assert_non_null(x);
    tensor_read_f32(t, 0, n, x);
    if (count)
        *count = n;
    return x;
}

/* found[i] is want[i] within `tolerance` times its own scale. */
static void assert_close(const char *what, const float *found, const double *want, const double *scale,
                         size_t n, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        if (!(fabs((double)found[i] - want[i]) <= tolerance * scale[i]))
            fail_msg("%s: element %zu is %.9g, %.9g wanted", what, i, (double)found[i], want[i]);
}

/* y = x w^T: `depth` roundings of partial sums, none above the sum of magnitudes. */
static void check_site(const char *name, const char *input)
{
    size_t n_x, n_w, n_y;
    float *x = values(&n_x, "%s", input), *w = values(&n_w, "%s.weight", name);
    float *y = strcmp(name, "embedding") == 0 ? values(&n_y, "head.output") : values(&n_y, "%s.output", name);
    size_t in = n_x / TOKENS, out = n_w / in;
    assert_int_equal(n_y, TOKENS * out);
    double *want = calloc(n_y, sizeof *want), *scale = calloc(n_y, sizeof *scale);
    assert_true(want && scale);
    for (size_t i = 0; i < n_y; i++)
        for (size_t k = 0; k < in; k++) {
            double product = (double)x[i / out * in + k] * (double)w[i % out * in + k];
            want[i] += product;
            scale[i] += fabs(product);
        }
    assert_close(name, y, want, scale, n_y, (double)in * 0x1p-24);
    free(x);
    free(w);
    free(y);
    free(want);
    free(scale);
}

static void outputs_are_input_times_weight(void **state)
{
    (void)state;
    size_t sites = 0;
    char key[80], site[2][48];
    for (size_t i = 0; record_site(&record_net, i, site); i++, sites++) {
        snprintf(key, sizeof key, "site.%s", site[0]);
        assert_string_equal(dump_metadata(bundled, key), site[1]);
        check_site(site[0], site[1]);
    }
    for (size_t l = 0; l < record_net.layers; l++)
        for (int i = 0; i < 2; i++, sites++) {
            snprintf(site[0], sizeof site[0], "layers.%zu.%s", l, i ? "mlp.down" : "attn.o");
            snprintf(site[1], sizeof site[1], "layers.%zu.%s.input", l, i ? "mlp.down" : "attn.o");
            check_site(site[0], site[1]);
        }
    assert_int_equal(sites, 7 * record_net.layers + 1);
}

/* y = RMSNorm(a + b) w; b may be NULL. */
static void check_norm(const char *what, const float *a, const float *b, const float *w, const float *y)
{
    size_t dim = record_net.dim;
    for (size_t t = 0; t < TOKENS; t++) {
        double x[1024], want[1024], scale[1024], square = 0;
        for (size_t i = 0; i < dim; i++) {
            x[i] = (double)(b ? a[t * dim + i] + b[t * dim + i] : a[t * dim + i]);
            square += x[i] * x[i];
        }
        for (size_t i = 0; i < dim; i++) {
            want[i] = x[i] / sqrt(square / (double)dim + record_net.eps) * (double)w[i];
            scale[i] = fabs(want[i]);
        }
        assert_close(what, y + t * dim, want, scale, dim, 4 * 0x1p-24);
    }
}

static void norms_and_residuals_agree(void **state)
{
    (void)state;
    for (size_t l = 0; l < record_net.layers; l++) {
        size_t n;
        float *x = values(&n, "layers.%zu.resid", l), *o = values(NULL, "layers.%zu.attn.o.output", l);
        float *w1 = values(NULL, "layers.%zu.attn.norm.weight", l);
        float *w2 = values(NULL, "layers.%zu.mlp.norm.weight", l);
        float *y1 = values(NULL, "layers.%zu.attn.qkv.input", l);
        float *y2 = values(NULL, "layers.%zu.mlp.gate_up.input", l);
        float *down = values(NULL, "layers.%zu.mlp.down.output", l);
        float *next =
            l + 1 < record_net.layers ? values(NULL, "layers.%zu.resid", l + 1) : values(NULL, "resid");
        assert_int_equal(n, TOKENS * record_net.dim);
        check_norm("attn.norm", x, NULL, w1, y1);
        check_norm("mlp.norm", x, o, w2, y2);
        for (size_t i = 0; i < n; i++)
            assert_true(next[i] == x[i] + o[i] + down[i]); /* the same two additions: equal in bits */
        float *all[] = {x, o, w1, w2, y1, y2, down, next};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            free(all[i]);
    }
    float *x = values(NULL, "resid"), *w = values(NULL, "norm.weight"), *y = values(NULL, "head.input");
    check_norm("norm", x, NULL, w, y);
    free(x);
    free(w);
    free(y);
}

static void stream_starts_with_the_embedding(void **state)
{
    (void)state;
    size_t n, dim = record_net.dim;
    float *tokens = values(&n, "tokens"), *table = values(NULL, "embedding.weight");
    float *x = values(NULL, "layers.0.resid");
    assert_int_equal(n, TOKENS);
    for (size_t t = 0; t < n; t++)
        assert_memory_equal(x + t * dim, table + (size_t)tokens[t] * dim, dim * sizeof *x);
    free(tokens);
    free(table);
    free(x);
}

/* The rotary pairs of k.output and k_cache have the same lengths, and v_cache is v.output. */
static void check_cache(size_t l)
{
    size_t n;
    float *k = values(&n, "layers.%zu.attn.k.output", l),
          *cached = values(NULL, "layers.%zu.attn.k_cache", l);
    float *v = values(NULL, "layers.%zu.attn.v.output", l),
          *v_cached = values(NULL, "layers.%zu.attn.v_cache", l);
    for (size_t i = 0; i < n; i += 2) {
        double before = hypot((double)k[i], (double)k[i + 1]);
        assert_true(fabs(before - hypot((double)cached[i], (double)cached[i + 1])) <= 4 * 0x1p-24 * before);
    }
    assert_memory_equal(v, v_cached, n * sizeof *v);
    free(k);
    free(cached);
    free(v);
    free(v_cached);
}

/* Rows of probabilities sum to one, know no future, and mix the values into o.input. */
static void attention_agrees(void **state)
{
    (void)state;
    size_t d = net_head_dim(&record_net), heads = record_net.heads, kv = record_net.kv_heads;
    for (size_t l = 0; l < record_net.layers; l++) {
        float *p = values(NULL, "layers.%zu.attn.probs", l), *v = values(NULL, "layers.%zu.attn.v_cache", l);
        float *y = values(NULL, "layers.%zu.attn.o.input", l);
        for (size_t h = 0; h < heads; h++)
            for (size_t q = 0; q < TOKENS; q++) {
                const float *row = p + (h * TOKENS + q) * TOKENS;
                double sum = 0, want[256] = {0}, scale[256] = {0};
                for (size_t key = 0; key < TOKENS; key++) {
                    assert_true(row[key] >= 0 && (key <= q || row[key] == 0));
                    sum += (double)row[key];
                    for (size_t i = 0; i < d; i++) {
                        double term = (double)row[key] * (double)v[(key * kv + h / (heads / kv)) * d + i];
                        want[i] += term;
                        scale[i] += fabs(term);
                    }
                }
                assert_true(fabs(sum - 1) <= 3 * 0x1p-24);
                assert_close("o.input", y + (q * heads + h) * d, want, scale, d, TOKENS * 0x1p-24);
            }
        check_cache(l);
        free(p);
        free(v);
        free(y);
    }
}

static void mlp_agrees(void **state)
{
    (void)state;
    for (size_t l = 0; l < record_net.layers; l++) {
        size_t n;
        float *gate = values(&n, "layers.%zu.mlp.gate.output", l),
              *up = values(NULL, "layers.%zu.mlp.up.output", l);
        float *y = values(NULL, "layers.%zu.mlp.down.input", l);
        for (size_t i = 0; i < n; i++) {
            double want = (double)gate[i] / (1 + exp(-(double)gate[i])) * (double)up[i];
            assert_true(fabs((double)y[i] - want) <= 2 * 0x1p-24 * fabs(want));
        }
        free(gate);
        free(up);
        free(y);
    }
}

/* --- the manifest --- */

static char *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("cannot open %s", path);
    struct stat st;
    assert_int_equal(fstat(fileno(f), &st), 0);
    char *text = calloc(1, (size_t)st.st_size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)st.st_size, f), st.st_size);
    fclose(f);
    *size = (size_t)st.st_size;
    return text;
}

/* The first number after "key": in the text. */
static double number_of(const char *text, const char *key)
{
    char quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(text, quoted);
    assert_non_null(at);
    return strtod(at + strlen(quoted), NULL);
}

static void manifest_agrees(void **state)
{
    (void)state;
    size_t manifest_size, dump_size;
    char *text = read_file(MANIFEST, &manifest_size), *dump = read_file(BUNDLED, &dump_size);
    char sha256[HASH_HEX_SIZE], line[128];
    hash_bytes(dump, dump_size, sha256);
    snprintf(line, sizeof line, "\"sha256\": \"%s\"", sha256);
    assert_non_null(strstr(text, line));
    assert_true(number_of(text, "bytes") == (double)dump_size);
    assert_true(manifest_size + dump_size <= 8000000);
    snprintf(line, sizeof line, "\"seed\": \"%s\"", dump_metadata(bundled, "seed"));
    assert_non_null(strstr(text, line));
    assert_true(number_of(text, "parameters") == (double)net_size(&record_net));
    /* Far from chance, and better than the 3-gram model by more than half a bit. */
    const char *held_out = strstr(text, "\"held_out\"");
    assert_non_null(held_out);
    assert_true(number_of(held_out, "net_bits_per_byte") + 0.5 < number_of(held_out, "ngram_bits_per_byte"));
    for (size_t i = 0; i < dump_count(bundled); i++) {
        const struct tensor_view *t = dump_tensor(bundled, i);
        snprintf(line, sizeof line, "\"name\": \"%s\"", t->name);
        assert_non_null(strstr(text, line));
        assert_non_null(t->axes); /* every tensor says what its axes are */
    }
    free(text);
    free(dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outputs_are_input_times_weight),
        cmocka_unit_test(norms_and_residuals_agree),
        cmocka_unit_test(stream_starts_with_the_embedding),
        cmocka_unit_test(attention_agrees),
        cmocka_unit_test(mlp_agrees),
        cmocka_unit_test(manifest_agrees),
    };
    return cmocka_run_group_tests_name("model_dump", tests, open_bundled, close_bundled);
}
