/* QSNR of a block scheme on Gaussian blocks of a given crest factor, by simulation. */
#include "sim/analysis/crest_blocks.h"

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct quant_spec q;
    struct crest_blocks blocks;
    double db = 0;
    enum status s = crest_scheme(r, "scheme", &q, e);
    if (!s)
        s = crest_blocks_open(q.scaling.block, &blocks, e);
    if (s)
        return s;
    s = crest_qsnr(&blocks, &q, analysis_number(r, "crest"), &db, e);
    if (!s)
        analysis_put(r, out, db);
    crest_blocks_close(&blocks);
    return s;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "mxint8", "a scheme with scales of blocks"},
    {"crest", ARG_NUMBER, 2, 1, 64, NULL, "largest magnitude over rms of every block"}};

static const struct analysis_output outputs[] = {{"db", "dB", "QSNR over all blocks"}};

/* Steps much smaller than the elements err by step^2 / 12. Under the scale that just covers the largest
 * magnitude, which is r times the scale, ln r uniform over the octave below Xmax, E r^-2 is 3 Xmax^-2 / (2 ln
 * 2). */
static const struct analysis_golden golden[] = {
    {"qsnr_sampled,scheme=(mxint8-sym,scale_rule=rceil),crest=2", "db", 43.492, .03,
     "10 log10(12 64^2 / (k^2 3 / (2 ln 2 (127/64)^2)))"},
    {"qsnr_sampled,scheme=(mxint8-sym,scale_rule=rceil),crest=4", "db", 37.472, .03, "the same"}};

const struct analysis analysis_qsnr_sampled = {
    .name = "qsnr_sampled",
    .doc = "QSNR of a scheme on Gaussian blocks of one crest factor, drawn and quantized",
    .citation = "INT v.s. FP, arXiv 2510.25602, by simulation (crest_blocks.h)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
