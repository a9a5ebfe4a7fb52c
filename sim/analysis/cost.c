/* What a cost model says of a scheme: of a row of 4096 elements, where it depends on what is stored. */
#include "sim/cost/cost.h"

#include <stdio.h>
#include <string.h>

#include "sim/analysis/analysis.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

extern const char text_results_synth_csv[];

enum { ELEMENTS = 4096 };

static enum status check(const struct analysis_request *r, struct error *e)
{
    struct cost_request model;
    enum status s = cost_parse(analysis_text(r, "model"), &model, e);
    return s ? error_prefix(e, s, "model") : STATUS_OK;
}

static const char *depends(const struct analysis_request *r)
{
    return strstr(analysis_text(r, "model"), "yosys") ? text_results_synth_csv : NULL;
}

/* A ramp is quantized: what is stored does not depend on values, but that they differ. */
static enum status count(const struct quant_spec *q, struct quant_stats *out, struct error *e)
{
    float x[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++)
        x[i] = (float)i - ELEMENTS / 2;
    const struct quant_input in = {.x = x, .rank = 1, .shape = {ELEMENTS}};
    const struct quant_output to = {.wants = QUANT_VALUES};
    if ((*q->scaling.axis && strcmp(q->scaling.axis, "last")) || q->fit == FIT_SENSITIVITY)
        return error_set(e, STATUS_SKIP, "scheme: needs more than a row of values");
    return quantize(q, &in, &to, out, e);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct cost_request model;
    struct quant_spec q;
    struct quant_stats stats = {.elements = 0};
    struct cost_value v[COST_MAX_VALUES];
    int n = 0;
    enum status s = cost_parse(analysis_text(r, "model"), &model, e);
    if (!s)
        s = scheme_parse(analysis_text(r, "scheme"), &q, e);
    if (!s)
        s = count(&q, &stats, e);
    const struct cost_input in = {.spec = &q,
                                  .elements = stats.elements,
                                  .stored = stats.stored,
                                  .scales = stats.scales,
                                  .outer_scales = stats.outer_scales,
                                  .side_bits = stats.side_bits};
    if (!s)
        s = cost_of(&model, &in, v, &n, e);
    for (int i = 0; i < n && !s; i++) {
        struct analysis_value *to = &out->value[out->n++];
        snprintf(to->name, sizeof to->name, "cost.%s.%s", model.text, v[i].quantity);
        to->unit = v[i].unit;
        to->doc = v[i].source ? v[i].source : model.model->source;
        to->value = v[i].value;
    }
    return s;
}

_Static_assert(COST_MAX_VALUES <= ANALYSIS_VALUES, "a model's values have room");

static const struct arg_key keys[] = {
    {"model", ARG_TEXT, 0, 0, 0, "fp8_vs_int8", "a cost model with its keys (bitsweep costs)"},
    {"scheme", ARG_SCHEME, 0, 0, 0, "e4m3", "a scheme that the model covers"}};

static const struct analysis_golden golden[] = {
    {"cost,scheme=int8", "fp8_vs_int8.mac_gates", 727, 0, "arXiv 2303.17951, appendix B read literally"},
    {"cost,scheme=e2m5", "fp8_vs_int8.mac_gates", 865, 0, "arXiv 2303.17951, appendix B read literally"},
    {"cost,model=storage,scheme=mxfp4", "storage.bits_per_element", 4.25, 0, "4 bits, and 8 for each 32"}};

const struct analysis analysis_cost = {
    .name = "cost",
    .doc = "what a cost model says of a scheme; its quantities, as MODEL.QUANTITY",
    .citation = "that of the model (bitsweep costs)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .check = check,
    .depends = depends,
    .compute = compute,
};
