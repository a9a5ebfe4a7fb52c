/* Profiles: what a vendor's program does under the name of a format, as an ordinary scheme. A profile is
 * found wherever a scheme is (scheme_alias_find), so it works in scheme texts, sweeps and on the command
 * line. */
#ifndef SIM_PROFILE_H
#define SIM_PROFILE_H

#include "sim/scheme.h"

struct profile {
    struct scheme_alias scheme; /* its name is VENDOR:NAME */
    const char *family;         /* the question that profiles of it answer: mxfp4, nvfp4, e4m3, ... */
    const char *checked;        /* what it was held against */
    const char *note;           /* what else is to be known of it; "" if nothing */
};

size_t profile_count(void);
const struct profile *profile_at(size_t i); /* vendors together, in the order of sim/profiles.def */
const struct profile *profile_find(const char *name);

#endif
