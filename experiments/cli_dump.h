/* Options for a dump named on the command line. */
#ifndef EXPERIMENTS_CLI_DUMP_H
#define EXPERIMENTS_CLI_DUMP_H

#include "experiments/cli.h"
#include "sim/dump/dump.h"

struct dump_args {
    const char *path; /* set by the sub-command */
    struct dump_hint hint;
};

/* --dtype, --shape, --offset, --manifest; the input is a struct dump_args. */
extern const struct argp dump_argp;

/* Whether one of these options says something, for sub-commands that may have no dump. */
bool dump_args_given(const struct dump_args *a);

/* The tensor of that name, or, where it is NULL, the only one. */
enum status dump_choose(struct dump *d, const char *name, size_t *out, struct error *e) MUST_CHECK;

#endif
