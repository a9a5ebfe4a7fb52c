#include "sim/model/text.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct text *)a)->name, ((const struct text *)b)->name);
}

static enum status read_text(const char *path, const char *name, size_t bytes, struct text *t,
                             struct error *e)
{
    *t = (struct text){.n = bytes, .name = strdup(name), .stream = malloc(bytes + 1)};
    if (!t->name || !t->stream)
        return error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
    FILE *f = fopen(path, "rb");
    if (!f)
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    t->stream[0] = '\n';
    size_t got = fread(t->stream + 1, 1, bytes, f);
    fclose(f);
    if (got != bytes)
        return error_set(e, STATUS_IO, "%s: %zu bytes read, %zu expected", path, got, bytes);
    hash_bytes(t->stream + 1, bytes, t->sha256);
    return STATUS_OK;
}

enum status texts_load(const char *dir, struct texts *out, struct error *e)
{
    *out = (struct texts){0};
    DIR *d = opendir(dir);
    if (!d)
        return error_set(e, STATUS_MISSING, "%s: %s; a folder of texts is needed", dir, strerror(errno));
    enum status s = STATUS_OK;
    for (struct dirent *entry; !s && (errno = 0, entry = readdir(d));) {
        char path[4096];
        struct stat st;
        if (snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= (int)sizeof path ||
            lstat(path, &st) || !S_ISREG(st.st_mode) || st.st_size == 0)
            continue;
        struct text *grown = realloc(out->item, (out->n + 1) * sizeof *grown);
        if (!grown) {
            s = error_set(e, STATUS_INTERNAL, "%s: out of memory", path);
            break;
        }
        out->item = grown;
        s = read_text(path, entry->d_name, (size_t)st.st_size, &out->item[out->n++], e);
    }
    if (!s && errno)
        s = error_set(e, STATUS_IO, "%s: %s", dir, strerror(errno));
    closedir(d);
    if (!s && out->n < 2)
        s = error_set(
            e, STATUS_MISSING,
            "%s: %zu regular files with text found; at least 2 are needed, one to train on and one to "
            "hold out",
            dir, out->n);
    if (s)
        texts_free(out);
    else
        qsort(out->item, out->n, sizeof *out->item, by_name);
    return s;
}

void texts_free(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->item[i].name);
        free(t->item[i].stream);
    }
    free(t->item);
    *t = (struct texts){0};
}

size_t texts_bytes(const struct texts *t, bool held_out)
{
    size_t bytes = 0;
    for (size_t i = 0; i < t->n; i++)
        if (t->item[i].held_out == held_out)
            bytes += t->item[i].n;
    return bytes;
}
