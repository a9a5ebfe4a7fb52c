/* Rows of a derivation under construction. Part of sim/derivation. */
#ifndef SIM_DERIVATION_ROWS_H
#define SIM_DERIVATION_ROWS_H

#include "sim/derivation/derivation.h"

/* Each adds a row; the texts before the note are static. */
void rows_text(struct derivation *d, const char *section, const char *step, const char *note, ...)
    __attribute__((format(printf, 4, 5)));
void rows_number(struct derivation *d, const char *section, const char *step, struct number x,
                 const char *note, ...) __attribute__((format(printf, 5, 6)));
/* With the very bits of x: those of a NaN, too. */
void rows_f32(struct derivation *d, const char *section, const char *step, float x, const char *note, ...)
    __attribute__((format(printf, 5, 6)));
void rows_code(struct derivation *d, const char *section, const char *step, const struct format *f,
               uint32_t code, const char *note, ...) __attribute__((format(printf, 6, 7)));

/* An element as the definition tells of it. */
struct told {
    const struct quant_spec *q;
    const struct quant_input *in;
    const struct quant_step *step;
};

/* The constant beside stored scales; 0: none. ORDER_TE has no rule. */
static inline float told_side(const struct told *t)
{
    const struct scale_rule *rule = t->q->scaling.rule;
    return rule ? rule->side : 0;
}

/* The sections that lead to the scale, and those from the scale to the value. */
void derive_scale(struct derivation *d, const struct told *t);
void derive_rounding(struct derivation *d, const struct told *t);

#endif
