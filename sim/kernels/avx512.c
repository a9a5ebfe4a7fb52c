/* The kernels for x86-64 with AVX-512 F, BW, DQ, VL: Skylake-SP, Zen 4 and later. */
#define ISA avx512
#include "sim/kernels/vec_avx512.h"
#include "sim/kernels/templates.inc.h"
