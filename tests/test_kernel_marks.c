/* Codes told from values: every code of every registered format under many scales, in runs, by every set of
 * kernels; expected errors of stochastic rounding against quantize(). */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/rng.h"
#include "sim/kernels/kernels.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/room.h"

static const struct rounding nearest = {.mode = ROUND_RNE};
static const float scales[] = {1,         0x1p-3F,     0x1p60F,     0x1.5555p4F, 0.37F, 0x1.fffffep-61F,
                               0x1p-110F, 0x1.8p-120F, 0x1.234p119F};
enum { SCALES = sizeof scales / sizeof *scales };

static struct {
    size_t formats, untold_formats, codes, untold, runs;
} covered;

/* A format with the table that tells its codes, if one does. */
struct subject_of_marks {
    struct kernel_table table;
    bool has_table;
    struct kernel_marks marks;
};

static bool open(struct subject_of_marks *s, const struct format *f)
{
    s->has_table = false;
    if (kernel_marks_open(&s->marks, f, NULL))
        return true;
    s->has_table = kernel_table_open(&s->table, f, &nearest);
    if (s->has_table && kernel_marks_open(&s->marks, f, &s->table))
        return true;
    if (s->has_table)
        kernel_table_close(&s->table);
    return false;
}

static void close_it(struct subject_of_marks *s)
{
    kernel_marks_close(&s->marks);
    if (s->has_table)
        kernel_table_close(&s->table);
}

static bool has(const struct kernel_codes *codes, uint32_t code)
{
    return (uint32_t)codes->word[code / 32] >> (code % 32) & 1;
}

/* The one of a code's name: two codes are the zero of a sign where a format has such. */
static uint32_t rounded(const struct format *f, struct number v)
{
    return format_round(f, v, &nearest, 0).code;
}

/* Whether numbers are rounded to a code; then its value, and the code that has it. */
static bool is_told(const struct format *f, uint32_t code, struct number *v, uint32_t *want)
{
    *v = format_decode(f, code);
    if (v->class != NUMBER_FINITE && v->class != NUMBER_ZERO)
        return false;
    *want = rounded(f, *v);
    if (v->class == NUMBER_ZERO)
        return true;
    const bool same = *want == code || !number_compare(format_decode(f, *want), *v);
    *want = code;
    return same;
}

/* One value under one scale: its code and no other, or untold where that may be. */
static void one(const struct kernels *k, const struct kernel_marks *m, uint32_t code, struct number v,
                uint32_t want, float scale, float inverse, bool small)
{
    static struct kernel_codes codes;
    const struct format *f = &m->f;
    float y = number_to_f32(number_mul(v, number_from_f32(scale)));
    float x = v.class == NUMBER_ZERO ? y : y == 0 ? 0x1p-149F : y, own[1 + KERNEL_SLACK] = {inverse};
    uint16_t untold[1];
    bool may_be_untold = isinf(y) || (small && x != 0 && !isnormal(y));
    size_t n = k->mark(m, own, 1, small, &x, &y, 1, &codes, untold);
    if (n != may_be_untold || has(&codes, want) == may_be_untold)
        fail_msg("%s %s: code %#x under %a: %zu untold", k->isa, f->name, code, (double)scale, n);
    codes.word[want / 32] = 0;
    for (size_t i = 0; i < 64 && code < 64; i++) /* no other, of the first ones */
        assert_int_equal(codes.word[i * 32 % (KERNEL_CODES / 32)], 0);
    covered.codes++;
    covered.untold += n;
}

/* The sanitizers look for wrong accesses, not for wrong codes: they see all of 8 bits. */
static uint32_t step_of(const struct format *f, int off)
{
    return (f->bits > 12 && off ? 7 : 1) * (WATCHED && f->bits > 8 ? 37 : 1);
}

static void every_code(void **state)
{
    static struct subject_of_marks s;
    (void)state;
    for (size_t i = 0; i < format_count(); i++) {
        const struct format *f = format_at(i);
        if (f->bits > 16 || (WATCHED && f->bits > 12 && i % 3)) /* their tables take longest */
            continue;
        if (!open(&s, f)) {
            printf("# %s: not told from values\n", f->name);
            covered.untold_formats++;
            continue;
        }
        covered.formats++;
        float inverse[SCALES];
        bool small[SCALES], known[SCALES];
        for (size_t j = 0; j < SCALES; j++)
            known[j] = kernel_marks_scale(&s.marks, number_from_f32(scales[j]), &inverse[j], &small[j]);
        for (uint32_t code = 0; code <= format_code_mask(f); code += step_of(f, 0)) {
            struct number v;
            uint32_t want;
            if (!is_told(f, code, &v, &want))
                continue;
            for (size_t j = 0; j < SCALES; j++)
                for (int off = scales[j] == 1 ? 0 : -1; known[j] && off <= (scales[j] != 1); off++)
                    for (size_t set = 0; code % step_of(f, off) == 0 && set < kernels_count(); set++)
                        one(kernels_at(set), &s.marks, code, v, want, scales[j],
                            off ? nextafterf(inverse[j], off < 0 ? 0 : INFINITY) : inverse[j], small[j]);
        }
        close_it(&s);
    }
    printf("# covered codes of values: %zu formats (%zu not told), %zu codes under scales, %zu untold\n",
           covered.formats, covered.untold_formats, covered.codes, covered.untold);
    assert_true(covered.formats > 30 && covered.untold > 0);
}

