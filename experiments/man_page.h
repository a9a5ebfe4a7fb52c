/* Manual pages as roff, made of the tables that --help shows. */
#ifndef EXPERIMENTS_MAN_PAGE_H
#define EXPERIMENTS_MAN_PAGE_H

#include "experiments/cli.h"

/* bitsweep-NAME(1) of a sub-command, or bitsweep(1) of NULL. Without memory the buffer remembers it. */
void man_page(const struct command *c, struct strbuf *out);

#endif
