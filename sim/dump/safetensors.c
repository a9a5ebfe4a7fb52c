/* Reader of the safetensors format (https://github.com/huggingface/safetensors, "Format"): a length, a JSON
 * header, one buffer that the tensors fill without overlap or hole. */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"
#include "sim/dump/reader.h"

enum { FIELD = 8 };
#define HEADER_MAX 100000000 /* the limit of the reference implementation */

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    if (path)
        return path_has_extension(path, ".safetensors");
    return n > FIELD && head[FIELD] == '{' && dump_little(head, FIELD) <= HEADER_MAX;
}

struct item {
    const char *name;
    json_t *info;
    size_t begin, end;
};

static int by_offset(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->begin != y->begin)
        return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end)
        return x->end < y->end ? -1 : 1;
    return strcmp(x->name, y->name);
}

static enum status header_parse(const struct dump_file *f, json_t **out, size_t *data, struct error *e)
{
    if (f->size < FIELD)
        return error_set(e, STATUS_MISSING,
                         "%zu bytes are no safetensors file; the length of its header takes 8", f->size);
    uint64_t length = dump_little(f->bytes, FIELD);
    if (length > HEADER_MAX)
        return error_set(e, STATUS_MISSING, "a header of %ju bytes; allowed are %d", (uintmax_t)length,
                         HEADER_MAX);
    if (length > f->size - FIELD)
        return error_set(e, STATUS_MISSING, "a header of %ju bytes, but only %zu follow its length",
                         (uintmax_t)length, f->size - FIELD);
    const char *text = (const char *)f->bytes + FIELD;
    if (length == 0 || text[0] != '{')
        return error_set(e, STATUS_MISSING, "the header does not begin with '{'");
    struct error why = {{0}};
    enum status s = json_parse(text, (size_t)length, out, &why);
    if (s)
        return error_set(e, s, "header, %s", why.text);
    *data = FIELD + (size_t)length;
    return STATUS_OK;
}

static enum status metadata_read(struct dump_file *f, json_t *header, struct error *e)
{
    json_t *metadata = json_object_get(header, "__metadata__"), *value;
    if (metadata && !json_is_object(metadata))
        return error_set(e, STATUS_MISSING, "__metadata__ is not an object");
    const char *key;
    json_object_foreach(metadata, key, value)
    {
        if (!json_is_string(value))
            return error_set(e, STATUS_MISSING, "__metadata__: the value of \"%s\" is not a string", key);
        enum status s = dump_file_add_metadata(f, key, json_string_value(value), e);
        if (s)
            return s;
    }
    return STATUS_OK;
}

/* A non-negative integer; jansson has refused those beyond 64 bits. */
static bool size_read(const json_t *j, size_t *out)
{
    if (!json_is_integer(j) || json_integer_value(j) < 0)
        return false;
    *out = (size_t)json_integer_value(j);
    return true;
}

static enum status offsets_read(struct item *item, size_t buffer, struct error *e)
{
    const json_t *pair = json_is_object(item->info) ? json_object_get(item->info, "data_offsets") : NULL;
    if (!json_is_array(pair) || json_array_size(pair) != 2 ||
        !size_read(json_array_get(pair, 0), &item->begin) || !size_read(json_array_get(pair, 1), &item->end))
        return error_set(e, STATUS_MISSING,
                         "tensor \"%.200s\": data_offsets is not a pair of non-negative integers",
                         item->name);
    if (item->begin > item->end || item->end > buffer)
        return error_set(
            e, STATUS_MISSING,
            "tensor \"%.200s\": data_offsets [%zu, %zu] are not a range of the %zu bytes of data", item->name,
            item->begin, item->end, buffer);
    return STATUS_OK;
}

/* Sorted by offset, every tensor must begin where the one before it ends, and the last end with the file. */
static enum status layout_check(const struct item *items, size_t n, size_t buffer, struct error *e)
{
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        if (items[i].begin < end)
            return error_set(
                e, STATUS_MISSING,
                "tensors \"%.200s\" and \"%.200s\" overlap: one begins at %zu, the other ends at %zu",
                items[i].name, items[i - 1].name, items[i].begin, end);
        if (items[i].begin > end)
            return error_set(e, STATUS_MISSING,
                             "a hole: bytes %zu to %zu before tensor \"%.200s\" are nobody's", end,
                             items[i].begin, items[i].name);
        end = items[i].end;
    }
    if (end != buffer)
        return error_set(e, STATUS_MISSING, "%zu bytes after the last tensor (the data end at %zu of %zu)",
                         buffer - end, end, buffer);
    return STATUS_OK;
}

/* STATUS_SKIP for a shape that is right but not for us. */
static enum status shape_read(const struct item *item, struct tensor_view *t, struct error *e)
{
    const json_t *shape = json_object_get(item->info, "shape"), *length;
    if (!json_is_array(shape))
        return error_set(e, STATUS_MISSING, "tensor \"%.200s\": shape is not an array", item->name);
    size_t rank = json_array_size(shape), i, value;
    json_array_foreach(shape, i, length)
    {
        if (!size_read(length, &value))
            return error_set(e, STATUS_MISSING,
                             "tensor \"%.200s\": axis %zu of its shape is not a non-negative integer",
                             item->name, i);
        if (i < TENSOR_MAX_RANK)
            t->shape[i] = value;
    }
    if (rank > TENSOR_MAX_RANK)
        return error_set(e, STATUS_SKIP, "%zu axes; allowed are 0 to %d", rank, TENSOR_MAX_RANK);
    t->rank = (int)rank;
    return STATUS_OK;
}

