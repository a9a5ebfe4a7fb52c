/* The gate model of van Baalen et al., "FP8 versus INT8 for efficient deep learning inference", arXiv
 * 2303.17951, appendix B, with the fixed-point accumulator (first column of its figure 3): products of two
 * codes of one format are aligned to a fixed point where none of their bits is lost, and added up there.
 *
 * The formulas are the appendix's words taken literally; what they say less than fully (widths of registers)
 * is read so that no term is added that they do not name. Its figure 3 has no printed numbers: read off the
 * plot, INT8, E2M5, E4M3 take 724, 877, 1054 gates in all, and the formulas give 727, 865, 1059.
 *
 * S  significand bits with hidden bit and sign; all bits of an integer. 9 - max(E, 1) for 8-bit formats
 * E  bits of the exponent field, 0 for integers
 * W  bits of a product in fixed point: 2S - 1, and two places for each further exponent, of which a format
 *    has 2^E - 2 as its lowest field holds subnormal numbers of the next one's exponent. Top fields reserved
 *    for Inf and NaN are not subtracted: the model knows E and M alone. */
#include "sim/cost/cost.h"

/* Unit gates, appendix B: a full adder is two half adders and an OR. */
enum { OR = 1, AND = 1, MUX = 3, HALF_ADDER = 3, FULL_ADDER = 2 * HALF_ADDER + OR, FLIP_FLOP = 6 };

static int64_t add_gates(int64_t bits)
{
    return (bits - 1) * FULL_ADDER + HALF_ADDER;
}

static int64_t multiply_gates(int64_t bits)
{
    return bits * bits * AND + (bits - 1) * (bits - 1) * FULL_ADDER + (bits - 1) * HALF_ADDER;
}

static int64_t ceil_log2(int64_t v)
{
    int64_t bits = 0;
    while ((INT64_C(1) << bits) < v)
        bits++;
    return bits;
}

/* `bits` shifted left by 0..most places into bits + most. */
static int64_t widening_shift_gates(int64_t bits, int64_t most)
{
    return (bits - 2) * ceil_log2(most + 1) * MUX + most * (MUX + AND);
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

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *error)
{
    const int64_t guard = (int64_t)arg[0];
    const struct format *f = &in->spec->element;
    int64_t s = 0, e = 0;
    const char *why = parameters(f, &s, &e);
    *n = 0;
    if (why)
        return error_set(error, STATUS_SKIP,
                         "fp8_vs_int8: the model covers signed float and integer elements; %s %s", f->name,
                         why);

    int64_t product = 2 * s - 1;
    int64_t shift = e > 0 ? 2 * ((INT64_C(1) << e) - 2) : 0;
    int64_t width = product + shift;
    int64_t multiply = multiply_gates(s) + (e > 0 ? add_gates(e) : 0);
    int64_t align =
        widening_shift_gates(product, shift) + add_gates(width) + (e > 0 ? (product + e + 1) * FLIP_FLOP : 0);
    int64_t accumulate = guard * HALF_ADDER + (width + guard) * FLIP_FLOP;

    cost_put(out, n, "multiply_gates", "gate", (double)multiply);
    cost_put(out, n, "align_add_gates", "gate", (double)align);
    cost_put(out, n, "accumulate_gates", "gate", (double)accumulate);
    cost_put(out, n, "mac_gates", "gate", (double)(multiply + align + accumulate));
    cost_put(out, n, "accumulator_bits", "bit", (double)(width + guard));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"guard", ARG_INTEGER, 12, 0, 64, NULL,
     "bits of the accumulator beyond a product's, for sums of many products"}};

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
