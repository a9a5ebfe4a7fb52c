/* Components of a lane after "INT v.s. FP: A Comprehensive Study of Fine-Grained Low-bit Quantization
 * Formats", arXiv 2510.25602, tables 5 to 7. The paper gives how many cells of a kind a component has, in x
 * exponent and y mantissa bits, n = min(2^(x+1) + 2y, 24) alignment bits and k lanes, but not what a cell
 * costs: its code has no hardware model. The cells here are a reading: multiplier cells an AND and a full
 * adder, adders, subtractor and comparator a full adder a bit, aligner and normaliser a multiplexer. Its
 * accumulator and dequantizer are left out, so the numbers are of a lane and not of a MAC; its ratios are no
 * input of anything. */
#include "sim/cost/cells.h"
#include "sim/cost/cost.h"

#define COUNTS "Chen et al., INT v.s. FP, arXiv 2510.25602, tables 5 to 7 (counts of cells)"
#define READING                                                                                            \
    COUNTS "; cells by appendix B of arXiv 2303.17951, a reading of ours: the paper's own cell costs are " \
           "not public"

static double size(enum cell c)
{
    return cells_appendix_b.size[c];
}

struct lane {
    double multiplier, adder, exponents, aligner, normaliser;
};

static struct lane integer(double bits)
{
    return (struct lane){.multiplier = bits * bits * (size(CELL_AND) + size(CELL_FULL_ADDER)),
                         .adder = 2 * bits * size(CELL_FULL_ADDER)};
}

/* x exponent bits of a product's operands, y mantissa bits; an exponent adder, a subtractor, a comparator. */
static struct lane floating(int x, int y, double lanes)
{
    const double full = size(CELL_FULL_ADDER), mux = size(CELL_MUX), significand = y + 1;
    const double exact = (double)(UINT64_C(2) << x) + 2. * y, n = exact < 24 ? exact : 24;
    return (struct lane){.multiplier = significand * significand * (size(CELL_AND) + full),
                         .adder = n * full,
                         .exponents = 3 * x * full,
                         .aligner = n * cost_log2(n) * mux,
                         .normaliser = n * cost_log2(n) / lanes * mux};
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct format *f = &in->spec->element;
    const bool is_float = f->family == &family_float && f->exponent_bits > 0;
    *n = 0;
    if ((!is_float && f->family != &family_int) || f->is_unsigned || in->spec->codec)
        return error_set(e, STATUS_SKIP,
                         "int_vs_fp: covers signed integers and floats with an exponent; found %s", f->name);
    double lanes = arg[0];
    if (lanes < 1)
        lanes = in->spec->scaling.per == PER_BLOCK ? (double)in->spec->scaling.block : 32;
    const struct lane l = is_float ? floating(f->exponent_bits, f->precision - 1, lanes) : integer(f->bits);
    cost_put(out, n, "multiplier_gates", "gate", l.multiplier);
    cost_put(out, n, "adder_gates", "gate", l.adder);
    if (is_float) {
        cost_put(out, n, "exponent_gates", "gate", l.exponents);
        cost_put(out, n, "aligner_gates", "gate", l.aligner);
        cost_put(out, n, "normaliser_gates", "gate", l.normaliser);
    }
    cost_put(out, n, "lane_gates", "gate", l.multiplier + l.adder + l.exponents + l.aligner + l.normaliser);
    return STATUS_OK;
}

static const struct arg_key keys[] = {{"lanes", ARG_INTEGER, 0, 0, 1024, NULL,
                                       "lanes that share a normaliser; 0: the block's elements, else 32"}};

const struct cost_model cost_int_vs_fp = {
    .name = "int_vs_fp",
    .doc =
        "Gates of a lane of a dot-product unit without its accumulator and dequantizer: multiplier, adder, "
        "exponents, aligner, a share of the normaliser. Their cell costs are not public; unit gates stand "
        "in.",
    .source = READING,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
