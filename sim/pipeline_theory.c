/* Joins what a subject is drawn from, its scheme and theory. */
#include <math.h>

#include "sim/pipeline.h"
#include "sim/theory/theory.h"

enum status pipeline_expect(const struct cell_request *r, bool integrate, struct metric_theory *out,
                            struct error *why)
{
    const struct subject *s = r->subject;
    const struct synth_spec *drawn = &s->drawn;
    struct quant_input shape;
    char text[THEORY_WHY_SIZE];
    *out = (struct metric_theory){(double)NAN, (double)NAN, (double)NAN};
    if (!drawn->distribution || subject_is_output(s))
        return error_set(why, STATUS_SKIP, "only synthetic tensors have expected errors");
    if (drawn->element)
        return error_set(why, STATUS_SKIP, "no model of values that are rounded to an element");
    if (pipeline_quant_input(r, &shape, why))
        return STATUS_SKIP;
    struct theory_input in = {.q = r->spec,
                              .d = distribution_find(drawn->distribution),
                              .parameter = drawn->parameter,
                              .scale = drawn->scale,
                              .outlier_factor = drawn->outlier_factor,
                              .outliers = synth_outliers(drawn),
                              .rank = shape.rank,
                              .axis = shape.axis};
    for (int d = 0; d < in.rank; d++)
        in.shape[d] = shape.shape[d];
    struct theory_error e;
    const enum status status = integrate ? theory_expect(&in, &e, text) : theory_covers(&in, text);
    if (status)
        return error_set(why, status, "%s", text);
    if (integrate)
        *out = (struct metric_theory){e.mse, e.power, e.variance};
    return STATUS_OK;
}
