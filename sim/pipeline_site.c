/* Sites: the exact product of an input and a weight, as a subject. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/arith/gemm.h"
#include "sim/mac.h"
#include "sim/pipeline_part.h"

static enum status check_operands(const struct subject *x, const struct subject *w, const char *name,
                                  struct error *e)
{
    char shape_x[TENSOR_SHAPE_TEXT], shape_w[TENSOR_SHAPE_TEXT];
    const struct tensor_view *a = &x->view, *b = &w->view;
    if (a->rank >= 1 && b->rank == 2 && a->shape[a->rank - 1] == b->shape[1])
        return STATUS_OK;
    tensor_shape_text(a, shape_x);
    tensor_shape_text(b, shape_w);
    return error_set(e, STATUS_INVALID,
                     "site %s: input %s has shape %s, weight %s %s; allowed: [..., in] and [out, in]", name,
                     a->name, shape_x, b->name, shape_w);
}

/* The identity of an output: what its operands are. */
static void hash_site(const struct site *s, char *hex)
{
    char text[2 * HASH_HEX_SIZE + 16];
    int n = snprintf(text, sizeof text, "matmul %s %s\n", s->input.hash, s->weight.hash);
    hash_bytes(text, (size_t)n, hex);
}

static uint32_t *codes_of(const float *x, size_t n)
{
    uint32_t *codes = malloc((n + 1) * sizeof *codes);
    for (size_t i = 0; codes && i < n; i++)
        codes[i] = bits_from_f32(x[i]);
    return codes;
}

static enum status multiply(const struct site *s, float *y, struct error *e)
{
    struct mac_spec exact;
    struct format binary32;
    enum status status = mac_parse("exact", &exact, e);
    if (status)
        return status;
    if (!format_by_name("fp32", &binary32, NULL))
        return error_set(e, STATUS_INTERNAL, "no format fp32");
    uint32_t *a = codes_of(s->input.x, s->input.n), *b = codes_of(s->weight.x, s->weight.n);
    uint32_t *d = malloc((s->rows * s->columns + 1) * sizeof *d);
    struct gemm_input in = {.a = {.format = &binary32, .codes = a},
                            .b = {.format = &binary32, .codes = b},
                            .rows = s->rows,
                            .columns = s->columns,
                            .n = s->inner};
    if (a && b && d)
        gemm(&exact, &in, d, NULL);
    else
        status = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !status && i < s->rows * s->columns; i++)
        y[i] = f32_from_bits(d[i]);
    free(a);
    free(b);
    free(d);
    return status;
}

/* The product itself, and what is known of it. */
static enum status fill(struct subject *out, struct error *e)
{
    struct site *s = out->site;
    out->x = malloc((out->n + 1) * sizeof *out->x);
    if (!out->x)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory for %zu elements", out->view.name, out->n);
    enum status status = multiply(s, out->x, e);
    if (status)
        return status;
    output_facts(out);
    return STATUS_OK;
}

enum status subject_multiply(struct subject *input, struct subject *weight, const char *name,
                             struct subject *out, struct error *e)
{
    *out = (struct subject){.site = calloc(1, sizeof *out->site)};
    enum status s =
        out->site ? check_operands(input, weight, name, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (s || !out->site) {
        subject_free(input);
        subject_free(weight);
        subject_free(out);
        return s;
    }
    const size_t columns = weight->view.shape[0], inner = weight->view.shape[1];
    size_t rows = 1;
    for (int i = 0; i + 1 < input->view.rank; i++)
        rows *= input->view.shape[i];
    *out->site = (struct site){*input, *weight, rows, columns, inner};
    out->view = (struct tensor_view){
        .dtype = DTYPE_F32, .rank = 2, .shape = {rows, columns}, .name = name, .axes = "token,out"};
    tensor_set_c_order(&out->view);
    out->n = rows * columns;
    hash_site(out->site, out->hash);
    bool held = (input->x || !input->n) && (weight->x || !weight->n);
    s = held ? fill(out, e) : STATUS_OK;
    if (s)
        subject_free(out);
    return s;
}

static bool is_scaled(const struct quant_spec *q)
{
    return q->codec || q->scaling.per != PER_NONE;
}

enum mac_scales matmul_scales(const struct mac_spec *mac, const struct quant_spec *input,
                              const struct quant_spec *weight)
{
    bool of_codes = mac->order == MAC_FUSED || (mac->order != MAC_EXACT && mac->acc.family == &family_int) ||
                    mac->product != product_find("exact");
    if (mac->scales != MAC_SCALES_NONE || !(is_scaled(input) || is_scaled(weight)))
        return mac->scales;
    return of_codes ? MAC_SCALES_PARTIALS : MAC_SCALES_DEQUANTIZE;
}
