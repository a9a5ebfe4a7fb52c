/* Reader of a folder: every .npy file in it, and in its folders, is a tensor. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* The files, as paths from the folder. */
struct found {
    char **paths;
    size_t n;
};

static size_t stem_length(const char *path)
{
    return strlen(path) - strlen(".npy");
}

static int by_stem(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    return dump_order(x, stem_length(x), y, stem_length(y));
}

/* Takes over `path`. */
static enum status found_add(struct found *all, char *path, struct error *e)
{
    char **paths = dump_grown(all->paths, all->n, sizeof *paths);
    if (!paths) {
        free(path);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    all->paths = paths;
    all->paths[all->n++] = path;
    return STATUS_OK;
}

static enum status search(const char *root, const char *under, struct found *all, struct error *e);

/* A file of a folder; links to folders are not followed, so that there is an end. */
static enum status search_one(const char *root, const char *under, const char *file, struct found *all,
                              struct error *e)
{
    struct strbuf inner = {0}, whole = {0};
    struct stat st;
    strbuf_printf(&inner, "%s%s%s", under, *under ? "/" : "", file);
    strbuf_printf(&whole, "%s/%s", root, inner.text ? inner.text : "");
    enum status s = inner.text && whole.text ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && lstat(whole.text, &st) == 0 && S_ISDIR(st.st_mode))
        s = *file == '.' ? STATUS_OK : search(root, inner.text, all, e);
    else if (!s && path_has_extension(file, ".npy") && !path_is_folder(whole.text))
        s = found_add(all, strbuf_take(&inner), e);
    strbuf_free(&inner);
    strbuf_free(&whole);
    return s;
}

static enum status search(const char *root, const char *under, struct found *all, struct error *e)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "%s%s%s", root, *under ? "/" : "", under);
    DIR *folder = path.text ? opendir(path.text) : NULL;
    enum status s = folder ? STATUS_OK : error_errno(e, errno, *under ? under : ".");
    strbuf_free(&path);
    errno = 0;
    for (const struct dirent *d; !s && (d = readdir(folder)); errno = 0)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            s = search_one(root, under, d->d_name, all, e);
    if (!s && errno)
        s = error_errno(e, errno, *under ? under : ".");
    if (folder)
        closedir(folder);
    return s;
}

static enum status add_array(struct dump_file *f, struct map *map, const char *file,
                             const struct dump_hint *hint, struct error *e)
{
    struct strbuf path = {0};
    struct error why = {{0}};
    struct tensor_view t;
    char *name = strndup(file, stem_length(file));
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

/* Two files whose names differ in the case of their extension alone. */
static enum status check_twice(const struct found *all, struct error *e)
{
    for (size_t i = 1; i < all->n; i++)
        if (by_stem(&all->paths[i - 1], &all->paths[i]) == 0)
            return error_set(e, STATUS_MISSING, "%s and %s would be one tensor", all->paths[i - 1],
                             all->paths[i]);
    return STATUS_OK;
}

static enum status folder_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    struct found found = {NULL, 0};
    struct folder *all = NULL;
    enum status s = search(f->path, "", &found, e);
    if (!s && !found.n)
        s = error_set(e, STATUS_MISSING, "is a folder without .npy files");
    if (!s) {
        qsort(found.paths, found.n, sizeof *found.paths, by_stem);
        s = check_twice(&found, e);
    }
    if (!s && !(all = calloc(1, sizeof *all + found.n * sizeof *all->maps)))
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (all) {
        all->n = found.n;
        f->archive = all;
        f->close = folder_close;
        f->check = folder_check;
    }
    for (size_t i = 0; i < found.n; i++) {
        if (!s)
            s = add_array(f, &all->maps[i], found.paths[i], hint, e);
        free(found.paths[i]);
    }
    free(found.paths);
    return s ? s : dump_file_check_hint(f, hint, e);
}

const struct dump_reader dump_reader_folder = {
    .name = "folder",
    .doc = "a folder of .npy files and folders of such, one tensor each, in the order of their names",
    .citation = "none: numpy.save, one call for each tensor",
    .matches = matches,
    .open = folder_open,
};
