/* The gate model of van Baalen et al., "FP8 versus INT8 for efficient deep learning inference", arXiv
 * 2303.17951, appendix B: products of two codes of one format are aligned to a fixed point where none of
 * their bits is lost, and added up there (first column of its figure 3), or in a float accumulator (the
 * others).
 *
 * The formulas are the appendix's words taken literally; what they say less than fully (widths of registers)
 * is read so that no term is added that they do not name. Its figure 3 has no printed numbers: read off the
 * plot, INT8, E2M5, E4M3 take 724, 877, 1054 gates in all, and the formulas give 727, 865, 1059.
 *
 * S  significand bits with hidden bit and sign; all bits of an integer. 9 - max(E, 1) for 8-bit formats
 * E  bits of the exponent field, 0 for integers
 * W  bits of a product in fixed point: 2S - 1, and two places for each further exponent, of which a format
 *    has 2^E - 2 as its lowest field holds subnormal numbers of the next one's exponent. Top fields reserved
 *    for Inf and NaN are not subtracted: the model knows E and M alone.
 *
 * Of float accumulators the appendix gives neither widths nor the rule of the leading-zero detector, so that
 * only the multiplier follows from it; the rest are bars of figure 3, of the three formats that it draws. */
#include "sim/cost/cells.h"
#include "sim/cost/cost.h"

#include <math.h>
#include <string.h>

#define BAR                                                                                            \
    "van Baalen et al., arXiv 2303.17951, figure 3: read off the plot at 600 dpi, within 4 gates; no " \
    "formula is "                                                                                      \
    "published"
#define BAR_AND_RULE                                                                                      \
    "van Baalen et al., arXiv 2303.17951: multiplier by appendix B, the rest read off figure 3 within 4 " \
    "gates"

/* Figure 3, of the product of two such numbers: total with the fixed-point accumulator; then of FP16 and FP32
 * accumulators align + add, normalise + accumulate, total. */
struct bars {
    const char *format;
    double fixed;
    struct {
        double align_add, accumulate, total;
    } of[2];
};
static const struct bars bars[] = {{"int8", 724, {{593, 359, 1395}, {1089, 802, 2334}}},
                                   {"e2m5", 877, {{583, 359, 1274}, {1079, 802, 2213}}},
                                   {"e4m3", 1054, {{568, 359, 1109}, {1058, 801, 2041}}}};

static const struct bars *bars_of(const struct format *f)
{
    for (size_t i = 0; i < sizeof bars / sizeof *bars; i++)
        if (!strcmp(bars[i].format, f->name))
            return &bars[i];
    return NULL;
}

/* S and E of a format, or a reason why there are none. */
static const char *parameters(const struct format *f, int64_t *s, int64_t *e)
{
    bool is_float = f->family == &family_float;
    if (!is_float && f->family != &family_int)
        return "is neither float nor integer";
    if (f->is_unsigned)
        return "has no sign, and the model multiplies signed numbers";
    if (is_float && f->exponent_bits > 0 && f->subnormals == SUBNORMALS_NONE)
        return "has no subnormal numbers or zero, and the model's product width counts on them";
    *e = is_float ? f->exponent_bits : 0;
    /* precision counts a hidden bit, which a format without exponent field does not have. */
    *s = !is_float ? f->bits : *e > 0 ? f->precision + 1 : f->precision;
    return *s < 2 ? "has less than a sign and one bit" : NULL;
}

/* Unit gates of a bill: appendix B has all the cells that are used here. */
static enum status put(struct bill b, const char *quantity, struct cost_value *out, int *n, struct error *e)
{
    double gates = 0;
    enum status s = cells_gates(&cells_appendix_b, &b, &gates, e);
    if (!s)
        cost_put(out, n, quantity, "gate", gates);
    return s;
}

static struct bill multiplier(int64_t s, int64_t e)
{
    struct bill b = bill_multiplier_rows(s, s);
    bill_add(&b, bill_adder(e), 1);
    return b;
}

