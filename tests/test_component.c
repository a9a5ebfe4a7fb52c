/* sim/cost: bills of components counted by hand, and what cells make of them. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/cost/cells.h"
#include "tests/check.h"

/* Cells in the order of enum cell: inverter, nand, and, or, xor, mux, aoi, half adder, full adder, flip-flop.
 */
struct counted {
    const char *text;
    int64_t cells[CELLS];
    int64_t levels;
};

static const struct counted by_hand[] = {
    {"adder,bits=1", {[CELL_HALF_ADDER] = 1}, 1},
    {"adder,bits=8", {[CELL_HALF_ADDER] = 1, [CELL_FULL_ADDER] = 7}, 1 + 2 * 7},
    {"exponent_adder,exponent=4", {[CELL_HALF_ADDER] = 1, [CELL_FULL_ADDER] = 3}, 7},
    {"comparator,bits=4", {[CELL_INV] = 1, [CELL_AND] = 1, [CELL_XOR] = 3, [CELL_MUX] = 3}, 4},
    /* two sums of 3 bits, one of 4; each an exclusive or more for the sign */
    {"adder_tree,lanes=4,bits=3",
     {[CELL_HALF_ADDER] = 2 + 1, [CELL_FULL_ADDER] = 4 + 3, [CELL_XOR] = 3},
     (5 + 1) + (7 + 1)},
    /* two of three, then that and the third */
    {"adder_tree,lanes=3,bits=2",
     {[CELL_HALF_ADDER] = 2, [CELL_FULL_ADDER] = 1 + 2, [CELL_XOR] = 2},
     (3 + 1) + (5 + 1)},
    {"adder_tree,lanes=1,bits=9", {0}, 0},
    {"accumulator,bits=4,guard=2",
     {[CELL_HALF_ADDER] = 1 + 2, [CELL_FULL_ADDER] = 3, [CELL_FLIP_FLOP] = 6},
     7 + 2},
    /* fields of 7 bits, then 8 half adders; exponents of 4 bits looked at, 7 gates to flush, 7 to saturate */
    {"lmul_adder,exponent=4,mantissa=3",
     {[CELL_HALF_ADDER] = 1 + 8,
      [CELL_FULL_ADDER] = 6,
      [CELL_OR] = 2 * 3 + 7,
      [CELL_AND] = 1 + 7,
      [CELL_XOR] = 1},
     13 + 8 + 1 + 1},
    {"multiplier,a=4,b=4", {[CELL_AND] = 16, [CELL_HALF_ADDER] = 4, [CELL_FULL_ADDER] = 8}, 1 + 10 + 6},
    {"multiplier,a=5,b=3", {[CELL_AND] = 15, [CELL_HALF_ADDER] = 3, [CELL_FULL_ADDER] = 7}, 1 + 10 + 4},
    {"multiplier,a=3,b=5", {[CELL_AND] = 15, [CELL_HALF_ADDER] = 3, [CELL_FULL_ADDER] = 7}, 1 + 10 + 4},
    {"multiplier,a=6,b=1", {[CELL_AND] = 6}, 1},
    {"multiplier,a=4,b=4,form=rows", {[CELL_AND] = 16, [CELL_HALF_ADDER] = 3, [CELL_FULL_ADDER] = 9}, 17},
    {"multiplier,a=4,b=4,form=signed",
     {[CELL_AND] = 10, [CELL_NAND] = 6, [CELL_HALF_ADDER] = 6, [CELL_FULL_ADDER] = 8},
     17},
    {"scale_multiply,bits=16,exponent=8,mantissa=0",
     {[CELL_HALF_ADDER] = 2, [CELL_FULL_ADDER] = 7 + 8},
     15 + 17},
    /* 4 x 4, then 8 x 8; exponents of 4 and 5 bits */
    {"scale_multiply,bits=8,exponent=4,mantissa=3",
     {[CELL_AND] = 16 + 64, [CELL_HALF_ADDER] = 4 + 8 + 2, [CELL_FULL_ADDER] = 8 + 48 + 3 + 4},
     17 + (1 + 2 * (7 + 6) + 2 * 7)},
    {"shifter,bits=8,most=7", {[CELL_AND] = 7, [CELL_MUX] = 17}, 3},
    {"shifter,bits=8,most=4", {[CELL_AND] = 4, [CELL_MUX] = 20}, 3},
    {"shifter,bits=2,most=7", {[CELL_AND] = 1 + 2 + 2, [CELL_MUX] = 1}, 3}, /* longer than the number */
    {"shifter,bits=8,most=0", {0}, 0},
    {"shifter,bits=9,most=28,form=widening", {[CELL_AND] = 28, [CELL_MUX] = 7 * 5 + 28}, 5},
    {"aligner,bits=8,most=7,exponent=4",
     {[CELL_INV] = 4,
      [CELL_HALF_ADDER] = 1,
      [CELL_FULL_ADDER] = 3,
      [CELL_AND] = 7,
      [CELL_MUX] = 17,
      [CELL_XOR] = 8},
     7 + 3 + 1},
    {"leading_zeros,bits=1", {0}, 0},
    {"leading_zeros,bits=4", {[CELL_INV] = 3, [CELL_OR] = 3, [CELL_MUX] = 1}, 2},
    {"leading_zeros,bits=8", {[CELL_INV] = 7, [CELL_OR] = 7, [CELL_MUX] = 2 + 2}, 3},
    {"normaliser,bits=4,exponent=3",
     {[CELL_INV] = 3 + 3,
      [CELL_OR] = 3,
      [CELL_MUX] = 1 + 5,
      [CELL_AND] = 3,
      [CELL_HALF_ADDER] = 1,
      [CELL_FULL_ADDER] = 2},
     2 + 5},
    {"rounder,precision=4,dropped=4,exponent=4",
     {[CELL_OR] = 3, [CELL_AND] = 1, [CELL_HALF_ADDER] = 7},
     2 + 1 + 7},
    {"rounder,precision=4,dropped=0,exponent=4", {0}, 0},
    {"dequantizer,exponent=2,mantissa=1,scale_exponent=8,scale_mantissa=0",
     {[CELL_INV] = 1,
      [CELL_OR] = 1 + 1,
      [CELL_AND] = 1,
      [CELL_MUX] = 1 + 2,
      [CELL_HALF_ADDER] = 1,
      [CELL_FULL_ADDER] = 7},
     1 + 1 + 1 + 15},
    /* 2 x 4 bits; a product of 6, an exponent of 5; exponents of 4 */
    {"dequantizer,exponent=2,mantissa=1,scale_exponent=4,scale_mantissa=3",
     {[CELL_INV] = 5 + 5,
      [CELL_OR] = 1 + 5,
      [CELL_AND] = 8 + 5,
      [CELL_MUX] = 4 + 13,
      [CELL_HALF_ADDER] = 2 + 1 + 1,
      [CELL_FULL_ADDER] = 2 + 4 + 3},
     1 + 9 + (3 + 9) + 7},
    {"quantizer,exponent=2,mantissa=1",
     {[CELL_INV] = 9,
      [CELL_OR] = 21 + 7 + 3,
      [CELL_AND] = 3 + 1,
      [CELL_MUX] = 3,
      [CELL_HALF_ADDER] = 1 + 3,
      [CELL_FULL_ADDER] = 8},
     17 + 2 + (5 + 1 + 3) + 3 + 1},
    {"quantizer,exponent=2,mantissa=1,scale_exponent=0",
     {[CELL_OR] = 21 + 7 + 3, [CELL_AND] = 3 + 1, [CELL_MUX] = 3, [CELL_HALF_ADDER] = 8 + 3},
     8 + 2 + (5 + 1 + 3) + 3 + 1},
    {"quantizer,exponent=0,mantissa=4",
     {[CELL_INV] = 9 + 1,
      [CELL_OR] = 23,
      [CELL_AND] = 5 + 1 + 1,
      [CELL_XOR] = 3 + 4,
      [CELL_MUX] = 67 + 3 + 4,
      [CELL_HALF_ADDER] = 1 + 3 + 4,
      [CELL_FULL_ADDER] = 8},
     17 + 3 + (5 + 1 + 3) + 4 + 1 + 5},
    {"codebook_table,bits=4,width=8", {[CELL_INV] = 1, [CELL_MUX] = 7 * 8}, 3},
    /* stages of 3 and 4 bits, each two sums and two differences */
    {"transform,points=4,bits=3",
     {[CELL_INV] = 2 * 3 + 2 * 4, [CELL_HALF_ADDER] = 8, [CELL_FULL_ADDER] = 4 * 2 + 4 * 3, [CELL_XOR] = 8},
     (5 + 1) + (7 + 1)},
    {"register,bits=5", {[CELL_FLIP_FLOP] = 5}, 0},
};

