/* sim/cost: models beside storage and fp8_vs_int8, worked by hand, and what they refuse. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/cost/cells.h"
#include "sim/cost/cost.h"
#include "sim/cost/gates_table.h"
#include "sim/mac.h"
#include "sim/scheme.h"
#include "tests/check.h"

/* One question: texts, NULL where there is none. */
struct asked {
    const char *model, *scheme, *weight, *mac;
};

struct answer {
    struct quant_spec spec, weight;
    struct mac_spec mac;
    struct cost_operand operand[2];
    struct cost_input in;
    struct cost_value v[COST_MAX_VALUES];
    int n;
    struct error e;
    enum status s;
};

static void ready(const struct asked *q, struct answer *a)
{
    memset(a, 0, sizeof *a);
    assert_int_equal(scheme_parse(q->scheme, &a->spec, NULL), STATUS_OK);
    a->in = (struct cost_input){.spec = &a->spec, .elements = 64, .stored = 64};
    if (q->weight) {
        assert_int_equal(scheme_parse(q->weight, &a->weight, NULL), STATUS_OK);
        a->in.weight = &a->weight;
        a->in.scope = COST_PAIR;
    }
    if (q->mac) {
        assert_int_equal(mac_parse(q->mac, &a->mac, NULL), STATUS_OK);
        a->in.mac = &a->mac;
    }
}

static void answer(const struct asked *q, struct answer *a)
{
    struct cost_request r;
    if (cost_parse(q->model, &r, &a->e))
        fail_msg("%s", a->e.text);
    a->s = cost_of(&r, &a->in, a->v, &a->n, &a->e);
}

static void ask(const struct asked *q, struct answer *a)
{
    ready(q, a);
    answer(q, a);
}

static double value(const struct answer *a, const char *quantity)
{
    const struct cost_value *v = cost_value_find(a->v, a->n, quantity);
    if (a->s || !v)
        fail_msg("no quantity %s: %s", quantity, a->e.text);
    return v ? v->value : 0;
}

static double told(const char *model, const char *scheme, const char *weight, const char *quantity)
{
    struct answer a;
    ask(&(struct asked){model, scheme, weight, NULL}, &a);
    return value(&a, quantity);
}

static bool near(double x, double y)
{
    return fabs(x - y) <= 1e-9 * fabs(y);
}

/* --- published numbers, as they are printed --- */

struct fact {
    const char *model, *scheme, *weight, *quantity, *unit;
    double value, node_nm;
};

