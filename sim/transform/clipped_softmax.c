/* Transform "clipped_softmax": probabilities are stretched and clipped, so that a head can give exact zeros.
 */
#include "sim/transform/heads.h"

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    const size_t given = transform_count_of(step, "length"), length = given ? given : h->keys;
    if (h->clipped)
        return error_set(e, STATUS_INVALID, "probabilities are clipped once");
    if (h->centered)
        return error_set(e, STATUS_INVALID,
                         "values have lost their mean, which clipped probabilities do not give back");
    h->clipped = true;
    h->zeta = transform_number(step, "zeta");
    h->gamma = length ? -transform_number(step, "alpha") / (double)length : 0;
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"alpha", ARG_NUMBER, 12, 0, 1e6, NULL, "gamma = -alpha / length"},
    {"zeta", ARG_NUMBER, 1, 1, 2, NULL, "upper end of the stretched range"},
    {"length", ARG_INTEGER, 0, 0, 1 << 30, NULL, "of the sequence; 0: as many as there are keys"},
};

const struct transform transform_clipped_softmax = {
    .name = "clipped_softmax",
    .doc = "probabilities p become min(max((zeta - gamma) p + gamma, 0), 1); networks are to be trained with "
           "it, so on others it shows what it removes",
    .citation =
        "Bondarenko et al., Quantizable Transformers, arXiv 2306.12929, equation 4 "
        "(Qualcomm-AI-research/outlier-free-transformers softmax.py; alpha 12 of its opt_125m script)",
    .acts = "probabilities",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .attend = attend,
};
