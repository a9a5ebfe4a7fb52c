#include "sim/dump/dump.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/dump/reader.h"

#define READER(name) extern const struct dump_reader dump_reader_##name;
#include "sim/dump/registry.def"
#undef READER

static const struct dump_reader *const readers[] = {
#define READER(name) &dump_reader_##name,
#include "sim/dump/registry.def"
#undef READER
};
enum { READERS = sizeof readers / sizeof *readers };

struct dump {
    const struct dump_reader *reader;
    struct dump_file file;
    struct map map;
    char *path;
};

size_t dump_reader_count(void)
{
    return READERS;
}

const struct dump_reader *dump_reader_at(size_t i)
{
    return readers[i];
}

static const struct dump_reader *reader_named(const char *name)
{
    for (size_t i = 0; i < READERS; i++)
        if (strcmp(readers[i]->name, name) == 0)
            return readers[i];
    return NULL;
}

/* By the bytes, then by the extension. */
static const struct dump_reader *reader_choose(const struct map *m, const char *path)
{
    for (size_t i = 0; m->size && i < READERS; i++)
        if (readers[i]->matches(m->address, m->size, NULL))
            return readers[i];
    for (size_t i = 0; i < READERS; i++)
        if (readers[i]->matches(NULL, 0, path))
            return readers[i];
    return NULL;
}

static enum status unknown_content(const struct map *m, const char *path, struct error *e)
{
    struct strbuf b = {0};
    const unsigned char *p = m->address;
    for (size_t i = 0; i < m->size && i < 8; i++)
        strbuf_printf(&b, " %02x", p[i]);
    strbuf_add(&b, "; known are");
    for (size_t i = 0; i < READERS; i++)
        strbuf_printf(&b, "%s %s", i ? "," : "", readers[i]->name);
    char *text = strbuf_take(&b);
    enum status s = error_set(e, STATUS_MISSING,
                              "%s: no dump of a known format: it begins with%s (raw data need "
                              "a dtype and a shape)",
                              path, text ? text : "");
    free(text);
    return s;
}

/* A shape was given for a file that says its own. */
static void say_if_described(const struct map *m, struct error *e)
{
    for (size_t i = 0; e && m->size && i < READERS; i++)
        if (readers[i]->matches(m->address, m->size, NULL)) {
            size_t n = strlen(e->text);
            snprintf(e->text + n, sizeof e->text - n, "; it looks like %s: give no shape", readers[i]->name);
        }
}

/* What a changing file seems to say is no error of the file. */
static enum status open_contents(struct dump *d, const struct dump_hint *hint, struct error *e)
{
    struct error why = {{0}};
    enum status s = d->reader->open(&d->file, hint, &why);
    if (!s)
        s = dump_file_manifest(&d->file, hint, &why);
    const enum status changed = dump_check(d, e);
    if (changed || !s)
        return changed;
    if (hint && hint->has_shape)
        say_if_described(&d->map, &why);
    return error_set(e, s, "%s: %s", d->path, why.text);
}

