#include "formats/pack.h"

#include <string.h>

const char *const pack_order_names[PACK_ORDERS] = {"low-first", "high-first", "halves", "split"};
const char *const scale_layout_names[SCALE_LAYOUTS] = {"linear", "128x4"};

const char *pack_problem(enum pack_order order, int bits, size_t n)
{
    if (order == PACK_HALVES && bits != 4)
        return "halves packs codes of 4 bits";
    if (order == PACK_HALVES && n % 2)
        return "halves packs an even number of codes";
    if (order == PACK_SPLIT && bits != 6)
        return "split packs codes of 6 bits";
    if (order == PACK_SPLIT && n % 4)
        return "split packs a multiple of 4 codes";
    return NULL;
}

size_t pack_size(int bits, size_t n)
{
    return n / 8 * (size_t)bits + (n % 8 * (size_t)bits + 7) / 8;
}

/* Where bit `bit` of code `i` lies: a byte, and a bit of it. */
struct place {
    size_t byte;
    int bit;
};

static struct place place_of(enum pack_order order, int bits, size_t n, size_t i, int bit)
{
    /* split: the nibble of the upper bits of each of four codes, and the pair of bits of the lower ones */
    static const struct place upper[] = {{0, 4}, {0, 0}, {1, 0}, {1, 4}};
    static const int lower[] = {6, 4, 0, 2};
    size_t at;
    switch (order) {
    case PACK_HIGH_FIRST:
        at = i * (size_t)bits + (size_t)(bits - 1 - bit);
        return (struct place){at / 8, 7 - (int)(at % 8)};
    case PACK_HALVES:
        return (struct place){i % (n / 2), bit + (i < n / 2 ? 0 : 4)};
    case PACK_SPLIT:
        if (bit < 2)
            return (struct place){i / 4 * 3 + 2, lower[i % 4] + bit};
        return (struct place){i / 4 * 3 + upper[i % 4].byte, upper[i % 4].bit + bit - 2};
    default:
        at = i * (size_t)bits + (size_t)bit;
        return (struct place){at / 8, (int)(at % 8)};
    }
}

void pack_codes(enum pack_order order, int bits, const uint32_t *codes, size_t n, uint8_t *bytes)
{
    memset(bytes, 0, pack_size(bits, n));
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < bits; bit++) {
            struct place p = place_of(order, bits, n, i, bit);
            bytes[p.byte] |= (uint8_t)((codes[i] >> bit & 1) << p.bit);
        }
}

void unpack_codes(enum pack_order order, int bits, const uint8_t *bytes, size_t n, uint32_t *codes)
{
    for (size_t i = 0; i < n; i++) {
        codes[i] = 0;
        for (int bit = 0; bit < bits; bit++) {
            struct place p = place_of(order, bits, n, i, bit);
            codes[i] |= (uint32_t)(bytes[p.byte] >> p.bit & 1) << bit;
        }
    }
}

static size_t tiles(size_t n, size_t tile)
{
    return n / tile + (n % tile != 0);
}

size_t scale_layout_size(enum scale_layout layout, size_t rows, size_t columns)
{
    if (layout == SCALES_LINEAR)
        return rows * columns;
    return tiles(rows, SCALE_TILE_ROWS) * SCALE_TILE_ROWS * tiles(columns, SCALE_TILE_COLUMNS) *
           SCALE_TILE_COLUMNS;
}

size_t scale_layout_place(enum scale_layout layout, size_t columns, size_t row, size_t column)
{
    if (layout == SCALES_LINEAR)
        return row * columns + column;
    size_t tile = row / SCALE_TILE_ROWS * tiles(columns, SCALE_TILE_COLUMNS) + column / SCALE_TILE_COLUMNS;
    size_t r = row % SCALE_TILE_ROWS, c = column % SCALE_TILE_COLUMNS;
    return tile * SCALE_TILE_ROWS * SCALE_TILE_COLUMNS + r % 32 * 16 + r / 32 * 4 + c;
}

void scale_layout_apply(enum scale_layout layout, size_t rows, size_t columns, const uint32_t *linear,
                        uint32_t *placed)
{
    memset(placed, 0, scale_layout_size(layout, rows, columns) * sizeof *placed);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            placed[scale_layout_place(layout, columns, r, c)] = linear[r * columns + c];
}

void scale_layout_undo(enum scale_layout layout, size_t rows, size_t columns, const uint32_t *placed,
                       uint32_t *linear)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            linear[r * columns + c] = placed[scale_layout_place(layout, columns, r, c)];
}
