/* Transform "calibrate": later steps learn from some of the tokens. */
#include <math.h>

#include "sim/transform/layer.h"

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t given = transform_count_of(step, "tokens");
    if (given > l->tokens)
        return error_set(e, STATUS_INVALID, "tokens=%zu: the input has %zu; allowed: as many or fewer", given,
                         l->tokens);
    if (l->undo)
        return error_set(e, STATUS_INVALID, "a step before it mixes tokens; allowed: without it");
    const size_t share = (size_t)ceil(transform_number(step, "share") * (double)l->tokens);
    l->calibration = given ? given : share || !l->tokens ? share : 1;
    return STATUS_OK;
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    return key == 1 && transform_count_of(step, "tokens") ? "tokens says how many" : NULL;
}

static const struct arg_key keys[] = {
    {"tokens", ARG_INTEGER, 0, 0, 2147483647, NULL, "how many, from the first one; 0: a share"},
    {"share", ARG_NUMBER, 0.5, 0, 1, NULL, "of all tokens, rounded up, one at least"},
};

const struct transform transform_calibrate = {
    .name = "calibrate",
    .doc = "later steps learn from the first tokens alone, as from a calibration set; errors are measured on "
           "all",
    .citation = "none: calibration sets, as of SmoothQuant (512 sentences) or GPTQ (128 segments), are other "
                "data than those measured",
    .acts = "what later steps learn from",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .no_effect = no_effect,
    .apply = apply,
};
