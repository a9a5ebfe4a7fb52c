/* What a case is: its columns, and its outputs from its inputs by the definition. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/facts.h"
#include "sim/base/rng.h"
#include "sim/book.h"
#include "sim/scheme.h"
#include "sim/vectors/parts.h"

enum { DEFAULT_LENGTH = 16 };

/* --- the spec --- */

static const char *plain_problem(const struct quant_spec *q)
{
    if (q->codec || q->scaling.per != PER_NONE)
        return "takes an element without a scale";
    if (q->flip > 0 || q->daz || q->out.family || q->fit != FIT_NONE)
        return "takes no keys but those of the element and its rounding";
    return NULL;
}

static bool is_default(const struct rounding *r)
{
    return r->mode == ROUND_RNE && r->overflow == OVERFLOW_SATURATE && r->nan == NAN_TO_ZERO &&
           r->neg_zero == NEG_ZERO_KEEP && !r->ftz;
}

/* A prefix that is neither an operation nor part of a scheme's name: found when the text is no scheme. */
static enum status unknown_operation(const char *text, size_t n, struct error *e)
{
    struct strbuf b = {0};
    for (int op = 0; op < OPERATIONS; op++)
        strbuf_printf(&b, ", %s", operation_names[op]);
    error_set(e, STATUS_INVALID, "'%.200s': unknown operation '%.*s'; allowed: decode%s", text, (int)n, text,
              b.text ? b.text : "");
    strbuf_free(&b);
    return STATUS_INVALID;
}

enum status vectors_parse(const char *text, struct vectors_spec *out, struct error *e)
{
    static const char decode[] = "decode";
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    enum vectors_kind kind = VECTORS_QUANTIZE;
    if (n == sizeof decode - 1 && !strncmp(text, decode, n))
        kind = VECTORS_DECODE;
    for (int op = 0; op < OPERATIONS; op++)
        if (n && n == strlen(operation_names[op]) && !strncmp(text, operation_names[op], n)) {
            kind = VECTORS_OPERATE;
            out->operation = (enum operation)op;
        }
    out->kind = kind;
    if (kind == VECTORS_QUANTIZE) {
        struct error why = {{0}};
        enum status s = scheme_parse(text, &out->scheme, &why);
        if (s && n && n == strspn(text, "abcdefghijklmnopqrstuvwxyz") && strncmp(text, BOOK_PREFIX, n) != 0)
            return unknown_operation(text, n, e);
        return s ? error_set(e, s, "%s", why.text) : s;
    }
    enum status s = scheme_parse(colon + 1, &out->scheme, e);
    if (s)
        return s;
    const char *problem = plain_problem(&out->scheme);
    if (!problem && kind == VECTORS_DECODE && !is_default(&out->scheme.rounding))
        problem = "rounds nothing: rounding keys have no effect";
    return problem ? error_set(e, STATUS_INVALID, "'%.200s': %.*s %s", text, (int)n, text, problem)
                   : STATUS_OK;
}

/* --- columns --- */

static struct vectors_column *add_column(struct vectors *v, const char *name, size_t words, int bits,
                                         bool given, enum word kind, const struct format *f)
{
    struct vectors_column *c = &v->column[v->n_columns++];
    *c = (struct vectors_column){.name = name,
                                 .first = v->words,
                                 .words = words,
                                 .bits = bits,
                                 .given = given,
                                 .kind = kind,
                                 .format = f};
    v->words += words;
    return c;
}

/* Codecs describe codes that have no values. */
static const struct format *valued(const struct vectors *v, const struct format *f)
{
    return v->spec.scheme.codec ? NULL : f;
}

static void say(struct vectors_column *c, const char *meaning)
{
    snprintf(c->meaning, sizeof c->meaning, "%s", meaning);
}

