/* Processing elements of FP16 activations at 28 nm, as published. */
#include <string.h>

#include "sim/cost/cost.h"

#define BITMOD                                                                                            \
    "abdelfattah-lab/BitMoD-HPCA-25, bitmod_sim/test_*.py (energy a cycle, area before place and route, " \
    "for which "                                                                                          \
    "the simulator adds a factor of 1.5); TSMC 28 nm by yc2367/BitMoD, hardware/pe/run_dc.tcl"

enum { NODE = 28, PRODUCTS = 4 };

/* `serial`: of PRODUCTS products, two bits of the weight a cycle. */
static const struct pe {
    const char *weight; /* names that begin so */
    double energy, area;
    bool serial;
} elements[] = {{"fp16", .77, 1968.7, false},
                {"flint", .56, 1318.6, false},
                {"olive", .613, 1318.6, false},
                {"bitmod", .56, 1507.7, true}};

static const struct pe *element_of(const struct quant_spec *q)
{
    const char *name = q->codec ? q->codec->name : q->element.name;
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (!strncmp(name, elements[i].weight, strlen(elements[i].weight)))
            return &elements[i];
    return NULL;
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    (void)arg;
    *n = 0;
    const struct quant_spec *weight = in->weight ? in->weight : in->spec;
    const struct pe *p = element_of(weight);
    if (strcmp(in->spec->element.name, "fp16") != 0 || !p)
        return error_set(
            e, STATUS_SKIP,
            "published_28nm: activations are fp16, weights fp16, flint, olive or bitmod; found %s with %s",
            in->spec->element.name, weight->element.name);
    cost_put_at(out, n, "pe_area", "um2", p->area, NODE, BITMOD);
    cost_put_at(out, n, "pe_energy", "pJ", p->energy, NODE, BITMOD);
    const int cycles = p->serial ? (weight->element.bits + 1) / 2 : 1;
    cost_put_at(out, n, "mac_energy", "pJ", p->energy * cycles / (p->serial ? PRODUCTS : 1), NODE, BITMOD);
    if (!p->serial)
        cost_put_at(out, n, "mac_area", "um2", p->area, NODE, BITMOD);
    return STATUS_OK;
}

const struct cost_model cost_published_28nm = {
    .name = "published_28nm",
    .doc = "Processing elements with FP16 activations at 28 nm, before place and route: FP16, ANT's flint, "
           "OliVe and "
           "BitMoD weights. BitMoD's works on 4 products, two bits of the weight a cycle.",
    .source = BITMOD,
    .scope = COST_PAIR,
    .cost = cost,
};
