/* Shared by the files of sim/vectors. */
#ifndef SIM_VECTORS_PARTS_H
#define SIM_VECTORS_PARTS_H

#include "sim/quant/quant.h"
#include "sim/vectors/vectors.h"

struct vectors {
    struct vectors_spec spec;
    struct vectors_column column[VECTORS_COLUMNS_MAX];
    size_t n_columns, words;
    uint64_t side_bits;
    /* VECTORS_QUANTIZE: a case is a tensor [shape[0], shape[1]]. Where a second level spans several blocks,
     * the first of two blocks is the anchor: one element of it has the largest magnitude of the tensor. */
    size_t shape[2], n;
    bool anchored;
    float *x, *values;
    uint32_t *codes, scales[2], *packing;
    uint8_t *bytes;
};

static inline bool vectors_is_scaled(const struct vectors *v)
{
    return v->spec.scheme.scaling.per != PER_NONE;
}

static inline bool vectors_is_random(const struct vectors *v)
{
    return v->spec.scheme.rounding.mode == ROUND_SR && !v->spec.scheme.codec;
}

/* How many operands a case of VECTORS_OPERATE or VECTORS_COMPARE has, and their format. */
static inline int vectors_operands(const struct vectors *v)
{
    return v->spec.kind == VECTORS_COMPARE ? 2 : operation_operands(v->spec.operation);
}

static inline const struct format *vectors_operand_format(const struct vectors *v)
{
    return v->spec.from.family ? &v->spec.from : &v->spec.scheme.element;
}

/* Streams of random numbers under the seed of a spec. Random bits of stochastic rounding are number (element
 * of the case) of stream (the case's own word); these are far from small numbers. */
enum { VECTORS_STREAM_INPUTS = 1, VECTORS_STREAM_SCALES, VECTORS_STREAM_ROUNDING, VECTORS_STREAM_TARGETS };
#define VECTORS_STREAM(kind) (UINT64_C(0x766563746f720000) + (kind))

/* Make the columns of a spec whose length and anchor are known. */
void columns_quantize(struct vectors *v);
enum status columns_decode(struct vectors *v, struct error *e) MUST_CHECK;
void columns_operate(struct vectors *v);
void columns_compare(struct vectors *v);
/* Whether every value of f (of a format of many bits: of codes spread over all) is a binary32 or a binary64
 * number. */
bool columns_fit(const struct format *f, bool binary64);

/* The value that a word of a column stands for; NaN for one without. */
struct number vectors_value(const struct vectors_column *c, uint64_t word);

/* Where a case differs: a word of a column, or a code of a column of bytes. */
struct difference {
    const struct vectors_column *column;
    size_t index;
    bool packed;
};

/* The first derived word of a case that differs from the expected one; false if none does. NaNs agree, codes
 * under a scale that is NaN mean nothing, and packed codes are compared as codes. */
bool difference_find(const struct vectors *v, const uint64_t *found, const uint64_t *expected,
                     struct difference *d);
/* "code[5] differs", and lines with what was given, expected and found of that element. */
void difference_tell(const struct vectors *v, const uint64_t *found, const uint64_t *expected,
                     const struct difference *d, struct strbuf *b);

#endif
