/* .gguf files. */
#include "tests/fuzz/fuzz.h"

void fuzz_gguf(const uint8_t *data, size_t size)
{
    fuzz_dump("x.gguf", data, size);
}
