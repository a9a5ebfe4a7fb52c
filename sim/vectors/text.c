/* Vectors as a text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/codebook.h"
#include "formats/number_text.h"
#include "sim/scheme.h"
#include "sim/vectors/parts.h"

static const char *const round_meaning[ROUND_MODES] = {
    "to nearest, ties to the even code",
    "to nearest, ties away from zero",
    "to nearest, ties toward zero",
    "to nearest, ties to the odd code",
    "toward +infinity",
    "toward -infinity",
    "toward zero",
    "away from zero",
    "inexact values to the odd code",
    "stochastic: up in magnitude with the probability of the discarded fraction",
};

static const char *const overflow_meaning[OVERFLOW_MODES] = {
    "values and infinities beyond the range become the largest finite value",
    "values beyond the range become the largest finite value; Inf stays where the type has it",
    "as saturate, but Inf becomes NaN in FNUZ types",
    "values beyond the range become the largest finite value; Inf becomes Inf or NaN as the type allows",
    "beyond the range as IEEE 754 in the rounding mode: Inf, or NaN, as the type allows",
    "beyond the range as IEEE 754 in the rounding mode: NaN, or Inf, as the type allows",
};

static const char *const nan_meaning[NAN_MODES] = {
    "NaN becomes +0: the type has none",
    "NaN becomes the largest finite value: the type has none",
    "no NaN is taken: the type has none",
};

static const char *const neg_zero_meaning[NEG_ZERO_MODES] = {
    "-0 stays where the type has it",
    "-0 becomes +0",
    "zeros of either sign become -0 where the type has it",
    "-0 becomes +0, but a negative value that is rounded to zero -0 where the type has it",
};

static const char *const carry_meaning[CARRY_MODES] = {
    [CARRY_OR] = "a fraction rounded up out of its field ors 1 into the exponent field",
    [CARRY_CLAMP] = "a fraction rounded up out of its field stays all ones",
};

/* "e4m3: s1 e4 m3, 8 bits, ...". */
static void add_format(struct strbuf *b, const char *what, const struct format *f, bool has_values)
{
    char layout[256], max[NUMBER_TEXT_SIZE], min[NUMBER_TEXT_SIZE];
    if (!has_values) {
        strbuf_printf(b, "// %s: %s: %d bits\n", what, f->name, f->bits);
        return;
    }
    f->family->layout(f, layout, sizeof layout);
    number_text(format_max(f), max);
    number_text(format_min_positive(f), min);
    strbuf_printf(b, "// %s: %s: %s, %d bits, %s", what, f->name, f->family->name, f->bits, layout);
    if (f->family == &family_float)
        strbuf_printf(b, ", precision %d, bias %.9g, specials %s, subnormals %s", f->precision,
                      f->real_bias != 0 ? (double)f->real_bias : (double)f->bias, specials_names[f->specials],
                      subnormals_names[f->subnormals]);
    strbuf_printf(b, ", least positive %s, largest %s", min, max);
    if (f->doc)
        strbuf_printf(b, "; %s", f->doc);
    if (f->citation)
        strbuf_printf(b, " [%s]", f->citation);
    strbuf_add(b, "\n");
    if (f->bits > 4 && f->family != &family_codebook)
        return;
    strbuf_printf(b, "// values of %s by code:", f->name);
    for (uint32_t code = 0; code <= format_code_mask(f); code++) {
        number_text(format_decode(f, code), max);
        strbuf_printf(b, " %s", max);
    }
    strbuf_add(b, "\n");
}

static void add_rounding(struct strbuf *b, const struct quant_spec *q)
{
    const struct rounding *r = &q->rounding;
    strbuf_printf(b, "// rounding: %s: %s\n", round_mode_names[r->mode], round_meaning[r->mode]);
    if (r->half_f32)
        strbuf_add(b, "// half: fp32: half a step is added in binary32 and the rest cut off\n");
    if (r->carry)
        strbuf_printf(b, "// carry: %s: %s\n", carry_mode_names[r->carry], carry_meaning[r->carry]);
    if (r->mode == ROUND_SR)
        strbuf_printf(b, "// random bits: sr_kind %s, sr_bits %d\n", sr_kind_names[r->sr_kind],
                      r->sr_bits ? r->sr_bits : 32);
    strbuf_printf(b, "// overflow: %s: %s\n", overflow_mode_names[r->overflow],
                  overflow_meaning[r->overflow]);
    if (format_has_nan(&q->element))
        strbuf_add(b, "// nan policy: NaN stays NaN\n");
    else
        strbuf_printf(b, "// nan policy: %s: %s\n", nan_mode_names[r->nan], nan_meaning[r->nan]);
    strbuf_printf(b, "// -0 policy: %s: %s\n", neg_zero_mode_names[r->neg_zero],
                  neg_zero_meaning[r->neg_zero]);
}

