/* The two takums, as struct format tells them apart by `kind`. */
#ifndef FORMATS_TAKUM_H
#define FORMATS_TAKUM_H

#include "formats/format.h"

enum takum_kind {
    TAKUM_LIN, /* (1 + m) * 2^c */
    TAKUM_LOG  /* sqrt(e)^(c + m) */
};

#endif
