/* What a dump offers to an input of an experiment file, and what of it is chosen. */
#ifndef EXPERIMENTS_OFFER_H
#define EXPERIMENTS_OFFER_H

#include <stdio.h>

#include "experiments/sites.h"

struct offer {
    const struct config_input *in;
    const struct dump *dump;
    enum config_op op;
    struct site_place *places;
    size_t n;
};

/* STATUS_INVALID where a pattern matches nothing, no place is matched by all, or nothing says how queries are
 * rotated, STATUS_MISSING where the dump has nothing to offer. `d` and `in` stay as they are until
 * offer_close, which is called in any case. */
enum status offer_open(struct offer *o, const struct dump *d, enum config_op op,
                       const struct config_input *in, struct error *e) MUST_CHECK;
void offer_close(struct offer *o);
/* Whether place i is chosen. */
bool offer_takes(const struct offer *o, size_t i);
/* What `select` would take in, if it could be read; `out` may be NULL. */
void offer_say_unreadable(const struct offer *o, FILE *out);

#endif
