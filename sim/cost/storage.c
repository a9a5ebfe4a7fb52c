#include "sim/cost/cost.h"

static enum status cost(const struct cost_input *in, struct cost_value *out, int *n, struct error *e)
{
    *n = 0;
    if (!in->elements)
        return error_set(e, STATUS_SKIP, "storage: the tensor has no elements, so no bits per element");
    const struct quant_spec *q = in->spec;
    double element_bits = q->element.bits;
    double scale_bits = q->scaling.scale.bits;
    /* Without scales there are none to count, whatever their format. ORDER_TE keeps binary32 above them. */
    double outer_bits = q->scaling.second_scale.family ? q->scaling.second_scale.bits : 32;
    double scales =
        (double)in->scales * scale_bits + (double)in->outer_scales * outer_bits + (double)in->side_bits;
    double elements = (double)in->elements;
    out[(*n)++] = (struct cost_value){"bits_per_element", "bit",
                                      ((double)in->stored * element_bits + scales) / elements};
    out[(*n)++] = (struct cost_value){"element_bits", "bit", element_bits};
    out[(*n)++] = (struct cost_value){"scale_bits_per_element", "bit", scales / elements};
    out[(*n)++] = (struct cost_value){"padding_bits_per_element", "bit",
                                      (double)(in->stored - in->elements) * element_bits / elements};
    return STATUS_OK;
}

const struct cost_model cost_storage = {
    .name = "storage",
    .doc = "Bits stored for a tensor: codes, scales of both levels, what stands beside them (zero points, "
           "micro-exponents, choices), padding, over its elements. "
           "Formats are packed without gaps; file headers are not counted.",
    .source = "Counted; no constants.",
    .cost = cost,
};
