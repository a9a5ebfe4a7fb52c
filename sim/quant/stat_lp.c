/* Statistic "lp". */
#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    return stat_search(in, in->arg);
}

const struct statistic stat_lp = {
    .name = "lp",
    .doc = "of 100 %, 99 %, ... 21 % of max |x| the one with the least the sum of |error|^p; a tie keeps the "
           "larger",
    .citation =
        "Frantar et al., GPTQ, arXiv 2210.17323 (the grid of IST-DASLab/gptq, quant.py; there p = 2.4)",
    .arg_doc = "p",
    .arg_default = 2.4,
    .arg_min = 0.1,
    .arg_max = 16,
    .magnitude = magnitude,
};
