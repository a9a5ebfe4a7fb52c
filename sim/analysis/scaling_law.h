/* The scaling law of floating-point training of "Scaling laws for floating point quantization training"
 * (Capybara), arXiv 2501.02423: loss of a model of N parameters trained on D tokens with E exponent and M
 * mantissa bits, a scale for each B values,
 *
 *     n / N^a + d / D^b + eps + (D^b / N^a) log2(B) / (gamma (E + .5)^delta (M + .5)^nu) */
#ifndef SIM_ANALYSIS_SCALING_LAW_H
#define SIM_ANALYSIS_SCALING_LAW_H

struct scaling_law {
    double n, a, d, b, eps, gamma, delta, nu;
};
/* As fitted by the authors. */
static const struct scaling_law scaling_law = {.n = 69.2343,
                                               .a = .2368,
                                               .d = 68973.0621,
                                               .b = .5162,
                                               .eps = 1.9061,
                                               .gamma = 11334.5197,
                                               .delta = 3.1926,
                                               .nu = 2.9543};
#define SCALING_LAW_CITATION                                                                                \
    "Sun et al., Scaling laws for floating point quantization training, arXiv 2501.02423: form and fitted " \
    "constants"

#endif
