/* What a word of the command line can become, by the tables of options and the registries. */
#ifndef EXPERIMENTS_COMPLETE_H
#define EXPERIMENTS_COMPLETE_H

#include "sim/base/strbuf.h"

/* The words after the name of the program, the last one as far as it is written. Adds a line for each thing
 * that it can become: the word, a tab and what it is. A line ":file" or ":dir" says that a path stands
 * there. */
void complete_words(char *const *words, size_t n, struct strbuf *out);

#endif
