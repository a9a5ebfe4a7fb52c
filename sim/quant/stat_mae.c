/* Statistic "mae". */
#include "sim/quant/stat_parts.h"

static float magnitude(const struct stat_input *in)
{
    return stat_search(in, 1);
}

const struct statistic stat_mae = {
    .name = "mae",
    .doc = "of 100 %, 99 %, ... 21 % of max |x| the one with the least the sum of absolute errors; a tie "
           "keeps the larger",
    .citation = "Frantar et al., GPTQ, arXiv 2210.17323 (the grid of IST-DASLab/gptq, quant.py, where the "
                "exponent is 2.4)",
    .magnitude = magnitude,
};
