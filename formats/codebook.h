/* Codebooks: formats given by a list of at most 256 values, on the ladder of formats/ladder.h. A format of
 * family_codebook points to one; the codebook outlives the format. */
#ifndef FORMATS_CODEBOOK_H
#define FORMATS_CODEBOOK_H

#include "formats/format.h"

#define CODEBOOK_MAX 256

/* Where rounding to nearest changes over between two neighbours. */
enum codebook_boundary {
    BOUNDARY_MEAN, /* at their arithmetic mean */
    /* Powers of two, rounded in the logarithmic domain: between 2^k and 2^(k+1) at 2^(k+1/2), and between 0
     * and the smallest one, 2^k, at 2^(k-1/2); elsewhere at the mean. The boundary in use is the irrational
     * number cut to 64 bits. No binary32 number, and no quotient p/q of two of them, lies in between: such a
     * quotient differs from sqrt(2) by more than 1/(3 q^2) > 2^-50. */
    BOUNDARY_LOG
};

struct codebook {
    int n;                /* 2..CODEBOOK_MAX */
    const float *values;  /* of each rank: finite, strictly ascending, no -0, at least one positive */
    const uint8_t *codes; /* of each rank, all different; NULL: the rank itself */
    float unused;         /* what a code without a rank decodes to */
    enum codebook_boundary boundary;
};

/* Whether the values and codes keep the contract above, and the largest magnitude is below 2^32 times the
 * smallest nonzero one (the ladder's arithmetic then is exact). NULL if so, else a static sentence. */
const char *codebook_problem(const struct codebook *b);
/* ceil(log2 n): the bits of a code that is the rank. */
int codebook_bits(int n);

/* For files that define several: format_ID with the values ID_values and the golden pairs ID_golden, codes
 * being ranks; the rest are further fields of struct format. */
#define CODEBOOK_FORMAT(id, n_bits, nearest, ...)                                                   \
    static const struct codebook id##_book = {                                                      \
        .n = sizeof id##_values / sizeof *id##_values, .values = id##_values, .boundary = nearest}; \
    const struct format format_##id = {.name = #id,                                                 \
                                       .family = &family_codebook,                                  \
                                       .bits = n_bits,                                              \
                                       .book = &id##_book,                                          \
                                       .golden = id##_golden,                                       \
                                       .goldens = sizeof id##_golden / sizeof *id##_golden,         \
                                       __VA_ARGS__}

#endif
