/* The keys of MAC texts, shared by the files that read and write them. */
#ifndef SIM_MAC_KEYS_H
#define SIM_MAC_KEYS_H

#include "sim/mac.h"

/* In the order of canonical text: of products, of the order, of accumulators, of the result. */
enum mac_key_id {
    MAC_PRODUCT,
    MAC_L,
    MAC_NORMALISE,
    MAC_DROPPED,
    MAC_INTO,
    MAC_INTO_ROUND,
    MAC_FMA,
    MAC_GROUP,
    MAC_TAKE,
    MAC_PRESUM,
    MAC_FRACTION,
    MAC_ALIGN,
    MAC_LANES,
    MAC_JOIN,
    MAC_JOIN_ROUND,
    MAC_PARTS,
    MAC_LAYOUT,
    MAC_ACC,
    MAC_POINT,
    MAC_ROUND,
    MAC_SR_KIND,
    MAC_SR_BITS,
    MAC_OVERFLOW,
    MAC_PROMOTE,
    MAC_OUTER,
    MAC_OUTER_ROUND,
    MAC_FLIP,
    MAC_C,
    MAC_OUT,
    MAC_OUT_ROUND,
    MAC_NAN,
    MAC_DAZ,
    MAC_FTZ,
    MAC_SCALES,
    MAC_KEYS
};

extern const struct text_key mac_keys[MAC_KEYS];

/* Names of enumerators, and other names of orders with the keys that they stand for. */
extern const char *const mac_order_names[MAC_ORDERS], *const mac_layout_names[MAC_LAYOUTS];
extern const char *const mac_take_names[MAC_TAKES], *const mac_c_names[MAC_C_PLACES];
extern const char *const mac_overflow_names[MAC_OVERFLOWS], *const mac_scales_names[MAC_SCALES_KINDS];
extern const char *const mac_nan_names[2], *const mac_no_yes[2];
struct mac_alias {
    const char *name, *text;
};
#define MAC_ALIASES 2
extern const struct mac_alias mac_aliases[MAC_ALIASES];

/* Why a key has no effect in m (a clause for a message); NULL if it has one. */
const char *mac_no_effect(const struct mac_spec *m, enum mac_key_id k);

/* The format of the outermost accumulator; that of a result which is not rounded again. */
const struct format *mac_last(const struct mac_spec *m);

static inline bool mac_is_integer(const struct format *f)
{
    return f->family == &family_int;
}

#endif
