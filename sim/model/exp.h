/* exp(x) in binary64 from additions and multiplications alone: libm's last bit depends on whether the machine
 * has a fused multiply-add, and the recorded dump may not. */
#ifndef SIM_MODEL_EXP_H
#define SIM_MODEL_EXP_H

#include <stddef.h>

#include "sim/model/isa.h"

/* x[i] = exp(x[i]), within 2 ulp for |x| <= 700; beyond that x is taken as -700 or 700. */
void net_exp(double *x, size_t n);
/* The same on a given instruction set, which the machine must have. */
void net_exp_isa(enum net_isa isa, double *x, size_t n);

#endif
