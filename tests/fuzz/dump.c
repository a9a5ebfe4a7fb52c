/* What the targets of dumps share. */
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/dump/dump.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 1024 }; /* elements, tensors */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The first and the last elements. */
static void read_some(const struct tensor_view *t)
{
    static float x[MOST];
    char hex[HASH_HEX_SIZE];
    const size_t n = tensor_count(t), some = least(n, MOST);
    tensor_read_f32(t, 0, some, x);
    tensor_read_f32(t, n - some, some, x);
    if (n <= MOST)
        tensor_hash(t, hex);
}

void fuzz_dump_read(struct dump *d)
{
    size_t found;
    struct error e = {{0}};
    for (size_t i = 0; i < least(dump_count(d), MOST); i++) {
        const struct tensor_view *t = dump_tensor(d, i), *loaded;
        fuzz_require(t->rank >= 0 && t->rank <= TENSOR_MAX_RANK, "a rank of 0 to 8");
        fuzz_require(!dump_find(d, t->name, &found, &e), "a tensor that is listed is found");
        if (!dump_load(d, i, &loaded, &e))
            read_some(loaded);
        dump_unload(d, i);
    }
    for (size_t i = 0; i < least(dump_unreadable_count(d), MOST); i++)
        fuzz_require(*dump_unreadable_at(d, i)->why, "a reason why a tensor is not read");
    fuzz_require(dump_find(d, "no such tensor", &found, &e) == STATUS_MISSING || dump_count(d), "no tensor");
    dump_metadata(d, "axes");
}

static bool look(const char *path, const uint8_t *data, size_t size, const struct dump_hint *hint)
{
    struct dump *d = NULL;
    struct error e = {{0}};
    const enum status s = dump_open_memory(path, data, size, hint, &d, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    if (!s)
        fuzz_dump_read(d);
    dump_close(d);
    return !s;
}

void fuzz_dump(const char *path, const uint8_t *data, size_t size)
{
    const struct dump_hint hint = {.has_dtype = true, .dtype = (enum dtype)(size % DTYPES)};
    look(path, data, size, NULL);
    look(path, data, size, &hint);
}