static void quantize_columns(struct vectors *v)
{
    struct vectors_spec *s = &v->spec;
    const struct quant_spec *q = &s->scheme;
    size_t n = s->length;
    struct vectors_column *c;
    if (vectors_is_random(v)) {
        say(add_column(v, "stream", 1, 32, true, WORD_BITS, NULL), "the stream of the case's random numbers");
        say(add_column(v, "random", n, 32, false, WORD_BITS, NULL),
            "random bits of each element, the most significant sr_bits of which round it");
    }
    if (v->anchored) {
        say(add_column(v, "amax", 1, 32, true, WORD_F32, NULL),
            "binary32: the largest magnitude of the region of the second level, beside these elements");
        say(add_column(v, "outer", 1, 32, false, WORD_F32, NULL),
            "binary32: the scale of the second level, which multiplies every value under it");
    }
    c = s->from.family ? add_column(v, "x", n, s->from.bits, true, WORD_CODE, &s->from)
                       : add_column(v, "x", n, 32, true, WORD_F32, NULL);
    snprintf(c->meaning, sizeof c->meaning, "inputs, %s", s->from.family ? s->from.name : "binary32");
    if (vectors_is_scaled(v) && q->scaling.scale.bits > 0) {
        c = add_column(v, "scale", 1, q->scaling.scale.bits, false, WORD_CODE, valued(v, &q->scaling.scale));
        snprintf(c->meaning, sizeof c->meaning, "code of the scale, %s", q->scaling.scale.name);
    }
    if (s->packed) {
        c = add_column(v, "bytes", pack_size(q->element.bits, n), 8, false, WORD_BITS, NULL);
        snprintf(c->meaning, sizeof c->meaning, "codes of the elements, %s, packed %s", q->element.name,
                 pack_order_names[s->pack]);
    } else {
        c = add_column(v, "code", n, q->element.bits, false, WORD_CODE, valued(v, &q->element));
        snprintf(c->meaning, sizeof c->meaning, "codes of the elements, %s", q->element.name);
    }
    say(add_column(v, "y", n, 32, false, WORD_F32, NULL),
        "binary32: what codes and scales stand for, rounded once");
}

/* Whether every value of f (of a format of many bits: of codes spread over all) is a binary32 or a binary64
 * number. */
static bool fits(const struct format *f, bool binary64)
{
    enum { SPREAD_BITS = 12 };
    uint64_t step = f->bits <= FACTS_BITS ? 1 : UINT64_C(1) << (f->bits - SPREAD_BITS);
    for (uint64_t i = 0; i <= format_code_mask(f); i += step) {
        struct number x = format_decode(f, (uint32_t)i), y;
        if (x.class != NUMBER_FINITE)
            continue;
        y = binary64 ? number_from_f64(number_to_f64(x)) : number_from_f32(number_to_f32(x));
        if (x.sticky || number_compare(x, y) != 0)
            return false;
    }
    return true;
}

static enum status decode_columns(struct vectors *v, struct error *e)
{
    const struct format *f = &v->spec.scheme.element;
    bool binary32 = f->bits <= 16 && fits(f, false);
    if (!binary32 && !fits(f, true))
        return error_set(e, STATUS_INVALID, "decode: values of %s do not fit binary64", f->name);
    say(add_column(v, "code", 1, f->bits, true, WORD_CODE, f), "code");
    say(add_column(v, "value", 1, binary32 ? 32 : 64, false, binary32 ? WORD_F32 : WORD_F64, NULL),
        binary32 ? "its value, binary32" : "its value, binary64");
    return STATUS_OK;
}

/* format_operate takes operands of 64 significant bits together. */
static bool operands_are_short(const struct format *f)
{
    if (f->bits > FACTS_BITS)
        return f->family == &family_float ? f->stretch == 0 : !strncmp(f->name, "posit", 5);
    for (uint64_t i = 0; i <= format_code_mask(f); i++) {
        struct number x = format_decode(f, (uint32_t)i);
        if (x.class == NUMBER_FINITE && (x.sticky || x.significand & 0xffffffff))
            return false;
    }
    return true;
}

static enum status operate_columns(struct vectors *v, struct error *e)
{
    static const char *const names[] = {"a", "b", "c"};
    const struct format *f = &v->spec.scheme.element;
    int arity = v->spec.operation == OPERATION_FMA ? 3 : 2;
    if (!operands_are_short(f))
        return error_set(e, STATUS_INVALID, "%s: values of %s have more than 32 significant bits",
                         operation_names[v->spec.operation], f->name);
    if (vectors_is_random(v))
        say(add_column(v, "random", 1, 32, true, WORD_BITS, NULL),
            "random bits, the most significant sr_bits of which round the result");
    for (int i = 0; i < arity; i++)
        say(add_column(v, names[i], 1, f->bits, true, WORD_CODE, f), "operand");
    say(add_column(v, "result", 1, f->bits, false, WORD_CODE, f),
        arity == 3 ? "a * b + c, rounded once" : "the result, rounded once");
    return STATUS_OK;
}

/* --- the tensor of a case --- */