enum status dump_open(const char *path, const struct dump_hint *hint, struct dump **out, struct error *e)
{
    *out = NULL;
    struct dump *d = calloc(1, sizeof *d);
    char *copy = strdup(path);
    if (!d || !copy) {
        free(d);
        free(copy);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    d->path = copy;
    const bool raw = hint && hint->has_shape, folder = !raw && path_is_folder(path);
    enum status s = folder ? STATUS_OK : map_open(path, &d->map, e);
    if (s)
        goto out;
    if (d->map.size == 0 && !raw && !folder) {
        s = error_set(e, STATUS_MISSING, "%s: the file is empty", path);
        goto out;
    }
    if (hint && hint->offset && !raw) {
        s = error_set(e, STATUS_INVALID, "%s: offset %zu has no effect without a shape (it is for raw files)",
                      path, hint->offset);
        goto out;
    }
    d->reader = raw ? reader_named("raw") : reader_choose(&d->map, path);
    if (!d->reader) {
        s = unknown_content(&d->map, path, e);
        goto out;
    }
    d->file = (struct dump_file){
        .path = d->path, .bytes = d->map.address ? d->map.address : (const void *)"", .size = d->map.size};
    s = open_contents(d, hint, e);
out:
    if (s) {
        dump_close(d);
        return s;
    }
    *out = d;
    return STATUS_OK;
}

void dump_close(struct dump *d)
{
    if (!d)
        return;
    struct dump_file *f = &d->file;
    if (f->close)
        f->close(f);
    for (size_t i = 0; i < f->n_entries; i++) {
        free(f->entries[i].name);
        free(f->entries[i].axes);
        free(f->entries[i].role);
        free(f->entries[i].copy);
    }
    for (size_t i = 0; i < f->n_unreadable; i++) {
        free(f->unreadable[i].name);
        free(f->unreadable[i].why);
    }
    for (size_t i = 0; i < f->n_metadata; i++) {
        free(f->metadata[i].key);
        free(f->metadata[i].value);
    }
    free(f->entries);
    free(f->unreadable);
    free(f->metadata);
    map_close(&d->map);
    free(d->path);
    free(d);
}

const char *dump_path(const struct dump *d)
{
    return d->path;
}

const char *dump_format_name(const struct dump *d)
{
    return d->reader->name;
}

size_t dump_count(const struct dump *d)
{
    return d->file.n_entries;
}

const struct tensor_view *dump_tensor(const struct dump *d, size_t i)
{
    return &d->file.entries[i].view;
}

size_t dump_unreadable_count(const struct dump *d)
{
    return d->file.n_unreadable;
}

const struct dump_unreadable *dump_unreadable_at(const struct dump *d, size_t i)
{
    return &d->file.unreadable[i];
}

enum status dump_find(const struct dump *d, const char *name, size_t *i, struct error *e)
{
    const struct dump_file *f = &d->file;
    for (size_t j = 0; j < f->n_entries; j++)
        if (strcmp(f->entries[j].name, name) == 0) {
            *i = j;
            return STATUS_OK;
        }
    for (size_t j = 0; j < f->n_unreadable; j++)
        if (strcmp(f->unreadable[j].name, name) == 0)
            return error_set(e, STATUS_MISSING, "%s: tensor \"%s\" cannot be read: %s", d->path, name,
                             f->unreadable[j].why);
    const char **names = malloc((f->n_entries + 1) * sizeof *names);
    for (size_t j = 0; names && j < f->n_entries; j++)
        names[j] = f->entries[j].name;
    const char *near = names ? str_nearest(name, names, f->n_entries) : NULL;
    free(names);
    return error_set(e, STATUS_MISSING, "%s: no tensor \"%s\" among %zu%s%s%s", d->path, name, f->n_entries,
                     near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

enum status dump_load(struct dump *d, size_t i, const struct tensor_view **out, struct error *e)
{
    struct dump_entry *entry = &d->file.entries[i];
    if (!entry->view.data) {
        struct error why = {{0}};
        enum status s = d->file.load(&d->file, entry, &why), changed = dump_check(d, e);
        if (s || changed) {
            free(entry->copy);
            entry->copy = NULL;
            return changed ? changed
                           : error_set(e, s, "%s: member \"%s\": %s", d->path, entry->name, why.text);
        }
        entry->view.data = entry->copy;
    }
    *out = &entry->view;
    return STATUS_OK;
}

enum status dump_check(const struct dump *d, struct error *e)
{
    enum status s = map_check(&d->map, e);
    return s || !d->file.check ? s : d->file.check(&d->file, e);
}

void dump_unload(struct dump *d, size_t i)
{
    struct dump_entry *entry = &d->file.entries[i];
    if (entry->copy) {
        free(entry->copy);
        entry->copy = NULL;
        entry->view.data = NULL;
    }
}

bool dump_layer(const struct dump *d, size_t i, size_t *layer)
{
    *layer = d->file.entries[i].layer;
    return d->file.entries[i].has_layer;
}

const char *dump_role(const struct dump *d, size_t i)
{
    return d->file.entries[i].role;
}

const char *dump_metadata(const struct dump *d, const char *key)
{
    for (size_t i = 0; i < d->file.n_metadata; i++)
        if (strcmp(d->file.metadata[i].key, key) == 0)
            return d->file.metadata[i].value;
    return "";
}
