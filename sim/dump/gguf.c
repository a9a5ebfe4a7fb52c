/* Reader of GGUF, versions 2 and 3, little-endian (https://github.com/ggml-org/ggml, docs/gguf.md): a header,
 * metadata, descriptions of tensors, their data, each at a multiple of the alignment. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/ggml.h"
#include "sim/dump/gguf.h"

enum {
    KEY_LEAST = 8 + 5,   /* an empty key, a type, a value of one byte */
    INFO_LEAST = 8 + 16, /* an empty name, no axis, a type, an offset */
    ALIGNMENT = 32,      /* unless the metadata say otherwise */
};

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    return path ? path_has_extension(path, ".gguf") : n >= 4 && memcmp(head, "GGUF", 4) == 0;
}

/* --- tensors --- */

struct info {
    struct gguf_text name;
    int rank;
    size_t shape[TENSOR_MAX_RANK];
    uint64_t number;              /* of the type */
    const struct ggml_type *type; /* NULL if the number is nobody's */
    size_t begin, bytes;          /* from the start of the data; bytes 0 if they are not known */
};

/* Axes are stored fastest first, ours slowest first. */
static enum status take_shape(struct gguf_cursor *c, struct info *t, struct error *e)
{
    uint64_t rank, length;
    enum status s = gguf_take(c, 4, "a number of axes", &rank, e);
    if (s)
        return s;
    if (rank > TENSOR_MAX_RANK)
        return error_set(e, STATUS_MISSING, "%ju axes; allowed are 0 to %d", (uintmax_t)rank,
                         TENSOR_MAX_RANK);
    t->rank = (int)rank;
    for (int i = t->rank; i-- > 0 && !s;) {
        s = gguf_take(c, 8, "a length", &length, e);
        t->shape[i] = (size_t)length;
    }
    return s;
}

/* The bytes of the data, from type and shape. */
static enum status find_bytes(struct info *t, struct error *e)
{
    const struct ggml_type *type = t->type;
    const size_t row = t->rank ? t->shape[t->rank - 1] : 1;
    size_t elements, values;
    char shape[TENSOR_SHAPE_TEXT];
    struct tensor_view view = {.rank = t->rank};
    memcpy(view.shape, t->shape, sizeof view.shape);
    tensor_shape_text(&view, shape);
    /* In memory a value of a block is binary32. */
    if (!shape_bytes(t->rank, t->shape, 1, &elements) ||
        !shape_bytes(t->rank, t->shape, type && type->plain ? dtype_size(type->dtype) : sizeof(float),
                     &values))
        return error_set(e, STATUS_MISSING, "the shape %s is too large", shape);
    if (!type || !type->block)
        return STATUS_OK;
    if (row % type->block)
        return error_set(e, STATUS_MISSING, "rows of %zu elements are no whole blocks of %zu (%s)", row,
                         type->block, type->name);
    t->bytes = type->plain ? values : elements / type->block * type->bytes;
    return STATUS_OK;
}

static enum status take_info(struct gguf_cursor *c, struct info *t, size_t alignment, struct error *e)
{
    uint64_t offset;
    struct error own = {{0}};
    enum status s = gguf_take_name(c, "the name of a tensor", &t->name, e);
    if (s)
        return s;
    s = take_shape(c, t, &own);
    if (!s)
        s = gguf_take(c, 4, "a type", &t->number, &own);
    if (!s)
        s = gguf_take(c, 8, "an offset", &offset, &own);
    if (!s) {
        t->begin = (size_t)offset;
        t->type = t->number <= UINT32_MAX ? ggml_type_find((uint32_t)t->number) : NULL;
        s = find_bytes(t, &own);
    }
    if (!s && offset % alignment)
        s = error_set(&own, STATUS_MISSING, "its data begin at %ju, no multiple of the alignment %zu",
                      (uintmax_t)offset, alignment);
    return s ? error_set(e, s, "tensor \"%.*s\": %s", gguf_shown(&t->name), (const char *)t->name.at,
                         own.text)
             : STATUS_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct info *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? -1 : 1;
    return gguf_by_text(&x->name, &y->name);
}

/* Sorts by place. Holes are allowed: after each tensor may be padding, and the bytes of some types are not
 * known. */
static enum status check_layout(struct info *infos, size_t n, size_t data, struct error *e)
{
    qsort(infos, n, sizeof *infos, by_place);
    const struct info *last = NULL; /* of those that hold bytes */
    for (size_t i = 0; i < n; i++) {
        const struct info *t = &infos[i];
        if (t->begin > data || t->bytes > data - t->begin)
            return error_set(
                e, STATUS_MISSING, "tensor \"%.*s\": bytes %zu to %zu + %zu leave the %zu bytes of data",
                gguf_shown(&t->name), (const char *)t->name.at, t->begin, t->begin, t->bytes, data);
        if (last && t->bytes && t->begin < last->begin + last->bytes)
            return error_set(e, STATUS_MISSING,
                             "tensors \"%.*s\" and \"%.*s\" overlap: one begins at %zu, the other "
                             "ends at %zu",
                             gguf_shown(&t->name), (const char *)t->name.at, gguf_shown(&last->name),
                             (const char *)last->name.at, t->begin, last->begin + last->bytes);
        last = t->bytes ? t : last;
    }
    return STATUS_OK;
}

