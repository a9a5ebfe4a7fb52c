/* Every template over the vector operations included before; ISA names the instruction set. */
#include <math.h>

/* For functions whose arguments choose at compile time what they do. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#include "sim/kernels/bins.inc.h"
#include "sim/kernels/errors.inc.h"
#include "sim/kernels/gemm.inc.h"
#include "sim/kernels/grid.inc.h"
#include "sim/kernels/blocks.inc.h"
#include "sim/kernels/kernels.h"
#include "sim/kernels/limits.inc.h"
#include "sim/kernels/range.inc.h"
#include "sim/kernels/scaled.inc.h"

#include "sim/kernels/float_blocks.inc.h" /* over scaled.inc.h */
#include "sim/kernels/stochastic.inc.h"
#include "sim/kernels/table.inc.h"
#include "sim/kernels/table_blocks.inc.h"

#include "sim/kernels/marks.inc.h" /* over float_blocks.inc.h and table.inc.h */
#include "sim/kernels/truncated.inc.h"
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
    k->blocks = blocks;
    k->table = table;
    k->stochastic = stochastic;
    k->truncated = truncated;
    k->table_blocks = table_blocks;
    k->range = range;
    k->tops = tops;
    k->float_inverses = float_inverses;
    k->mark = mark;
    k->expected = expected;
    k->read = limit_read;
    k->copy = limit_copy;
    k->add = limit_add;
    k->scaled = scaled;
    k->float_blocks = float_blocks;
    k->bins = bins;
    k->gemm = gemm;
    k->deviations = deviations;
    k->errors = errors;
    k->signal = signal_sums;
}