static void put_total(struct cost_value *out, int *n, double published)
{
    const double total = out[0].value + out[1].value + out[2].value;
    struct cost_value *v = cost_put(out, n, "mac_gates", "gate", total);
    if (published > 0)
        v->accuracy = fabs(total / published - 1);
}

static enum status fixed_point(const struct format *f, int64_t s, int64_t e, int64_t guard,
                               struct cost_value *out, int *n, struct error *error)
{
    const int64_t product = 2 * s - 1, shift = e > 0 ? 2 * ((INT64_C(1) << e) - 2) : 0;
    const int64_t width = product + shift;
    struct bill align = bill_shifter_widening(product, shift), accumulate = bill_incrementer(guard);
    bill_add(&align, bill_adder(width), 1);
    bill_add(&align, bill_register(e > 0 ? product + e + 1 : 0), 1);
    bill_add(&accumulate, bill_register(width + guard), 1);
    enum status st = put(multiplier(s, e), "multiply_gates", out, n, error);
    if (!st)
        st = put(align, "align_add_gates", out, n, error);
    if (!st)
        st = put(accumulate, "accumulate_gates", out, n, error);
    if (st)
        return st;
    const struct bars *b = guard == 12 ? bars_of(f) : NULL;
    put_total(out, n, b ? b->fixed : 0);
    cost_put(out, n, "accumulator_bits", "bit", (double)(width + guard));
    return STATUS_OK;
}

static enum status float_accumulator(const struct format *f, int64_t s, int64_t e, int which,
                                     struct cost_value *out, int *n, struct error *error)
{
    const struct bars *b = bars_of(f);
    if (!b)
        return error_set(error, STATUS_SKIP,
                         "fp8_vs_int8: float accumulators are bars of figure 3 for int8, e2m5, e4m3 alone: "
                         "appendix B gives no rule for their normalisers; found %s",
                         f->name);
    enum status st = put(multiplier(s, e), "multiply_gates", out, n, error);
    if (st)
        return st;
    cost_put(out, n, "align_add_gates", "gate", b->of[which].align_add)->source = BAR;
    cost_put(out, n, "accumulate_gates", "gate", b->of[which].accumulate)->source = BAR;
    put_total(out, n, b->of[which].total);
    out[3].source = BAR_AND_RULE;
    return STATUS_OK;
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *error)
{
    const struct format *f = &in->spec->element;
    int64_t s = 0, e = 0;
    const char *why = parameters(f, &s, &e);
    *n = 0;
    if (why)
        return error_set(error, STATUS_SKIP,
                         "fp8_vs_int8: the model covers signed float and integer elements; %s %s", f->name,
                         why);
    return arg[1] == 0 ? fixed_point(f, s, e, (int64_t)arg[0], out, n, error)
                       : float_accumulator(f, s, e, (int)arg[1] - 1, out, n, error);
}

static const struct arg_key keys[] = {
    {"guard", ARG_INTEGER, 12, 0, 64, NULL,
     "bits of the fixed-point accumulator beyond a product's, for sums of many products"},
    {"accumulator", ARG_WORD, 0, 0, 0, "fixed|fp16|fp32",
     "fixed: exact; fp16, fp32: of int8, e2m5, e4m3 alone, all but the multiplier read off the figure"}};

const struct cost_model cost_fp8_vs_int8 = {
    .name = "fp8_vs_int8",
    .doc = "Gates of a multiply-accumulate unit for two operands of the element format with an exact "
           "fixed-point "
           "accumulator of 12 guard bits, or as many as said. Unit gates: AND, OR 1; MUX, half adder 3; full "
           "adder 7; flip-flop 6. "
           "Not counted: scales, Inf and NaN, rounding of the result.",
    .source = "van Baalen et al., FP8 versus INT8 for efficient deep learning inference, arXiv 2303.17951, "
              "appendix B (formulas and unit gates, read literally)",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .standard = true,
    .cost = cost,
};
