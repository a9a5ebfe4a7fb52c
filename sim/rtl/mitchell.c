/* Unit "mitchell": Mitchell's product. */
#include "sim/rtl/logarithm.h"

static const struct rtl_log form = {"mitchell", RTL_ANTILOG_BITS, false};
RTL_LOG_FUNCTIONS(form)

const struct rtl_design rtl_mitchell = {
    .name = "mitchell",
    .doc = "Mitchell's logarithmic multiplication: L-Mul without its offset",
    .citation = "Mitchell, IRE Trans. Electronic Computers EC-11 (1962)",
    RTL_LOG_MEMBERS,
};
