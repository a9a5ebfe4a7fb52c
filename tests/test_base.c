/* sim/base: hashing, random numbers, sums, strings, the pool. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
#include <xxhash.h>

#include "sim/base/hash.h"
#include "sim/base/pool.h"
#include "sim/base/rng.h"
#include "sim/base/strbuf.h"
#include "sim/base/sum.h"
#include "tests/check.h"

/* FIPS 180-4 example: SHA-256("abc"). */
static void hash_known_answer(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    hash_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* XXH3 of nothing, as the self-check of xxhsum has it (cli/xsum_sanity_check.c); pieces against the whole. */
static void hash128_known_answers(void **state)
{
    (void)state;
    char hex[HASH128_HEX_SIZE], want[HASH128_HEX_SIZE];
    unsigned char data[5000];
    unsigned char hash[HASH128_SIZE];
    hash128_close(hash128_open(), hash);
    hash128_hex(hash, hex);
    assert_string_equal(hex, "99aa06d3014798d86001c324468d497f");
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)rng_u32(5, 5, i);
    for (size_t n = 0; n < sizeof data; n += n < 300 ? 1 : 700) {
        XXH128_hash_t whole = XXH3_128bits(data, n);
        struct hash128 *h = hash128_open();
        for (size_t i = 0; i < n; i += 100)
            hash128_add(h, data + i, n - i < 100 ? n - i : 100);
        hash128_close(h, hash);
        hash128_hex(hash, hex);
        snprintf(want, sizeof want, "%016llx%016llx", (unsigned long long)whole.high64,
                 (unsigned long long)whole.low64);
        assert_string_equal(hex, want);
    }
}

static void hash_file_errors(void **state)
{
    (void)state;
    char hex[HASH_HEX_SIZE];
    struct error e = {{0}};
    assert_int_equal(hash_file("/nonexistent", hex, &e), STATUS_MISSING);
    assert_string_equal(e.text, "/nonexistent: No such file or directory");
    e = (struct error){{0}};
    assert_int_equal(hash_file("/", hex, &e), STATUS_IO);
    assert_string_equal(e.text, "/: cannot read: Is a directory");
}

/* Random123 kat_vectors: philox4x32 10, counter and key all ones. */
static void rng_known_answer(void **state)
{
    (void)state;
    uint32_t r[4];
    rng_u32x4(UINT64_MAX, UINT64_MAX, UINT64_MAX, r);
    assert_int_equal(r[0], 0x408f276d);
    assert_int_equal(r[1], 0x41c83b0e);
    assert_int_equal(r[2], 0xa20bc7c6);
    assert_int_equal(r[3], 0x6d5451fd);
    for (uint64_t i = 0; i < 16; i++) {
        rng_u32x4(7, 3, i / 4, r);
        assert_int_equal(rng_u32(7, 3, i), r[i % 4]);
    }
}

/* The shape is what the header says: compare with a direct transcription, in bits. */
static double sum_by_definition(const double *x, size_t n)
{
    double chunk[64] = {0};
    size_t chunks = n / SUM_CHUNK;
    for (size_t c = 0; c <= chunks; c++) {
        double lane[SUM_LANES] = {0};
        for (size_t i = c * SUM_CHUNK; i < n && i < (c + 1) * SUM_CHUNK; i++)
            lane[i % SUM_LANES] += x[i];
        for (int w = SUM_LANES / 2; w; w /= 2)
            for (int i = 0; i < w; i++)
                lane[i] += lane[i + w];
        chunk[c] = lane[0];
    }
    double total = chunk[chunks];
    size_t end = chunks;
    for (size_t width = 1; width <= chunks; width *= 2)
        if (chunks & width) { /* the aligned run of `width` chunks that ends here, as a balanced tree */
            double run[64];
            memcpy(run, chunk + end - width, width * sizeof *run);
            for (size_t w = width; w > 1; w /= 2)
                for (size_t i = 0; i < w / 2; i++)
                    run[i] = run[2 * i] + run[2 * i + 1];
            total = run[0] + total;
            end -= width;
        }
    return total;
}

