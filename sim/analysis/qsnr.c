/* QSNR of a format at a crest factor, by theory. */
#include "sim/analysis/qsnr_formula.h"

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct format f;
    enum status s = analysis_format(r, "scheme", &f, e);
    const struct qsnr_setting setting = qsnr_setting(r);
    const char *why = s ? NULL : qsnr_refuses(&f);
    if (why)
        s = error_set(e, STATUS_SKIP, "%s %s", f.name, why);
    if (s)
        return s;
    analysis_put(r, out, qsnr_of(&f, &setting, analysis_number(r, "crest")));
    if (f.family == &family_float)
        analysis_put(r, out, qsnr_plateau(&f));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "e4m3", "a signed integer, or a float with an exponent field"},
    {"crest", ARG_NUMBER, 3, 1, 1e6, NULL, "crest factor: largest magnitude over rms"},
    QSNR_KEYS};

static const struct analysis_output outputs[] = {
    {"db", "dB", "quantization signal-to-noise ratio"},
    {"plateau_db", "dB", "of floats: that without subnormal numbers, 10 log10(24 4^M)"}};

static const struct analysis_golden golden[] = {
    {"qsnr,scheme=int8,crest=1,rho=1", "db", 52.94, 1e-9, "4.78 + 6.02 b"},
    {"qsnr,scheme=e4m3", "plateau_db", 31.86, .005, "arXiv 2510.25602: 13.80 + 6.02 M"},
    {"qsnr,scheme=e2m1", "plateau_db", 19.82, .005, "arXiv 2510.25602: 13.80 + 6.02 M"}};

const struct analysis analysis_qsnr = {
    .name = "qsnr",
    .doc = "QSNR of a block of Gaussian values by its crest factor, after the theory of INT v.s. FP",
    .citation = "INT v.s. FP, arXiv 2510.25602, theorems 1 and 2 and their appendix",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
