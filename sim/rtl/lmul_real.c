/* Unit "lmul_real": L-Mul without carries into the exponent. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_real", RTL_ANTILOG_REAL, true};
RTL_LOG_FUNCTIONS(form)

const struct rtl_design rtl_lmul_real = {
    .name = "lmul_real",
    .doc = "L-Mul as real arithmetic: 1 + both fractions + 2^-l",
    .citation = "Luo and Sun, arXiv 2410.00907; eq. 4 of arXiv 2412.18948",
    RTL_LOG_MEMBERS,
};
