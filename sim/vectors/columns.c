/* The columns of each kind of vectors. */
#include <stdio.h>
#include <string.h>

#include "formats/facts.h"
#include "sim/vectors/parts.h"

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

/* Codecs describe codes that have no values; a zero point takes those of elements away. */
static const struct format *valued(const struct vectors *v, const struct format *f)
{
    bool moved = v->spec.scheme.scaling.zero_point && f == &v->spec.scheme.element;
    return v->spec.scheme.codec || moved ? NULL : f;
}

/* Whether the zero of a block has a column. */
static bool tells_zero(const struct quant_spec *q)
{
    return q->scaling.per != PER_NONE && q->scaling.zero_point && !q->codec && !q->stat && !q->search &&
           !q->n_alternatives && q->scaling.n_peaks <= 1 && !q->scaling.micro;
}

static void say(struct vectors_column *c, const char *meaning)
{
    snprintf(c->meaning, sizeof c->meaning, "%s", meaning);
}

void columns_quantize(struct vectors *v)
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
            q->scaling.second_stores == STORES_DIVISOR
                ? "binary32: the second level, which divides every value under it"
                : "binary32: the scale of the second level, which multiplies every value under it");
    }
    c = s->from.family ? add_column(v, "x", n, s->from.bits, true, WORD_CODE, &s->from)
                       : add_column(v, "x", n, 32, true, WORD_F32, NULL);
    snprintf(c->meaning, sizeof c->meaning, "inputs, %s", s->from.family ? s->from.name : "binary32");
    if (vectors_is_scaled(v) && q->scaling.scale.bits > 0) {
        c = add_column(v, "scale", 1, q->scaling.scale.bits, false, WORD_CODE, valued(v, &q->scaling.scale));
        snprintf(c->meaning, sizeof c->meaning, "code of the scale, %s", q->scaling.scale.name);
    }
    if (tells_zero(q) && q->scaling.zero_point == ZERO_FLOAT)
        say(add_column(v, "zero", 1, 32, false, WORD_F32, NULL),
            "binary32: the offset: y = code * scale + zero");
    else if (tells_zero(q))
        say(add_column(v, "zero", 1, 32, false, WORD_BITS, NULL),
            "the zero, two's complement: y = (code - zero) * scale");
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

bool columns_fit(const struct format *f, bool binary64)
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

enum status columns_decode(struct vectors *v, struct error *e)
{
    const struct format *f = &v->spec.scheme.element;
    bool binary32 = f->bits <= 16 && columns_fit(f, false);
    if (!binary32 && !columns_fit(f, true))
        return error_set(e, STATUS_INVALID, "decode: values of %s do not fit binary64", f->name);
    say(add_column(v, "code", 1, f->bits, true, WORD_CODE, f), "code");
    say(add_column(v, "value", 1, binary32 ? 32 : 64, false, binary32 ? WORD_F32 : WORD_F64, NULL),
        binary32 ? "its value, binary32" : "its value, binary64");
    return STATUS_OK;
}

static void add_operands(struct vectors *v)
{
    static const char *const names[] = {"a", "b", "c"};
    const struct format *f = vectors_operand_format(v);
    for (int i = 0; i < vectors_operands(v); i++) {
        struct vectors_column *c = add_column(v, names[i], 1, f->bits, true, WORD_CODE, f);
        snprintf(c->meaning, sizeof c->meaning, "operand, code of %s", f->name);
    }
}

void columns_operate(struct vectors *v)
{
    const struct format *f = &v->spec.scheme.element;
    if (vectors_is_random(v))
        say(add_column(v, "random", 1, 32, true, WORD_BITS, NULL),
            "random bits, the most significant sr_bits of which round the result");
    add_operands(v);
    struct vectors_column *c = add_column(v, "result", 1, f->bits, false, WORD_CODE, f);
    snprintf(c->meaning, sizeof c->meaning, "%s, rounded once", operation_docs[v->spec.operation]);
}

void columns_compare(struct vectors *v)
{
    add_operands(v);
    say(add_column(v, "relation", 1, 2, false, WORD_BITS, NULL),
        "a is 0 less than, 1 equal to, 2 greater than b, or 3 unordered");
}

/* --- asking --- */

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
