/* Gates of synthesised units, from the table results/synth.csv that is built in; what it lacks is extended by
 * formulas fitted to it. The smallest netlist counts; how far the others were above it is the accuracy of a
 * value of the table, and the largest error of a row foretold from the others that of a formula's. */
#include <string.h>

#include "sim/cost/cost.h"
#include "sim/cost/gates_formula.h"
#include "sim/mac.h"
#include "sim/scheme.h"

#define TABLE "results/synth.csv"

/* An inverter that drives four takes 1 + 4 units of logical effort, a NAND2, in which the table's delays are,
 * 2 + 4 * 4/3. */
#define FO4_OF_NAND2 (22.0 / 15)

static const struct arg_key keys[] = {{"mac", ARG_WORD, 0, 0, 0, "register|block",
                                       "an exact fixed-point register of 12 guard bits for one product, or a "
                                       "lane of the dot unit of a block with its scales and a binary32 "
                                       "accumulator, of the MAC fused,group=N,fraction=24,scales=unit, N "
                                       "being the block, of MXINT8, NVFP4 and NVINT4 with presum=N"}};

struct answer {
    double ge, delay, accuracy, rms; /* delay in FO4, 0: not known; rms 0: of the table */
    double register_bits;            /* of a lane; -1: not known */
    const char *source;
};

static bool row_is_of(const struct gates_row *r, const char *design, const char *mac, const struct format *a,
                      const struct format *b)
{
    if (strcmp(r->design, design) || strcmp(r->mac, mac) || r->lanes != 1 || !r->of_formats)
        return false;
    return (gates_same_format(&r->a, a) && gates_same_format(&r->b, b)) ||
           (gates_same_format(&r->a, b) && gates_same_format(&r->b, a));
}

static struct answer of_row(const struct gates_row *r)
{
    const double registers = r->register_bits * GATES_REGISTER;
    return (struct answer){.ge = gates_of_row(r),
                           .delay = r->delay * FO4_OF_NAND2,
                           .accuracy = (r->ge_max + registers) / (r->ge_min + registers) - 1,
                           .register_bits = (double)r->register_bits / r->lanes,
                           .source = TABLE};
}

/* The unit of these operands: as it was synthesised, else by formula. */
static bool unit_gates(const char *design, const char *mac, const struct format *a, const struct format *b,
                       struct answer *out)
{
    for (size_t i = 0; i < gates_count(); i++)
        if (row_is_of(gates_at(i), design, mac, a, b)) {
            *out = of_row(gates_at(i));
            return true;
        }
    const struct gates_formula *g = gates_formula_find(design, mac);
    struct linear_fit fit;
    *out = (struct answer){.register_bits = -1};
    if (!g || !gates_formula_value(g, a, b, 1, &out->ge, &fit))
        return false;
    out->accuracy = fit.max_error;
    out->rms = fit.rms_error;
    out->source = g->source;
    return true;
}

static void put(struct cost_value *out, int *n, const char *quantity, const char *rms, const struct answer *v)
{
    struct cost_value *c = cost_put(out, n, quantity, "GE", v->ge);
    c->accuracy = v->accuracy;
    c->source = v->source;
    if (v->rms > 0)
        cost_put(out, n, rms, "1", v->rms)->source = v->source;
}

/* Whether two operands are stored alike as far as a dot unit sees: elements, and the scales of their blocks.
 */
static bool same_blocks(const struct quant_spec *a, const struct quant_spec *b)
{
    return gates_same_format(&a->element, &b->element) && a->scaling.per == PER_BLOCK &&
           b->scaling.per == PER_BLOCK && a->scaling.block == b->scaling.block &&
           gates_same_format(&a->scaling.scale, &b->scaling.scale);
}

static bool says_mac(const char *text, const struct mac_spec *m)
{
    struct mac_spec row;
    return !mac_parse(text, &row, NULL) && mac_same(&row, m);
}

/* The dot unit of a block, per lane, of the row's MAC; m may be NULL. */
static enum status block_gates(const struct quant_spec *a, const struct quant_spec *b,
                               const struct mac_spec *m, struct answer *out, struct error *e)
{
    for (size_t i = 0; i < gates_count(); i++) {
        const struct gates_row *r = gates_at(i);
        struct quant_spec row;
        if (strcmp(r->design, "dot") || r->lanes == 1 || scheme_parse(r->format, &row, NULL) ||
            !same_blocks(&row, a) || !same_blocks(&row, b))
            continue;
        if (m && !says_mac(r->mac, m))
            return error_set(e, STATUS_SKIP, "yosys: the table's dot unit of such blocks is of the MAC %s",
                             r->mac);
        *out = of_row(r);
        return STATUS_OK;
    }
    return error_set(e, STATUS_SKIP, "yosys: the table has no dot unit of blocks of %s and %s",
                     a->element.name, b->element.name);
}

/* --- which units a scheme and its MAC need --- */

/* To nearest even. Units of the table saturate; what overflows to Inf or NaN selects another constant in its
 * place. */
static bool rounds_plainly(const struct rounding *r)
{
    struct rounding as_row = *r;
    if (r->overflow == OVERFLOW_INFINITY)
        as_row.overflow = OVERFLOW_SATURATE;
    return gates_rounding_of_rows(&as_row);
}

