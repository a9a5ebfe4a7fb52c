/* Our own analytic model: units of sim/rtl as bills of components, in the cells that synthesis uses. */
#include "sim/cost/cells.h"
#include "sim/cost/cost.h"
#include "sim/cost/gates_formula.h"
#include "sim/cost/mac_unit.h"

#include <math.h>
#include <string.h>

enum { LANES, ACCUMULATOR, GUARD, LIBRARY, NODE, ACTIVITY };

static const struct arg_key keys[] = {
    [LANES] = {"lanes", ARG_INTEGER, 0, 0, 1024, NULL, "products a step; 0: the MAC's group, else 1"},
    [ACCUMULATOR] = {"accumulator", ARG_WORD, 0, 0, 0, "mac|fixed|fp16|bf16|fp32",
                     "mac: as the MAC says, fixed without one; fixed: an exact fixed-point register; floats: "
                     "terms are aligned to one bit behind the accumulator's last and cut"},
    [GUARD] = {"guard", ARG_INTEGER, 12, 0, 64, NULL,
               "bits of a fixed-point register beyond a step's, for sums of many"},
    [LIBRARY] = {"adders", ARG_WORD, 0, 0, 0, "mapped|library",
                 "mapped: full adders made of gates, as our synthesis makes them; library: the node's own"},
    [NODE] = {"node", ARG_WORD, 0, 0, 0,
              "none|nangate45|sky130|gf180|130nm|90nm|65nm|32nm|20nm|16nm|14nm|10nm|7nm",
              "where it is made: adds mac_area, and delay of sky130; sizes in nm alone: scaled from NanGate "
              "45 nm"},
    [ACTIVITY] = {"activity", ARG_NUMBER, 0, 0, 10, NULL,
                  "rises and falls of a gate's output an operation: adds mac_energy; 0: not known"},
};

static enum status read_float(const struct format *acc, struct mac_sum *s, struct error *e)
{
    if (acc->family != &family_float || acc->exponent_bits < 1 || acc->is_unsigned)
        return error_set(e, STATUS_SKIP,
                         "components: the accumulator %s is neither an integer nor a signed float",
                         acc->name);
    s->acc_precision = acc->precision;
    s->acc_exponent = acc->exponent_bits;
    return STATUS_OK;
}

/* What a MAC text means. */
static enum status read_mac(const struct mac_spec *m, struct mac_sum *s, struct error *e)
{
    if (m->order == MAC_EXACT)
        return STATUS_OK;
    const bool steps = m->order == MAC_FUSED && m->fraction > 0;
    if (m->acc.family == &family_int && m->order != MAC_FUSED) {
        s->kind = SUM_INTEGER;
        s->acc_precision = m->acc.bits;
        return STATUS_OK;
    }
    if (!steps || m->presum > 1 || m->lanes > 1)
        return error_set(
            e, STATUS_SKIP,
            "components: covers sums that are exact, integer, or fused with a fraction, one term a "
            "shifter; not this MAC");
    s->kind = SUM_ALIGNED;
    s->fraction = m->fraction;
    s->lanes = s->lanes ? s->lanes : (int64_t)m->group;
    return read_float(&m->acc, s, e);
}

static enum status read_accumulator(const struct cost_input *in, const double *arg, struct mac_sum *s,
                                    struct error *e)
{
    if (arg[ACCUMULATOR] == 0)
        return in->mac ? read_mac(in->mac, s, e) : STATUS_OK;
    if (arg[ACCUMULATOR] == 1)
        return STATUS_OK;
    static const char *const names[] = {"fp16", "bf16", "fp32"};
    const struct format *acc = format_find(names[(int)arg[ACCUMULATOR] - 2]);
    enum status st = read_float(acc, s, e);
    s->kind = SUM_ALIGNED;
    s->fraction = s->acc_precision + 1;
    return st;
}

/* Scales of blocks meet sums where a step has several lanes; else they are applied to what is summed up. */
static enum status read_scales(const struct cost_input *in, struct mac_sum *s, struct error *e)
{
    const struct quant_spec *q = in->spec, *w = in->weight ? in->weight : q;
    const struct format *scale = &q->scaling.scale, *other = &w->scaling.scale;
    if (s->lanes < 2)
        return STATUS_OK;
    if (q->scaling.per != w->scaling.per ||
        (q->scaling.per == PER_BLOCK &&
         (q->scaling.block != w->scaling.block || strcmp(scale->name, other->name))))
        return error_set(
            e, STATUS_SKIP,
            "components: scales that meet sums of several lanes are covered where both operands have "
            "the same");
    if (q->scaling.per != PER_BLOCK || scale->family != &family_float)
        return STATUS_OK;
    s->scale_exponent = scale->exponent_bits;
    s->scale_mantissa = scale->precision - 1;
    s->block = (int64_t)q->scaling.block;
    return STATUS_OK;
}

