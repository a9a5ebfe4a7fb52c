/* Loss and critical data size of the scaling law.
 *
 * With K = log2(B) / (N^a gamma (E + .5)^delta (M + .5)^nu) the loss is least where d / D^(2 b) = K. */
#include "sim/analysis/scaling_law.h"

#include "sim/analysis/analysis.h"
#include "sim/base/elementary.h"

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const struct scaling_law *l = &scaling_law;
    const double parameters = elementary_pow(analysis_number(r, "parameters"), l->a);
    const double tokens = elementary_pow(analysis_number(r, "tokens"), l->b);
    const double precision = l->gamma * elementary_pow(analysis_number(r, "exponent") + .5, l->delta) *
                             elementary_pow(analysis_number(r, "mantissa") + .5, l->nu);
    const double k = elementary_log2(analysis_number(r, "group")) / (parameters * precision);
    const double plain = l->n / parameters + l->d / tokens + l->eps;
    analysis_put(r, out, plain + tokens * k);
    analysis_put(r, out, tokens * k);
    analysis_put(r, out, elementary_pow(l->d / k, 1 / (2 * l->b)));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"exponent", ARG_INTEGER, 4, 0, 11, NULL, "exponent bits E"},
    {"mantissa", ARG_INTEGER, 3, 0, 52, NULL, "mantissa bits M"},
    {"parameters", ARG_NUMBER, 1e9, 1, 1e15, NULL, "of the model, N"},
    {"tokens", ARG_NUMBER, 1e11, 1, 1e18, NULL, "it is trained on, D"},
    {"group", ARG_INTEGER, 128, 2, 1 << 20, NULL, "values that share a scale, B"}};

static const struct analysis_output outputs[] = {
    {"loss", "nat", "loss of the trained model"},
    {"precision_loss", "nat", "the part of it that the format causes"},
    {"critical_tokens", "token", "tokens beyond which more of them make the model worse"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"fp_scaling_law,exponent=8,mantissa=7", "critical_tokens", 1.730e15, 6e11, RECOMPUTED},
    {"fp_scaling_law,exponent=4,mantissa=3", "critical_tokens", 2.733e13, 6e9, RECOMPUTED},
    {"fp_scaling_law,exponent=2,mantissa=1", "critical_tokens", 3.928e11, 6e7, RECOMPUTED}};

const struct analysis analysis_fp_scaling_law = {
    .name = "fp_scaling_law",
    .doc = "loss and critical data size of training in a float of E and M bits",
    .citation = SCALING_LAW_CITATION,
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