/* The design of the product, or NULL and why there is none. */
static const char *product_design(const struct mac_spec *m, const struct format *a, const char **why)
{
    *why = "its units keep subnormal operands: daz=no";
    if (m && m->daz)
        return NULL;
    if (!m || !strcmp(m->product->name, "exact"))
        return "product";
    const bool rounds = !strcmp(m->product->name, "rounded"), adds = !strcmp(m->product->name, "lmul_bits");
    *why = "its units multiply exactly, round the product, or are L-Mul's (exact, rounded, lmul_bits)";
    if (!rounds && !adds)
        return NULL;
    *why = "its L-Mul has the paper's offset and takes subnormal operands as zero";
    if (adds && (m->args.offset != PRODUCT_OFFSET_PAPER || m->args.normalise))
        return NULL;
    *why = "its rounded products are of two operands into their own format, to nearest even";
    if (!m->args.into.family || !gates_same_format(&m->args.into, a) || !rounds_plainly(&m->args.rounding))
        return NULL;
    return rounds ? "rounded" : "lmul";
}

static enum status covers(const struct quant_spec *q, struct error *e)
{
    const struct format *f = &q->element;
    if (q->codec || q->n_alternatives)
        return error_set(e, STATUS_SKIP,
                         "yosys: the model has units of one element format, and a codec or "
                         "alternatives are others");
    if (f->family != &family_float && f->family != &family_int)
        return error_set(e, STATUS_SKIP, "yosys: the model covers float and integer elements; %s is neither",
                         f->name);
    return STATUS_OK;
}

/* The multiply-accumulate; nothing where the MAC has an accumulator that no unit has. */
static enum status put_mac(const struct cost_input *in, const struct quant_spec *weight, bool block,
                           struct cost_value *out, int *n, struct error *e)
{
    const struct format *a = &in->spec->element, *b = &weight->element;
    struct answer v;
    enum status s = block ? block_gates(in->spec, weight, in->mac, &v, e) : STATUS_OK;
    if (s)
        return s;
    if (!block && in->mac && in->mac->order != MAC_EXACT)
        return STATUS_OK;
    if (!block && !unit_gates("dot", "exact", a, b, &v))
        return STATUS_OK;
    put(out, n, "mac_gates", "mac_gates_rms_error", &v);
    if (v.register_bits >= 0)
        cost_put(out, n, "register_bits", "bit", v.register_bits)->source = v.source;
    return STATUS_OK;
}

/* Those of the table have no scale, round to nearest even, saturate, and are of binary32 numbers, subnormal
 * ones among them. */
static void put_codes(const struct quant_spec *input, const struct quant_spec *weight, struct cost_value *out,
                      int *n)
{
    const struct format *a = &input->element, *b = &weight->element;
    struct answer v;
    if (input->scaling.per == PER_NONE && gates_rounding_of_rows(&input->rounding) && !input->daz &&
        unit_gates("quantizer", "", a, a, &v))
        put(out, n, "quantizer_gates", "quantizer_gates_rms_error", &v);
    if (weight->scaling.per == PER_NONE && !weight->out.family && unit_gates("dequantizer", "", b, b, &v))
        put(out, n, "dequantizer_gates", "dequantizer_gates_rms_error", &v);
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct quant_spec *weight = in->weight ? in->weight : in->spec;
    const struct format *a = &in->spec->element, *b = &weight->element;
    const char *why = NULL;
    struct answer v;
    *n = 0;
    enum status s = covers(in->spec, e);
    if (!s)
        s = covers(weight, e);
    if (s)
        return s;
    const char *design = product_design(in->mac, a, &why);
    if (!design)
        return error_set(e, STATUS_SKIP, "yosys: %s", why);
    if (!unit_gates(design, "", a, b, &v))
        return error_set(e, STATUS_SKIP,
                         "yosys: neither the table nor a formula has a unit '%s' of %s and %s", design,
                         a->name, b->name);
    put(out, n, "product_gates", "product_gates_rms_error", &v);
    if (v.delay > 0)
        cost_put(out, n, "product_delay", "FO4", v.delay)->source = v.source;
    if (!strcmp(design, "product"))
        s = put_mac(in, weight, arg_is(&keys[0], arg[0], "block"), out, n, e);
    if (s) {
        *n = 0;
        return s;
    }
    put_codes(in->spec, weight, out, n);
    return STATUS_OK;
}

const struct cost_model cost_yosys = {
    .name = "yosys",
    .doc = "Gate equivalents (a NAND2 is 1) of units as Yosys and ABC synthesise them from the Verilog of "
           "`bitsweep rtl`: "
           "the product, one multiply-accumulate with an exact fixed-point accumulator and its registers, "
           "quantizer of the "
           "input and dequantizer of the weight where they have no scale and the input is rounded to nearest "
           "even, saturating; delay in those of an inverter that drives four (FO4). No wires, no placement.",
    .source = "results/synth.csv (make synth): our own units in our own cell library, whose areas are those "
              "of the NanGate "
              "45 nm open cell library over its NAND2",
    .scope = COST_PAIR,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .of_a_mac = true,
    .cost = cost,
};