static const struct fact facts[] = {
    {"horowitz45", "int8", NULL, "multiply_energy", "pJ", .2, 45},
    {"horowitz45", "int8", NULL, "add_energy", "pJ", .03, 45},
    {"horowitz45", "int8", NULL, "mac_energy", "pJ", .23, 45},
    {"horowitz45", "fp16", NULL, "mac_energy", "pJ", 1.1 + .4, 45},
    {"horowitz45", "fp32", NULL, "mac_energy", "pJ", 3.7 + .9, 45},
    {"horowitz45,accumulator=int32", "int8", NULL, "mac_energy", "pJ", .2 + .1, 45},
    {"horowitz45,accumulator=fp32", "fp16", NULL, "mac_energy", "pJ", 1.1 + .9, 45},
    /* .002994791667 * 64 + .001041666667 * 8 = .2; .003125 * 16 = .05 */
    {"horowitz45,fit=qkeras", "int8", NULL, "multiply_energy", "pJ", .200000000024, 45},
    {"horowitz45,fit=qkeras", "int16", NULL, "multiply_energy", "pJ", .783333333424, 45},
    {"horowitz45,fit=qkeras", "int16", NULL, "add_energy", "pJ", .05, 45},
    {"published_40nm", "int4", NULL, "mac_area", "um2", 410, 40},
    {"published_40nm", "int6", NULL, "multiplier_area", "um2", 340, 40},
    {"published_40nm", "e2m1", NULL, "adder_area", "um2", 111, 40},
    {"published_40nm", "e2m1", NULL, "mac_area", "um2", 443, 40},
    {"published_40nm", "e3m2", NULL, "mac_area", "um2", 498, 40},
    {"published_40nm", "e2m1", "e1m2b0", "mac_area", "um2", 432, 40},
    {"published_40nm", "e1m2b1", "e2m1", "multiplier_area", "um2", 107, 40},
    /* 278 / 4, 6350 / 16, .21 / 4 */
    {"published_40nm,table=aladdin", "int8", NULL, "adder_area", "um2 (scaled)", 69.5, 40},
    {"published_40nm,table=aladdin", "int8", NULL, "multiplier_area", "um2 (scaled)", 396.875, 40},
    {"published_40nm,table=aladdin", "int8", NULL, "adder_energy", "pJ (scaled)", .0525, 40},
    {"published_40nm,table=aladdin", "int8", "int4", "multiplier_area", "um2 (scaled)", 198.4375, 40},
    {"published_40nm,table=aladdin", "int8", "int4", "adder_area", "um2 (scaled)", 69.5, 40},
    {"published_32nm", "int8", NULL, "mac_area", "um2", 1481, 32},
    {"published_32nm,mhz=600", "int8", NULL, "mac_area", "um2", 1666, 32},
    {"published_32nm,design=opt1,mhz=900", "int8", NULL, "pe_area", "um2", 1780, 32},
    {"published_28nm", "fp16", NULL, "mac_area", "um2", 1968.7, 28},
    {"published_28nm", "fp16", NULL, "mac_energy", "pJ", .77, 28},
    {"published_28nm", "fp16", "flint4", "mac_energy", "pJ", .56, 28},
    {"published_28nm", "fp16", "olive4", "mac_energy", "pJ", .613, 28},
    /* four products in two cycles of two bits each */
    {"published_28nm", "fp16", "bitmod4", "mac_energy", "pJ", .28, 28},
    {"published_28nm", "fp16", "bitmod3_p3", "mac_energy", "pJ", .28, 28},
    {"published_28nm", "fp16", "bitmod4", "pe_area", "um2", 1507.7, 28},
    {"lmul", "fp16", NULL, "multiply_energy", "pJ", .05, 45},
    {"lmul", "fp16", NULL, "mac_energy", "pJ", .45, 45},
    {"lmul", "fp16", NULL, "multiply_energy_saved", "ratio", 1 - .05 / 1.1, 45},
    {"lmul", "fp32", NULL, "multiply_energy_saved", "ratio", 1 - .1 / 3.7, 45},
    {"lmul", "fp32", NULL, "mac_energy_saved", "ratio", 1 - 1.0 / 4.6, 45},
    {"lmul", "fp32", NULL, "claimed_dot_energy_saved", "ratio", .8, 0},
    {"fpga,design=lmul", "e4m3", NULL, "multiply_luts", "LUT", 22, 0},
    {"fpga,design=lmul", "e4m3", NULL, "multiply_delay", "ns", 4.85, 0},
    {"fpga,design=lmul", "e5m2", NULL, "multiply_luts", "LUT", 21, 0},
    {"fpga,design=lmul", "e2m5", NULL, "multiply_ffs", "FF", 25, 0},
    {"fpga", "int8", NULL, "multiply_luts", "LUT", 69, 0},
    {"fpga,design=van_toan", "int8", NULL, "multiply_power", "mW", .432, 0},
};

static void published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
        const struct fact *f = &facts[i];
        struct answer a;
        ask(&(struct asked){f->model, f->scheme, f->weight, NULL}, &a);
        const double found = value(&a, f->quantity);
        const struct cost_value *v = cost_value_find(a.v, a.n, f->quantity);
        if (!near(found, f->value) || v->node_nm != f->node_nm || strcmp(v->unit, f->unit) != 0)
            fail_msg("%s of %s: %s is %.17g %s at %g nm, published %.17g %s at %g nm", f->model, f->scheme,
                     f->quantity, found, v->unit, v->node_nm, f->value, f->unit, f->node_nm);
        assert_true(v->source && *v->source);
    }
    printf("# covered: %zu published numbers\n", sizeof facts / sizeof *facts);
}

