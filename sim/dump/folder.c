/* Reader of a folder: every .npy file in it is a tensor. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/dump/reader.h"

/* The files that are mapped. */
struct folder {
    size_t n;
    struct map maps[];
};

static bool matches(const unsigned char *head, size_t n, const char *path)
{
    (void)head;
    (void)n;
    return path && path_is_folder(path);
}

static int is_array(const struct dirent *d)
{
    return path_has_extension(d->d_name, ".npy");
}

/* By byte, so that the order does not depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static enum status add_array(struct dump_file *f, struct map *map, const char *file,
                             const struct dump_hint *hint, struct error *e)
{
    struct strbuf path = {0};
    struct error why = {{0}};
    struct tensor_view t;
    char *name = strndup(file, strlen(file) - strlen(".npy"));
    strbuf_printf(&path, "%s/%s", f->path, file);
    enum status s =
        name && path.text ? map_open(path.text, map, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&path);
    if (!s) {
        s = npy_read(map->address ? map->address : (const void *)"", map->size, hint, &t, &why);
        if (!s)
            s = dump_file_add(f, name, &t, NULL, e);
        else if (s == STATUS_SKIP)
            s = dump_file_add_unreadable(f, name, why.text, e);
        else
            error_set(e, s, "%s: %s", file, why.text);
    }
    free(name);
    return s;
}

static void folder_close(struct dump_file *f)
{
    struct folder *all = f->archive;
    for (size_t i = 0; i < all->n; i++)
        map_close(&all->maps[i]);
    free(all);
}

static enum status folder_check(const struct dump_file *f, struct error *e)
{
    const struct folder *all = f->archive;
    enum status s = STATUS_OK;
    for (size_t i = 0; i < all->n && !s; i++)
        s = map_check(&all->maps[i], e);
    return s;
}

static enum status folder_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    struct dirent **files;
    const int n = scandir(f->path, &files, is_array, by_name);
    if (n < 0)
        return error_set(e, STATUS_IO, "%s", strerror(errno));
    struct folder *all = calloc(1, sizeof *all + (size_t)n * sizeof *all->maps);
    enum status s = all ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (all) {
        all->n = (size_t)n;
        f->archive = all;
        f->close = folder_close;
        f->check = folder_check;
    }
    for (int i = 0; i < n; i++) {
        if (!s)
            s = add_array(f, &all->maps[i], files[i]->d_name, hint, e);
        free(files[i]);
    }
    free(files);
    if (!s && !n)
        s = error_set(e, STATUS_MISSING, "is a folder without .npy files");
    return s ? s : dump_file_check_hint(f, hint, e);
}

const struct dump_reader dump_reader_folder = {
    .name = "folder",
    .doc = "a folder of .npy files, one tensor each, in the order of their names",
    .citation = "none: numpy.save, one call for each tensor",
    .matches = matches,
    .open = folder_open,
};