static void sum_shape(void **state)
{
    (void)state;
    static const size_t lengths[] = {
        0, 1, 15, 16, 17, 4095, 4096, 4097, 3 * 4096, 5 * 4096 + 77, 7 * 4096 + 4095};
    double *x = malloc(8 * SUM_CHUNK * sizeof *x);
    for (size_t i = 0; i < 8 * SUM_CHUNK; i++)
        x[i] = ((double)rng_u32(1, 2, i) - 2147483648.0) * 0x1p-20 * (double)(i % 97);
    for (size_t l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        struct sum s = {0};
        for (size_t i = 0; i < lengths[l]; i++)
            sum_add(&s, x[i]);
        double got = sum_value(&s), want = sum_by_definition(x, lengths[l]);
        assert_memory_equal(&got, &want, sizeof got);
    }
    free(x);
}

/* Parts of 2^k chunks, the last one shorter, in order: one sum's bits, and its state too. */
static void sum_parts(void **state)
{
    (void)state;
    enum { MOST = 11 * SUM_CHUNK };
    double *x = malloc(MOST * sizeof *x);
    size_t joined = 0;
    for (size_t i = 0; i < MOST; i++)
        x[i] = ((double)rng_u32(1, 3, i) - 2147483648.0) * 0x1p-20 * (double)(i % 97);
    for (size_t part = SUM_CHUNK; part <= 4 * SUM_CHUNK; part *= 2)
        for (size_t n = 0; n <= MOST; n += n % SUM_CHUNK == 1 ? 2043 : n % SUM_CHUNK == 2044 ? 2051 : 1) {
            struct sum whole = {0}, parts = {0};
            sum_add_n(&whole, x, n);
            for (size_t first = 0; first < n; first += part) {
                struct sum one = {0};
                sum_add_n(&one, x + first, n - first < part ? n - first : part);
                sum_join(&parts, &one);
                joined++;
            }
            double a = sum_value(&parts), b = sum_value(&whole);
            assert_memory_equal(&a, &b, sizeof a);
            assert_int_equal(parts.chunks, whole.chunks);
            assert_int_equal(parts.pending, whole.pending);
            assert_memory_equal(parts.lane, whole.lane, sizeof parts.lane);
            for (int i = 0; i < SUM_LEVELS; i++)
                if (whole.chunks >> i & 1)
                    assert_memory_equal(&parts.level[i], &whole.level[i], sizeof parts.level[i]);
        }
    printf("# covered sums: %zu parts joined\n", joined);
    free(x);
}

