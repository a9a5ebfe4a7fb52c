/* The page of a component: what `bitsweep costs --components TEXT` prints. */
#ifndef EXPERIMENTS_COMPONENT_PAGE_H
#define EXPERIMENTS_COMPONENT_PAGE_H

#include "results/table.h"

/* Doc, source and keys; the cells of a text's component, and what they come to in each set of cells and at
 * each node. Unknown names and keys are STATUS_INVALID. */
enum status component_page(const char *text, enum table_format format, struct error *e) MUST_CHECK;

#endif
