/* Writer of .npy 1.0 (NumPy Enhancement Proposal 1; numpy/lib/format.py). */
#include <stdio.h>
#include <string.h>

#include "sim/dump/reader.h"

static const char *const descriptions[DTYPES] = {
    [DTYPE_F64] = "<f8",     [DTYPE_F32] = "<f4",     [DTYPE_F16] = "<f2", [DTYPE_BF16] = "<V2",
    [DTYPE_F8_E4M3] = "|V1", [DTYPE_F8_E5M2] = "|V1", [DTYPE_I8] = "|i1",  [DTYPE_U8] = "|u1",
    [DTYPE_I16] = "<i2",     [DTYPE_U16] = "<u2",     [DTYPE_I32] = "<i4", [DTYPE_U32] = "<u4",
};

enum { MAGIC_BYTES = 10, ALIGNMENT = 64 };

/* At most 8 dimensions of 20 digits: the text stays far below the 65535 bytes of version 1.0. */
static size_t header_text(const struct tensor_view *t, char *out, size_t size)
{
    char shape[TENSOR_MAX_RANK * 24] = "";
    size_t length = 0;
    for (int i = 0; i < t->rank; i++)
        length +=
            (size_t)snprintf(shape + length, sizeof shape - length, "%s%zu", i ? ", " : "", t->shape[i]);
    return (size_t)snprintf(out, size, "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }",
                            descriptions[t->dtype], shape, t->rank == 1 ? "," : "");
}

enum status npy_write(const char *path, const struct tensor_view *t, struct error *e)
{
    char head[512] = "\x93NUMPY\x01";
    size_t length = MAGIC_BYTES + header_text(t, head + MAGIC_BYTES, sizeof head - MAGIC_BYTES);
    size_t padded = (length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    memset(head + length, ' ', padded - length);
    head[padded - 1] = '\n';
    head[8] = (char)((padded - MAGIC_BYTES) & 0xff);
    head[9] = (char)((padded - MAGIC_BYTES) >> 8);
    struct new_file f;
    enum status s = new_file_open(&f, path, e);
    if (!s)
        s = new_file_write(&f, head, padded, e);
    if (!s)
        s = new_file_write_tensor(&f, t, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    return s;
}
