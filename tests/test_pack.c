/* Codes as bytes: published small examples, every order there and back on random codes, scale layouts. */
#include "tests/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/pack.h"
#include "sim/base/rng.h"

struct example {
    enum pack_order order;
    int bits;
    size_t n, size;
    uint32_t codes[8];
    uint8_t bytes[8];
};

static void examples(void **state)
{
    (void)state;
    /* The orders restated with shifts on a few codes:
     *   nibbles   low first: b << 4 | a; high first: a << 4 | b (torchao's earlier pack_uint4)
     *   6 bits    low first: bits 6i+5..6i of a 24-bit word, its low byte first (modular's fp6_utils)
     *             split: a>>2<<4 | b>>2, d>>2<<4 | c>>2, (a&3)<<6 | (b&3)<<4 | (d&3)<<2 | (c&3) (torchao)
     *   halves    byte j: code j | code j + n/2 << 4 (ggml's quantize_row_q4_0_ref) */
    enum { A = 0x2d, B = 0x13, C = 0x3e, D = 0x05, WORD = D << 18 | C << 12 | B << 6 | A };
    enum { TOP = A << 18 | B << 12 | C << 6 | D };
    static const struct example e[] = {
        {PACK_LOW_FIRST, 4, 4, 2, {0x1, 0x2, 0xf, 0x8}, {0x21, 0x8f}},
        {PACK_HIGH_FIRST, 4, 4, 2, {0x1, 0x2, 0xf, 0x8}, {0x12, 0xf8}},
        {PACK_LOW_FIRST, 4, 3, 2, {0x1, 0x2, 0xf}, {0x21, 0x0f}},
        {PACK_HIGH_FIRST, 4, 3, 2, {0x1, 0x2, 0xf}, {0x12, 0xf0}},
        {PACK_HALVES, 4, 6, 3, {0x1, 0x2, 0x3, 0xa, 0xb, 0xc}, {0xa1, 0xb2, 0xc3}},
        {PACK_LOW_FIRST, 6, 4, 3, {A, B, C, D}, {WORD & 255, WORD >> 8 & 255, WORD >> 16}},
        {PACK_HIGH_FIRST, 6, 4, 3, {A, B, C, D}, {TOP >> 16, TOP >> 8 & 255, TOP & 255}},
        {PACK_SPLIT,
         6,
         4,
         3,
         {A, B, C, D},
         {A >> 2 << 4 | B >> 2, D >> 2 << 4 | C >> 2, (A & 3) << 6 | (B & 3) << 4 | (D & 3) << 2 | (C & 3)}},
        {PACK_LOW_FIRST, 8, 2, 2, {0x12, 0xfe}, {0x12, 0xfe}},
        {PACK_HIGH_FIRST, 8, 2, 2, {0x12, 0xfe}, {0x12, 0xfe}},
        {PACK_LOW_FIRST, 16, 2, 4, {0x1234, 0xabcd}, {0x34, 0x12, 0xcd, 0xab}},
        {PACK_HIGH_FIRST, 16, 2, 4, {0x1234, 0xabcd}, {0x12, 0x34, 0xab, 0xcd}},
        {PACK_LOW_FIRST, 1, 3, 1, {1, 0, 1}, {0x05}},
        {PACK_HIGH_FIRST, 1, 3, 1, {1, 0, 1}, {0xa0}},
    };
    for (size_t i = 0; i < sizeof e / sizeof *e; i++) {
        uint8_t bytes[9];
        uint32_t codes[8];
        memset(bytes, 0x5a, sizeof bytes);
        assert_null(pack_problem(e[i].order, e[i].bits, e[i].n));
        assert_int_equal(pack_size(e[i].bits, e[i].n), e[i].size);
        pack_codes(e[i].order, e[i].bits, e[i].codes, e[i].n, bytes);
        assert_memory_equal(bytes, e[i].bytes, e[i].size);
        assert_int_equal(bytes[e[i].size], 0x5a);
        unpack_codes(e[i].order, e[i].bits, bytes, e[i].n, codes);
        assert_memory_equal(codes, e[i].codes, e[i].n * sizeof *codes);
    }
    printf("# covered packing: %zu examples\n", sizeof e / sizeof *e);
}

/* A stream of bits made one bit after another, beside the packer's arithmetic of places. */
static void stream(bool low_first, int bits, const uint32_t *codes, size_t n, uint8_t *bytes)
{
    size_t at = 0;
    memset(bytes, 0, pack_size(bits, n));
    for (size_t i = 0; i < n; i++)
        for (int j = 0; j < bits; j++, at++) {
            int bit = low_first ? j : bits - 1 - j, to = low_first ? (int)(at % 8) : 7 - (int)(at % 8);
            if (codes[i] >> bit & 1)
                bytes[at / 8] |= (uint8_t)(1 << to);
        }
}

