/* Conformance vectors: what a conversion, a decoder or an operation gives for inputs that matter, as a text
 * that hardware and other libraries can be checked against, and the check of such a text.
 *
 * A line is a case: hexadecimal words of fixed width, as the columns of the header say, one space between
 * two. Header lines begin with two slashes, so that Verilog's $readmemh reads the file as it is. The same
 * request gives the same bytes everywhere. */
#ifndef SIM_VECTORS_VECTORS_H
#define SIM_VECTORS_VECTORS_H

#include "formats/arith.h"
#include "formats/pack.h"
#include "sim/base/hash.h"
#include "sim/base/status.h"
#include "sim/base/strbuf.h"
#include "sim/spec.h"

#define VECTORS_LINES_MAX    (UINT64_C(1) << 20) /* up to here all inputs there are */
#define VECTORS_LENGTH_MAX   4096
#define VECTORS_COLUMNS_MAX  8
#define VECTORS_MEANING_SIZE 160

enum vectors_kind {
    VECTORS_QUANTIZE, /* values to scale, codes and values; a case is what shares a scale, or one value */
    VECTORS_DECODE,   /* a code to its value */
    VECTORS_OPERATE,  /* codes of operands to the code of the result */
    VECTORS_COMPARE   /* two codes to how their values compare */
};

/* What is asked for. */
struct vectors_spec {
    enum vectors_kind kind;
    enum operation operation; /* VECTORS_OPERATE */
    struct quant_spec scheme; /* else its element and rounding */
    struct format from;       /* what inputs are codes of; without a family binary32, or the element for
                                 the operands of VECTORS_OPERATE */
    size_t length;            /* elements of a case of VECTORS_QUANTIZE; 0: of a whole block, else 16 */
    bool packed;              /* element codes as bytes */
    enum pack_order pack;
    uint64_t seed, random; /* how many cases are drawn where not all are taken */
};

/* Parses SCHEME, decode:SCHEME, compare:SCHEME or OPERATION:SCHEME into kind, operation and scheme; the rest
 * of *out is left alone. STATUS_INVALID. */
enum status vectors_parse(const char *text, struct vectors_spec *out, struct error *e) MUST_CHECK;

enum word { WORD_CODE, WORD_F32, WORD_F64, WORD_BITS };

struct vectors_column {
    const char *name;
    size_t first, words; /* within a line */
    int bits;            /* of a word */
    bool given;          /* an input; the others are derived from these */
    enum word kind;
    const struct format *format; /* WORD_CODE; NULL where codes have no values of their own */
    char meaning[VECTORS_MEANING_SIZE];
};

/* The columns of a spec, and the room to fill them. */
struct vectors;

/* STATUS_INVALID with a reason where there are no vectors of a spec. To be closed after every outcome. */
enum status vectors_open(const struct vectors_spec *spec, struct vectors **out, struct error *e) MUST_CHECK;
void vectors_close(struct vectors *v);                          /* NULL is fine */
const struct vectors_spec *vectors_of(const struct vectors *v); /* with `length` resolved */
size_t vectors_columns(const struct vectors *v);
const struct vectors_column *vectors_column(const struct vectors *v, size_t i);
/* The column of that name, NULL if there is none. */
const struct vectors_column *vectors_find(const struct vectors *v, const char *name);
/* Words of a line. */
size_t vectors_words(const struct vectors *v);
/* Bits stored for a case beside scale and codes, which no column shows: zero points, shifts, choices. */
uint64_t vectors_side_bits(const struct vectors *v);
/* Fills the derived words of n lines, one behind the other, from the given ones. STATUS_INVALID if those make
 * no case. */
enum status vectors_fill(struct vectors *v, uint64_t *lines, size_t n, struct error *e) MUST_CHECK;

/* The inputs of all cases, as lines without derived words; the caller frees *lines. `how` tells how they were
 * chosen. */
#define VECTORS_HOW_SIZE 512
enum status vectors_choose(const struct vectors *v, uint64_t **lines, size_t *n, char how[VECTORS_HOW_SIZE],
                           struct error *e) MUST_CHECK;

/* The whole text. */
enum status vectors_write(struct vectors *v, struct strbuf *out, struct error *e) MUST_CHECK;

/* What a check found. */
struct vectors_report {
    size_t lines, different;
    char first[2048]; /* the first case that differs, in a few lines; "" if none does */
    char note[256];   /* what else a reader should know; "" if nothing */
};

/* Checks somebody's file against the definition. STATUS_DIFFERENT if cases differ, or are not those that the
 * header hashed; STATUS_INVALID, with FILE:LINE, if the text is none; STATUS_MISSING, STATUS_IO. */
enum status vectors_check(const char *path, struct vectors_report *report, struct error *e) MUST_CHECK;
/* The same of a text, which messages call `name`. */
enum status vectors_check_text(const char *name, const char *text, size_t bytes,
                               struct vectors_report *report, struct error *e) MUST_CHECK;

#endif
