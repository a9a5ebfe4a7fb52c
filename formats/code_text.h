/* Codes as texts. */
#ifndef FORMATS_CODE_TEXT_H
#define FORMATS_CODE_TEXT_H

#include "formats/format.h"

#define CODE_TEXT_SIZE 80

/* The bits of a code, "1 0111 110": a space between the fields where the layout of the format tells their
 * widths. */
void code_text(const struct format *f, uint32_t code, char out[CODE_TEXT_SIZE]);

#endif
