/* Unit "lmul_fpga": L-Mul as the published circuit. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"lmul_fpga", RTL_ANTILOG_FPGA, true};
RTL_LOG_FUNCTIONS(form)

const struct rtl_design rtl_lmul_fpga = {
    .name = "lmul_fpga",
    .doc = "L-Mul as the published FPGA circuit: no specials, no subnormals",
    .citation = "arXiv 2412.18948, eq. 6 and 7, tables II and III",
    RTL_LOG_MEMBERS,
};