static enum status quantize_problem(const struct vectors_spec *s, struct error *e)
{
    const struct quant_spec *q = &s->scheme;
    const char *problem = NULL;
    if (q->flip > 0)
        problem = "flip= makes faults, which are no conformance";
    else if (q->fit != FIT_NONE)
        problem = "fit= fits a codebook to a whole tensor";
    else if (q->scaling.per != PER_NONE && !q->codec && q->scaling.scale_round == ROUND_SR)
        problem = "scale_round=sr: random bits of scales have no column";
    else if (s->from.family && s->from.bits > FACTS_BITS)
        problem = "--from takes formats of at most 20 bits, or fp32, which is the default";
    else if (s->from.family && !fits(&s->from, false))
        problem = "--from takes formats whose values are binary32 numbers";
    return problem ? error_set(e, STATUS_INVALID, "no vectors: %s", problem) : STATUS_OK;
}

/* Elements of a whole block, 0 where any number shares a scale. */
static size_t block_of(const struct quant_spec *q)
{
    const struct scaling *s = &q->scaling;
    return s->per == PER_NONE    ? 1
           : s->per == PER_BLOCK ? s->block
           : s->per == PER_TILE  ? s->tile[0] * s->tile[1]
                                 : 0;
}

static enum status set_length(struct vectors *v, struct error *e)
{
    struct vectors_spec *s = &v->spec;
    const struct scaling *scaling = &s->scheme.scaling;
    size_t block = block_of(&s->scheme), asked = s->length;
    s->length = asked ? asked : block ? block : DEFAULT_LENGTH;
    bool short_tail = scaling->per == PER_BLOCK && scaling->tail != TAIL_REFUSE && asked < block;
    if (asked && block && asked != block && !short_tail)
        return error_set(
            e, STATUS_INVALID, "--length: a case of this scheme has %zu elements%s; found %zu", block,
            scaling->per == PER_BLOCK && scaling->tail != TAIL_REFUSE ? " or, as a tail, fewer" : "", asked);
    if (s->length > VECTORS_LENGTH_MAX)
        return error_set(e, STATUS_INVALID, "a case of %zu elements is too long; allowed: %d", s->length,
                         VECTORS_LENGTH_MAX);
    return STATUS_OK;
}

static void set_shape(struct vectors *v)
{
    const struct scaling *s = &v->spec.scheme.scaling;
    size_t n = v->spec.length;
    bool many = s->per == PER_TOKEN || s->per == PER_CHANNEL || s->per == PER_BLOCK || s->per == PER_TILE;
    v->anchored = s->second != SECOND_NONE && many && !v->spec.scheme.codec &&
                  (s->second != SECOND_BLOCK || s->second_block >= 2 * s->block);
    size_t anchor = v->anchored;
    v->shape[0] = 1;
    v->shape[1] = n;
    switch (s->per) {
    case PER_TOKEN:
        v->shape[0] += anchor;
        break;
    case PER_CHANNEL:
        v->shape[0] = n;
        v->shape[1] = 1 + anchor;
        break;
    case PER_BLOCK:
        v->shape[1] += anchor * s->block;
        break;
    case PER_TILE:
        v->shape[0] = s->tile[0];
        v->shape[1] = s->tile[1] * (1 + anchor);
        break;
    default:
        break;
    }
    v->n = v->shape[0] * v->shape[1];
}

/* Where element i of the case lies in its tensor; the anchor, where there is one, is element 0. */
static size_t place_of(const struct vectors *v, size_t i)
{
    const struct scaling *s = &v->spec.scheme.scaling;
    if (!v->anchored)
        return i;
    switch (s->per) {
    case PER_TOKEN:
        return v->spec.length + i;
    case PER_CHANNEL:
        return 2 * i + 1;
    case PER_TILE:
        return i / s->tile[1] * v->shape[1] + s->tile[1] + i % s->tile[1];
    default:
        return s->block + i;
    }
}

static enum status alloc_case(struct vectors *v, struct error *e)
{
    size_t n = v->n + 1;
    v->x = calloc(n, sizeof *v->x);
    v->values = calloc(n, sizeof *v->values);
    v->codes = calloc(n, sizeof *v->codes);
    v->packing = calloc(n, sizeof *v->packing);
    v->bytes = calloc(n, 4);
    return v->x && v->values && v->codes && v->packing && v->bytes
               ? STATUS_OK
               : error_set(e, STATUS_INTERNAL, "out of memory");
}

/* --- outputs --- */

static float *input_of(struct vectors *v, const uint64_t *line)
{
    const struct vectors_column *x = vectors_find(v, "x");
    for (size_t i = 0; i < x->words; i++) {
        uint64_t word = line[x->first + i];
        v->x[place_of(v, i)] = x->kind == WORD_F32 ? f32_from_bits((uint32_t)word)
                                                   : number_to_f32(format_decode(x->format, (uint32_t)word));
    }
    return v->x;
}

