#include "tests/conformance.h"

#include "tests/check.h"

enum { FEW = 20 };

struct vectors_spec conformance_spec(const char *text)
{
    struct vectors_spec s = {.random = FEW};
    struct error e = {{0}};
    if (vectors_parse(text, &s, &e))
        fail_msg("%s", e.text);
    return s;
}

struct vectors *conformance_open(const struct vectors_spec *s)
{
    struct vectors *v;
    struct error e = {{0}};
    if (vectors_open(s, &v, &e))
        fail_msg("%s", e.text);
    return v;
}
