/* What tests of conformance vectors share; they fail where a text is refused. */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include "sim/vectors/vectors.h"

/* Of a text, with twenty random cases. */
struct vectors_spec conformance_spec(const char *text);
struct vectors *conformance_open(const struct vectors_spec *s);

#endif
