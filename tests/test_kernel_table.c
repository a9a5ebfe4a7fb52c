/* The table kernel, short and long, against the definition, by memcmp: values and counts. */
#include "tests/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "formats/codebook.h"
#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 33, BATCH = 1200 }; /* lengths to try one by one: two vectors and one; elements at a time */
enum { EVERY = WATCHED ? 3 : 1 }; /* formats */

static struct {
    size_t kernels, formats, elements, refused;
    bool mode[ROUND_MODES], overflow[OVERFLOW_MODES];
} covered;

static struct room from, to;

/* n elements that end at the guard page, with and without counts, and in place. */
static void try_table(const struct kernels *s, const struct kernel_table *k, float scale, const float *x,
                      size_t n, const float *want, const struct kernel_counts *want_counts)
{
    float *in = from.end - n, *out = to.end - n;
    struct kernel_counts counts = {0};
    memcpy(in, x, n * sizeof *x);
    s->table(k, 1 / scale, scale, in, out, n, &counts);
    kernel_compare(s->isa, &k->f, &k->r, scale, x, out, &counts, want, want_counts, n);
    memset(out, 0xa5, n * sizeof *out);
    s->table(k, 1 / scale, scale, in, out, n, NULL);
    kernel_compare(s->isa, &k->f, &k->r, scale, x, out, NULL, want, NULL, n);
    s->table(k, 1 / scale, scale, in, in, n, NULL);
    kernel_compare(s->isa, &k->f, &k->r, scale, x, in, NULL, want, NULL, n);
    covered.elements += n;
}

static void try_scale(const struct kernel_table *k, float scale, bool lengths)
{
    static float x[BATCH], want[BATCH];
    struct kernel_counts counts;
    kernel_inputs(&k->f, x, BATCH, covered.kernels * BATCH);
    for (size_t i = 0; i < BATCH; i++)
        x[i] *= scale;
    for (size_t n = 0; lengths && n <= MOST; n++) {
        kernel_want(&k->f, &k->r, scale, NULL, x + n * MOST, want, n, &counts);
        for (size_t set = 0; set < kernels_count(); set++)
            try_table(kernels_at(set), k, scale, x + n * MOST, n, want, &counts);
    }
    kernel_want(&k->f, &k->r, scale, NULL, x, want, BATCH, &counts);
    for (size_t set = 0; set < kernels_count(); set++)
        try_table(kernels_at(set), k, scale, x, BATCH, want, &counts);
}

static void try_rounding(const struct format *f, const struct rounding *r)
{
    static const float scales[] = {1, 0x1p-20F, 0x1p13F, 0x1p-126F, 0x1p126F};
    struct kernel_table k;
    if (!kernel_table_open(&k, f, r)) {
        covered.refused++;
        return;
    }
    bool plain = r->overflow == 0 && r->nan == 0 && r->neg_zero == 0 && !r->ftz;
    for (size_t c = 0; c < sizeof scales / sizeof *scales; c++)
        if (plain || c == 0 || c == 1 + covered.kernels % 4)
            try_scale(&k, scales[c], plain);
    kernel_table_close(&k);
    covered.kernels++;
    covered.mode[r->mode] = covered.overflow[r->overflow] = true;
}

/* Every mode under the default policies; each policy under every mode, or a few. */
static void try_format(const struct format *f, bool thorough)
{
    size_t before = covered.kernels;
    for (int mode = 0; mode < ROUND_SR; mode++)
        for (int overflow = 0; overflow < OVERFLOW_MODES; overflow++)
            for (int rest = 0; rest < 8; rest++) {
                struct rounding r = {.mode = (enum round_mode)mode,
                                     .overflow = (enum overflow_mode)overflow,
                                     .nan = rest & 1 ? NAN_TO_MAX : NAN_TO_ZERO,
                                     .neg_zero = rest & 2 ? NEG_ZERO_DROP : NEG_ZERO_KEEP,
                                     .ftz = rest >> 2};
                bool other = thorough || mode == ROUND_RNE;
                if ((rest == 0 && (thorough || overflow == 0)) ||
                    (other && rest == 1 + (mode + overflow) % 7))
                    try_rounding(f, &r);
            }
    covered.formats += covered.kernels > before;
}

static void begin(void)
{
    memset(&covered, 0, sizeof covered);
    from = room_open(BATCH);
    to = room_open(BATCH);
}

static void end(const char *what)
{
    room_close(&from);
    room_close(&to);
    printf("# covered %s tables: %zu sets, %zu formats, %zu with modes and policies (%zu not served), %zu "
           "elements\n",
           what, kernels_count(), covered.formats, covered.kernels, covered.refused, covered.elements);
    for (int mode = 0; mode < ROUND_ODD; mode++)
        assert_true(covered.mode[mode]);
    for (int overflow = 0; overflow < OVERFLOW_MODES; overflow++)
        assert_true(covered.overflow[overflow]);
}

static void short_tables(void **state)
{
    (void)state;
    static const char *const more[] = {"int2",         "int3",         "e0m3",         "e1m2",
                                       "e2m1",         "e3m0",         "ue2m2",        "lns4f1",
                                       "p3109_k4p2se", "p3109_k3p1sf", "p3109_k4p3ue", "posit4es1"};
    begin();
    for (size_t i = 0; i < format_count(); i += EVERY)
        if (format_at(i)->bits <= 4 || (format_at(i)->book && format_at(i)->book->n <= 16))
            try_format(format_at(i), true);
    for (size_t i = 0; i < sizeof more / sizeof *more; i += EVERY) {
        struct format f;
        assert_true(format_by_name(more[i], &f, NULL));
        try_format(&f, true);
    }
    end("short");
}

static void long_tables(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < format_count(); i += EVERY)
        if (format_at(i)->bits > 4 && format_at(i)->bits <= 8)
            try_format(format_at(i), false);
    end("long");
}

/* Making their tables takes longest. */
static void wide_tables(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum round_mode mode;
    } wide[] = {{"e5m6", ROUND_RUP},
                {"fp16", ROUND_RTZ},
                {"bf16", ROUND_RNA},
                {"posit16", ROUND_RNE},
                {"int12", ROUND_RDN}};
    begin();
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        struct format f;
        assert_true(format_by_name(wide[i].name, &f, NULL));
        if (f.bits <= 12 || !WATCHED)
            try_rounding(&f, &(struct rounding){.mode = wide[i].mode});
    }
    room_close(&from);
    room_close(&to);
    printf("# covered wide tables: %zu formats, %zu elements\n", covered.kernels, covered.elements);
    assert_true(covered.kernels == (WATCHED ? 2 : sizeof wide / sizeof *wide));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(short_tables), cmocka_unit_test(long_tables),
                                       cmocka_unit_test(wide_tables)};
    return cmocka_run_group_tests_name("kernel_table", tests, NULL, NULL);
}