static enum status covered(const struct cost_input *in, struct error *e)
{
    const struct quant_spec *sides[2] = {in->spec, in->weight ? in->weight : in->spec};
    for (int i = 0; i < 2; i++) {
        const struct format *f = &sides[i]->element;
        const char *why = sides[i]->codec ? "is a codec" : mac_unit_refuses(f);
        if (why)
            return error_set(e, STATUS_SKIP, "components: covers floats and integers; %s %s", f->name, why);
    }
    if (in->mac && in->mac->product && strcmp(in->mac->product->name, "exact") != 0)
        return error_set(e, STATUS_SKIP,
                         "components: covers exact products, not %s; components of others are "
                         "listed by bitsweep costs --components",
                         in->mac->product->name);
    return STATUS_OK;
}

/* --- values --- */

struct page {
    struct cell_set set;
    const struct node *node; /* or NULL */
    bool synthesised;        /* in the cells of results/synth.csv */
    int64_t lanes;
    struct cost_value *out;
    int *n;
    struct error *e;
    enum status s;
};

/* Gates of a part of all lanes, for one of them. */
static double share(struct page *p, struct bill b)
{
    double gates = 0;
    if (!p->s)
        p->s = cells_gates(&p->set, &b, &gates, p->e);
    return gates / (double)p->lanes;
}

/* How far gates lie from what was synthesised of the unit, in the cells that they are counted in; 0 where
 * that is not known. */
static double measured(const struct page *p, const char *design, const char *mac, const struct format *fa,
                       const struct format *fb, double gates)
{
    const char *a = fa->name, *b = fb->name;
    struct gates_row r;
    /* The table has integers in two's complement. */
    if (fa->codes == CODES_SIGNMAG || fb->codes == CODES_SIGNMAG || !p->synthesised ||
        !gates_find(design, a, strcmp(a, b) ? b : "", mac, &r))
        return 0;
    return fabs(gates / ((r.ge_min + r.register_bits * GATES_REGISTER) / r.lanes) - 1);
}

/* Sign and magnitude is a float whose exponent field is its hidden bit; to find its code takes an integer's
 * shifts. */
static void put_codes(struct page *p, const struct quant_spec *q)
{
    const struct format *f = &q->element, *scale = &q->scaling.scale;
    const bool scaled = q->scaling.per != PER_NONE, binary = scaled && scale->precision == 1;
    const int64_t exponent = f->family == &family_float ? f->exponent_bits : 0;
    const int64_t mantissa = exponent > 0 ? f->precision - 1 : f->bits;
    const bool magnitude = exponent == 0 && (f->family == &family_float || f->codes == CODES_SIGNMAG);
    if (scaled && scale->family != &family_float)
        return;
    const double lanes = (double)p->lanes,
                 from = lanes * share(p, bill_dequantizer(exponent + magnitude, mantissa - 2 * magnitude,
                                                          scaled ? scale->exponent_bits : 0,
                                                          scaled ? scale->precision - 1 : 0)),
                 to = lanes * share(p, bill_quantizer(exponent, mantissa, scaled ? scale->exponent_bits : 0));
    cost_put(p->out, p->n, "dequantizer_gates", "GE", from)->accuracy =
        scaled ? 0 : measured(p, "dequantizer", "", f, f, from);
    if ((!scaled || binary) && q->rounding.mode == ROUND_RNE) /* others divide, or round another way */
        cost_put(p->out, p->n, "quantizer_gates", "GE", to)->accuracy =
            scaled || q->daz || !gates_rounding_of_rows(&q->rounding)
                ? 0
                : measured(p, "quantizer", "", f, f, to);
}

static void put_node(struct page *p, double gates, int64_t levels, double activity)
{
    const struct node *node = p->node;
    if (!node)
        return;
    struct cost_value *v = cost_put(p->out, p->n, "mac_area", node->scaled ? "um2 (scaled)" : "um2",
                                    gates * node_gate_um2(node));
    v->node_nm = node->nm;
    v->source = node->scaled ? node->source : node->set->source;
    if (node->level_ps > 0) {
        v = cost_put(p->out, p->n, "delay", "ps", (double)levels * node->level_ps);
        v->node_nm = node->nm;
        v->source = node->source;
    }
    if (activity > 0) {
        v = cost_put(p->out, p->n, "mac_energy", "pJ", gates * activity * node->gate_fj * 1e-3);
        v->node_nm = node->nm;
        v->source = node->source;
    }
}