static void bills(void **state)
{
    (void)state;
    const size_t n = sizeof by_hand / sizeof *by_hand;
    bool seen[64] = {false};
    for (size_t i = 0; i < n; i++) {
        const struct counted *w = &by_hand[i];
        const struct component *c = NULL;
        struct bill b;
        struct error e = {{0}};
        if (component_parse(w->text, &c, &b, &e))
            fail_msg("%s: %s", w->text, e.text);
        for (int k = 0; k < CELLS; k++)
            if (b.cells[k] != w->cells[k])
                fail_msg("%s: %lld of %s, counted %lld", w->text, (long long)b.cells[k], cell_names[k],
                         (long long)w->cells[k]);
        if (b.levels != w->levels)
            fail_msg("%s: %lld levels, counted %lld", w->text, (long long)b.levels, (long long)w->levels);
        for (size_t k = 0; k < component_count(); k++)
            seen[k] |= component_at(k) == c;
    }
    for (size_t k = 0; k < component_count(); k++)
        if (!seen[k])
            fail_msg("%s: no bill counted by hand", component_at(k)->name);
    printf("# covered: bills of %zu components, %zu texts\n", component_count(), n);
}

static void registry(void **state)
{
    (void)state;
    for (size_t i = 0; i < component_count(); i++) {
        const struct component *c = component_at(i);
        assert_ptr_equal(component_find(c->name), c);
        assert_true(*c->doc && *c->source && c->n_keys > 0 && c->n_keys <= ARG_KEYS_MAX);
        double arg[ARG_KEYS_MAX];
        for (size_t k = 0; k < c->n_keys; k++) {
            const struct arg_key *key = &c->keys[k];
            arg[k] = key->standard;
            assert_true(*key->doc &&
                        (key->type == ARG_WORD || (key->low <= key->standard && key->standard <= key->high)));
        }
        const struct bill b = c->bill(arg);
        int64_t cells = 0;
        for (int k = 0; k < CELLS; k++) {
            assert_true(b.cells[k] >= 0);
            cells += b.cells[k];
        }
        assert_true(cells > 0 && b.levels >= 0);
    }
    assert_null(component_find("adders"));
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } c[] = {{"multipler", "did you mean 'multiplier'"},
             {"adder,width=4", "unknown key 'width'"},
             {"adder,bits=0", "'0' is not one of whole numbers 1..256"},
             {"adder,bits=2.5", "'2.5' is not one of"},
             {"multiplier,form=booth", "'booth' is not one of array|rows|signed"},
             {"", "unknown component"}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const struct component *found = NULL;
        struct bill b;
        struct error e = {{0}};
        assert_int_equal(component_parse(c[i].text, &found, &b, &e), STATUS_INVALID);
        if (!strstr(e.text, c[i].reason))
            fail_msg("%s: %s", c[i].text, e.text);
    }
}