/* Values of any codes in runs, each with its scale; some are NaN, some scales not known. The last of them lie
 * before a page that must not be touched. */
static void in_runs(void **state)
{
    enum { MOST = 700 };
    static const char *const names[] = {"e4m3", "e2m1", "int8",   "int4",     "fp16",
                                        "bf16", "nf4",  "posit8", "e5m2fnuz", "hif8"};
    static const size_t runs[] = {1, 2, 3, 4, 5, 8, 12, 16, 24, 32, 64, 100, MOST};
    static struct subject_of_marks s;
    static struct kernel_codes codes, want;
    struct room from = room_open(MOST), to = room_open(MOST);
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct format *f = format_find(names[i]);
        assert_true(open(&s, f));
        for (size_t turn = 0; turn < 13 * (WATCHED ? 10 : 40); turn++) {
            const size_t run = runs[turn % 13], n = 1 + rng_u32(5, 1, turn) % MOST;
            float *x = from.end - n, *y = to.end - n, inverse[MOST + KERNEL_SLACK] = {0};
            uint16_t untold[MOST], want_untold[MOST];
            size_t unknown = 0;
            memset(&want, 0, sizeof want);
            for (size_t j = 0; j < n; j++) {
                const uint32_t r = rng_u32(5, 2 + turn, j), code = r & format_code_mask(f);
                const struct number v = format_decode(f, code);
                const float scale = strcmp(names[i], "bf16") ? 0.37F + (float)(j / run) : 1;
                const bool known = (j / run + turn) % 9 != 3;
                const bool number =
                    (r >> 20) % 50 != 0 && (v.class == NUMBER_FINITE || v.class == NUMBER_ZERO);
                y[j] = number    ? number_to_f32(number_mul(v, number_from_f32(scale)))
                       : r >> 31 ? NAN
                                 : INFINITY;
                x[j] = y[j];
                inverse[j / run] = known ? 1 / scale : NAN;
                uint32_t name = v.class == NUMBER_ZERO ? rounded(f, v) : code;
                if (known && number)
                    want.word[name / 32] |= (int32_t)(UINT32_C(1) << name % 32);
                else
                    want_untold[unknown++] = (uint16_t)j;
            }
            for (size_t set = 0; set < kernels_count(); set++) {
                const struct kernels *k = kernels_at(set);
                memset(&codes, 0, sizeof codes);
                size_t found = k->mark(&s.marks, inverse, run < n ? run : n, false, x, y, n, &codes, untold);
                if (found != unknown || memcmp(untold, want_untold, found * sizeof *untold) ||
                    memcmp(&codes, &want, sizeof codes))
                    fail_msg("%s %s: %zu in runs of %zu: %zu untold, want %zu", k->isa, names[i], n, run,
                             found, unknown);
                covered.runs++;
            }
        }
        close_it(&s);
    }
    room_close(&from);
    room_close(&to);
    printf("# covered codes in runs: %zu calls\n", covered.runs);
}

/* Element by element the sum that quantize() finds with codes, which the definition adds up. */
static void expected(void **state)
{
    enum { MOST = 500 };
    static const char *const formats[] = {"e4m3", "e2m1",     "e5m2",           "int8", "int4,fraction=2",
                                          "fp16", "e3m2fnuz", "int8,codes=twos"};
    static const char *const kinds[] = {"a", "b", "c", "equal"};
    struct room from = room_open(MOST);
    size_t calls = 0;
    (void)state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (size_t turn = 0; turn < 4 * 16; turn++) {
            char text[128];
            struct quant_spec q;
            struct error e = {{0}};
            struct kernel_stochastic k;
            const int bits = (int[]){32, 31, 30, 16, 8, 3, 1, 24}[turn / 4 % 8];
            snprintf(text, sizeof text,
                     turn % 4 == 3 ? "%s,round=sr,sr_kind=%s" : "%s,round=sr,sr_kind=%s,sr_bits=%d",
                     formats[i], kinds[turn % 4], bits);
            if (scheme_parse(text, &q, &e))
                continue;
            assert_true(kernel_stochastic_open(&k, &q.element, &q.rounding));
            const size_t n = 1 + rng_u32(6, 1, turn) % MOST;
            float *x = from.end - n;
            kernel_inputs(&q.element, x, n, turn * MOST);
            double want[MOST], error[MOST];
            for (size_t j = 0; j < n; j++) {
                uint32_t code;
                struct quant_stats stats;
                struct quant_input in = {.x = x + j, .rank = 1, .shape = {1}};
                struct quant_output out = {.codes = &code};
                assert_int_equal(quantize(&q, &in, &out, &stats, &e), STATUS_OK);
                want[j] = stats.expected_error + 0.0; /* a sum has no -0 */
            }
            for (size_t set = 0; set < kernels_count(); set++) {
                kernels_at(set)->expected(&k, 1, 1, x, n, error);
                for (size_t j = 0; j < n; j++)
                    if (error[j] + 0.0 != want[j])
                        fail_msg("%s %s: %a is expected to err by %a, want %a", kernels_at(set)->isa, text,
                                 (double)x[j], error[j], want[j]);
                calls++;
            }
        }
    room_close(&from);
    printf("# covered expected errors: %zu calls\n", calls);
    assert_true(calls > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_code), cmocka_unit_test(in_runs),
                                       cmocka_unit_test(expected)};
    return cmocka_run_group_tests_name("kernel_marks", tests, NULL, NULL);
}
