/* The list of element formats. */
#ifndef EXPERIMENTS_FORMAT_LIST_H
#define EXPERIMENTS_FORMAT_LIST_H

#include "results/table.h"

/* Prints the registered formats by family, or those whose name, alias, description or citation has `find`
 * (not NULL); capitals do not count, nor separators in names. STATUS_INVALID if none has. */
enum status format_list(const char *find, enum table_format format, struct error *e) MUST_CHECK;

#endif
