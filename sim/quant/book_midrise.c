/* Equally spaced values without a zero: +-1, +-3, ... +-(2^B - 1). */
#include "sim/book.h"

static int compute(const char *name, double values[static CODEBOOK_MAX], const char **why)
{
    const int bits = format_name_number(name, "midrise", NULL);
    if (bits < 0)
        return 0;
    if (bits < 1 || bits > 8) {
        format_name_fails(why, "a mid-rise grid has 1 to 8 bits");
        return 0;
    }
    for (int i = 0; i < 1 << bits; i++)
        values[i] = 2 * i + 1 - (1 << bits);
    return 1 << bits;
}

static const double two_bits[] = {-3, -1, 1, 3};
static const struct book_golden golden[] = {
    {"midrise2", 4, two_bits, 0,
     "QuEST, STEQuantizer: round(x / step + 1/2) step - step / 2, divided by half a step"}};

const struct book_rule book_rule_midrise = {
    .names = "midriseB (B 1..8)",
    .doc = "equally spaced values around zero, which is none of them: odd integers",
    .citation = "Panferov et al., QuEST, arXiv 2502.05003 (quantizers with centered=True)",
    .compute = compute,
    .golden = golden,
    .goldens = 1,
};
