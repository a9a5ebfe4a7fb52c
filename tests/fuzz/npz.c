/* .npz archives of arrays. */
#include "tests/fuzz/fuzz.h"

void fuzz_npz(const uint8_t *data, size_t size)
{
    fuzz_dump("x.npz", data, size);
}
