/* Codes as bytes on a wire or in memory: the orders in which libraries pack codes narrower than a byte, and
 * the layouts in which matrix units expect the scales of blocks. Packing never looks at what a code means. */
#ifndef FORMATS_PACK_H
#define FORMATS_PACK_H

#include <stddef.h>
#include <stdint.h>

/* How n codes of `bits` bits fill bytes. The first two are streams of bits, for codes of 1 to 32 bits: four
 * codes of 4 bits are two bytes, four of 6 bits three. What the last byte has left is zero. */
enum pack_order {
    /* Bit j of code i is bit i * bits + j of the stream, which fills bytes from their lowest bit up: the
     * first of two nibbles is the low one, a code of 16 bits is little-endian. TransformerEngine, torchao,
     * compressed-tensors (4 bits); modular's fp6_utils, which takes element i of 6 bits at [6i+5 : 6i]. */
    PACK_LOW_FIRST,
    /* The same from the top: code 0 has the top bits of byte 0. The first of two nibbles is the high one
     * (bitsandbytes, torchao's earlier pack_uint4), a code of 16 bits is big-endian. */
    PACK_HIGH_FIRST,
    /* 4 bits, n even: byte j holds code j below and code j + n/2 above (ggml's q4_0, n being its block). */
    PACK_HALVES,
    /* 6 bits, n a multiple of 4: of codes a b c d the upper four bits as [a b] and [d c], high nibble first,
     * then the lower two bits of a b d c from the top (torchao's pack_uint6). */
    PACK_SPLIT,
    PACK_ORDERS
};
extern const char *const pack_order_names[PACK_ORDERS];

/* Why n codes of that width cannot be packed so; NULL if they can. */
const char *pack_problem(enum pack_order order, int bits, size_t n);
/* Bytes of n codes. */
size_t pack_size(int bits, size_t n);
/* n codes to pack_size bytes and back. Bits of a code beyond `bits` are ignored; pack_problem has none. */
void pack_codes(enum pack_order order, int bits, const uint32_t *codes, size_t n, uint8_t *bytes);
void unpack_codes(enum pack_order order, int bits, const uint8_t *bytes, size_t n, uint32_t *codes);

/* Where the scale of block `column` of row `row` lies, of a matrix with `columns` blocks in each of its
 * `rows` rows. */
enum scale_layout {
    SCALES_LINEAR, /* row after row */
    /* Tiles of 128 rows by 4 columns, row of tiles after row of tiles, missing rows and columns filled up
     * with zeros. Within a tile, scale (r, c) is number r % 32 * 16 + r / 32 * 4 + c. cuBLAS documentation,
     * "1D Block Scaling Factors Layout" (of MXFP8 and NVFP4; scales of one byte); cudnn-frontend, "128x4
     * layout".
     */
    SCALES_128X4,
    SCALE_LAYOUTS
};
extern const char *const scale_layout_names[SCALE_LAYOUTS];

enum { SCALE_TILE_ROWS = 128, SCALE_TILE_COLUMNS = 4 };

/* Places for all scales, padding among them, and the place of one. */
size_t scale_layout_size(enum scale_layout layout, size_t rows, size_t columns);
size_t scale_layout_place(enum scale_layout layout, size_t columns, size_t row, size_t column);
/* All scales, row after row, to their places, padding zero, and back. */
void scale_layout_apply(enum scale_layout layout, size_t rows, size_t columns, const uint32_t *linear,
                        uint32_t *placed);
void scale_layout_undo(enum scale_layout layout, size_t rows, size_t columns, const uint32_t *placed,
                       uint32_t *linear);

#endif
