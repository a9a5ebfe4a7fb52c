/* Attention: the reference against sums and exponentials by MPFR. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/mac.h"
#include "sim/pipeline.h"
#include "sim/scheme.h"
#include "tests/attention_oracle.h"
#include "tests/attention_cases.h"

/* Returns how many elements are the correctly rounded ones. */
static size_t check(struct attention_oracle *r, const struct attention_shape *s, const char *what)
{
    struct subject out = attention_attend(s, 0);
    size_t exact = 0, n = attention_count(s, 0);
    assert_int_equal(out.n, n);
    assert_true(out.view.rank == 2 && out.view.shape[0] == s->queries &&
                out.view.shape[1] == s->heads * s->dim);
    for (size_t i = 0; i < n; i++) {
        double bound;
        size_t c = i % s->dim, h = i / s->dim % s->heads, t = i / s->dim / s->heads;
        attention_oracle_output(r, s, q, k, v, t, h, c, &bound);
        if (!attention_oracle_near(r, out.x[i], bound))
            fail_msg("%s, element (%zu, %zu, %zu): %a, want %a within %a", what, t, h, c, (double)out.x[i],
                     mpfr_get_d(r->y, MPFR_RNDN), bound);
        exact += mpfr_nan_p(r->y) || mpfr_get_flt(r->y, MPFR_RNDN) == out.x[i];
    }
    subject_free(&out);
    return exact;
}

/* Groups of one, two and four heads; one query after a cache; one key; zeros, wide ranges, huge logits. */
static void references(void **state)
{
    (void)state;
    static const struct attention_shape shapes[] = {{5, 5, 4, 2, 8}, {7, 7, 2, 2, 4},  {3, 3, 4, 1, 6},
                                                    {1, 9, 4, 2, 8}, {4, 11, 3, 3, 5}, {1, 1, 1, 1, 1}};
    static const enum draw kinds[] = {DRAW_NORMAL, DRAW_SHORT, DRAW_WIDE,
                                      DRAW_TINY,   DRAW_ZEROS, DRAW_CONSTANT};
    struct attention_oracle r;
    attention_oracle_open(&r);
    size_t n = 0, exact = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t d = 0; d < sizeof kinds / sizeof *kinds; d++) {
            const struct attention_shape *s = &shapes[i];
            attention_fill(s, kinds[d], 10 * i + d);
            n += attention_count(s, 0);
            exact += check(&r, s, "drawn");
            for (size_t e = 0; e < attention_count(s, 0); e++)
                q[e] *= 0x1p20F; /* logits of millions: one key takes all, or some share it */
            n += attention_count(s, 0);
            exact += check(&r, s, "huge");
        }
    attention_oracle_close(&r);
    printf("# covered outputs: %zu elements, %zu of them correctly rounded\n", n, exact);
    assert_true(1000 * exact > 990 * n);
}

/* What lies ahead does not matter, whatever it is; a NaN or an infinity among what a query sees does. */
static void masked(void **state)
{
    (void)state;
    struct attention_oracle r;
    attention_oracle_open(&r);
    const struct attention_shape *s = &plain;
    const size_t row = s->kv_heads * s->dim;
    attention_fill(s, DRAW_NORMAL, 3);
    struct subject clean = attention_attend(s, 0);
    k[3 * row] = NAN;
    v[4 * row + 1] = INFINITY;
    k[4 * row + s->dim] = INFINITY;
    struct subject out = attention_attend(s, 0);
    size_t nan = 0;
    for (size_t i = 0; i < out.n; i++) {
        size_t t = i / (s->heads * s->dim), h = i / s->dim % s->heads;
        bool touched = (t >= 3 && h < 2) || (t >= 4 && h >= 2);
        if (!touched)
            assert_int_equal(bits_from_f32(out.x[i]), bits_from_f32(clean.x[i]));
        if (t >= 3 && h < 2)
            assert_int_equal(bits_from_f32(out.x[i]), UINT32_C(0x7fc00000));
        nan += isnan(out.x[i]) != 0;
    }
    assert_true(nan >= 2 * 2 * s->dim);
    assert_string_not_equal(clean.hash, out.hash);
    subject_free(&clean);
    subject_free(&out);
    attention_oracle_close(&r);
}

static void wrong_shapes(const struct attention_shape *s, size_t channels, double rotary, const char *words)
{
    struct subject part[3] = {attention_load(q, "a.q.output", s->queries, channels, 0),
                              attention_load(k, "a.k_cache", s->keys, s->kv_heads, s->dim),
                              attention_load(v, "a.v_cache", s->keys, s->kv_heads, s->dim)},
                   out;
    struct error e = {{0}};
    assert_int_equal(subject_attend(part, rotary, "a", &out, &e), STATUS_INVALID);
    if (!strstr(e.text, words))
        fail_msg("%s", e.text);
}

static void shapes_refused(void **state)
{
    (void)state;
    wrong_shapes(&plain, 33, 0, "attention a: queries a.q.output have shape [5,33], keys a.k_cache [5,2,8]");
    wrong_shapes(&(struct attention_shape){5, 5, 3, 2, 8}, 24, 0, "heads a multiple of kv_heads");
    wrong_shapes(&(struct attention_shape){5, 4, 4, 2, 8}, 32, 0, "n <= m");
    wrong_shapes(&(struct attention_shape){4, 4, 2, 2, 7}, 14, 10000, "heads of 7 dimensions");
}

/* A query after a cache stands where it stands in the whole. */
static void positions(void **state)
{
    (void)state;
    static const struct attention_shape whole = {6, 6, 2, 1, 8}, last = {2, 6, 2, 1, 8};
    attention_fill(&whole, DRAW_NORMAL, 90);
    struct subject all = attention_attend(&whole, 10000);
    memmove(q, q + 4 * 16, 2 * 16 * sizeof *q);
    struct subject end = attention_attend(&last, 10000);
    assert_memory_equal(all.x + 4 * 16, end.x, 2 * 16 * sizeof *end.x);
    subject_free(&all);
    subject_free(&end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references),
        cmocka_unit_test(masked),
        cmocka_unit_test(shapes_refused),
        cmocka_unit_test(positions),
    };
    return cmocka_run_group_tests_name("attention", tests, NULL, NULL);
}