/* Sets t->dtype from the file and the hint. STATUS_SKIP for an element type that we do not read. */
static enum status dtype_read(const struct item *item, const struct dump_hint *hint, struct tensor_view *t,
                              struct error *e)
{
    const char *name = json_string_value(json_object_get(item->info, "dtype"));
    if (!name)
        return error_set(e, STATUS_MISSING, "tensor \"%.200s\": dtype is not a string", item->name);
    size_t held = item->end - item->begin, bytes = 0;
    int own = 0;
    while (own < DTYPES && strcmp(name, dtype_names[own]) != 0)
        own++;
    if (strcmp(name, "BOOL") == 0)
        own = DTYPE_U8;
    char shape[TENSOR_SHAPE_TEXT];
    tensor_shape_text(t, shape);
    if (own < DTYPES) {
        if (!shape_bytes(t->rank, t->shape, dtype_size((enum dtype)own), &bytes))
            return error_set(e, STATUS_MISSING, "tensor \"%.200s\": the shape %s is too large", item->name,
                             shape);
        if (bytes != held)
            return error_set(e, STATUS_MISSING,
                             "tensor \"%.200s\": %s of %s are %zu bytes, but data_offsets hold %zu",
                             item->name, shape, name, bytes, held);
        t->dtype = (enum dtype)own;
    }
    if (hint && hint->has_dtype && shape_bytes(t->rank, t->shape, dtype_size(hint->dtype), &bytes) &&
        bytes == held && (own == DTYPES || dtype_size(hint->dtype) == dtype_size(t->dtype))) {
        t->dtype = hint->dtype;
        return STATUS_OK;
    }
    if (own == DTYPES)
        return error_set(e, STATUS_SKIP,
                         "dtype %.40s is not one of those that are read (F64 F32 F16 BF16 F8_E4M3 "
                         "F8_E5M2 I8 U8 I16 U16 I32 U32 BOOL)",
                         name);
    return STATUS_OK;
}

/* The labels of metadata "axes.NAME", or NULL. */
static enum status axes_read(const json_t *metadata, const char *name, int rank, const char **out,
                             struct error *e)
{
    char *key;
    if (asprintf(&key, "axes.%s", name) < 0)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    *out = json_string_value(json_object_get(metadata, key));
    free(key);
    if (*out && !**out && !rank) /* no labels for no axes */
        *out = NULL;
    int labels = axes_count(*out);
    if (*out && labels != rank)
        return error_set(e, STATUS_MISSING, "metadata \"axes.%.200s\" has %d labels (\"%.100s\") for %d axes",
                         name, labels, *out, rank);
    return STATUS_OK;
}

static enum status item_add(struct dump_file *f, const struct item *item, const json_t *metadata, size_t data,
                            const struct dump_hint *hint, struct error *e)
{
    struct error own = {{0}};
    struct tensor_view t = {.data = f->bytes + data + item->begin};
    enum status s = shape_read(item, &t, &own);
    if (!s)
        s = dtype_read(item, hint, &t, &own);
    if (s == STATUS_SKIP)
        return dump_file_add_unreadable(f, item->name, own.text, e);
    if (s)
        return error_set(e, s, "%s", own.text);
    tensor_set_c_order(&t);
    s = axes_read(metadata, item->name, t.rank, &t.axes, e);
    return s ? s : dump_file_add(f, item->name, &t, NULL, e);
}

static enum status safetensors_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    json_t *header = NULL, *info;
    struct item *items = NULL;
    size_t data = 0, n = 0;
    enum status s = header_parse(f, &header, &data, e);
    if (!s)
        s = metadata_read(f, header, e);
    if (s)
        goto out;
    items = calloc(json_object_size(header) + 1, sizeof *items);
    if (!items) {
        s = error_set(e, STATUS_INTERNAL, "out of memory");
        goto out;
    }
    const char *name;
    json_object_foreach(header, name, info)
    {
        if (strcmp(name, "__metadata__") == 0)
            continue;
        items[n] = (struct item){.name = name, .info = info};
        s = offsets_read(&items[n++], f->size - data, e);
        if (s)
            goto out;
    }
    qsort(items, n, sizeof *items, by_offset);
    s = layout_check(items, n, f->size - data, e);
    for (size_t i = 0; !s && i < n; i++)
        s = item_add(f, &items[i], json_object_get(header, "__metadata__"), data, hint, e);
    if (!s)
        s = dump_file_check_hint(f, hint, e);
out:
    free(items);
    json_decref(header);
    return s;
}

const struct dump_reader dump_reader_safetensors = {
    .name = "safetensors",
    .doc = "named tensors with a JSON header and text metadata",
    .citation = "https://github.com/huggingface/safetensors",
    .matches = matches,
    .open = safetensors_open,
};
