/* What readers fill (reader.h). */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/strbuf.h"
#include "sim/dump/reader.h"

void *dump_grown(void *items, size_t n, size_t size)
{
    if (n & (n - 1)) /* n is no power of two: room is left */
        return items;
    return reallocarray(items, n ? 2 * n : 1, size);
}

static enum status out_of_memory(struct error *e)
{
    return error_set(e, STATUS_INTERNAL, "out of memory");
}

/* The first part of a name that is a number of 6 digits or fewer, between dots or slashes; what
 * follows it, or "". */
static const char *find_layer(const char *name, bool *found, size_t *layer)
{
    *found = false;
    for (const char *at = name; *at; at += strcspn(at, "./"), at += *at != '\0') {
        const size_t digits = strspn(at, "0123456789");
        if (!digits || digits > 6 || (at[digits] && !strchr("./", at[digits])))
            continue;
        *found = true;
        *layer = strtoul(at, NULL, 10);
        return at[digits] ? at + digits + 1 : "";
    }
    return "";
}

enum status dump_file_add(struct dump_file *f, const char *name, const struct tensor_view *view,
                          struct dump_entry **out, struct error *e)
{
    if (out)
        *out = NULL;
    if (!str_is_utf8(name)) /* neither JSON nor an experiment file could name it */
        return dump_file_add_unreadable(f, name, "its name is not UTF-8", e);
    struct dump_entry *entries = dump_grown(f->entries, f->n_entries, sizeof *entries);
    if (!entries)
        return out_of_memory(e);
    f->entries = entries;
    struct dump_entry *entry = &entries[f->n_entries];
    *entry = (struct dump_entry){.view = *view, .name = strdup(name)};
    if (view->axes)
        entry->axes = strdup(view->axes);
    entry->role = strdup(find_layer(name, &entry->has_layer, &entry->layer));
    if (!entry->name || !entry->role || (view->axes && !entry->axes)) {
        free(entry->name);
        free(entry->axes);
        free(entry->role);
        return out_of_memory(e);
    }
    entry->view.mapped = entry->view.data != NULL;
    entry->view.name = entry->name;
    entry->view.axes = entry->axes;
    f->n_entries++;
    if (out)
        *out = entry;
    return STATUS_OK;
}

enum status dump_file_add_unreadable(struct dump_file *f, const char *name, const char *why, struct error *e)
{
    struct dump_unreadable *items = dump_grown(f->unreadable, f->n_unreadable, sizeof *items);
    if (!items)
        return out_of_memory(e);
    f->unreadable = items;
    struct strbuf shown = {0};
    strbuf_add_shown(&shown, name, "");
    struct dump_unreadable item = {str_is_utf8(name) ? strdup(name) : strbuf_take(&shown), strdup(why)};
    strbuf_free(&shown);
    if (!item.name || !item.why) {
        free(item.name);
        free(item.why);
        return out_of_memory(e);
    }
    items[f->n_unreadable++] = item;
    return STATUS_OK;
}

enum status dump_file_add_metadata(struct dump_file *f, const char *key, const char *value, struct error *e)
{
    struct dump_pair *items = dump_grown(f->metadata, f->n_metadata, sizeof *items);
    if (!items)
        return out_of_memory(e);
    f->metadata = items;
    struct dump_pair item = {strdup(key), strdup(value)};
    if (!item.key || !item.value) {
        free(item.key);
        free(item.value);
        return out_of_memory(e);
    }
    items[f->n_metadata++] = item;
    return STATUS_OK;
}

const char *dump_file_metadata(const struct dump_file *f, const char *key)
{
    for (size_t i = 0; i < f->n_metadata; i++)
        if (strcmp(f->metadata[i].key, key) == 0)
            return f->metadata[i].value;
    return NULL;
}

enum status dump_file_check_hint(const struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    if (!hint || !hint->has_dtype)
        return STATUS_OK;
    for (size_t i = 0; i < f->n_entries; i++)
        if (f->entries[i].view.dtype == hint->dtype && !f->entries[i].view.packing)
            return STATUS_OK;
    return error_set(e, STATUS_INVALID, "dtype %s has no effect: no tensor has elements of %zu bytes",
                     dtype_names[hint->dtype], dtype_size(hint->dtype));
}

int dump_order(const void *a, size_t n, const void *b, size_t m)
{
    const int order = memcmp(a, b, n < m ? n : m);
    return order ? order : (n > m) - (n < m);
}

uint64_t dump_little(const unsigned char *p, size_t bytes)
{
    uint64_t x = 0;
    while (bytes-- > 0)
        x = x << 8 | p[bytes];
    return x;
}

char *dump_file_stem(const struct dump_file *f)
{
    const char *slash = strrchr(f->path, '/'), *base = slash ? slash + 1 : f->path;
    const char *dot = strrchr(base, '.');
    char *stem = dot && dot != base ? strndup(base, (size_t)(dot - base)) : strdup(base);
    uint32_t code;
    for (char *at = stem; at && *at;) {
        const size_t n = str_character(at, &code);
        *at = n ? *at : '_';
        at += n ? n : 1;
    }
    return stem;
}

bool path_has_extension(const char *path, const char *extension)
{
    size_t n = strlen(path), m = strlen(extension);
    return n > m && strcasecmp(path + n - m, extension) == 0;
}

int axes_count(const char *axes)
{
    int labels = axes != NULL;
    for (const char *p = axes; p && *p; p++)
        labels += *p == ',';
    return labels;
}

bool shape_bytes(int rank, const size_t *shape, size_t item, size_t *bytes)
{
    size_t span = item;
    bool empty = false;
    for (int i = 0; i < rank; i++) {
        if (shape[i] == 0)
            empty = true;
        else if (__builtin_mul_overflow(span, shape[i], &span) || span > PTRDIFF_MAX)
            return false;
    }
    *bytes = empty ? 0 : span;
    return true;
}
