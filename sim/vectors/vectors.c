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
    if (q->flip > 0 || q->daz || q->out.family || q->fit != FIT_NONE || q->scaling.cast.family)
        return "takes no keys but those of the element and its rounding";
    return NULL;
}

static bool is_default(const struct rounding *r)
{
    return r->mode == ROUND_RNE && r->overflow == OVERFLOW_SATURATE && r->nan == NAN_TO_ZERO &&
           r->neg_zero == NEG_ZERO_KEEP && !r->carry && !r->ftz;
}

/* A prefix that is neither an operation nor part of a scheme's name: found when the text is no scheme. */
static enum status unknown_operation(const char *text, size_t n, struct error *e)
{
    struct strbuf all = {0};
    strbuf_add(&all, "decode, compare");
    for (int op = 0; op < OPERATIONS; op++)
        strbuf_printf(&all, ", %s", operation_names[op]);
    const char *known = all.text ? all.text : "";
    char word[64], hint[STR_HINT_SIZE];
    snprintf(word, sizeof word, "%.*s", (int)n, text);
    error_set(e, STATUS_INVALID, "'%.200s': unknown operation '%s'%s; allowed: %s", text, word,
              str_hint_list(word, known, hint), known);
    strbuf_free(&all);
    return STATUS_INVALID;
}

enum status vectors_parse(const char *text, struct vectors_spec *out, struct error *e)
{
    static const char decode[] = "decode", compare[] = "compare";
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    enum vectors_kind kind = VECTORS_QUANTIZE;
    if (n == sizeof decode - 1 && !strncmp(text, decode, n))
        kind = VECTORS_DECODE;
    if (n == sizeof compare - 1 && !strncmp(text, compare, n))
        kind = VECTORS_COMPARE;
    for (int op = 0; op < OPERATIONS; op++)
        if (n && n == strlen(operation_names[op]) && !strncmp(text, operation_names[op], n)) {
            kind = VECTORS_OPERATE;
            out->operation = (enum operation)op;
        }
    out->kind = kind;
    if (kind == VECTORS_QUANTIZE) {
        struct error why = {{0}};
        enum status s = scheme_parse(text, &out->scheme, &why);
        if (s && n && n == strspn(text, "abcdefghijklmnopqrstuvwxyz-") && strncmp(text, BOOK_PREFIX, n) != 0)
            return unknown_operation(text, n, e);
        return s ? error_set(e, s, "%s", why.text) : s;
    }
    enum status s = scheme_parse(colon + 1, &out->scheme, e);
    if (s)
        return s;
    const char *problem = plain_problem(&out->scheme);
    if (!problem && kind != VECTORS_OPERATE && !is_default(&out->scheme.rounding))
        problem = "rounds nothing: rounding keys have no effect";
    return problem ? error_set(e, STATUS_INVALID, "'%.200s': %.*s %s", text, (int)n, text, problem)
                   : STATUS_OK;
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
    else if (s->from.family && !columns_fit(&s->from, false))
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

/* What the walk tells of the scale that the case meets. */
struct told {
    const struct vectors *v;
    float outer;
    uint32_t zero;
};

static void hear(void *context, const struct quant_step *step)
{
    struct told *t = context;
    const struct block_scale *b = step->scale;
    if (!b || step->index != place_of(t->v, 0))
        return;
    t->outer = number_to_f32(step->outer->scale);
    t->zero = t->v->spec.scheme.scaling.zero_point == ZERO_FLOAT ? bits_from_f32(number_to_f32(b->offset))
                                                                 : (uint32_t)b->zero;
}

static enum status fill_case(struct vectors *v, uint64_t *line, struct error *e)
{
    const struct quant_spec *q = &v->spec.scheme;
    const struct vectors_column *amax = vectors_find(v, "amax"), *stream = vectors_find(v, "stream"),
                                *scale = vectors_find(v, "scale"), *zero = vectors_find(v, "zero"),
                                *y = vectors_find(v, "y");
    struct quant_input in = {.x = input_of(v, line),
                             .rank = 2,
                             .shape = {v->shape[0], v->shape[1]},
                             .axis = 1,
                             .seed = v->spec.seed,
                             .stream = stream ? line[stream->first] : 0};
    struct told told = {.v = v};
    const struct quant_watch watch = {hear, &told};
    struct quant_output out = {
        .values = v->values, .codes = v->codes, .scales = v->scales, .wants = QUANT_ALL, .watch = &watch};
    struct quant_stats stats;
    float most = amax ? f32_from_bits((uint32_t)line[amax->first]) : 0;
    enum status s = amax ? put_anchor(v, most, e) : STATUS_OK;
    if (!s)
        s = quantize(q, &in, &out, &stats, e);
    if (s)
        return s;
    if (amax)
        put_f32(line, vectors_find(v, "outer"), 0, told.outer);
    if (zero)
        line[zero->first] = told.zero;
    if (scale)
        line[scale->first] = v->scales[v->anchored];
    for (size_t i = 0; i < v->spec.length; i++) {
        put_f32(line, y, i, v->values[place_of(v, i)]);
        v->packing[i] = v->codes[place_of(v, i)];
        if (stream)
            line[vectors_find(v, "random")->first + i] = rng_u32(in.seed, in.stream, place_of(v, i));
    }
    put_codes(v, line, v->packing);
    v->side_bits = zero ? 0 : stats.side_bits;
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
    struct number x[3] = {{.class = NUMBER_ZERO}, {.class = NUMBER_ZERO}, {.class = NUMBER_ZERO}};
    for (int i = 0; i < vectors_operands(v); i++)
        x[i] = format_decode(vectors_operand_format(v), (uint32_t)line[first + (size_t)i]);
    line[v->words - 1] = format_operate(&q->element, v->spec.operation, x[0], x[1], x[2], &q->rounding,
                                        random ? (uint32_t)line[0] : 0)
                             .code;
}

static void fill_relation(const struct vectors *v, uint64_t *line)
{
    const struct format *f = vectors_operand_format(v);
    line[2] = number_relation(format_decode(f, (uint32_t)line[0]), format_decode(f, (uint32_t)line[1]));
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
        else if (v->spec.kind == VECTORS_COMPARE)
            fill_relation(v, line);
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
    columns_quantize(v);
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
    bool takes_from = spec->kind == VECTORS_OPERATE;
    if ((spec->from.family && !takes_from) || spec->length || spec->packed)
        return error_set(e, STATUS_INVALID,
                         "%s are for vectors of a scheme, not of decode, compare or an operation",
                         takes_from ? "--length and --pack" : "--from, --length and --pack");
    if (spec->kind == VECTORS_DECODE)
        return columns_decode(v, e);
    spec->kind == VECTORS_COMPARE ? columns_compare(v) : columns_operate(v);
    return STATUS_OK;
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
