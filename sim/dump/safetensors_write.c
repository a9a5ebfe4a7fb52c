/* Writer of the safetensors format (https://github.com/huggingface/safetensors, "Format"). */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/json.h"
#include "sim/dump/reader.h"

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

static enum status metadata_add(json_t *metadata, const char *path, const char *key, const char *value,
                                struct error *e)
{
    if (!*key || json_object_get(metadata, key))
        return error_set(e, STATUS_INVALID, "%s: metadata key \"%s\" is %s", path, key,
                         *key ? "given twice" : "empty");
    json_t *text = json_string(value);
    if (!text || json_object_set_new(metadata, key, text) != 0)
        return error_set(e, STATUS_INVALID, "%s: metadata \"%s\" is not UTF-8", path, key);
    return STATUS_OK;
}

static enum status metadata_build(json_t *header, const char *path, const struct tensor_view *tensors,
                                  size_t n, const char *const *pairs, struct error *e)
{
    json_t *metadata = json_object();
    enum status s = metadata ? STATUS_OK : out_of_memory(e);
    for (; !s && pairs && pairs[0]; pairs += 2)
        s = metadata_add(metadata, path, pairs[0], pairs[1] ? pairs[1] : "", e);
    for (size_t i = 0; !s && i < n; i++) {
        if (!tensors[i].axes || !tensors[i].name)
            continue;
        char *key;
        if (asprintf(&key, "axes.%s", tensors[i].name) < 0) {
            s = out_of_memory(e);
            break;
        }
        s = metadata_add(metadata, path, key, tensors[i].axes, e);
        free(key);
    }
    if (!s && json_object_size(metadata) && json_object_set(header, "__metadata__", metadata) != 0)
        s = out_of_memory(e);
    json_decref(metadata);
    return s;
}

static enum status tensor_add(json_t *header, const char *path, const struct tensor_view *t, size_t *offset,
                              struct error *e)
{
    if (!t->name || !*t->name || strcmp(t->name, "__metadata__") == 0 || json_object_get(header, t->name))
        return error_set(e, STATUS_INVALID, "%s: the tensor name \"%s\" is %s", path, t->name ? t->name : "",
                         !t->name || !*t->name                  ? "empty"
                         : strcmp(t->name, "__metadata__") == 0 ? "reserved"
                                                                : "given twice");
    int labels = axes_count(t->axes);
    if (labels && labels != t->rank)
        return error_set(e, STATUS_INVALID, "%s: tensor \"%s\" has %d labels (\"%s\") for %d axes", path,
                         t->name, labels, t->axes, t->rank);
    size_t end = *offset + tensor_count(t) * dtype_size(t->dtype);
    json_t *shape = json_array();
    for (int i = 0; i < t->rank; i++)
        json_array_append_new(shape, json_integer((json_int_t)t->shape[i]));
    json_t *info = json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype_names[t->dtype], "shape", shape,
                             "data_offsets", (json_int_t)*offset, (json_int_t)end);
    if (!info || json_array_size(shape) != (size_t)t->rank) {
        json_decref(info);
        return out_of_memory(e);
    }
    *offset = end;
    if (json_object_set_new(header, t->name, info) != 0)
        return error_set(e, STATUS_INVALID, "%s: a tensor name is not UTF-8", path);
    return STATUS_OK;
}

/* The length field and the header, padded with spaces so that the data begin at a multiple of eight. */
static enum status header_write(struct new_file *f, const json_t *header, struct error *e)
{
    char *text = json_text(header, JSON_COMPACT);
    if (!text)
        return out_of_memory(e);
    size_t length = strlen(text), padded = (length + 7) / 8 * 8;
    unsigned char field[8];
    for (int i = 0; i < 8; i++)
        field[i] = (unsigned char)((uint64_t)padded >> (8 * i));
    enum status s = new_file_write(f, field, sizeof field, e);
    if (!s)
        s = new_file_write(f, text, length, e);
    if (!s)
        s = new_file_write(f, "        ", padded - length, e);
    free(text);
    return s;
}

enum status safetensors_write(const char *path, const struct tensor_view *tensors, size_t n,
                              const char *const *metadata, struct error *e)
{
    struct new_file f = {.descriptor = -1};
    json_t *header = json_object();
    enum status s = header ? STATUS_OK : out_of_memory(e);
    if (!s)
        s = metadata_build(header, path, tensors, n, metadata, e);
    size_t offset = 0;
    for (size_t i = 0; !s && i < n; i++)
        s = tensor_add(header, path, &tensors[i], &offset, e);
    if (!s)
        s = new_file_open(&f, path, e);
    if (!s)
        s = header_write(&f, header, e);
    for (size_t i = 0; !s && i < n; i++)
        s = new_file_write_tensor(&f, &tensors[i], e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    json_decref(header);
    return s;
}
