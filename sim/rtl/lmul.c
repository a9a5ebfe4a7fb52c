/* Unit "lmul": L-Mul, the emulator's product "lmul_bits". */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_bits", RTL_ANTILOG_BITS, true};
RTL_LOG_FUNCTIONS(form)

const struct rtl_design rtl_lmul = {
    .name = "lmul",
    .doc = "L-Mul as one addition of integers on exponent and fraction fields",
    .citation = "Luo and Sun, arXiv 2410.00907",
    RTL_LOG_MEMBERS,
};
