#include <stdlib.h>

#include "sim/dump/reader.h"

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    return path ? path_has_extension(path, ".npy") : npy_magic(head, n);
}

enum status npy_read(const unsigned char *bytes, size_t size, const struct dump_hint *hint,
                     struct tensor_view *out, struct error *e)
{
    size_t header = 0;
    enum status s = npy_header_bytes(bytes, size, size, &header, e);
    if (!s)
        s = npy_header_parse(bytes, header, size, hint, out, e);
    if (!s)
        out->data = bytes + header;
    return s;
}

static enum status npy_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    struct tensor_view t;
    enum status s = npy_read(f->bytes, f->size, hint, &t, e);
    if (s)
        return s == STATUS_SKIP ? STATUS_MISSING : s;
    char *name = dump_file_stem(f);
    if (!name)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    s = dump_file_add(f, name, &t, NULL, e);
    free(name);
    return s ? s : dump_file_check_hint(f, hint, e);
}

const struct dump_reader dump_reader_npy = {
    .name = "npy",
    .doc = "one array of NumPy: versions 1.0 to 3.0, any byte order, C or Fortran order",
    .citation = "NumPy Enhancement Proposal 1; numpy/lib/format.py",
    .matches = matches,
    .open = npy_open,
};
