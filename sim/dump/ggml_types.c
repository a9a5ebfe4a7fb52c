#include "sim/dump/ggml.h"

#define PLAIN(number, name, dtype)
#define OTHER(number, name, block, bytes)
#define BLOCKS(number, name, block, bytes, decode) \
    static const struct tensor_packing packing_##name = {#name, block, bytes, ggml_decode_##decode};
#include "sim/dump/ggml.def"
#undef PLAIN
#undef BLOCKS
#undef OTHER

static const struct ggml_type types[] = {
#define PLAIN(number, name, dtype) [number] = {#name, 1, 0, true, DTYPE_##dtype, NULL},
#define BLOCKS(number, name, block, bytes, decode) \
    [number] = {#name, block, bytes, false, DTYPE_F32, &packing_##name},
#define OTHER(number, name, block, bytes) [number] = {#name, block, bytes, false, DTYPE_F32, NULL},
#include "sim/dump/ggml.def"
#undef PLAIN
#undef BLOCKS
#undef OTHER
};

const struct ggml_type *ggml_type_find(uint32_t number)
{
    return number < sizeof types / sizeof *types && types[number].name ? &types[number] : NULL;
}
