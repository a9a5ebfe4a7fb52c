#include "formats/code_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LAYOUT_SIZE = 256 };

/* The widths that a layout such as "s1 e4 m3" tells, from the top bit down; none if they do not make `bits`.
 */
static size_t field_widths(const struct format *f, int widths[32])
{
    char layout[LAYOUT_SIZE];
    size_t n = 0;
    int sum = 0;
    f->family->layout(f, layout, sizeof layout);
    for (char *rest = layout, *word; n < 32 && (word = strsep(&rest, " "));) {
        char *end;
        long width = isalpha((unsigned char)word[0]) ? strtol(word + 1, &end, 10) : -1;
        if (width < 0 || end == word + 1 || *end || width > f->bits)
            return 0;
        sum += (int)width;
        widths[n++] = (int)width;
    }
    return sum == f->bits ? n : 0;
}

void code_text(const struct format *f, uint32_t code, char out[CODE_TEXT_SIZE])
{
    int widths[32] = {0}, bit = f->bits;
    size_t n = field_widths(f, widths);
    if (n == 0)
        widths[n++] = f->bits;
    for (size_t i = 0; i < n; i++) {
        if (widths[i] && bit < f->bits)
            *out++ = ' ';
        for (int j = 0; j < widths[i]; j++)
            *out++ = (char)('0' + (code >> --bit & 1));
    }
    *out = '\0';
}