/* --- what is refused --- */

static void refused(void **state)
{
    (void)state;
    static const struct {
        struct asked q;
        const char *reason;
    } c[] = {
        {{"horowitz45", "e4m3", NULL, NULL}, "not e4m3"},
        {{"horowitz45", "int16", NULL, NULL}, "of int16 no multiplication"},
        {{"horowitz45,fit=qkeras", "int4", NULL, NULL}, "integers of 8 to 32 bits"},
        {{"horowitz45,fit=qkeras", "fp16", NULL, NULL}, "integers of 8 to 32 bits"},
        {{"horowitz45", "int8", "int4", NULL}, "does not cover operands under two schemes"},
        {{"published_40nm", "int8", NULL, NULL}, "table 6 has int4"},
        {{"published_40nm", "e2m1", "int4", NULL}, "not e2m1 with int4"},
        {{"published_40nm,table=aladdin", "e2m1", NULL, NULL}, "is of integers"},
        {{"published_32nm", "int4", NULL, NULL}, "of INT8"},
        {{"published_32nm,mhz=550", "int8", NULL, NULL}, "mhz=550 was not published"},
        {{"published_32nm,mhz=900", "int8", NULL, NULL}, "was not published"},
        {{"published_28nm", "flint4", NULL, NULL}, "activations are fp16"},
        {{"published_28nm", "fp16", "int4", NULL}, "found fp16 with int4"},
        {{"lmul", "e4m3", NULL, NULL}, "could not be checked and are not used"},
        {{"lmul", "bf16", NULL, NULL}, "not bf16"},
        {{"fpga", "e4m3", NULL, NULL}, "nobody published exact minifloats"},
        {{"fpga,design=lmul", "e3m2", NULL, NULL}, "not measured with e3m2"},
        {{"fpga,design=lmul", "int8", NULL, NULL}, "not measured with int8"},
        {{"int_vs_fp", "nf4", NULL, NULL}, "found nf4"},
        {{"components", "nf4", NULL, NULL}, "nf4 is neither"},
        {{"components", "e8m0", NULL, NULL}, "e8m0 has no zero"},
        {{"components", "q4_0", NULL, NULL}, "is a codec"},
        {{"components", "int8", "nf4", NULL}, "nf4 is neither"},
        {{"components", "e4m3", NULL, "pairwise,acc=fp32"}, "not this MAC"},
        {{"components", "e4m3", NULL, "exact,product=lmul_bits"}, "not lmul_bits"},
        {{"components,activity=0.1", "e4m3", NULL, NULL}, "found node none"},
        {{"components,activity=0.1,node=7nm", "e4m3", NULL, NULL}, "found node 7nm"},
        {{"systolic", "nf4", NULL, NULL}, "components: covers floats"},
        {{"systolic,base=fp8_vs_int8", "int8", "int4", NULL}, "fp8_vs_int8: the model does not cover"},
    };
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        struct answer a;
        ask(&c[i].q, &a);
        if (a.s != STATUS_SKIP || a.n || !strstr(a.e.text, c[i].reason))
            fail_msg("%s of %s: status %d, '%s'", c[i].q.model, c[i].q.scheme, (int)a.s, a.e.text);
    }
    printf("# covered: %zu refusals\n", sizeof c / sizeof *c);
}

/* --- components --- */

/* E2M1: exponents of 2 bits, significands of 2, nothing special; in gates of NanGate 45 with full adders of
 * 17 sites, half adders and DFF 10 and 17, XOR 6, MUX 7, AND and OR 4, a gate 3. product: fields 2 * (1 + 1)
 * OR; adder HA + FA; 4 AND + 2 HA; XOR: 16 + 27 + 36 + 6 = 85 sites fixed: product of 4 bits, exponents 1..3
 * of each: 4 places, 8 bits and a sign. Widening shift of 4 by 4: (4 - 2) * 3 + 4 = 10 MUX, 4 AND; 8 XOR: 70
 * + 16 + 48 = 134; accumulator 9 + 12 = 21: HA + 20 FA = 350 */