/* Puts the anchor, after a look whether the given amax can be the largest magnitude. */
static enum status put_anchor(struct vectors *v, float amax, struct error *e)
{
    const struct quant_spec *q = &v->spec.scheme;
    bool nan = false, inf = false;
    float most = 0;
    for (size_t i = 0; i < v->spec.length; i++) {
        float x = v->x[place_of(v, i)];
        nan |= isnan(x) && q->scaling.block_nan == SPECIAL_POISON;
        inf |= isinf(x) && q->scaling.block_inf == SPECIAL_POISON;
        most = isfinite(x) ? fmaxf(most, fabsf(x)) : most;
    }
    v->x[0] = amax;
    bool right = nan   ? isnan(amax)
                 : inf ? isnan(amax) || isinf(amax)
                       : (isnan(amax) && q->scaling.block_nan == SPECIAL_POISON) ||
                             (isinf(amax) && q->scaling.block_inf == SPECIAL_POISON) ||
                             (isfinite(amax) && amax >= most);
    if (right && !signbit(amax))
        return STATUS_OK;
    return error_set(e, STATUS_INVALID,
                     "amax: found %08x (%g), which is not the largest magnitude: the block holds %g",
                     (unsigned)bits_from_f32(amax), (double)amax,
                     nan   ? (double)NAN
                     : inf ? HUGE_VAL
                           : (double)most);
}

static void put_f32(uint64_t *line, const struct vectors_column *c, size_t i, float x)
{
    line[c->first + i] = bits_from_f32(x);
}

static void put_codes(struct vectors *v, uint64_t *line, const uint32_t *codes)
{
    const struct vectors_column *code = vectors_find(v, "code"), *bytes = vectors_find(v, "bytes");
    for (size_t i = 0; code && i < code->words; i++)
        line[code->first + i] = codes[i];
    if (!bytes)
        return;
    pack_codes(v->spec.pack, v->spec.scheme.element.bits, codes, v->spec.length, v->bytes);
    for (size_t i = 0; i < bytes->words; i++)
        line[bytes->first + i] = v->bytes[i];
}

static enum status fill_case(struct vectors *v, uint64_t *line, struct error *e)
{
    const struct quant_spec *q = &v->spec.scheme;
    const struct vectors_column *amax = vectors_find(v, "amax"), *stream = vectors_find(v, "stream"),
                                *scale = vectors_find(v, "scale"), *y = vectors_find(v, "y");
    struct quant_input in = {.x = input_of(v, line),
                             .rank = 2,
                             .shape = {v->shape[0], v->shape[1]},
                             .axis = 1,
                             .seed = v->spec.seed,
                             .stream = stream ? line[stream->first] : 0};
    struct quant_output out = {
        .values = v->values, .codes = v->codes, .scales = v->scales, .wants = QUANT_ALL};
    struct quant_stats stats;
    float most = amax ? f32_from_bits((uint32_t)line[amax->first]) : 0;
    enum status s = amax ? put_anchor(v, most, e) : STATUS_OK;
    if (!s)
        s = quantize(q, &in, &out, &stats, e);
    if (s)
        return s;
    if (amax)
        put_f32(line, vectors_find(v, "outer"), 0,
                number_to_f32(scaling_outer(&q->scaling, &q->element, quant_input_value(q, most)).scale));
    if (scale)
        line[scale->first] = v->scales[v->anchored];
    for (size_t i = 0; i < v->spec.length; i++) {
        put_f32(line, y, i, v->values[place_of(v, i)]);
        v->packing[i] = v->codes[place_of(v, i)];
        if (stream)
            line[vectors_find(v, "random")->first + i] = rng_u32(in.seed, in.stream, place_of(v, i));
    }
    put_codes(v, line, v->packing);
    v->side_bits = stats.side_bits;
    return STATUS_OK;
}

/* A case of one element without a scale depends on nothing else: many are one tensor. */
static enum status fill_plain(struct vectors *v, uint64_t *lines, size_t n, struct error *e)
{
    const struct vectors_column *y = vectors_find(v, "y");
    float *in = calloc(n + 1, sizeof *in), *values = calloc(n + 1, sizeof *values);
    uint32_t *codes = calloc(n + 1, sizeof *codes);
    enum status s = in && values && codes ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; !s && i < n; i++)
        in[i] = *input_of(v, lines + i * v->words);
    struct quant_input tensor = {.x = in, .rank = 1, .shape = {n}};
    struct quant_output out = {.values = values, .codes = codes, .wants = QUANT_ALL};
    struct quant_stats stats;
    if (!s)
        s = quantize(&v->spec.scheme, &tensor, &out, &stats, e);
    for (size_t i = 0; !s && i < n; i++) {
        uint64_t *line = lines + i * v->words;
        put_codes(v, line, &codes[i]);
        put_f32(line, y, 0, values[i]);
    }
    free(in);
    free(values);
    free(codes);
    return s;
}