static void add_definition(struct strbuf *b, const struct vectors *v)
{
    const struct quant_spec *q = &v->spec.scheme;
    add_format(b, "element", &q->element, !q->codec);
    for (int i = 0; i < q->n_alternatives; i++)
        add_format(b, "or element", &q->alternative[i], true);
    if (q->codec)
        strbuf_printf(b, "// codec: %s [%s]\n", q->codec->doc, q->codec->citation);
    if (vectors_is_scaled(v) && q->scaling.scale.bits > 0)
        add_format(b, "scale", &q->scaling.scale, !q->codec);
    if (vectors_is_scaled(v) && !q->codec && q->scaling.rule)
        strbuf_printf(b, "// scale rule: %s: %s\n", q->scaling.rule->name, q->scaling.rule->doc);
    if (q->scaling.order == ORDER_TE)
        strbuf_printf(b, "// scale rule: the binary32 steps of TransformerEngine's NVFP4 reference, %s\n",
                      q->scaling.steps == STEPS_TOP_FIRST ? "but amax / Xmax first" : "in its order");
    if (v->spec.from.family)
        add_format(b, v->spec.kind == VECTORS_OPERATE ? "operand" : "input", &v->spec.from, true);
    bool rounds = v->spec.kind == VECTORS_QUANTIZE || v->spec.kind == VECTORS_OPERATE;
    if (rounds && !q->codec)
        add_rounding(b, q);
}

static void add_columns(struct strbuf *b, const struct vectors *v)
{
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct vectors_column *c = &v->column[i];
        strbuf_printf(b, "// column %zu: %s: %zu word%s of %d bits, %d digits; %s: %s\n", i + 1, c->name,
                      c->words, c->words == 1 ? "" : "s", c->bits, (c->bits + 3) / 4,
                      c->given ? "given" : "derived", c->meaning);
    }
    if (v->side_bits)
        strbuf_printf(
            b,
            "// beside: %llu bits of a case are stored beside these (zero points, shifts or choices); "
            "y is what they lead to\n",
            (unsigned long long)v->side_bits);
}

static void add_head(struct strbuf *b, const struct vectors *v)
{
    const struct vectors_spec *s = &v->spec;
    char scheme[SCHEME_TEXT_SIZE];
    scheme_canonical(&s->scheme, scheme);
    const char *prefix = s->kind == VECTORS_DECODE    ? "decode"
                         : s->kind == VECTORS_COMPARE ? "compare"
                         : s->kind == VECTORS_OPERATE ? operation_names[s->operation]
                                                      : "";
    strbuf_add(
        b, "// bitsweep conformance vectors: a line is a case of hexadecimal words, as the columns say\n");
    strbuf_printf(b, "// vectors: %s%s%s\n", prefix, *prefix ? ":" : "", scheme);
    if (s->from.family)
        strbuf_printf(b, "// from: %s\n", s->from.name);
    if (s->kind == VECTORS_QUANTIZE && vectors_is_scaled(v))
        strbuf_printf(b, "// length: %zu\n", s->length);
    if (s->packed)
        strbuf_printf(b, "// pack: %s\n", pack_order_names[s->pack]);
    strbuf_printf(b, "// seed: %llu\n", (unsigned long long)s->seed);
    strbuf_printf(b, "// semantics: %d\n", SEMANTICS_VERSION);
    add_definition(b, v);
    add_columns(b, v);
    strbuf_add(
        b,
        "// agreement: every NaN agrees with every NaN; where all of y is NaN, codes under a scale are not "
        "compared; all else to the bit, the sign of zero too\n");
    if (vectors_is_random(v) && v->spec.kind == VECTORS_QUANTIZE)
        strbuf_add(b,
                   "// random words: number (element of the case's tensor) of the stream in its line, of the "
                   "generator below\n");
    strbuf_add(b,
               "// random: Philox4x32-10 (Random123): number i of stream s under a seed is word i % 4 of the "
               "counter {low, high of i / 4, low, high of s}, the key being {low, high of the seed}\n");
}

static void add_line(struct strbuf *b, const struct vectors *v, const uint64_t *line)
{
    char text[18];
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct vectors_column *c = &v->column[i];
        int digits = (c->bits + 3) / 4;
        text[digits] = ' ';
        for (size_t w = 0; w < c->words; w++) {
            uint64_t word = line[c->first + w];
            for (int d = digits; d-- > 0; word >>= 4)
                text[d] = "0123456789abcdef"[word & 15];
            bool last = c->first + w + 1 == v->words;
            text[digits] = last ? '\n' : ' ';
            strbuf_add_n(b, text, (size_t)digits + 1);
        }
    }
}

enum status vectors_write(struct vectors *v, struct strbuf *out, struct error *e)
{
    uint64_t *lines = NULL;
    size_t n = 0;
    char how[VECTORS_HOW_SIZE], hash[HASH_HEX_SIZE];
    struct strbuf body = {0};
    enum status s = vectors_choose(v, &lines, &n, how, e);
    if (!s)
        s = vectors_fill(v, lines, n, e);
    for (size_t i = 0; !s && i < n; i++)
        add_line(&body, v, lines + i * v->words);
    free(lines);
    if (!s && body.failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        hash_bytes(body.length ? body.text : "", body.length, hash);
        add_head(out, v);
        strbuf_printf(out, "// chosen: %s\n// lines: %zu\n// sha256: %s\n", how, n, hash);
        strbuf_add_n(out, body.length ? body.text : "", body.length);
    }
    strbuf_free(&body);
    if (!s && out->failed)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    return s;
}