static void components_by_hand(void **state)
{
    (void)state;
    struct answer a;
    ask(&(struct asked){"components", "e2m1", NULL, NULL}, &a);
    assert_true(near(value(&a, "product_gates"), 85 / 3.));
    assert_true(near(value(&a, "align_gates"), 134 / 3.));
    assert_true(near(value(&a, "add_gates"), 350 / 3.));
    assert_true(near(value(&a, "register_gates"), 21 * 17 / 3.));
    assert_true(near(value(&a, "mac_gates"), (85 + 134 + 350 + 357) / 3.));
    assert_true(value(&a, "register_bits") == 21 && value(&a, "accumulator_bits") == 21);
    /* int4: 10 AND, 6 NAND, 8 FA, 6 HA = 40 + 18 + 136 + 60; accumulator 8 + 12 bits: HA + 19 FA */
    ask(&(struct asked){"components", "int4", NULL, NULL}, &a);
    assert_true(near(value(&a, "product_gates"), 254 / 3.));
    assert_true(value(&a, "align_gates") == 0);
    assert_true(near(value(&a, "mac_gates"), (254 + 10 + 19 * 17 + 20 * 17) / 3.));
    /* the library's own full adders have 16 sites */
    ask(&(struct asked){"components,adders=library", "int4", NULL, NULL}, &a);
    assert_true(near(value(&a, "mac_gates"), (254 - 8 + 10 + 19 * 16 + 20 * 17) / 3.));
    /* fewer guard bits: each a full adder and a flip-flop */
    const double less = told("components,guard=8", "int4", NULL, "mac_gates");
    assert_true(near(told("components", "int4", NULL, "mac_gates") - less, 4 * (17 + 17) / 3.));
}

/* Area follows the node, energy and delay where their constants are known. */
static void components_at_nodes(void **state)
{
    (void)state;
    struct answer a;
    ask(&(struct asked){"components,node=nangate45", "e4m3", NULL, NULL}, &a);
    const double gates = value(&a, "mac_gates");
    assert_true(near(value(&a, "mac_area"), gates * .798));
    assert_null(cost_value_find(a.v, a.n, "delay"));
    assert_null(cost_value_find(a.v, a.n, "mac_energy"));
    ask(&(struct asked){"components,node=7nm", "e4m3", NULL, NULL}, &a);
    const struct cost_value *area = cost_value_find(a.v, a.n, "mac_area");
    assert_true(near(area->value, gates * .798 * .059) && area->node_nm == 7);
    assert_true(!strcmp(area->unit, "um2 (scaled)") && strstr(area->source, "Stillmaker"));
    ask(&(struct asked){"components,node=sky130,activity=0.25", "e4m3", NULL, NULL}, &a);
    assert_true(near(value(&a, "mac_energy"), value(&a, "mac_gates") * .25 * 8.0e-3));
    assert_true(near(value(&a, "delay"), value(&a, "depth") * 80));
    assert_true(near(value(&a, "mac_area"), value(&a, "mac_gates") * 3.7536));
    /* the words of the key are the nodes */
    const struct cost_model *m = cost_model_find("components");
    for (size_t i = 0; i < node_count(); i++)
        for (size_t k = 0; k < m->n_keys; k++)
            if (!strcmp(m->keys[k].name, "node"))
                assert_true(arg_is(&m->keys[k], (double)i + 1, node_at(i)->name));
}

