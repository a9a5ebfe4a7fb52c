/* Transform "lambda_window": a query sees the first keys and a window that ends with itself. */
#include "sim/transform/heads.h"

static enum status attend(const struct transform_step *step, struct heads *h, struct error *e)
{
    if (h->window)
        return error_set(e, STATUS_INVALID, "queries have one window");
    h->first = transform_count_of(step, "first");
    h->window = transform_count_of(step, "window");
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"first", ARG_INTEGER, 4, 0, 1 << 30, NULL, "keys at the beginning that all queries see"},
    {"window", ARG_INTEGER, 1020, 1, 1 << 30, NULL, "latest keys that a query sees, its own among them"},
};

const struct transform transform_lambda_window = {
    .name = "lambda_window",
    .doc = "attention shaped like a lambda: scores outside of the first keys and the window are -Inf",
    .citation = "Han et al., LM-Infinite, arXiv 2308.16137; Xiao et al., StreamingLLM, arXiv 2309.17453 "
                "(start_size 4, recent_size 1020 of a cache of 1024); Liang et al., AccLLM, arXiv "
                "2505.03745, has such a mask of sizes that could not be checked",
    .acts = "probabilities",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .attend = attend,
};
