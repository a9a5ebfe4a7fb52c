/* Clipping values of ACIQ. */
#include "sim/analysis/analysis.h"
#include "sim/quant/theory.h"

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    (void)e;
    const bool laplace = analysis_is(r, "density", "laplace");
    analysis_put(
        r, out, theory_aciq(laplace ? &density_laplace : &density_gaussian, (int)analysis_number(r, "bits")));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"bits", ARG_INTEGER, 4, 1, 16, NULL, "of the uniform quantizer"},
    {"density", ARG_WORD, 0, 0, 0, "gaussian|laplace", "of the values: N(0, 1), exp(-|x|) / 2"}};

static const struct analysis_output outputs[] = {
    {"clip", "1", "clipping value over standard deviation (gaussian) or mean magnitude (laplace)"}};

#define RECOMPUTED "recomputed by an independent program"
static const struct analysis_golden golden[] = {
    {"aciq,bits=4,density=laplace", "clip", 5.02864014, 2e-6, RECOMPUTED},
    {"aciq,bits=8,density=laplace", "clip", 9.89675977, 2e-6, RECOMPUTED},
    {"aciq,bits=2", "clip", 1.71063513, 2e-6, RECOMPUTED},
    {"aciq,bits=8", "clip", 3.92403440, 2e-6, RECOMPUTED}};

const struct analysis analysis_aciq = {
    .name = "aciq",
    .doc = "ACIQ's clipping value: least sum of clipping error and noise of 2^bits equal cells",
    .citation = "Banner et al., arXiv 1810.05723",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
