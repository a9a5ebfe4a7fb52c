#include "sim/cost/cost.h"

void cost_store(struct cost_stored *to, const struct quant_spec *q, uint64_t elements, uint64_t stored,
                uint64_t scales, uint64_t outer_scales, uint64_t side_bits)
{
    const uint64_t element_bits = (uint64_t)q->element.bits;
    const uint64_t scale_bits = (uint64_t)q->scaling.scale.bits;
    /* Without scales there are none to count, whatever their format. ORDER_TE keeps binary32 above them. */
    const uint64_t outer_bits = q->scaling.second_scale.family ? (uint64_t)q->scaling.second_scale.bits : 32;
    to->elements += elements;
    to->code_bits += stored * element_bits;
    to->pad_bits += (stored - elements) * element_bits;
    to->scale_bits += scales * scale_bits + outer_scales * outer_bits + side_bits;
}

static enum status cost(const struct cost_input *in, struct cost_value *out, int *n, struct error *e)
{
    *n = 0;
    const struct cost_stored *s = &in->stored;
    const double elements = (double)s->elements, bits = (double)(s->code_bits + s->scale_bits);
    if (!s->elements)
        return error_set(e, STATUS_SKIP, "storage: the tensor has no elements, so no bits per element");
    out[(*n)++] = (struct cost_value){"bits_per_element", "bit", bits / elements};
    out[(*n)++] = (struct cost_value){"element_bits", "bit", (double)(s->code_bits - s->pad_bits) / elements};
    out[(*n)++] = (struct cost_value){"scale_bits_per_element", "bit", (double)s->scale_bits / elements};
    out[(*n)++] = (struct cost_value){"padding_bits_per_element", "bit", (double)s->pad_bits / elements};
    out[(*n)++] = (struct cost_value){"bits", "bit", bits};
    return STATUS_OK;
}

const struct cost_model cost_storage = {
    .name = "storage",
    .doc = "Bits stored for a tensor, or for both operands of a product: codes, scales of both levels, what "
           "stands beside them (zero points, "
           "micro-exponents, choices), padding, over its elements. "
           "Formats are packed without gaps; file headers are not counted.",
    .source = "Counted; no constants.",
    .cost = cost,
};
