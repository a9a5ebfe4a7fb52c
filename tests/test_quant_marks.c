/* What kernels tell beside values, which codes occur and which errors are to be expected, is what the
 * definition says: the definition is what codes are asked from. For every registered format in many scalings,
 * every published scheme, and the schemes of the scaling tests; in a process for each set of kernels. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/kernels/kernels.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/draws.h"

enum { LARGE_EVERY = WATCHED ? 50 : 2 };
enum { SMALL = 100 };
enum { LOW = 4 }; /* turns of small tensors of the least numbers */
/* Large enough for tables of 8 bits; rows end within a block. */
enum { ROWS = 33, COLUMNS = 1030, MOST = ROWS * COLUMNS };

static struct {
    size_t schemes, served, tensors, codes, known;
} covered;

/* What the definition says of each tensor, which no kernels change: found by the first process, and read by
 * those of other kernels. */
enum { TENSORS = 30000 };
struct said {
    unsigned char tensor[HASH128_SIZE], values[HASH128_SIZE];
    struct quant_stats stats;
};
static struct {
    size_t n;
    struct said said[TENSORS];
} * shared; /* by all processes */
static bool first_process;
static size_t heard; /* answers that this process read */

static void hash_floats(const char *text, const float *x, size_t n, unsigned char hash[static HASH128_SIZE])
{
    struct hash128 *h = hash128_open();
    assert_non_null(h);
    hash128_add(h, text, strlen(text));
    hash128_add(h, x, n * sizeof *x);
    hash128_close(h, hash);
}

/* y from itself has the same bits and counts. */
static void in_place(const char *text, const struct quant_spec *q, const struct quant_input *in, float *y,
                     size_t n, const struct quant_stats *want)
{
    struct quant_input own = *in;
    struct quant_stats s;
    struct error e = {{0}};
    own.x = memcpy(y, in->x, n * sizeof *y);
    assert_int_equal(quantize(q, &own, &(struct quant_output){.values = y}, &s, &e), STATUS_OK);
    if (memcmp(&s, want, sizeof s))
        fail_msg("%s in place: counts differ", text);
}

/* Whether the definition is known to say values and counts of a tensor. */
static bool is_known(const char *text, const struct quant_input *in, size_t n, const float *y,
                     const struct quant_stats *s)
{
    struct said now = {.stats = *s};
    if (first_process)
        return false;
    hash_floats(text, in->x, n, now.tensor);
    hash_floats(text, y, n, now.values);
    while (heard < shared->n && memcmp(shared->said[heard].tensor, now.tensor, HASH128_SIZE))
        heard++;
    return heard < shared->n && memcmp(&shared->said[heard++], &now, sizeof now) == 0;
}

static void keep(const char *text, const struct quant_input *in, size_t n, const float *want,
                 const struct quant_stats *w)
{
    if (!first_process)
        return;
    assert_true(shared->n < TENSORS);
    struct said *now = &shared->said[shared->n++];
    now->stats = *w;
    hash_floats(text, in->x, n, now->tensor);
    hash_floats(text, want, n, now->values);
}

static void compare(const char *text, const struct quant_spec *q, const struct quant_input *in, size_t n)
{
    static float want[MOST], y[MOST];
    static uint32_t codes[MOST];
    struct quant_stats w, s;
    struct error e = {{0}};
    enum status status = quantize(q, in, &(struct quant_output){.values = y}, &s, &e);
    if (!status && is_known(text, in, n, y, &s)) {
        if (n < SMALL)
            in_place(text, q, in, y, n, &s);
        covered.tensors++;
        covered.codes += s.codes_used;
        covered.known++;
        return;
    }
    if (quantize(q, in, &(struct quant_output){.values = want, .codes = codes}, &w, &e))
        return; /* a refused tail */
    assert_int_equal(status, STATUS_OK);
    keep(text, in, n, want, &w);
    for (size_t i = 0; i < n; i++)
        if (bits_from_f32(y[i]) != bits_from_f32(want[i]))
            fail_msg("%s: element %zu, %a: %a, want %a", text, i, (double)in->x[i], (double)y[i],
                     (double)want[i]);
    if (s.codes_used != w.codes_used)
        fail_msg("%s: %llu codes, want %llu", text, (unsigned long long)s.codes_used,
                 (unsigned long long)w.codes_used);
    if (memcmp(&s, &w, sizeof s))
        fail_msg("%s: counts differ, or %a is not %a", text, s.expected_error, w.expected_error);
    if (n < SMALL)
        in_place(text, q, in, y, n, &w);
    covered.tensors++;
    covered.codes += s.codes_used;
}

static void set_large(struct quant_input *in)
{
    memcpy(in->shape, (const size_t[]){3, ROWS / 3, COLUMNS}, 3 * sizeof *in->shape);
}

