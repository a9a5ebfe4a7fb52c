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
static enum status open_contents(struct dump *d, const struct map *m, const struct dump_hint *hint,
                                 struct error *e)
{
    struct error why = {{0}};
    enum status s = d->reader->open(&d->file, hint, &why);
    if (!s)
        s = dump_file_manifest(&d->file, hint, &why);
    const enum status changed = dump_check(d, e);
    if (changed || !s)
        return changed;
    if (hint && hint->has_shape)
        say_if_described(m, &why);
    return error_set(e, s, "%s: %s", d->path, why.text);
}

/* By the reader that knows m, or that the hint asks for; a folder has no bytes. */
static enum status read_dump(struct dump *d, const struct map *m, bool folder, const struct dump_hint *hint,
                             struct error *e)
{
    const bool raw = hint && hint->has_shape;
    if (m->size == 0 && !raw && !folder)
        return error_set(e, STATUS_MISSING, "%s: the file is empty", d->path);
    if (hint && hint->offset && !raw)
        return error_set(e, STATUS_INVALID,
                         "%s: offset %zu has no effect without a shape (it is for raw files)", d->path,
                         hint->offset);
    d->reader = raw ? reader_named("raw") : reader_choose(m, d->path);
    if (!d->reader)
        return unknown_content(m, d->path, e);
    d->file = (struct dump_file){
        .path = d->path, .bytes = m->address ? m->address : (const void *)"", .size = m->size};
    return open_contents(d, m, hint, e);
}

static struct dump *begin(const char *path, struct error *e)
{
    struct dump *d = calloc(1, sizeof *d);
    if (d && (d->path = strdup(path)))
        return d;
    free(d);
    error_set(e, STATUS_INTERNAL, "out of memory");
    return NULL;
}

static enum status end(struct dump *d, enum status s, struct dump **out)
{
    if (s)
        dump_close(d);
    *out = s ? NULL : d;
    return s;
}

enum status dump_open(const char *path, const struct dump_hint *hint, struct dump **out, struct error *e)
{
    *out = NULL;
    struct dump *d = begin(path, e);
    if (!d)
        return STATUS_INTERNAL;
    const bool folder = !(hint && hint->has_shape) && path_is_folder(path);
    enum status s = folder ? STATUS_OK : map_open(path, &d->map, e);
    if (!s)
        s = read_dump(d, &d->map, folder, hint, e);
    return end(d, s, out);
}

enum status dump_open_memory(const char *path, const void *bytes, size_t size, const struct dump_hint *hint,
                             struct dump **out, struct error *e)
{
    *out = NULL;
    struct dump *d = begin(path, e);
    if (!d)
        return STATUS_INTERNAL;
    const struct map m = {.address = size ? (void *)bytes : NULL, .size = size};
    enum status s = read_dump(d, &m, false, hint, e);
    for (size_t i = 0; i < d->file.n_entries; i++)
        d->file.entries[i].view.mapped = false;
    return end(d, s, out);
}

enum status dump_open_made(const char *path, const struct dump_reader *reader, const void *what,
                           struct dump **out, struct error *e)
{
    *out = NULL;
    struct dump *d = begin(path, e);
    if (!d)
        return STATUS_INTERNAL;
    d->reader = reader;
    d->file = (struct dump_file){.path = d->path, .bytes = (const void *)"", .made_of = what};
    return end(d, reader->open(&d->file, NULL, e), out);
}

const struct synth_spec *dump_drawn(const struct dump *d, size_t i)
{
    return d->file.entries[i].drawn;
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
        free(f->entries[i].drawn);
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
    const char *value = dump_file_metadata(&d->file, key);
    return value ? value : "";
}