/* Lanes share what follows them; a fused unit aligns; a pair lies between its parts. */
static void components_of_dots(void **state)
{
    (void)state;
    const struct asked fused = {"components", "e4m3", NULL, "fused,group=16,fraction=25,acc=fp32"};
    struct answer a, b;
    ask(&fused, &a);
    /* a register of 32 bits over 16 lanes, and the finish of one unit */
    assert_true(near(value(&a, "register_bits"), 32 / 16.) && value(&a, "accumulator_bits") == 32);
    assert_true(value(&a, "finish_gates") > 0);
    assert_true(near(value(&a, "mac_gates"), value(&a, "product_gates") + value(&a, "align_gates") +
                                                 value(&a, "add_gates") + value(&a, "finish_gates") +
                                                 value(&a, "register_gates")));
    ask(&(struct asked){"components,accumulator=fp32", "e4m3", NULL, NULL}, &b);
    assert_true(value(&b, "mac_gates") > value(&a, "mac_gates"));
    ask(&(struct asked){"components,accumulator=fp16", "e4m3", NULL, NULL}, &a);
    assert_true(value(&b, "mac_gates") > value(&a, "mac_gates"));
    /* an integer accumulator of its own width: HA + 31 FA, 32 flip-flops */
    ask(&(struct asked){"components", "int8", NULL, "sequential,acc=int32"}, &a);
    assert_true(near(value(&a, "add_gates"), (10 + 31 * 17) / 3.) && value(&a, "register_bits") == 32);
    const double pair = told("components", "int8", "int4", "product_gates");
    assert_true(pair > told("components", "int4", NULL, "product_gates") &&
                pair < told("components", "int8", NULL, "product_gates"));
    assert_true(pair == told("components", "int4", "int8", "product_gates"));
    /* scales of a block count where a step has several lanes */
    ask(&(struct asked){"components,lanes=32", "mxfp8_e4m3", NULL, NULL}, &a);
    assert_true(value(&a, "scale_gates") > 0);
    ask(&(struct asked){"components,lanes=32", "e4m3", NULL, NULL}, &b);
    assert_null(cost_value_find(b.v, b.n, "scale_gates"));
    assert_true(near(value(&a, "mac_gates") - value(&b, "mac_gates"), value(&a, "scale_gates")));
}

/* Against results/synth.csv, every unit that it has of one format: the error is the value's accuracy. The
 * bounds are of 3 bits and more: small units of constants are where synthesis gains most on a textbook. */
static void synthesised(void **state)
{
    (void)state;
    static const struct {
        const char *design, *mac, *quantity;
        double floats, integers;
        int rows;
    } c[] = {{"product", "", "product_gates", .25, .2, 53},
             {"dot", "exact", "mac_gates", .1, .15, 48},
             {"dequantizer", "", "dequantizer_gates", 1.5, 1.5, 51},
             {"quantizer", "", "quantizer_gates", .75, .5, 51}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
        int rows = 0;
        double worst = 0, sum = 0;
        char which[GATES_TEXT] = "";
        struct gates_row r;
        for (const char *at = NULL; gates_next(&at, &r);) {
            if (strcmp(r.design, c[i].design) != 0 || strcmp(r.mac, c[i].mac) != 0 || *r.other)
                continue;
            struct answer a;
            ask(&(struct asked){"components", r.format, NULL, NULL}, &a);
            if (a.s == STATUS_SKIP || strcmp(a.spec.element.name, r.format) != 0)
                continue;
            const struct cost_value *v = cost_value_find(a.v, a.n, c[i].quantity);
            const double ge = (r.ge_min + r.register_bits * GATES_REGISTER) / r.lanes,
                         error = v->value / ge - 1;
            assert_true(v->accuracy == fabs(error));
            if (a.spec.element.bits > 2 &&
                fabs(error) > (a.spec.element.family == &family_int ? c[i].integers : c[i].floats))
                fail_msg("%s of %s: %g GE, %+.1f %% of %g", c[i].quantity, r.format, v->value, 100 * error,
                         ge);
            if (fabs(error) > worst) {
                worst = fabs(error);
                strcpy(which, r.format);
            }
            sum += fabs(error);
            rows++;
        }
        printf("# covered: %s of %d formats against synthesis: mean error %.1f %%, largest %.1f %% (%s)\n",
               c[i].quantity, rows, 100 * sum / (rows ? rows : 1), 100 * worst, which);
        assert_int_equal(rows, c[i].rows);
    }
    /* other cells, other guard bits: not known */
    struct answer a;
    ask(&(struct asked){"components,node=sky130", "e4m3", NULL, NULL}, &a);
    assert_true(cost_value_find(a.v, a.n, "product_gates")->accuracy == 0);
    ask(&(struct asked){"components,adders=library", "e4m3", NULL, NULL}, &a);
    assert_true(cost_value_find(a.v, a.n, "product_gates")->accuracy == 0);
    ask(&(struct asked){"components,guard=11", "e4m3", NULL, NULL}, &a);
    assert_true(cost_value_find(a.v, a.n, "mac_gates")->accuracy == 0);
    /* a quantizer of another rounding: another unit, or the bill of none */
    ask(&(struct asked){"components", "e4m3", NULL, NULL}, &a);
    assert_true(cost_value_find(a.v, a.n, "quantizer_gates")->accuracy > 0);
    static const char *const others[] = {"e4m3,daz=yes", "e4m3,overflow=nan", "mxfp8_e4m3"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        ask(&(struct asked){"components", others[i], NULL, NULL}, &a);
        assert_true(cost_value_find(a.v, a.n, "quantizer_gates")->accuracy == 0);
    }
    ask(&(struct asked){"components", "e4m3,round=sr", NULL, NULL}, &a);
    assert_null(cost_value_find(a.v, a.n, "quantizer_gates"));
    assert_non_null(cost_value_find(a.v, a.n, "dequantizer_gates"));
}