static void try_large(const char *text, enum draw kind)
{
    static float x[MOST];
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_input in = {
        .x = x, .rank = 3, .axis = strstr(text, "axis=first") ? 0 : 2, .seed = 3, .stream = 4};
    assert_int_equal(scheme_parse(text, &q, &e), STATUS_OK);
    set_large(&in);
    draw_fill(x, MOST, kind, covered.served);
    compare(text, &q, &in, MOST);
}

/* Numbers so small that their images leave the normal ones, or all but one do. */
static void lower(float *x, size_t n, unsigned turn)
{
    for (size_t i = 0; i < n; i++)
        x[i] = turn % 2 ? ldexpf(x[i], -146) : ldexpf(x[i], -104 - 6 * (int)turn);
    if (turn % 2)
        x[n / 2] = ldexpf(1, -87 - 2 * (int)turn);
}

/* Small tensors of every kind, where few codes occur and each of them counts; large ones. */
static void try_scheme(const char *text)
{
    static float x[MOST];
    struct quant_spec q;
    struct error e = {{0}};
    struct quant_input in = {.x = x, .rank = 3, .axis = 2, .seed = 3, .stream = 4};
    if (scheme_parse(text, &q, &e))
        return;
    in.axis = strstr(text, "axis=first") ? 0 : 2;
    covered.schemes++;
    for (unsigned turn = 0; turn < DRAWS + LOW; turn++) {
        const size_t shape[3][3] = {{1, 1, 21}, {2, 3, 35}, {1, 2, 64}};
        memcpy(in.shape, shape[(turn + covered.schemes) % 3], sizeof *shape);
        size_t n = in.shape[0] * in.shape[1] * in.shape[2];
        draw_fill(x, n, turn < DRAWS ? (enum draw)turn : DRAW_NORMAL, covered.schemes);
        if (turn >= DRAWS)
            lower(x, n, turn - DRAWS);
        compare(text, &q, &in, n);
    }
    set_large(&in);
    if (!quant_is_fast(&q, &in))
        return;
    if (covered.served++ % LARGE_EVERY == 0)
        try_large(text, (enum draw)(covered.served / LARGE_EVERY % DRAWS));
}

static void as_the_definition_says(void **state)
{
    static const char *const keys[] = {
        "",
        ",round=sr",
        ",round=rtz",
        ",overflow=nan",
        ",per=token",
        ",per=tensor,scale=e8m0",
        ",per=channel,axis=first",
        ",block=16,scale=e8m0,scale_rule=floor",
        ",block=8,scale=fp32",
        ",block=24,scale=e4m3,second=tensor",
        ",block=32,scale=e8m0,round=sr",
        ",tile=4x8",
        ",per=channel",
        ",block=8,axis=first,scale=e8m0,scale_rule=floor",
    };
    static const char *const schemes[] = {
#define SCALING_SCHEME(text) text,
#include "tests/scaling_schemes.def"
#undef SCALING_SCHEME
        "int8,codes=signmag",
        "int5,codes=signmag,block=16,scale=fp16",
        "int4,fraction=2,codes=twos",
        "e4m3,neg_zero=drop",
        "e5m7",
        "e3m0",
        "int12,per=token",
        "e6m9,per=tensor"};
    (void)state;
    for (size_t i = 0; i < format_count(); i++)
        for (size_t k = WATCHED ? i % 3 : 0; k < sizeof keys / sizeof *keys; k += WATCHED ? 3 : 1) {
            char text[256];
            snprintf(text, sizeof text, "%s%s", format_at(i)->name, keys[k]);
            try_scheme(text);
        }
    for (size_t i = 0; i < scheme_alias_count(); i++)
        try_scheme(scheme_alias_at(i)->name);
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        try_scheme(schemes[i]);
    printf("# covered marks of %s kernels: %zu schemes, %zu served, %zu tensors (%zu as the first "
           "kernels), %zu codes\n",
           kernels_best()->isa, covered.schemes, covered.served, covered.tensors, covered.known,
           covered.codes);
    assert_true(first_process || covered.known == shared->n);
    assert_true(covered.served > (WATCHED ? 100 : 300));
}

int main(void)
{
    static const char *const sets[] = {"scalar", "avx2", "avx512"};
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_the_definition_says)};
    int failed = 0, status;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        fflush(stdout);
        pid_t child = fork(); /* what kernels run is settled once in a process */
        if (child == 0) {
            setenv("BITSWEEP_ISA", sets[i], 1);
            first_process = i == 0;
            exit(cmocka_run_group_tests_name("quant_marks", tests, NULL, NULL));
        }
        failed |= child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status);
    }
    return failed;
}
