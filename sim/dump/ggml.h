/* Element types of ggml, as GGUF files hold them: layouts of blocks and their values. What a block stands for
 * is what ggml's dequantize_row_* (src/ggml-quants.c) computes, bit for bit in binary32; the payload of a NaN
 * that a scale brings is not promised. */
#ifndef SIM_DUMP_GGML_H
#define SIM_DUMP_GGML_H

#include "sim/tensor.h"

struct ggml_type {
    const char *name;
    size_t block, bytes; /* `bytes` bytes hold `block` elements; 0 and 0: a number no longer used */
    bool plain;          /* elements of `dtype`, whose size `bytes` leaves out */
    enum dtype dtype;
    const struct tensor_packing *packing; /* NULL if plain, or if not read */
};

/* NULL for a number that ggml has not given away. */
const struct ggml_type *ggml_type_find(uint32_t number);

/* One block each: ggml_blocks.c (a scale of 16 bits or fewer), ggml_super.c (scales of scales). */
#define PLAIN(number, name, dtype)
#define OTHER(number, name, block, bytes)
#define BLOCKS(number, name, block, bytes, decode) \
    void ggml_decode_##decode(const unsigned char *b, float *y);
#include "sim/dump/ggml.def"
#undef PLAIN
#undef OTHER
#undef BLOCKS

/* A little-endian binary16 number. */
static inline float ggml_half(const unsigned char *b)
{
    return tensor_f16((uint16_t)(b[0] | b[1] << 8));
}

/* The levels of the IQ4 types. */
extern const signed char ggml_iq4_values[16];

#endif
