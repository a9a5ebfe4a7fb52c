/* The keys of scheme texts, shared by the files that read and write them. */
#ifndef SIM_SCHEME_KEYS_H
#define SIM_SCHEME_KEYS_H

#include "sim/scheme.h"

/* In the order of canonical text: of the element, of its rounding, of its scaling, of the choice among ways
 * to scale, of results. */
enum key {
    KEY_BIAS,
    KEY_SPECIALS,
    KEY_SUBNORMALS,
    KEY_CODES,
    KEY_FRACTION,
    KEY_BOOK_HASH,
    KEY_FIT,
    KEY_OR,
    KEY_ROUND,
    KEY_HALF,
    KEY_CARRY,
    KEY_SR_KIND,
    KEY_SR_BITS,
    KEY_OVERFLOW,
    KEY_NAN,
    KEY_NEG_ZERO,
    KEY_DAZ,
    KEY_FTZ,
    KEY_PER,
    KEY_BLOCK,
    KEY_TILE,
    KEY_AXIS,
    KEY_TAIL,
    KEY_SCALE,
    KEY_SCALE_RULE,
    KEY_SCALE_LOG2,
    KEY_SCALE_VALUE,
    KEY_SCALE_ROUND,
    KEY_SCALE_SHIFT,
    KEY_SCALE_OVERFLOW,
    KEY_SCALE_UNDERFLOW,
    KEY_SCALE_MIN,
    KEY_SCALE_MAX,
    KEY_ZERO_BLOCK,
    KEY_BLOCK_NAN,
    KEY_BLOCK_INF,
    KEY_MICRO,
    KEY_MICRO_BITS,
    KEY_ZERO_POINT,
    KEY_INCLUDE_ZERO,
    KEY_SECOND,
    KEY_SECOND_BLOCK,
    KEY_SECOND_SCALE,
    KEY_SECOND_ROUND,
    KEY_SECOND_TOP,
    KEY_SECOND_STORES,
    KEY_ZERO_TENSOR,
    KEY_ORDER,
    KEY_SCALE_STEPS,
    KEY_QUOTIENT,
    KEY_VIA,
    KEY_CAST,
    KEY_CLIP,
    KEY_STAT,
    KEY_STAT_ARG,
    KEY_PEAK,
    KEY_SEARCH,
    KEY_CHOOSE,
    KEY_FLIP,
    KEY_OUT,
    KEY_OUT_ROUND,
    KEYS
};

extern const struct text_key scheme_keys[KEYS];

/* Names of enumerators that have no home elsewhere. */
extern const char *const choose_names[CHOOSE_KINDS];
extern const char *const fit_names[FIT_KINDS];
extern const char *const zero_tensor_names[2], *const no_yes_names[2], *const half_names[2];

/* Why a key has no effect in q (a clause for a message); NULL if it has one. What else of q is said decides,
 * not the key's own value. */
const char *scheme_no_effect(const struct quant_spec *q, enum key k);

/* What the keys of a scale's ends depend on: whether its code is an exponent field, whether it can be zero;
 * and the order of steps without scale_steps=. */
bool scheme_scale_may_wrap(const struct scaling *s);
bool scheme_scale_has_zero(const struct scaling *s);
enum scale_steps scheme_default_steps(const struct scaling *s);

/* Floats named eXmY or ueXmY take bias, specials and subnormals; integers named intN take codes and fraction;
 * other names say it all. */
bool scheme_is_parametric_float(const struct format *f);
bool scheme_is_parametric_int(const struct format *f);
/* Whether nearest values of f are found by adding half a step. */
bool scheme_adds_half(const struct format *f);
/* Whether a fraction of f can leave its field. */
bool scheme_carries(const struct format *f);

#endif
