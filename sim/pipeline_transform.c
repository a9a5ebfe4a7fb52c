/* A cell of a site with transforms: operands go through the chain, then parts are quantized and multiplied.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/mac.h"
#include "sim/pipeline_operand.h"
#include "sim/pipeline_part.h"
#include "sim/quant/frozen.h"
#include "sim/transform/layer.h"

/* An operand as a subject: what the site's own is, with other elements, maybe fewer columns. */
static struct subject subject_of(const struct layer *l, const struct layer_part *p, enum layer_side side,
                                 const float *x)
{
    const struct cell_request *r = l->context;
    const struct site *site = r->subject->site;
    struct subject s = side == LAYER_INPUT ? site->input : site->weight;
    s.x = (float *)(uintptr_t)x; /* read only */
    s.n = layer_rows(l, side) * p->n;
    s.view.shape[s.view.rank - 1] = p->n;
    if (side == LAYER_WEIGHT) /* a factor of a weight has rows of its own number */
        s.view.shape[0] = l->out;
    tensor_set_c_order(&s.view);
    s.sensitivity = NULL; /* of other elements */
    return s;
}

static enum status input_of(const struct layer *l, const struct layer_part *p, enum layer_side side,
                            const struct quant_spec *q, const float *x, struct quant_input *in,
                            struct error *e)
{
    const struct subject s = subject_of(l, p, side, x);
    const struct cell_request request = {.subject = &s, .spec = q, .seed = l->seed};
    return pipeline_quant_input(&request, in, e);
}

static enum status run_scheme(const struct layer *l, const struct layer_part *p, enum layer_side side,
                              const struct quant_spec *q, const float *x, float *values,
                              struct quant_stats *stats, struct error *e)
{
    const struct quant_output out = {.values = values, .wants = QUANT_VALUES};
    struct quant_input in;
    enum status status = input_of(l, p, side, q, x, &in, e);
    return status ? status : quantize(q, &in, &out, stats, e);
}

static enum status quantize_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                                 const struct quant_spec *q, const float *x, float *values, struct error *e)
{
    struct quant_stats stats;
    return run_scheme(l, p, side, q, x, values, &stats, e);
}

static enum status bits_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                             const struct quant_spec *q, const float *x, uint64_t *bits, struct error *e)
{
    struct quant_stats t = {.elements = 0};
    enum status s = run_scheme(l, p, side, q, x, NULL, &t, e);
    const struct cost_input in = cost_input_of(q, &t);
    *bits = s ? 0 : cost_bits(&in);
    return s;
}

static enum status freeze_tool(const struct layer *l, const struct layer_part *p, enum layer_side side,
                               const struct quant_spec *q, const float *x, struct frozen **out,
                               struct error *e)
{
    struct quant_input in;
    enum status status = input_of(l, p, side, q, x, &in, e);
    return status ? status : frozen_open(q, &in, out, e);
}

static const struct layer_tools tools = {.quantize = quantize_tool,
                                         .bits = bits_tool,
                                         .freeze = freeze_tool,
                                         .frozen_close = frozen_close,
                                         .frozen_value = frozen_value,
                                         .frozen_neighbours = frozen_neighbours,
                                         .frozen_regions = frozen_regions,
                                         .frozen_region = frozen_region,
                                         .frozen_find = frozen_find};

enum status site_layer(const struct cell_request *r, struct layer *l, struct error *e)
{
    const struct site *site = r->subject->site;
    const struct subject *from[LAYER_SIDES] = {&site->input, &site->weight};
    struct layer_part *p;
    *l = (struct layer){.tokens = site->rows,
                        .out = site->columns,
                        .output = r->subject->x,
                        .calibration = site->rows,
                        .seed = r->seed,
                        .stream = subject_stream(r->subject),
                        .tools = &tools,
                        .context = r};
    enum status s = layer_add_part(l, site->inner, &p, e);
    for (int side = 0; side < LAYER_SIDES && !s; side++)
        memcpy(p->operand[side], from[side]->x, from[side]->n * sizeof(float));
    p->scheme[LAYER_INPUT] = *r->spec;
    p->scheme[LAYER_WEIGHT] = r->matmul->weight;
    return s;
}

