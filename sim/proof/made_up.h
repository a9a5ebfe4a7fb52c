/* Ladders made up to exercise corners that no published format has. */
#ifndef SIM_PROOF_MADE_UP_H
#define SIM_PROOF_MADE_UP_H

#include "formats/format.h"

struct made_up {
    const char *name;
    int n;
    double value[6]; /* upward */
    uint32_t code[6];
    double boundary[5]; /* between value[i] and value[i + 1] */
    bool own_boundaries;
    bool just_beyond; /* each boundary belongs to the neighbour of smaller magnitude */
    bool has_inf, has_nan;
    double beyond; /* 0: none */
};
enum { MADE_UP_INF = 0x40, MADE_UP_NAN = 0x3f, MADE_UP_NEGATIVE = 0x80 };

extern const struct made_up made_up[];
extern const size_t made_up_count;
/* The format of made_up[f->fraction_bits]. */
struct format made_up_format(size_t i);

static inline const struct made_up *made_up_of(const struct format *f)
{
    return &made_up[f->fraction_bits];
}

/* Whether f is one of them. */
bool is_made_up(const struct format *f);

#endif
