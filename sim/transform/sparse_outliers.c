/* Transform "sparse_outliers": the most extreme elements of an operand are kept apart, as a sparse matrix. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/transform/decompose.h"
#include "sim/transform/sorted.h"

struct limits {
    double low, high;
    bool inclusive;
};

/* Of sorted x. */
static struct limits limits_of(const struct transform_step *step, const float *x, size_t n)
{
    const double half = transform_number(step, "share") / 2, range = transform_number(step, "range");
    if (transform_is(step, "rule", "quantile"))
        return (struct limits){sorted_quantile(x, n, half), sorted_quantile(x, n, 1 - half), false};
    const double q1 = sorted_quantile(x, n, .25), q3 = sorted_quantile(x, n, .75);
    const double top = fmax(fabs(q1 - range * (q3 - q1)), fabs(q3 + range * (q3 - q1)));
    return (struct limits){-top, top, true};
}

/* The elements that share limits: rows, columns or all, `count` of them, `step` apart; limits are learned
 * from the first `known`. */
struct run {
    size_t first, step, count, known;
};

static size_t take(const struct transform_step *step, const struct run *r, float *dense, float *sparse,
                   float *sorted)
{
    size_t taken = 0;
    for (size_t i = 0; i < r->known; i++)
        sorted[i] = dense[r->first + i * r->step];
    sort_f32(sorted, r->known);
    const struct limits t = limits_of(step, sorted, r->known);
    for (size_t i = 0; i < r->count; i++) {
        const size_t at = r->first + i * r->step;
        const double x = (double)dense[at];
        if (x < t.low || x > t.high || (t.inclusive && (x == t.low || x == t.high) && x != 0)) {
            sparse[at] = dense[at];
            dense[at] = 0;
            taken++;
        }
    }
    return taken;
}

/* How many elements went to the sparse one; limits of more than a row are learned from the first rows. */
static size_t separate(const struct transform_step *step, size_t rows, size_t learned, size_t n, float *dense,
                       float *sparse, float *sorted)
{
    size_t taken = 0;
    if (!learned || !n)
        return 0;
    if (transform_is(step, "per", "tensor"))
        return take(step, &(struct run){0, 1, rows * n, learned * n}, dense, sparse, sorted);
    const bool by_row = transform_is(step, "per", "row");
    for (size_t i = 0; i < (by_row ? rows : n); i++)
        taken += take(step, by_row ? &(struct run){i * n, 1, n, n} : &(struct run){i, n, rows, learned},
                      dense, sparse, sorted);
    return taken;
}

static void drop_part(struct layer *l)
{
    struct layer_part *p = &l->part[--l->n_parts];
    for (int side = 0; side < LAYER_SIDES; side++)
        free(p->operand[side]);
}

/* Splits one operand; the other side of the sparse part is what the main part's becomes. */
static enum status split(const struct transform_step *step, const struct quant_spec *to, struct layer *l,
                         enum layer_side side, struct error *e)
{
    const size_t n = l->part[0].n, rows = layer_rows(l, side);
    struct layer_part *p;
    float *sorted = malloc((rows * n + 1) * sizeof *sorted);
    enum status s = sorted ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = layer_add_part(l, n, &p, e);
    const size_t learned = side == LAYER_INPUT ? l->calibration : rows;
    const size_t taken =
        s ? 0 : separate(step, rows, learned, n, l->part[0].operand[side], p->operand[side], sorted);
    if (!s && !taken)
        drop_part(l);
    else if (!s) {
        p->scheme[side] = *to;
        decompose_count(p, side, taken * ((uint64_t)to->element.bits + decompose_index_bits(rows * n)));
        s = decompose_share(l, p, side == LAYER_INPUT ? LAYER_WEIGHT : LAYER_INPUT, e);
    }
    free(sorted);
    return s;
}

static enum status apply(const struct transform_step *step, struct layer *l, struct error *e)
{
    struct quant_spec to;
    enum status s = decompose_scheme(step, &to, e);
    if (!s && to.scaling.per != PER_NONE)
        s = error_set(e, STATUS_INVALID,
                      "to=%s: elements that lie apart have no common scale; allowed: a format without scales",
                      step->scheme);
    return s ? s : split(step, &to, l, transform_is(step, "side", "input") ? LAYER_INPUT : LAYER_WEIGHT, e);
}

static const char *no_effect(const struct transform_step *step, size_t key)
{
    const bool quantile = transform_is(step, "rule", "quantile");
    return key == 3 && !quantile  ? "only rule=quantile takes a share"
           : key == 4 && quantile ? "only rule=iqr has a range"
                                  : NULL;
}

static const struct arg_key keys[] = {
    {"side", ARG_WORD, 0, 0, 0, "weight|input", "operand that is split"},
    {"per", ARG_WORD, 0, 0, 0, "tensor|row|column", "elements that have limits in common"},
    {"rule", ARG_WORD, 0, 0, 0, "quantile|iqr",
     "limits: quantiles share / 2 and 1 - share / 2, or +- the larger of |q1 - range * (q3 - q1)| and |q3 + "
     "range * (q3 - q1)|, quartiles q1 and q3"},
    {"share", ARG_NUMBER, 0.01, 0, 1, NULL, "of elements beyond quantiles, both ends together"},
    {"range", ARG_NUMBER, 1.8, 0, 1e6, NULL, "in distances of the quartiles"},
    {"to", ARG_SCHEME, 0, 0, 0, "fp16", "format of the elements beyond"},
};

const struct transform transform_sparse_outliers = {
    .name = "sparse_outliers",
    .doc = "elements beyond limits become zero in the main part, and are multiplied as a sparse part, "
           "exactly, with what the other operand is quantized to; each stores its index",
    .citation =
        "quantile: Hooper et al., KVQuant, arXiv 2401.18079, kvquant/simquant_module_quantizer.py SimQuant; "
        "iqr: Kim et al., SqueezeLLM, arXiv 2306.07629, quantization/generate_outlier_config.py (range 1.8 "
        "in its example) and squeezellm/outliers.py",
    .acts = "input, weight",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .no_effect = no_effect,
    .apply = apply,
};
