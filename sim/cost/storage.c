#include "sim/cost/cost.h"

/* Without scales there are none to count, whatever their format. ORDER_TE keeps binary32 above them. */
static uint64_t scale_bits(const struct cost_input *in)
{
    const struct scaling *s = &in->spec->scaling;
    const int outer = s->second_scale.family ? s->second_scale.bits : 32;
    return in->scales * (uint64_t)s->scale.bits + in->outer_scales * (uint64_t)outer + in->side_bits;
}

uint64_t cost_bits(const struct cost_input *in)
{
    return in->stored * (uint64_t)in->spec->element.bits + scale_bits(in);
}

static void add(struct cost_value *out, int *n, const char *quantity, double bits, uint64_t elements)
{
    cost_put(out, n, quantity, "bit", bits / (double)elements);
}

/* Each operand by itself, and both together. */
static void add_operands(const struct cost_input *in, struct cost_value *out, int *n)
{
    const struct cost_operand *a = &in->operand[0], *b = &in->operand[1];
    add(out, n, "bits_per_element", (double)(a->bits + b->bits), a->elements + b->elements);
    add(out, n, "bits", (double)(a->bits + b->bits), 1);
    if (a->elements)
        add(out, n, "input_bits_per_element", (double)a->bits, a->elements);
    if (b->elements)
        add(out, n, "weight_bits_per_element", (double)b->bits, b->elements);
}

static void add_scheme(const struct cost_input *in, struct cost_value *out, int *n)
{
    const double element_bits = in->spec->element.bits;
    if (!in->operand) {
        add(out, n, "bits_per_element", (double)cost_bits(in), in->elements);
        add(out, n, "bits", (double)cost_bits(in), 1);
    }
    add(out, n, "element_bits", element_bits, 1);
    add(out, n, "scale_bits_per_element", (double)scale_bits(in), in->elements);
    add(out, n, "padding_bits_per_element", (double)(in->stored - in->elements) * element_bits, in->elements);
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    (void)arg;
    *n = 0;
    const uint64_t elements = in->operand ? in->operand[0].elements + in->operand[1].elements : in->elements;
    if (!elements)
        return error_set(e, STATUS_SKIP, "storage: the tensor has no elements, so no bits per element");
    if (in->operand)
        add_operands(in, out, n);
    if (in->scope == COST_SCHEME)
        add_scheme(in, out, n);
    return STATUS_OK;
}

const struct cost_model cost_storage = {
    .name = "storage",
    .doc =
        "Bits stored for a tensor: codes, scales of both levels, what stands beside them (zero points, "
        "micro-exponents, choices, indices of what is kept apart), padding, over its elements; of a site for "
        "input and weight, each and together. Formats are packed without gaps; file headers are not counted.",
    .source = "Counted; no constants.",
    .scope = COST_PARTS,
    .standard = true,
    .cost = cost,
};