static double gates(const struct cell_set *set, const char *text)
{
    const struct component *c = NULL;
    struct bill b;
    double g = 0;
    struct error e = {{0}};
    if (component_parse(text, &c, &b, &e) || cells_gates(set, &b, &g, &e))
        fail_msg("%s: %s", text, e.text);
    return g;
}

/* Every cell in every set, or said to be missing. */
static void sets(void **state)
{
    (void)state;
    int there = 0, missing = 0;
    for (size_t i = 0; i < cell_set_count(); i++) {
        const struct cell_set *s = cell_set_at(i);
        assert_true(*s->doc && *s->source && s->gate > 0);
        for (int c = 0; c < CELLS; c++) {
            const struct bill one = bill_of((enum cell)c, 3);
            double g = 7;
            struct error e = {{0}};
            if (s->size[c] > 0) {
                assert_int_equal(cells_gates(s, &one, &g, &e), STATUS_OK);
                assert_true(fabs(g - 3 * s->size[c] / s->gate) < 1e-12);
                there++;
            } else {
                assert_int_equal(cells_gates(s, &one, &g, &e), STATUS_SKIP);
                assert_true(g == 7 && strstr(e.text, cell_names[c]) && strstr(e.text, s->name));
                missing++;
            }
        }
    }
    printf("# covered: %d sizes of cells, %d missing and said so\n", there, missing);
    assert_true(missing > 0);
    /* appendix B: a full adder is two half adders and an OR; N-bit add (N - 1) FA + HA */
    assert_true(gates(&cells_appendix_b, "adder,bits=8") == 7 * 7 + 3);
    assert_true(gates(&cells_appendix_b, "multiplier,a=5,b=5,form=rows") == 25 + 16 * 7 + 4 * 3);
    assert_true(gates(&cells_appendix_b, "shifter,bits=9,most=28,form=widening") == 7 * 5 * 3 + 28 * 4);
    /* N ceil(log2(k + 1)) MUX - k (MUX - AND) */
    assert_true(gates(&cells_appendix_b, "shifter,bits=9,most=6") == 9 * 3 * 3 - 6 * 2);
    /* NanGate's own full adder is 16 sites of 3 a gate, half adder 10, of gates 17 and 10 */
    const struct cell_set mapped = cells_mapped(&cells_nangate45);
    assert_true(fabs(gates(&cells_nangate45, "adder,bits=4") - (10 + 3 * 16) / 3.) < 1e-9);
    assert_true(fabs(gates(&mapped, "adder,bits=4") - (10 + 3 * 17) / 3.) < 1e-9);
    assert_true(fabs(gates(&cells_nangate45, "register,bits=3") - 17) < 1e-9);
}