static enum status run(const struct transform_chain *chain, struct layer *l, const char *name,
                       const atomic_int *stop, struct error *e)
{
    enum status s = transform_check(chain, false, e);
    for (size_t i = 0; i < chain->n && !s; i++) {
        struct error why = {{0}};
        if (stop && atomic_load(stop))
            return error_set(e, STATUS_INTERRUPTED, "interrupted");
        s = layer_apply(l, &chain->step[i], &why);
        if (s)
            error_set(e, s, "%s: %s: %s", name, chain->step[i].transform->name, why.text);
    }
    return s;
}

/* How a part is multiplied: the main one as the cell says, others exactly. */
static enum status matmul_of(const struct cell_request *r, const struct layer_part *p, bool main,
                             struct matmul_spec *m, struct error *e)
{
    *m = *r->matmul;
    m->weight = p->scheme[LAYER_WEIGHT];
    if (!main) {
        enum status s = mac_parse("exact,scales=dequantize", &m->mac, e);
        if (s)
            return s;
    }
    if (m->mac.scales == MAC_SCALES_NONE) /* a step may have given schemes with scales */
        m->mac.scales = matmul_scales(&m->mac, &p->scheme[LAYER_INPUT], &m->weight);
    return STATUS_OK;
}

static enum status add_part(const struct cell_request *r, const struct layer *l, size_t i, const char *name,
                            float *room, double *sum, struct share *share, const atomic_int *stop,
                            struct error *e)
{
    const struct layer_part *p = &l->part[i];
    const struct subject input = subject_of(l, p, LAYER_INPUT, p->operand[LAYER_INPUT]);
    const struct subject weight = subject_of(l, p, LAYER_WEIGHT, p->operand[LAYER_WEIGHT]);
    struct cost_operand before[LAYER_SIDES];
    struct matmul_spec m;
    enum status s = matmul_of(r, p, i == 0, &m, e);
    memcpy(before, share->operand, sizeof before);
    const struct product_request product = {.input = &input,
                                            .weight = &weight,
                                            .input_done = p->done[LAYER_INPUT],
                                            .weight_done = p->done[LAYER_WEIGHT],
                                            .scheme = &p->scheme[LAYER_INPUT],
                                            .matmul = &m,
                                            .rows = l->tokens,
                                            .columns = l->out,
                                            .inner = p->n,
                                            .seed = l->seed,
                                            .stream = l->stream + i * l->tokens * l->out,
                                            .name = name};
    if (!s)
        s = product_values(&product, room, share, stop, e);
    for (int side = 0; side < LAYER_SIDES; side++)
        if (p->counted[side])
            share->operand[side].bits = before[side].bits + p->bits[side];
    for (size_t k = 0; !s && k < l->tokens * l->out; k++)
        sum[k] += (double)room[k];
    return s;
}

/* Parts in order, the bias and what is undone in binary64, rounded once. */
static enum status output(const struct cell_request *r, const struct layer *l, const char *name, float *y,
                          struct share *share, const atomic_int *stop, struct error *e)
{
    const size_t n = l->tokens * l->out;
    double *sum = calloc(n + 1, sizeof *sum);
    enum status s = sum ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < l->n_parts && !s; i++)
        s = add_part(r, l, i, name, y, sum, share, stop, e);
    if (!s)
        layer_finish(l, sum);
    for (size_t i = 0; !s && i < n; i++)
        y[i] = (float)sum[i];
    share->mixed = l->n_parts > 1 || !same_scheme(&l->part[0].scheme[LAYER_INPUT], r->spec) ||
                   !same_scheme(&l->part[0].scheme[LAYER_WEIGHT], &r->matmul->weight);
    share->stats.side_bits += l->side_bits;
    share->operand[LAYER_INPUT].elements = r->subject->site->input.n;
    share->operand[LAYER_WEIGHT].elements = r->subject->site->weight.n;
    share->operand[LAYER_WEIGHT].bits += l->side_bits;
    free(sum);
    return s;
}

enum status transformed_values(const struct cell_request *r, const char *name, float *y, struct share *share,
                               const atomic_int *stop, struct error *e)
{
    struct layer *l = malloc(sizeof *l);
    if (!l)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = site_layer(r, l, e);
    if (!s)
        s = run(r->transform, l, name, stop, e);
    if (!s)
        s = output(r, l, name, y, share, stop, e);
    layer_close(l);
    free(l);
    return s;
}
