/* Raw elements under a hint: dtype, rank, offset, the axes as 8 bytes each, then the file. */
#include <string.h>

#include "sim/dump/dump.h"
#include "tests/fuzz/fuzz.h"

void fuzz_raw(const uint8_t *data, size_t size)
{
    enum { HEAD = 3, AXIS = 8, BEYOND = 2 };
    struct dump_hint hint = {.has_dtype = true, .has_shape = true};
    struct dump *d = NULL;
    struct error e = {{0}};
    if (size < HEAD)
        return;
    hint.dtype = (enum dtype)(data[0] % DTYPES);
    hint.rank = data[1] % (TENSOR_MAX_RANK + BEYOND); /* one more than there may be, too */
    hint.offset = data[2];
    const uint8_t *at = data + HEAD, *end = data + size;
    for (int i = 0; i < hint.rank && i < TENSOR_MAX_RANK && end - at >= AXIS; i++, at += AXIS)
        memcpy(&hint.shape[i], at, AXIS);
    const enum status s = dump_open_memory("x.raw", at, (size_t)(end - at), &hint, &d, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s)
        fuzz_dump_read(d);
    dump_close(d);
}
