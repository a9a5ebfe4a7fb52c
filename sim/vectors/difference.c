/* Where a case differs from its definition, and how that is told. */
#include <stdio.h>
#include <string.h>

#include "formats/number_text.h"
#include "sim/vectors/parts.h"

static bool same_word(const struct vectors_column *c, uint64_t a, uint64_t b)
{
    if (a == b)
        return true;
    bool valued = c->kind != WORD_BITS && (c->kind != WORD_CODE || c->format);
    return valued && vectors_value(c, a).class == NUMBER_NAN && vectors_value(c, b).class == NUMBER_NAN;
}

/* Codes under a scale that is NaN mean nothing. */
static bool is_poisoned(const struct vectors *v, const uint64_t *line)
{
    const struct vectors_column *y = vectors_find(v, "y");
    if (!y || !vectors_is_scaled(v))
        return false;
    for (size_t i = 0; i < y->words; i++)
        if (vectors_value(y, line[y->first + i]).class != NUMBER_NAN)
            return false;
    return true;
}

static bool is_code(const struct vectors_column *c)
{
    return !strcmp(c->name, "code") || !strcmp(c->name, "bytes");
}

/* The packed codes of a case, as a column of codes. */
static struct vectors_column packed_column(const struct vectors *v)
{
    const struct quant_spec *q = &v->spec.scheme;
    return (struct vectors_column){.name = "code",
                                   .words = v->spec.length,
                                   .bits = q->element.bits,
                                   .kind = WORD_CODE,
                                   .format = q->codec || q->scaling.zero_point ? NULL : &q->element};
}

/* Unpacks the column of bytes of a line. */
static void unpack(const struct vectors *v, const uint64_t *line, uint32_t *codes)
{
    const struct vectors_column *c = vectors_find(v, "bytes");
    for (size_t i = 0; i < c->words; i++)
        v->bytes[i] = (uint8_t)line[c->first + i];
    unpack_codes(v->spec.pack, v->spec.scheme.element.bits, v->bytes, v->spec.length, codes);
}

/* The first packed code that differs, or the last byte where it holds more than codes; false if none does. */
static bool find_packed(const struct vectors *v, const uint64_t *found, const uint64_t *expected,
                        size_t *index)
{
    const struct vectors_column column = packed_column(v), *bytes = vectors_find(v, "bytes");
    unpack(v, expected, v->codes);
    unpack(v, found, v->packing);
    for (*index = 0; *index < column.words; ++*index)
        if (!same_word(&column, v->packing[*index], v->codes[*index]))
            return true;
    --*index;
    pack_codes(v->spec.pack, column.bits, v->packing, column.words, v->bytes);
    return v->bytes[bytes->words - 1] != found[bytes->first + bytes->words - 1];
}

bool difference_find(const struct vectors *v, const uint64_t *found, const uint64_t *expected,
                     struct difference *d)
{
    bool poisoned = is_poisoned(v, expected);
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct vectors_column *c = d->column = &v->column[i];
        if (c->given || (poisoned && is_code(c)))
            continue;
        d->packed = !strcmp(c->name, "bytes");
        if (d->packed && find_packed(v, found, expected, &d->index))
            return true;
        for (d->index = 0; !d->packed && d->index < c->words; d->index++)
            if (!same_word(c, found[c->first + d->index], expected[c->first + d->index]))
                return true;
    }
    return false;
}

static void tell_word(const struct vectors_column *c, size_t at, uint64_t word, struct strbuf *b)
{
    strbuf_add(b, c->name);
    if (c->words > 1)
        strbuf_printf(b, "[%zu]", at);
    strbuf_printf(b, " %0*llx", (c->bits + 3) / 4, (unsigned long long)word);
    if (c->kind == WORD_BITS || (c->kind == WORD_CODE && !c->format))
        return;
    char text[NUMBER_TEXT_SIZE];
    number_text(vectors_value(c, word), text);
    strbuf_printf(b, " (%s)", text);
}

/* "scale 7f (1), code[5] 7 (6)": the words of one element and those of the whole case. */
static void tell_words(const struct vectors *v, const uint64_t *line, bool given, size_t element,
                       struct strbuf *b)
{
    const char *comma = "";
    for (size_t i = 0; i < v->n_columns; i++) {
        const struct vectors_column *c = &v->column[i];
        if (c->given != given)
            continue;
        strbuf_add(b, comma);
        if (!strcmp(c->name, "bytes")) {
            struct vectors_column codes = packed_column(v);
            unpack(v, line, v->packing);
            tell_word(&codes, element, v->packing[element], b);
        } else {
            size_t at = c->words == 1 ? 0 : element;
            tell_word(c, at, line[c->first + at], b);
        }
        comma = ", ";
    }
}

/* The element to show for a difference of the whole case: that of the largest input. */
static size_t largest_input(const struct vectors *v, const uint64_t *found)
{
    const struct vectors_column *x = vectors_find(v, "x");
    size_t most = 0;
    for (size_t i = 1; x && i < x->words; i++) {
        struct number a = vectors_value(x, found[x->first + i]), b = vectors_value(x, found[x->first + most]);
        if (b.class != NUMBER_NAN && (a.class == NUMBER_NAN || number_compare_magnitude(a, b) > 0))
            most = i;
    }
    return most;
}

void difference_tell(const struct vectors *v, const uint64_t *found, const uint64_t *expected,
                     const struct difference *d, struct strbuf *b)
{
    const struct vectors_column *c = d->column, *x = vectors_find(v, "x");
    bool whole = c->words == 1 && !d->packed && x && x->words > 1;
    size_t element = whole ? largest_input(v, found) : d->index;
    strbuf_add(b, c->name);
    if (d->packed)
        strbuf_printf(b, ": code[%zu]", d->index);
    else if (c->words > 1)
        strbuf_printf(b, "[%zu]", d->index);
    strbuf_add(b, " differs\n  given     ");
    tell_words(v, found, true, element, b);
    strbuf_add(b, "\n  expected  ");
    tell_words(v, expected, false, element, b);
    strbuf_add(b, "\n  found     ");
    tell_words(v, found, false, element, b);
    strbuf_add(b, "\n");
}
