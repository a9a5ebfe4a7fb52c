/* Numbers as texts that lose nothing, whatever their exponent. */
#ifndef FORMATS_NUMBER_TEXT_H
#define FORMATS_NUMBER_TEXT_H

#include "formats/number.h"

#define NUMBER_TEXT_SIZE 64

/* The value itself: a plain decimal ("0.001953125"), or a decimal times a power of two ("1.75*2^8", "2^-24",
 * at worst "INTEGER*2^E") where that is shorter and the plain one has more than 18 characters. "-0", "Inf",
 * "-Inf", "NaN". x is not sticky. */
void number_text(struct number x, char out[NUMBER_TEXT_SIZE]);
/* As C writes a normal number under %a: "0x1.cp+8", "-0x0p+0", "inf", "nan"; exponents of any size, and no
 * subnormals. */
void number_hex(struct number x, char out[NUMBER_TEXT_SIZE]);

#endif