static void fill_decode(struct vectors *v, uint64_t *line)
{
    struct number x = format_decode(&v->spec.scheme.element, (uint32_t)line[0]);
    line[1] =
        v->column[1].kind == WORD_F32 ? bits_from_f32(number_to_f32(x)) : bits_from_f64(number_to_f64(x));
}

static void fill_operation(struct vectors *v, uint64_t *line)
{
    const struct quant_spec *q = &v->spec.scheme;
    const struct vectors_column *random = vectors_find(v, "random");
    size_t first = random ? 1 : 0;
    bool ternary = v->spec.operation == OPERATION_FMA;
    struct number a = format_decode(&q->element, (uint32_t)line[first]),
                  b = format_decode(&q->element, (uint32_t)line[first + 1]),
                  c = ternary ? format_decode(&q->element, (uint32_t)line[first + 2])
                              : (struct number){.class = NUMBER_ZERO};
    line[v->words - 1] =
        format_operate(&q->element, v->spec.operation, a, b, c, &q->rounding, random ? (uint32_t)line[0] : 0)
            .code;
}

enum status vectors_fill(struct vectors *v, uint64_t *lines, size_t n, struct error *e)
{
    enum status s = STATUS_OK;
    if (v->spec.kind == VECTORS_QUANTIZE && !vectors_is_scaled(v) && !vectors_is_random(v))
        return fill_plain(v, lines, n, e);
    for (size_t i = 0; !s && i < n; i++) {
        uint64_t *line = lines + i * v->words;
        if (v->spec.kind == VECTORS_QUANTIZE)
            s = fill_case(v, line, e);
        else if (v->spec.kind == VECTORS_DECODE)
            fill_decode(v, line);
        else
            fill_operation(v, line);
    }
    return s;
}

/* --- opening --- */

static enum status open_quantize(struct vectors *v, struct error *e)
{
    enum status s = quantize_problem(&v->spec, e);
    if (!s)
        s = set_length(v, e);
    if (s)
        return s;
    const char *problem =
        v->spec.packed ? pack_problem(v->spec.pack, v->spec.scheme.element.bits, v->spec.length) : NULL;
    if (problem)
        return error_set(e, STATUS_INVALID, "--pack: %s; a case has %zu of %d bits", problem, v->spec.length,
                         v->spec.scheme.element.bits);
    set_shape(v);
    quantize_columns(v);
    return alloc_case(v, e);
}

enum status vectors_open(const struct vectors_spec *spec, struct vectors **out, struct error *e)
{
    struct vectors *v = calloc(1, sizeof *v);
    *out = v;
    if (!v)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    v->spec = *spec;
    if (spec->kind == VECTORS_QUANTIZE)
        return open_quantize(v, e);
    if (spec->from.family || spec->length || spec->packed)
        return error_set(
            e, STATUS_INVALID,
            "--from, --length and --pack are for vectors of a scheme, not of decode or an operation");
    return spec->kind == VECTORS_DECODE ? decode_columns(v, e) : operate_columns(v, e);
}

void vectors_close(struct vectors *v)
{
    if (!v)
        return;
    free(v->x);
    free(v->values);
    free(v->codes);
    free(v->packing);
    free(v->bytes);
    free(v);
}

const struct vectors_spec *vectors_of(const struct vectors *v)
{
    return &v->spec;
}

size_t vectors_columns(const struct vectors *v)
{
    return v->n_columns;
}

const struct vectors_column *vectors_column(const struct vectors *v, size_t i)
{
    return &v->column[i];
}

const struct vectors_column *vectors_find(const struct vectors *v, const char *name)
{
    for (size_t i = 0; i < v->n_columns; i++)
        if (!strcmp(v->column[i].name, name))
            return &v->column[i];
    return NULL;
}

size_t vectors_words(const struct vectors *v)
{
    return v->words;
}

uint64_t vectors_side_bits(const struct vectors *v)
{
    return v->side_bits;
}

struct number vectors_value(const struct vectors_column *c, uint64_t word)
{
    switch (c->kind) {
    case WORD_F32:
        return number_from_f32(f32_from_bits((uint32_t)word));
    case WORD_F64:
        return number_from_f64(f64_from_bits(word));
    case WORD_CODE:
        if (c->format)
            return format_decode(c->format, (uint32_t)word);
        return (struct number){.class = NUMBER_NAN};
    default:
        return (struct number){.class = NUMBER_NAN};
    }
}
