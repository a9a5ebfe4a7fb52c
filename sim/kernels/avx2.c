/* The kernels for x86-64 with AVX2 and FMA: Haswell, Zen and later. */
#define ISA avx2
#include "sim/kernels/vec_avx2.h"
#include "sim/kernels/templates.inc.h"
