/* Counter-based random numbers: Philox4x32-10 of Random123 (Salmon et al., SC'11). A number is a pure
 * function of (seed, stream, index), so it does not depend on threads, instruction set, shards or order. */
#ifndef SIM_BASE_RNG_H
#define SIM_BASE_RNG_H

#include <stdint.h>

/* 32 uniform random bits: number `index` of stream `stream` under `seed`. */
uint32_t rng_u32(uint64_t seed, uint64_t stream, uint64_t index);

/* Four at once: numbers 4*group .. 4*group+3 of the same sequence as rng_u32. */
void rng_u32x4(uint64_t seed, uint64_t stream, uint64_t group, uint32_t out[static 4]);

#endif
