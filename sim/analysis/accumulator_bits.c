/* Bits of a fixed-point accumulator that holds every dot product of so many terms exactly: of floats the
 * places between the least subnormal product and the largest one, by the published count. */
#include "sim/analysis/analysis.h"

static int ceil_log2(double n)
{
    int bits = 0;
    for (double p = 1; p < n; p *= 2)
        bits++;
    return bits;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct format a, b;
    enum status s = analysis_format(r, "scheme", &a, e);
    if (!s)
        s = analysis_format(r, "other", &b, e);
    const bool ints = !s && a.family == &family_int && b.family == &family_int;
    const bool floats = !s && a.family == &family_float && b.family == &family_float && a.exponent_bits > 0 &&
                        b.exponent_bits > 0;
    if (!s && !ints && !floats)
        s = error_set(e, STATUS_SKIP,
                      "%s and %s are neither two integers nor two floats with exponent fields", a.name,
                      b.name);
    if (s)
        return s;
    const int terms = ceil_log2(analysis_number(r, "terms"));
    analysis_put(r, out,
                 ints ? a.bits + b.bits + terms + 1
                      : (double)(UINT64_C(1) << a.exponent_bits) + a.precision - 1 +
                            (double)(UINT64_C(1) << b.exponent_bits) + b.precision - 1 + terms - 1);
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"scheme", ARG_SCHEME, 0, 0, 0, "e4m3", "an integer, or a float with an exponent field"},
    {"other", ARG_SCHEME, 0, 0, 0, "e4m3", "the other operand's"},
    {"terms", ARG_INTEGER, 4608, 1, 1 << 30, NULL, "of the longest dot product"}};

static const struct analysis_output outputs[] = {{"bits", "bit", "of the accumulator"}};

static const struct analysis_golden golden[] = {
    {"accumulator_bits,scheme=e2m3,other=e2m3", "bits", 26, 0, "arXiv 2311.12359"},
    {"accumulator_bits,scheme=int4,other=int4,terms=2", "bits", 10, 0, "arXiv 2311.12359: 4 + 4 + 1 + 1"}};

const struct analysis analysis_accumulator_bits = {
    .name = "accumulator_bits",
    .doc = "bits of an accumulator that holds every dot product exactly",
    .citation = "Aggarwal et al., Shedding the bits, arXiv 2311.12359, section on accumulators",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
