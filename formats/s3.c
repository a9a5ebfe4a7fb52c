/* S3: sign * {0, 1} * 2^(b1 (b2 + 1)), three bits. Codes are ranks; the last one is unused. */
#include "formats/codebook.h"

static const float s3_values[] = {-4.0f, -2.0f, -1.0f, 0.0f, 1.0f, 2.0f, 4.0f};
static const struct golden s3_golden[] = {{0x00, -4.0}, {0x01, -2.0}, {0x02, -1.0}, {0x03, 0.0},
                                          {0x04, 1.0},  {0x05, 2.0},  {0x06, 4.0}};

static const struct codebook s3_book = {.n = sizeof s3_values / sizeof *s3_values, .values = s3_values};

const struct format format_s3 = {
    .name = "s3",
    .family = &family_codebook,
    .bits = 3,
    .book = &s3_book,
    .doc = "sign-sparse-shift: 0 1 2 4 and their negatives",
    .citation = "Li et al., S3: Sign-Sparse-Shift Reparametrization, NeurIPS 2021, arXiv 2107.03453",
    .golden = s3_golden,
    .goldens = sizeof s3_golden / sizeof *s3_golden,
    .golden_source = "S3 code of Huawei",
};
