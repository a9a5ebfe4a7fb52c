/* The kernels on one lane, for every machine. */
#define ISA scalar
#include "sim/kernels/vec_scalar.h"
#include "sim/kernels/templates.inc.h"
