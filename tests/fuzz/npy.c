/* .npy arrays. */
#include "tests/fuzz/fuzz.h"

void fuzz_npy(const uint8_t *data, size_t size)
{
    fuzz_dump("x.npy", data, size);
}