/* --- int_vs_fp --- */

/* The ordering is published; the ratios are not computed from. */
/* Which operand is called the weight changes nothing: the same gates, or refused both ways. */
static void operands_change_places(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"e4m3", "e5m2"},   {"int8", "int4"},
        {"mxfp4", "nvfp4"}, {"mxfp8_e4m3", "mxfp4"},
        {"mxint8", "int8"}, {"e2m1,block=16,scale=ue4m3", "e3m2,block=16,scale=ue4m3"}};
    static const char *const macs[] = {"exact", "fused,group=32,fraction=25,acc=fp32"};
    int told = 0, skipped = 0;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        for (size_t m = 0; m < 2; m++) {
            struct answer a, b;
            ask(&(struct asked){"components", pairs[i][0], pairs[i][1], macs[m]}, &a);
            ask(&(struct asked){"components", pairs[i][1], pairs[i][0], macs[m]}, &b);
            assert_int_equal(a.s, b.s);
            skipped += a.s == STATUS_SKIP;
            told += !a.s;
            if (!a.s && value(&a, "mac_gates") != value(&b, "mac_gates"))
                fail_msg("%s and %s: %g and %g", pairs[i][0], pairs[i][1], value(&a, "mac_gates"),
                         value(&b, "mac_gates"));
        }
    struct answer a;
    ask(&(struct asked){"components", "mxfp4", "nvfp4", macs[1]}, &a);
    assert_non_null(strstr(a.e.text, "where both operands have the same"));
    assert_true(told == 10 && skipped == 2);
}

/* The table's integers are in two's complement: nothing was measured of others. */
static void sign_and_magnitude(void **state)
{
    (void)state;
    struct answer a;
    ask(&(struct asked){"components", "int4", NULL, NULL}, &a);
    assert_true(cost_value_find(a.v, a.n, "mac_gates")->accuracy > 0);
    ask(&(struct asked){"components", "int4,codes=signmag", NULL, NULL}, &a);
    for (int i = 0; i < a.n; i++)
        assert_true(a.v[i].accuracy == 0);
}

