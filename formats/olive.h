/* Shared by the OliVe codecs. */
#ifndef FORMATS_OLIVE_H
#define FORMATS_OLIVE_H

#include "formats/codec.h"

/* Outlier-victim pairs on a grid of normal magnitudes 0 = normal[0] < normal[1] < ..., n of them, in units in
 * which outliers begin above 32; outliers are abfloats of `fraction_bits`. Codes are sign and index, of the
 * normal grid or, beside a victim, of the outliers from 1; the code of -0 marks a victim. */
void olive_encode(struct codec_block *b, const float *normal, int n, int fraction_bits);

#endif
