/* The keys of scheme texts, shared by the two files that read and write them. */
#ifndef SIM_SCHEME_KEYS_H
#define SIM_SCHEME_KEYS_H

#include "sim/scheme.h"

/* In the order of canonical text: of the element, of its rounding, of its scaling. */
enum key {
    KEY_BIAS,
    KEY_SPECIALS,
    KEY_SUBNORMALS,
    KEY_CODES,
    KEY_FRACTION,
    KEY_BOOK_HASH,
    KEY_ROUND,
    KEY_SR_BITS,
    KEY_OVERFLOW,
    KEY_NAN,
    KEY_NEG_ZERO,
    KEY_PER,
    KEY_BLOCK,
    KEY_AXIS,
    KEY_TAIL,
    KEY_SCALE,
    KEY_SCALE_RULE,
    KEY_SCALE_ROUND,
    KEY_SECOND,
    KEY_ORDER,
    KEY_CLIP,
    KEYS
};

extern const struct scheme_key scheme_keys[KEYS];

/* Floats named eXmY take bias, specials and subnormals; other names say it all. */
bool scheme_is_parametric_float(const struct format *f);

#endif