static void int_vs_fp(void **state)
{
    (void)state;
    const double nvint4 = told("int_vs_fp", "nvint4", NULL, "lane_gates"),
                 nvfp4 = told("int_vs_fp", "nvfp4", NULL, "lane_gates"),
                 mxint8 = told("int_vs_fp", "mxint8", NULL, "lane_gates"),
                 mxfp8 = told("int_vs_fp", "mxfp8_e4m3", NULL, "lane_gates");
    assert_true(nvint4 < nvfp4 && nvfp4 < mxint8 && mxint8 < mxfp8);
    /* 4^2 cells of 8 and 8 bits of 7; 8^2 of 8 and 16 of 7 */
    assert_true(nvint4 == 16 * 8 + 8 * 7 && mxint8 == 64 * 8 + 16 * 7);
    struct answer a;
    ask(&(struct asked){"int_vs_fp", "nvfp4", NULL, NULL}, &a);
    /* x = 2, y = 1: n = 8 + 2 = 10, of 16 lanes; log2 10 = 3.32192809488736 */
    assert_true(value(&a, "multiplier_gates") == 4 * 8 && value(&a, "adder_gates") == 70);
    assert_true(value(&a, "exponent_gates") == 3 * 2 * 7);
    assert_true(fabs(value(&a, "aligner_gates") - 10 * 3.32192809488736 * 3) < 1e-8);
    assert_true(fabs(value(&a, "normaliser_gates") - 10 * 3.32192809488736 * 3 / 16) < 1e-9);
    ask(&(struct asked){"int_vs_fp", "e4m3", NULL, NULL}, &a); /* min(32 + 6, 24), 32 lanes */
    assert_true(value(&a, "adder_gates") == 24 * 7);
    assert_true(fabs(value(&a, "normaliser_gates") - 24 * 4.58496250072116 * 3 / 32) < 1e-8);
    assert_null(cost_value_find(a.v, a.n, "mac_gates")); /* it has no accumulator */
}

/* --- memory --- */

static void memory(void **state)
{
    (void)state;
    struct answer a;
    const struct asked q = {"memory,level=sram8k", "mxfp4", NULL, NULL};
    ready(&q, &a);
    a.in.elements = 40, a.in.stored = 48, a.in.scales = 3;
    answer(&q, &a);
    /* 48 * 4 + 3 * 8 = 216 bits at 10 / 64 pJ */
    assert_true(near(value(&a, "read_energy"), 216 * .15625));
    assert_true(near(value(&a, "read_energy_per_element"), 216 * .15625 / 40));
    assert_true(a.v[0].node_nm == 45);
    static const struct {
        const char *model;
        double pj;
    } c[] = {{"memory", 1300. / 64},          {"memory,level=dram_most", 2600. / 64},
             {"memory,level=sram32k", .3125}, {"memory,level=sram1m", 1.5625},
             {"memory,level=hbm2", 3.92},     {"memory,level=gddr5", 14},
             {"memory,level=lpddr4", 8},      {"memory,level=lpddr", 40},
             {"memory,level=ddr3", 70},       {"memory,level=hmc", 4.2},
             {"memory,level=register", .009}};
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_true(near(told(c[i].model, "int8", NULL, "energy_per_bit"), c[i].pj));
    /* the cubic meets the three points it was made of, and grows between them */
    assert_true(fabs(told("memory,level=sram,kib=8", "int8", NULL, "energy_per_bit") - 10. / 64) < 1e-5);
    assert_true(fabs(told("memory,level=sram,kib=32", "int8", NULL, "energy_per_bit") - 20. / 64) < 1e-5);
    assert_true(fabs(told("memory,level=sram,kib=1024", "int8", NULL, "energy_per_bit") - 100. / 64) < 1e-5);
    double last = 0;
    for (int kib = 8; kib <= 1024; kib += 8) {
        char text[64];
        snprintf(text, sizeof text, "memory,level=sram,kib=%d", kib);
        const double pj = told(text, "int8", NULL, "energy_per_bit");
        assert_true(pj > last);
        last = pj;
    }
    /* a site: each operand */
    const struct asked site = {"memory,level=gddr5", "int8", "int4", NULL};
    ready(&site, &a);
    a.operand[0] = (struct cost_operand){10, 80};
    a.operand[1] = (struct cost_operand){20, 80};
    a.in.operand = a.operand;
    answer(&site, &a);
    assert_true(near(value(&a, "input_read_energy"), 80 * 14.) &&
                near(value(&a, "weight_read_energy"), 80 * 14.));
    assert_true(near(value(&a, "read_energy_per_element"), 160 * 14. / 30));
}

