#include "sim/base/rng.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wundef"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

void rng_u32x4(uint64_t seed, uint64_t stream, uint64_t group, uint32_t out[static 4])
{
    philox4x32_ctr_t counter = {
        {(uint32_t)group, (uint32_t)(group >> 32), (uint32_t)stream, (uint32_t)(stream >> 32)}};
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t r = philox4x32(counter, key);
    for (int i = 0; i < 4; i++)
        out[i] = r.v[i];
}

uint32_t rng_u32(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t four[4];
    rng_u32x4(seed, stream, index / 4, four);
    return four[index % 4];
}
