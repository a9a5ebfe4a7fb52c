/* What narrows the tensors of an input: names, shapes, layers, roles. */
#ifndef EXPERIMENTS_CHOICE_H
#define EXPERIMENTS_CHOICE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/dump/dump.h"

/* Each a key of an input, with one pattern or a list of them; without any it leaves all. */
enum choice {
    CHOOSE_NAME,  /* select: globs over names, of tensors or of sites */
    CHOOSE_SHAPE, /* shapes: "*,128", "...,64-256": lengths, ranges of them, any, any number of axes */
    CHOOSE_LAYER, /* layer: "3", "0-3" */
    CHOOSE_ROLE,  /* role: globs */
    CHOICES
};
extern const char *const choice_keys[CHOICES];
extern const char *const choice_says[CHOICES]; /* what a pattern may be, for messages */

bool choice_is_pattern(enum choice c, const char *text);
/* Whether it takes tensor i of a dump; the name is that of what it leads (the tensor's own, or a site's). */
bool choice_takes(enum choice c, const char *pattern, const struct dump *d, size_t i, const char *name);
/* What of the tensor a pattern is compared with, as text, perhaps in `room`; "" if there is nothing. */
const char *choice_text(enum choice c, const struct dump *d, size_t i, const char *name,
                        char room[static TENSOR_SHAPE_TEXT]);

#endif
