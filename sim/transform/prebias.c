/* Transform "prebias": powers of two for the columns of the input, the same exponent bias for all of them. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/migrate.h"
#include "sim/transform/real_bias.h"

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    const struct quant_spec *q = &l->part[0].scheme[LAYER_INPUT];
    const int bits = q->element.exponent_bits, fraction = q->element.precision - 1;
    (void)step;
    if (q->codec || bits < 1 || bits > 8)
        return error_set(
            e, STATUS_INVALID,
            "an input of %s has no exponent field to shift by; allowed: floats of 1 to 8 exponent bits",
            q->element.name);
    double *s = malloc((n + 1) * sizeof *s), all = (double)INFINITY;
    enum status status = s ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!status) {
        layer_column_max(l, LAYER_INPUT, s);
        for (size_t j = 0; j < n; j++) {
            s[j] = real_bias(bits, fraction, s[j]);
            all = fmin(all, s[j]);
        }
        for (size_t j = 0; j < n; j++)
            s[j] = ldexp(1, -(int)real_bias_shift(bits, s[j], all));
        layer_scale_columns(l, s);
    }
    free(s);
    return status;
}

const struct transform transform_prebias = {
    .name = "prebias",
    .doc = "columns of the input times 2^k_j, of the weight over it: k_j = round(b_j) - round(least b), 0 .. "
           "2^e - 1, where b_j is the real exponent bias that column j wants",
    .citation = "Liu et al., LLM-FP4, arXiv 2310.16836 (pre-shifted exponent bias, folded into the weight)",
    .acts = "input, weight",
    .keeps_output = true,
    .apply = apply,
};
