/* Every template over the vector operations included before; ISA names the instruction set. */
#include <math.h>

/* For functions whose arguments choose at compile time what they do. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#include "sim/kernels/absmax.inc.h"
#include "sim/kernels/bins.inc.h"
#include "sim/kernels/errors.inc.h"
#include "sim/kernels/grid.inc.h"
#include "sim/kernels/kernels.h"
#include "sim/kernels/signal.inc.h"

#define FILL_NAME(isa) kernels_fill_##isa
#define FILL(isa)      FILL_NAME(isa)
#define TEXT_OF(isa)   #isa
#define ISA_TEXT(isa)  TEXT_OF(isa)

void FILL(ISA)(struct kernels *k)
{
    k->isa = ISA_TEXT(ISA);
    k->lanes = W;
    k->grid = grid;
    k->absmax = absmax;
    k->bins = bins;
    k->deviations = deviations;
    k->errors = errors;
    k->signal = signal_sums;
}