static void there_and_back(void **state)
{
    (void)state;
    enum { MOST = 67 };
    size_t cases[PACK_ORDERS] = {0};
    for (enum pack_order order = 0; order < PACK_ORDERS; order++)
        for (int bits = 1; bits <= 32; bits++)
            for (size_t n = 0; n <= MOST; n++) {
                uint32_t codes[MOST], again[MOST], mask = bits == 32 ? ~0U : (1U << bits) - 1;
                uint8_t bytes[4 * MOST], want[4 * MOST];
                if (pack_problem(order, bits, n))
                    continue;
                for (size_t i = 0; i < n; i++)
                    codes[i] = rng_u32((uint64_t)order, (uint64_t)bits, n * MOST + i);
                pack_codes(order, bits, codes, n, bytes); /* bits beyond the width are ignored */
                unpack_codes(order, bits, bytes, n, again);
                for (size_t i = 0; i < n; i++)
                    assert_int_equal(again[i], codes[i] & mask);
                if (order == PACK_LOW_FIRST || order == PACK_HIGH_FIRST) {
                    stream(order == PACK_LOW_FIRST, bits, codes, n, want);
                    assert_memory_equal(bytes, want, pack_size(bits, n));
                }
                cases[order]++;
            }
    assert_int_equal(cases[PACK_LOW_FIRST], 32 * (MOST + 1));
    assert_int_equal(cases[PACK_HIGH_FIRST], 32 * (MOST + 1));
    assert_int_equal(cases[PACK_HALVES], MOST / 2 + 1);
    assert_int_equal(cases[PACK_SPLIT], MOST / 4 + 1);
    printf("# covered packing: %zu %zu %zu %zu runs of random codes by order\n", cases[0], cases[1], cases[2],
           cases[3]);
}

static void refused(void **state)
{
    (void)state;
    assert_string_equal(pack_problem(PACK_HALVES, 6, 4), "halves packs codes of 4 bits");
    assert_string_equal(pack_problem(PACK_HALVES, 4, 3), "halves packs an even number of codes");
    assert_string_equal(pack_problem(PACK_SPLIT, 4, 4), "split packs codes of 6 bits");
    assert_string_equal(pack_problem(PACK_SPLIT, 6, 6), "split packs a multiple of 4 codes");
}

/* One tile by the table of the cuBLAS documentation: bytes 0..3 are row 0, 4..7 row 32, 8..11 row 64, 12..15
 * row 96, then rows 1, 33, 65, 97, and so on. */
static void tile_order(void **state)
{
    (void)state;
    size_t at = 0;
    for (size_t r = 0; r < 32; r++)
        for (size_t quarter = 0; quarter < 4; quarter++)
            for (size_t c = 0; c < 4; c++)
                assert_int_equal(scale_layout_place(SCALES_128X4, 4, quarter * 32 + r, c), at++);
    assert_int_equal(at, 512);
    /* The second tile of a row of tiles follows the first; a second row of tiles follows them all. */
    assert_int_equal(scale_layout_place(SCALES_128X4, 8, 0, 4), 512);
    assert_int_equal(scale_layout_place(SCALES_128X4, 8, 128, 0), 1024);
    assert_int_equal(scale_layout_place(SCALES_128X4, 5, 128, 0), 1024); /* columns are filled up */
    assert_int_equal(scale_layout_place(SCALES_128X4, 8, 5, 2), 5 * 16 + 2);
}

static void layouts_there_and_back(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{1, 1},    {128, 4}, {129, 4}, {128, 5},
                                       {300, 11}, {7, 3},   {0, 4},   {256, 8}};
    for (enum scale_layout layout = 0; layout < SCALE_LAYOUTS; layout++)
        for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
            size_t rows = shapes[k][0], columns = shapes[k][1], n = rows * columns;
            size_t places = scale_layout_size(layout, rows, columns), nonzero = 0;
            assert_int_equal(
                places, layout == SCALES_LINEAR ? n : (rows + 127) / 128 * 128 * ((columns + 3) / 4 * 4));
            uint32_t *linear = malloc((n + 1) * sizeof *linear), *again = malloc((n + 1) * sizeof *again);
            uint32_t *placed = malloc((places + 1) * sizeof *placed);
            for (size_t i = 0; i < n; i++)
                linear[i] = (uint32_t)i + 1;
            scale_layout_apply(layout, rows, columns, linear, placed);
            for (size_t i = 0; i < places; i++)
                nonzero += placed[i] != 0;
            assert_int_equal(nonzero, n); /* no two scales in one place, padding zero */
            scale_layout_undo(layout, rows, columns, placed, again);
            assert_memory_equal(again, linear, n * sizeof *linear);
            free(linear);
            free(again);
            free(placed);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),   cmocka_unit_test(there_and_back),         cmocka_unit_test(refused),
        cmocka_unit_test(tile_order), cmocka_unit_test(layouts_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
