/* How an element got its value, step by step: what the definition tells its watcher, copied out in numbers
 * that nothing has rounded, as rows for people and programs. */
#ifndef SIM_DERIVATION_DERIVATION_H
#define SIM_DERIVATION_DERIVATION_H

#include "formats/code_text.h"
#include "formats/number_text.h"
#include "sim/quant/quant.h"

#define DERIVATION_ROWS 40 /* all steps there are make 37 */
#define DERIVATION_NOTE 192
#define DERIVATION_BITS (CODE_TEXT_SIZE + 16)

/* What decided between the neighbours. */
enum derivation_rule {
    RULE_CODEC,      /* a block codec: it has no steps to tell */
    RULE_POISONED,   /* the scale is NaN, and so is every value under it */
    RULE_ZERO_SCALE, /* the scale is zero */
    RULE_NAN,        /* policy for NaN */
    RULE_INFINITY,   /* policy for infinities */
    RULE_UNSIGNED,   /* a negative number, and the type has no sign */
    RULE_EXACT,      /* a value of the element, or an integer under a zero point */
    RULE_OVERFLOW,   /* beyond the range: Inf or NaN */
    RULE_SATURATED,  /* beyond the range: its end */
    RULE_RAISED,     /* below all values of its sign, and there is no zero */
    RULE_EDGE,       /* beyond the last value, and rounded to it */
    RULE_FLUSHED,    /* the rounded value is subnormal, which ftz makes zero */
    RULE_CARRY,      /* a fraction rounded up out of its field lost its carry */
    RULE_TIE,
    RULE_NEAREST,
    RULE_HALF, /* half a step added in binary32 went the other way than the nearest */
    RULE_DIRECTED,
    RULE_ODD,
    RULE_STOCHASTIC,
    DERIVATION_RULES
};

/* Short names: "codec", "poisoned", ... */
extern const char *const derivation_rule_names[DERIVATION_RULES];

/* A step. Rows of one section follow each other. */
struct derivation_row {
    const char *section, *step; /* static texts; a step occurs once in a derivation */
    bool has_value;
    struct number value;        /* sticky where the number goes on behind 64 bits */
    char bits[DERIVATION_BITS]; /* of the code that has this value, or of the value in binary32; "" if neither
                                 */
    char note[DERIVATION_NOTE]; /* ASCII; "" if there is nothing to say */
};

struct derivation {
    size_t index; /* in the tensor */
    float x, y;   /* as given; the value of its code */
    uint32_t code;
    uint32_t events; /* enum encode_event */
    uint64_t scale_index;
    uint32_t scale_code; /* 0 under a codec, which may have several */
    enum derivation_rule rule;
    struct number quotient; /* what is rounded; NaN where nothing is */
    /* The values of the element next to it, itself on both sides where it is one; under a zero point integers
     * to which the zero is not yet added. */
    bool has_below, has_above;
    struct number below, above;
    struct number chosen; /* what the code stands for among them, before faults flip its bits */
    size_t rows;
    struct derivation_row row[DERIVATION_ROWS];
};

/* Elements first .. first + n - 1 of a tensor in memory, to out[0 .. n - 1]: with the scales that the whole
 * tensor gives them, though only their regions are walked where it can be cut. `range` is that of all
 * elements. nan=error is told and no failure. Otherwise errors are those of quantize(). */
enum status derivations_of(const struct quant_spec *q, const struct quant_input *in,
                           const struct quant_range *range, size_t first, size_t n, struct derivation *out,
                           struct error *e) MUST_CHECK;
/* One element. */
enum status derivation_of(const struct quant_spec *q, const struct quant_input *in,
                          const struct quant_range *range, size_t index, struct derivation *out,
                          struct error *e) MUST_CHECK;

/* The row of that step, NULL if the derivation has none. */
const struct derivation_row *derivation_find(const struct derivation *d, const char *step);

/* The value of a row: exact as number_text has it, or, where that is long or goes on, "~" and ten digits. ""
 * without a value. */
void derivation_decimal(const struct derivation_row *row, char out[NUMBER_TEXT_SIZE]);
/* As number_hex; where the number goes on behind its 64 bits, "..." follows them. */
void derivation_hex(const struct derivation_row *row, char out[NUMBER_TEXT_SIZE]);

#endif
