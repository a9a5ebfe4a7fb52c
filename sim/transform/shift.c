/* Transform "shift": the middle of each column of the input moves into a bias. */
#include <stdlib.h>

#include "sim/transform/migrate.h"

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    double *z = malloc((l->part[0].n + 1) * sizeof *z);
    enum status s = z ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        if (transform_is(step, "by", "mean"))
            migrate_mean(l, false, z);
        else
            migrate_midrange(l, transform_count_of(step, "sample"), z);
        s = migrate_shift(l, z, e);
    }
    free(z);
    return s;
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    return key == 1 && transform_is(step, "by", "mean") ? "a mean over samples is that over tokens" : NULL;
}

static const struct arg_key keys[] = {
    {"by", ARG_WORD, 0, 0, 0, "midrange|mean", "of a column: (max + min) / 2, or the mean"},
    {"sample", ARG_INTEGER, 0, 0, 1 << 30, NULL,
     "tokens of a sample, over which midranges are averaged; 0: one sample"},
};

const struct transform transform_shift = {
    .name = "shift",
    .doc = "input x - z, bias W z, with z the middle of each column",
    .citation = "Wei et al., Outlier Suppression+, arXiv 2304.09145, equation 5; midranges averaged over "
                "samples: OutlierTune, arXiv 2406.18832 (aIiKkkk/Outliertune symmetrization.py)",
    .acts = "input, bias",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .no_effect = no_effect,
    .apply = apply,
};
