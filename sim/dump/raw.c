/* Elements alone, little-endian and in C order: what they are is said by the caller. */
#include <stdlib.h>

#include "sim/dump/reader.h"

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    (void)head;
    (void)n;
    return path && (path_has_extension(path, ".raw") || path_has_extension(path, ".bin"));
}

static enum status raw_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    if (!hint || !hint->has_dtype || !hint->has_shape)
        return error_set(e, STATUS_MISSING, "raw data need a dtype and a shape; there is no %s",
                         hint && hint->has_dtype   ? "shape"
                         : hint && hint->has_shape ? "dtype"
                                                   : "dtype and no shape");
    if (hint->rank < 0 || hint->rank > TENSOR_MAX_RANK)
        return error_set(e, STATUS_INVALID, "a shape of %d axes; allowed are 0 to %d", hint->rank,
                         TENSOR_MAX_RANK);
    struct tensor_view t = {.dtype = hint->dtype, .rank = hint->rank};
    for (int i = 0; i < t.rank; i++)
        t.shape[i] = hint->shape[i];
    char shape[TENSOR_SHAPE_TEXT];
    tensor_shape_text(&t, shape);
    size_t bytes;
    if (!shape_bytes(t.rank, t.shape, dtype_size(t.dtype), &bytes))
        return error_set(e, STATUS_MISSING, "the shape %s is too large", shape);
    size_t rest = hint->offset <= f->size ? f->size - hint->offset : 0;
    if (hint->offset > f->size || rest != bytes)
        return error_set(e, STATUS_MISSING,
                         "%s of %s at offset %zu are %zu bytes, but the file has %zu bytes (%zu from there)",
                         shape, dtype_names[t.dtype], hint->offset, bytes, f->size, rest);
    t.data = f->bytes + hint->offset;
    tensor_set_c_order(&t);
    char *name = dump_file_stem(f);
    if (!name)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = dump_file_add(f, name, &t, NULL, e);
    free(name);
    return s;
}

const struct dump_reader dump_reader_raw = {
    .name = "raw",
    .doc = "elements alone, little-endian, C order; dtype, shape and offset come from the configuration",
    .citation = "none: torch.Tensor.numpy().tofile() and numpy.ndarray.tofile() write it",
    .matches = matches,
    .open = raw_open,
};