/* --- arrays --- */

/* 100 x 50 inputs and 40 x 50 weights of 8 and 4 bits on 16 x 16: 7 * 3 folds of 2 * 16 + 16 + 50 - 2 cycles.
 */
static void arrays(void **state)
{
    (void)state;
    struct answer a;
    const struct asked q = {"systolic", "int8", "int4", NULL};
    ready(&q, &a);
    a.operand[0] = (struct cost_operand){5000, 40000};
    a.operand[1] = (struct cost_operand){2000, 8000};
    a.in.operand = a.operand;
    a.in.bit_operations = UINT64_C(100) * 40 * 50 * 8 * 4;
    answer(&q, &a);
    const double mac = told("components", "int8", "int4", "mac_gates");
    assert_true(near(value(&a, "pe_gates"), mac + 12 * 17 / 3.) && value(&a, "pe_register_bits") == 12);
    assert_true(near(value(&a, "array_gates"), 256 * (mac + 12 * 17 / 3.)));
    assert_true(value(&a, "edge_bits_per_cycle") == 16 * 8 + 16 * 4);
    assert_true(value(&a, "cycles") == 7 * 3 * 96);
    assert_true(near(value(&a, "utilisation"), 200000. / (7 * 3 * 96 * 256)));
    /* 32 lanes: 125 times 50 cycles */
    const struct asked lanes = {"vector_lanes", "int8", "int4", NULL};
    answer(&lanes, &a);
    assert_true(value(&a, "cycles") == 125 * 50 && value(&a, "utilisation") == 1);
    assert_true(near(value(&a, "unit_gates"), 32 * (mac + 12 * 17 / 3.)));
    /* unit gates: flip-flops of 6 */
    ask(&(struct asked){"systolic,rows=1,columns=1,base=fp8_vs_int8", "int8", NULL, NULL}, &a);
    assert_true(value(&a, "pe_gates") == 727 + 16 * 6);
    assert_null(cost_value_find(a.v, a.n, "cycles"));
}

/* Every model, every registered format: told or refused with a reason, never more values than fit. */
static void every_format(void **state)
{
    (void)state;
    int covered = 0, skipped = 0;
    for (size_t m = 0; m < cost_model_count(); m++)
        for (size_t i = 0; i < format_count(); i++) {
            const struct quant_spec q = {.element = *format_at(i)};
            const struct cost_input in = {.spec = &q, .elements = 1, .stored = 1};
            const struct cost_request r = cost_standard(cost_model_at(m));
            struct cost_value v[COST_MAX_VALUES];
            struct error e = {{0}};
            int n = 0;
            const enum status s = cost_of(&r, &in, v, &n, &e);
            assert_true(s == STATUS_OK || (s == STATUS_SKIP && *e.text && n == 0));
            assert_in_range(n, 0, COST_MAX_VALUES);
            for (int k = 0; k < n; k++)
                assert_true(isfinite(v[k].value) && v[k].value >= 0);
            covered += s == STATUS_OK;
            skipped += s == STATUS_SKIP;
        }
    printf("# covered: %zu models and %zu formats: %d told, %d refused with a reason\n", cost_model_count(),
           format_count(), covered, skipped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published),
        cmocka_unit_test(refused),
        cmocka_unit_test(components_by_hand),
        cmocka_unit_test(components_at_nodes),
        cmocka_unit_test(components_of_dots),
        cmocka_unit_test(synthesised),
        cmocka_unit_test(operands_change_places),
        cmocka_unit_test(sign_and_magnitude),
        cmocka_unit_test(int_vs_fp),
        cmocka_unit_test(memory),
        cmocka_unit_test(arrays),
        cmocka_unit_test(every_format),
    };
    return cmocka_run_group_tests_name("cost_models", tests, NULL, NULL);
}