static void strings(void **state)
{
    (void)state;
    struct strbuf b = {0};
    for (int i = 0; i < 100; i++)
        strbuf_printf(&b, "%d,", i);
    char *text = strbuf_take(&b);
    assert_int_equal(strlen(text), 290);
    free(text);
    const char *const words[] = {"block", "scale", "round"};
    assert_string_equal(str_nearest("blokc", words, 3), "block");
    assert_string_equal(str_nearest("scales", words, 3), "scale");
    assert_null(str_nearest("zzzzzz", words, 3));
    /* Alike in the first 31 characters. */
    const char *const names[] = {"model.language_model.layers.12.input_norm.weight",
                                 "model.language_model.layers.12.mlp.down.weight"};
    assert_string_equal(str_nearest("model.language_model.layers.12.mlp.dwon.weight", names, 2), names[1]);
    /* No character in the C locale: printf fails, and the text would not be whole. */
    strbuf_add(&b, "price: ");
    strbuf_printf(&b, "%lc 5", (wint_t)0x20ac);
    assert_null(strbuf_take(&b));
    assert_true(str_is_utf8("") && str_is_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbf"));
    const char *const wrong[] = {"a\xff",   "\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                 "\xe2\x82"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(str_is_utf8(wrong[i]));
    strbuf_add_shown(&b, "\033[31m\xc3\xa9\n\xff\xc2\x9b\x7f", "");
    text = strbuf_take(&b);
    strbuf_add_shown(&b, "a\nb\r", "\n");
    assert_string_equal(b.text, "a\nb\\x0d");
    strbuf_free(&b);
    assert_string_equal(text, "\\x1b[31m\xc3\xa9\\x0a\\xff\\xc2\\x9b\\x7f");
    free(text);
}

struct squares {
    int value[1000];
    size_t done;
    atomic_int stop;
    size_t stop_after;
};

static void square(void *context, int worker, size_t i)
{
    (void)worker;
    ((struct squares *)context)->value[i] = (int)(i * i);
}

static int count(void *context, size_t i)
{
    struct squares *s = context;
    assert_int_equal(s->value[i], i * i);
    if (++s->done == s->stop_after)
        atomic_store(&s->stop, 1);
    return 0;
}

/* Slow enough that a thousand of them would take a second. */
static void slow_square(void *context, int worker, size_t i)
{
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    square(context, worker, i);
}

static int count_and_refuse(void *context, size_t i)
{
    struct squares *s = context;
    s->stop_after = 0;
    count(context, i);
    return s->done >= 10 ? -1 : 0;
}

static void pool_runs_all(void **state)
{
    (void)state;
    for (int jobs = 1; jobs <= 4; jobs++) {
        struct squares s = {.done = 0};
        struct pool_job job = {.tasks = 1000, .jobs = jobs, .context = &s, .work = square, .done = count};
        struct error e = {{0}};
        assert_int_equal(pool_run(&job, &e), STATUS_OK);
        assert_int_equal(s.done, 1000);
    }
}

static void pool_stops(void **state)
{
    (void)state;
    struct squares s = {.stop_after = 1};
    atomic_store(&s.stop, 1);
    struct pool_job job = {
        .tasks = 1000, .jobs = 2, .context = &s, .work = square, .done = count, .stop = &s.stop};
    struct error e = {{0}};
    assert_int_equal(pool_run(&job, &e), STATUS_INTERRUPTED);
    assert_int_equal(s.done, 0);
}

/* Stopped on the way, by the flag and by `done`: what has started is finished and consumed, nothing else. */
static void pool_stops_on_the_way(void **state)
{
    (void)state;
    for (int refuse = 0; refuse < 2; refuse++) {
        struct squares s = {.stop_after = 10};
        struct pool_job job = {.tasks = 1000,
                               .jobs = 2,
                               .context = &s,
                               .work = slow_square,
                               .done = refuse ? count_and_refuse : count,
                               .stop = &s.stop};
        struct error e = {{0}};
        assert_int_equal(pool_run(&job, &e), STATUS_INTERRUPTED);
        assert_in_range(s.done, 10, 999);
        for (size_t i = 1; i < 1000; i++)
            assert_int_equal(s.value[i], i < s.done ? i * i : 0);
    }
}

static void errors(void **state)
{
    (void)state;
    struct error e = {{0}};
    assert_int_equal(error_set(&e, STATUS_IO, "first %d", 1), STATUS_IO);
    assert_int_equal(error_set(&e, STATUS_INVALID, "second"), STATUS_INVALID);
    assert_string_equal(e.text, "first 1");
    assert_int_equal(error_prefix(&e, STATUS_IO, "%s", "file"), STATUS_IO);
    assert_string_equal(e.text, "file: first 1");
    static const struct {
        int reason;
        enum status status;
    } reasons[] = {
        {ENOENT, STATUS_MISSING}, {ENOMEM, STATUS_INTERNAL}, {EACCES, STATUS_IO}, {EIO, STATUS_IO}};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        struct error why = {{0}};
        assert_int_equal(error_errno(&why, reasons[i].reason, "file"), reasons[i].status);
        assert_non_null(strstr(why.text, strerror(reasons[i].reason)));
        assert_int_equal(strncmp(why.text, "file: ", 6), 0);
    }
    assert_int_equal(status_exit_code(STATUS_INVALID), 2);
    assert_int_equal(status_exit_code(STATUS_INTERRUPTED), 130);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_known_answer),
        cmocka_unit_test(hash128_known_answers),
        cmocka_unit_test(hash_file_errors),
        cmocka_unit_test(rng_known_answer),
        cmocka_unit_test(sum_shape),
        cmocka_unit_test(sum_parts),
        cmocka_unit_test(strings),
        cmocka_unit_test(pool_runs_all),
        cmocka_unit_test(pool_stops),
        cmocka_unit_test(pool_stops_on_the_way),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