static void nodes(void **state)
{
    (void)state;
    assert_true(node_gate_um2(node_find("nangate45")) == .798);
    assert_true(node_gate_um2(node_find("sky130")) == 3.7536);
    assert_true(fabs(node_gate_um2(node_find("7nm")) - .798 * .059) < 1e-15);
    assert_true(node_find("sky130")->gate_fj > 0 && node_find("nangate45")->gate_fj == 0);
    assert_null(node_find("180nm"));
    assert_null(node_find("40nm"));
    for (size_t i = 0; i < node_count(); i++) {
        const struct node *n = node_at(i);
        assert_true(n->nm > 0 && n->area_factor > 0 && n->set);
        assert_true(n->scaled == (n->source && strstr(n->source, "Stillmaker") != NULL));
    }
}

/* results/synth.csv, the smallest netlists: plain parts of N bits. */
static void synthesised(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double ge;
    } c[] = {{"adder,bits=4", 21.00},           {"adder,bits=8", 43.67},
             {"adder,bits=16", 90.00},          {"adder,bits=24", 135.33},
             {"multiplier,a=3,b=3", 37.00},     {"multiplier,a=4,b=4", 79.33},
             {"multiplier,a=5,b=5", 130.67},    {"multiplier,a=6,b=6", 201.00},
             {"multiplier,a=8,b=8", 393.33},    {"multiplier,a=11,b=11", 796.67},
             {"multiplier,a=16,b=16", 1746.33}, {"multiplier,a=24,b=24", 4035.00}};
    const struct cell_set mapped = cells_mapped(&cells_nangate45);
    double worst = 0;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        const double error = gates(&mapped, c[i].text) / c[i].ge - 1;
        worst = fmax(worst, fabs(error));
        if (fabs(error) > .06)
            fail_msg("%s: %+.1f %% of %g", c[i].text, 100 * error, c[i].ge);
    }
    printf("# covered: %zu parts against synthesis, largest error %.1f %%\n", sizeof c / sizeof *c,
           100 * worst);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registry), cmocka_unit_test(bills), cmocka_unit_test(refused),
        cmocka_unit_test(sets),     cmocka_unit_test(nodes), cmocka_unit_test(synthesised),
    };
    return cmocka_run_group_tests_name("component", tests, NULL, NULL);
}
