/* The constants of stochastic rounding to a grid. */
#include "sim/kernels/kernels.h"

bool kernel_stochastic_open(struct kernel_stochastic *k, const struct format *f, const struct rounding *r)
{
    struct rounding nearest = *r;
    *k = (struct kernel_stochastic){.r = *r, .bits = r->sr_bits ? r->sr_bits : 32};
    nearest.mode = ROUND_RNE;
    if (r->mode != ROUND_SR || !kernel_grid_open(&k->grid, f, &nearest))
        return false;
    float high = k->grid.high, low = -k->grid.low;
    float last_tie = high > low ? k->grid.last_tie : -k->grid.last_tie_below;
    k->far = last_tie + (last_tie - (high > low ? high : low));
    /* A subnormal quotient is below 2^-35 quanta. */
    return k->grid.first_tie > 0x1p-92F;
}
