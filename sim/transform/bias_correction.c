/* Transform "bias_correction": what outputs lose on average is added back. */
#include <math.h>
#include <stdlib.h>

#include "sim/base/sum.h"
#include "sim/transform/layer.h"

/* The mean of what output j loses; 0 where it is not finite. */
static double mean_loss(const struct layer *l, const double *y, size_t j)
{
    struct sum sum = {.pending = 0};
    for (size_t t = 0; t < l->calibration; t++)
        sum_add(&sum, (double)l->output[t * l->out + j] - y[t * l->out + j]);
    const double mean = sum_value(&sum) / (double)l->calibration;
    return isfinite(mean) ? mean : 0;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    (void)step;
    if (l->undo)
        return error_set(e, STATUS_INVALID,
                         "an earlier step has turned the tokens, which a bias does not follow");
    double *y = malloc((l->tokens * l->out + 1) * sizeof *y), *bias = layer_bias(l);
    enum status s = y && bias ? layer_output(l, y, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t j = 0; j < l->out && !s && l->calibration; j++)
        bias[j] += mean_loss(l, y, j);
    free(y);
    return s;
}

const struct transform transform_bias_correction = {
    .name = "bias_correction",
    .doc =
        "the mean over the calibration tokens of what each output loses by quantizing is added to its bias",
    .citation = "Nagel et al., Data-Free Quantization, arXiv 1906.04721, section 4.2 (empirical: E[y] - "
                "E[y^], appendix D)",
    .acts = "bias",
    .apply = apply,
};
