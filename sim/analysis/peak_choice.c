/* Which of two peaks blocks choose. */
#include <math.h>
#include <stdlib.h>

#include "sim/analysis/analysis.h"
#include "sim/dump/synth.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"

enum { ROWS = 4096, COLUMNS = 256 };

/* Of one quantizing under the scheme and one under its first peak alone: a block chose the other where its
 * scale is another. */
static enum status share_of(const struct quant_spec *q, const float *x, double *share, struct error *e)
{
    struct quant_spec first = *q;
    const size_t scales = (size_t)ROWS * (COLUMNS / q->scaling.block);
    const struct quant_input in = {.x = x, .rank = 2, .shape = {ROWS, COLUMNS}, .axis = 1};
    uint32_t *codes = calloc(2 * scales, sizeof *codes);
    struct quant_stats ignored;
    size_t others = 0;
    first.scaling.n_peaks = 1;
    enum status s = codes ? quantize(q, &in, &(struct quant_output){.scales = codes}, &ignored, e)
                          : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = quantize(&first, &in, &(struct quant_output){.scales = codes + scales}, &ignored, e);
    for (size_t i = 0; i < scales && !s; i++)
        others += codes[i] != codes[scales + i];
    *share = (double)others / (double)scales;
    free(codes);
    return s;
}

static enum status read_scheme(const struct analysis_request *r, struct quant_spec *q, struct error *e)
{
    enum status s = scheme_parse(analysis_text(r, "scheme"), q, e);
    if (!s && (q->scaling.n_peaks != 2 || q->scaling.per != PER_BLOCK || COLUMNS % q->scaling.block ||
               q->n_alternatives))
        s = error_set(e, STATUS_SKIP, "scheme: %s has no two peaks of blocks that divide rows of %d",
                      analysis_text(r, "scheme"), COLUMNS);
    return s;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    static const char *const names[] = {"gaussian", "laplace", "student-t", "uniform"};
    const double freedom = analysis_number(r, "freedom");
    struct synth_spec drawn = synth_standard();
    struct quant_spec q;
    double share = 0;
    enum status s = read_scheme(r, &q, e);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (analysis_is(r, "density", names[i]))
            drawn.distribution = names[i];
    if (analysis_is(r, "density", "student-t"))
        drawn.parameter = freedom;
    drawn.rows = ROWS;
    drawn.columns = COLUMNS;
    drawn.seed = 1;
    float *x = malloc(sizeof(float) * ROWS * COLUMNS);
    if (!s && !x)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = synth_fill(&drawn, x, e);
    if (!s)
        s = share_of(&q, x, &share, e);
    if (!s)
        analysis_put(r, out, share);
    free(x);
    return s;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "four_over_six", "a scheme whose blocks choose between two peaks"},
    {"density", ARG_WORD, 0, 0, 0, "gaussian|laplace|student-t|uniform", "of 2^20 values"},
    {"freedom", ARG_NUMBER, 5, 1, 1e6, NULL, "degrees of freedom of student-t"}};

static const struct analysis_output outputs[] = {
    {"share", "1", "share of blocks that choose the second peak"}};

#define RECOMPUTED "recomputed from random blocks by an independent program"
static const struct analysis_golden golden[] = {
    {"peak_choice", "share", .452, .005, RECOMPUTED},
    {"peak_choice,density=student-t", "share", .365, .005, RECOMPUTED},
    {"peak_choice,density=uniform", "share", .689, .005, RECOMPUTED}};

const struct analysis analysis_peak_choice = {
    .name = "peak_choice",
    .doc = "how many blocks map their largest magnitude to the second of two values, as to 4 instead of 6",
    .citation = "Cook et al., Four Over Six, arXiv 2512.02010",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
