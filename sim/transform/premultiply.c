/* Transform "premultiply": fixed scales of the input's columns, multiplied into the weight. */
#include <math.h>
#include <stdlib.h>

#include "sim/transform/migrate.h"
#include "sim/transform/sorted.h"

/* The number that all factors are divided by; `room` has n places. The median of an even number is the lower
 * middle one. */
static double common(const struct transform_step *step, const double *s, size_t n, double *room)
{
    double sum = 0;
    if (transform_is(step, "over", "one") || !n)
        return 1;
    for (size_t j = 0; j < n; j++) {
        room[j] = s[j];
        sum += s[j];
    }
    if (transform_is(step, "over", "mean"))
        return sum / (double)n;
    sort_f64(room, n);
    return room[(n - 1) / 2];
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    const size_t n = l->part[0].n;
    const struct quant_spec *q = &l->part[0].scheme[LAYER_INPUT];
    if (q->codec)
        return error_set(e, STATUS_INVALID, "%s has no largest element; allowed: inputs of element formats",
                         q->element.name);
    double *s = malloc((2 * n + 1) * sizeof *s);
    enum status status = s ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!status) {
        const double top = number_to_f64(format_max(&q->element));
        layer_column_max(l, LAYER_INPUT, s);
        for (size_t j = 0; j < n; j++)
            s[j] = fmax(s[j] / top, 1e-5);
        const double all = common(step, s, n, s + n);
        for (size_t j = 0; j < n; j++)
            s[j] /= all;
        layer_scale_columns(l, s);
    }
    free(s);
    return status;
}

static const struct arg_key keys[] = {
    {"over", ARG_WORD, 0, 0, 0, "one|mean|median",
     "what all factors are divided by: with one, an input without scales takes the columns' own"},
};

const struct transform transform_premultiply = {
    .name = "premultiply",
    .doc = "columns scaled by s_j = max |x_j| / the largest element of the input's format, at least 1e-5",
    .citation = "Wang et al., OutlierTune, arXiv 2406.18832 (aIiKkkk/Outliertune fake_quant.py, "
                "Smoothquant/smooth.py)",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .keeps_output = true,
    .apply = apply,
};
