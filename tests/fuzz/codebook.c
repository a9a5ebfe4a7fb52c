/* Codebook files: what is accepted encodes every value of its own as itself. */
#include <math.h>

#include "formats/number.h"
#include "sim/book.h"
#include "tests/fuzz/fuzz.h"

void fuzz_codebook(const uint8_t *data, size_t size)
{
    struct book_content c;
    struct error e = {{0}};
    const enum status s = book_parse("x.txt", (const char *)data, size, &c, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (s)
        return;
    const struct format f = {
        .name = "book:x.txt", .family = &family_codebook, .bits = c.bits, .book = &c.book};
    const struct rounding r = {.mode = ROUND_RNE};
    fuzz_require(c.book.n >= 2 && c.book.n <= CODEBOOK_MAX && c.bits >= 1 && c.bits <= 8, "2 to 256 values");
    for (int i = 0; i < c.book.n; i++) {
        fuzz_require(isfinite(c.values[i]) && (!i || c.values[i] > c.values[i - 1]), "values ascend");
        const uint32_t code = format_round(&f, number_from_f32(c.values[i]), &r, 0).code;
        fuzz_require(number_to_f32(format_decode(&f, code)) == c.values[i], "a value is encoded as itself");
    }
}
