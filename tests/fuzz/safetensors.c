/* .safetensors files. */
#include "tests/fuzz/fuzz.h"

void fuzz_safetensors(const uint8_t *data, size_t size)
{
    fuzz_dump("x.safetensors", data, size);
}