static enum status add_unreadable(struct dump_file *f, const char *name, const struct info *t,
                                  struct error *e)
{
    struct error why = {{0}};
    if (!t->type)
        error_set(&why, STATUS_SKIP, "type %ju is none of ggml's that are known here", (uintmax_t)t->number);
    else if (!t->type->block)
        error_set(&why, STATUS_SKIP, "type %s is no longer in use", t->type->name);
    else
        error_set(&why, STATUS_SKIP, "type %s is not one of those that are read", t->type->name);
    return dump_file_add_unreadable(f, name, why.text, e);
}

static enum status add_tensor(struct dump_file *f, const struct info *t, const unsigned char *data,
                              const struct dump_hint *hint, struct error *e)
{
    char *name = strndup((const char *)t->name.at, t->name.n);
    if (!name)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s;
    if (t->type && (t->type->plain || t->type->packing)) {
        struct tensor_view view = {
            .data = data + t->begin, .dtype = t->type->dtype, .rank = t->rank, .packing = t->type->packing};
        memcpy(view.shape, t->shape, sizeof view.shape);
        if (hint && hint->has_dtype && t->type->plain && dtype_size(hint->dtype) == dtype_size(view.dtype))
            view.dtype = hint->dtype;
        tensor_set_c_order(&view);
        s = dump_file_add(f, name, &view, NULL, e);
    } else {
        s = add_unreadable(f, name, t, e);
    }
    free(name);
    return s;
}

static enum status read_tensors(struct dump_file *f, struct gguf_cursor *c, size_t n, size_t alignment,
                                const struct dump_hint *hint, struct error *e)
{
    struct info *infos = calloc(n + 1, sizeof *infos);
    struct gguf_text *names = calloc(n + 1, sizeof *names);
    enum status s = infos && names ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && !s; i++) {
        s = take_info(c, &infos[i], alignment, e);
        names[i] = infos[i].name;
    }
    if (!s)
        s = gguf_check_twice(names, n, "tensors", e);
    const size_t padding = (alignment - c->at % alignment) % alignment;
    const size_t data = padding <= gguf_left(c) ? c->at + padding : c->size;
    if (!s)
        s = check_layout(infos, n, c->size - data, e);
    for (size_t i = 0; i < n && !s; i++)
        s = add_tensor(f, &infos[i], f->bytes + data, hint, e);
    free(infos);
    free(names);
    return s;
}

/* --- the file --- */

static enum status check_version(uint64_t version, struct error *e)
{
    if (version == 2 || version == 3)
        return STATUS_OK;
    if (!(version & 0xffff))
        return error_set(e, STATUS_MISSING,
                         "a big-endian file (its version reads %ju); little-endian ones are read",
                         (uintmax_t)version);
    return error_set(e, STATUS_MISSING, "GGUF version %ju; read are 2 and 3%s", (uintmax_t)version,
                     version == 1 ? " (1 had shorter lengths; ggml no longer reads it)" : "");
}

static enum status gguf_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    struct gguf_cursor c = {f->bytes, f->size, 4};
    uint64_t version, tensors, keys;
    size_t alignment = ALIGNMENT;
    if (!matches(f->bytes, f->size, NULL))
        return error_set(e, STATUS_MISSING, "is no GGUF file: it does not begin with GGUF");
    enum status s = gguf_take(&c, 4, "the version", &version, e);
    if (!s)
        s = check_version(version, e);
    if (!s)
        s = gguf_take(&c, 8, "the number of tensors", &tensors, e);
    if (!s)
        s = gguf_take(&c, 8, "the number of keys", &keys, e);
    if (!s)
        s = gguf_check_count(tensors, INFO_LEAST, "tensors", &c, e);
    if (!s)
        s = gguf_check_count(keys, KEY_LEAST, "keys", &c, e);
    if (!s)
        s = gguf_read_metadata(f, &c, (size_t)keys, &alignment, e);
    if (!s)
        s = read_tensors(f, &c, (size_t)tensors, alignment, hint, e);
    return s ? s : dump_file_check_hint(f, hint, e);
}

const struct dump_reader dump_reader_gguf = {
    .name = "gguf",
    .doc = "weights as ggml and llama.cpp store them: plain types and blocks, decoded when they are read",
    .citation = "https://github.com/ggml-org/ggml, docs/gguf.md, src/ggml-common.h, src/ggml-quants.c",
    .matches = matches,
    .open = gguf_open,
};
