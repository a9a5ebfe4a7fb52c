/* Block codecs as their publications say them, restated step by step without formats/. */
#ifndef TESTS_CODEC_ORACLE_H
#define TESTS_CODEC_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_LONGEST = 1000 };

struct codec_result {
    uint32_t codes[CODEC_LONGEST], scale;
    float values[CODEC_LONGEST];
    bool undefined; /* the publication's C leaves the codes open; its scale stands */
};

/* Of a block of n <= CODEC_LONGEST values into *r, which is zero. */
typedef void codec_reference(const float *x, size_t n, struct codec_result *r);

/* The restatement of a codec; the test fails where there is none. */
codec_reference *codec_reference_of(const char *name);

#endif