static enum status read_node(const double *arg, struct page *p)
{
    const bool energy = arg[ACTIVITY] > 0;
    if (arg[NODE] > 0)
        p->node = node_at((size_t)arg[NODE] - 1);
    if (energy && (!p->node || p->node->gate_fj <= 0))
        return error_set(
            p->e, STATUS_SKIP,
            "components: activity asks for an energy, and of the nodes sky130 alone has the energy "
            "of a gate; found node %s",
            p->node ? p->node->name : "none");
    p->set = p->node ? *p->node->set : cells_nangate45;
    p->synthesised = arg[LIBRARY] == 0 && !strcmp(p->set.name, cells_nangate45.name);
    if (arg[LIBRARY] == 0)
        p->set = cells_mapped(&p->set);
    return STATUS_OK;
}

static void put_all(struct page *p, const struct cost_input *in, const struct mac_sum *sum,
                    const struct mac_unit *u, double activity)
{
    const struct format *a = &in->spec->element, *b = in->weight ? &in->weight->element : a;
    const bool exact = sum->kind == SUM_FIXED && sum->lanes == 1 && sum->guard == 12;
    struct bill registers = bill_register(u->register_bits);
    const double product = (double)p->lanes * share(p, u->product);
    const double align = share(p, u->align), add = share(p, u->add), scale = share(p, u->scale),
                 finish = share(p, u->finish), kept = share(p, registers);
    const double gates = product + align + add + scale + finish + kept;
    const int64_t levels =
        u->product.levels + u->align.levels + u->add.levels + u->scale.levels + u->finish.levels;
    cost_put(p->out, p->n, "product_gates", "GE", product)->accuracy =
        measured(p, "product", "", a, b, product);
    cost_put(p->out, p->n, "align_gates", "GE", align);
    cost_put(p->out, p->n, "add_gates", "GE", add);
    if (scale > 0)
        cost_put(p->out, p->n, "scale_gates", "GE", scale);
    if (finish > 0)
        cost_put(p->out, p->n, "finish_gates", "GE", finish);
    cost_put(p->out, p->n, "register_gates", "GE", kept);
    cost_put(p->out, p->n, "mac_gates", "GE", gates)->accuracy =
        exact ? measured(p, "dot", "exact", a, b, gates) : 0;
    cost_put(p->out, p->n, "register_bits", "bit", (double)u->register_bits / (double)p->lanes);
    cost_put(p->out, p->n, "accumulator_bits", "bit", (double)u->accumulator_bits);
    cost_put(p->out, p->n, "depth", "level", (double)levels);
    put_codes(p, in->spec);
    put_node(p, gates, levels, activity);
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    *n = 0;
    struct mac_sum sum = {.lanes = (int64_t)arg[LANES], .guard = (int64_t)arg[GUARD]};
    struct page p = {.out = out, .n = n, .e = e};
    enum status s = covered(in, e);
    if (!s)
        s = read_accumulator(in, arg, &sum, e);
    if (!s)
        s = read_node(arg, &p);
    if (s)
        return s;
    sum.lanes = p.lanes = sum.lanes ? sum.lanes : 1;
    s = read_scales(in, &sum, e);
    if (s)
        return s;
    const struct format *a = &in->spec->element, *b = in->weight ? &in->weight->element : a;
    const struct mac_unit u = mac_unit_of(a, b, &sum);
    put_all(&p, in, &sum, &u, arg[ACTIVITY]);
    return p.s;
}

const struct cost_model cost_components = {
    .name = "components",
    .doc = "Gates of product, multiply-accumulate and fused dot units of two formats, of their quantizer (to "
           "nearest even) and dequantizer, as bills of textbook components (bitsweep costs --components). A "
           "gate is a NAND2. "
           "mac_gates "
           "are of one product: all lanes and their registers over the lanes. Scales count where a step has "
           "several "
           "lanes. Area, and on sky130 energy and delay, where a node is said.",
    .source = "Structures counted by us; sizes of cells: OpenROAD-flow-scripts d27f2d00, NanGate 45 nm LEF, "
              "over its "
              "NAND2_X1; full adder of three NAND2 and two OAI21",
    .of_a_mac = true,
    .scope = COST_PAIR,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
