/* The positive values of a format, upward; codes of equal value stand beside each other. */
#ifndef EXPERIMENTS_POSITIVES_H
#define EXPERIMENTS_POSITIVES_H

#include "experiments/format_page.h"

struct positives {
    const struct coded *values;
    size_t n;
};

struct positives positives_of(const struct studied *s);
/* The first value after that at i; n at the end. */
size_t positives_next(const struct positives *p, size_t i);

#endif
