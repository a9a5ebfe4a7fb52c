#include "plots/plot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plots/gnuplot.h"
#include "results/query.h"
#include "sim/base/strbuf.h"

extern const char text_plots_style_gp[];
#define FIGURE(name, title, doc) extern const char text_plots_##name##_sql[], text_plots_##name##_gp[];
#include "plots/registry.def"

static const struct figure figures[] = {
#define FIGURE(name, title, doc) {#name, title, doc, text_plots_##name##_sql, text_plots_##name##_gp},
#include "plots/registry.def"
};

size_t figure_count(void)
{
    return sizeof figures / sizeof *figures;
}

const struct figure *figure_at(size_t i)
{
    return i < figure_count() ? &figures[i] : NULL;
}

const struct figure *figure_find(const char *name)
{
    for (size_t i = 0; i < figure_count(); i++)
        if (strcmp(figures[i].name, name) == 0)
            return &figures[i];
    return NULL;
}

/* DIR/NAME.SUFFIX, owned by the caller. */
static char *path_in(const char *dir, const char *name, const char *suffix)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "%s/%s.%s", dir, name, suffix);
    return strbuf_take(&b);
}

static enum status make_folder(const char *dir, struct error *e)
{
    char path[4096] = "";
    if (strlen(dir) >= sizeof path)
        return error_set(e, STATUS_IO, "%s: the name of the folder is too long", dir);
    for (size_t i = 0; i == 0 || dir[i - 1]; i++) {
        if (i && (dir[i] == '/' || !dir[i]) && mkdir(path, 0777) != 0 && errno != EEXIST)
            return error_set(e, STATUS_IO, "%s: cannot make the folder: %s", path, strerror(errno));
        path[i] = dir[i];
    }
    struct stat st;
    if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
        return error_set(e, STATUS_IO, "%s: is not a folder", dir);
    return STATUS_OK;
}

static enum status write_data(const struct figure *f, const char *db, const char *path, size_t *rows,
                              struct error *e)
{
    struct query *q = NULL;
    FILE *out = NULL;
    enum status s = query_open(db, 0, &q, e);
    if (!s && !(out = fopen(path, "w")))
        s = error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    if (!s)
        s = query_write(q, f->sql, TABLE_TSV, out, rows, e);
    if (out && fclose(out) != 0 && !s)
        s = error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    query_close(q);
    return s;
}

/* Style, figure and loop in one file that needs the data beside it and nothing else. */
static enum status write_script(const struct figure *f, const char *path, size_t rows, struct error *e)
{
    FILE *out = fopen(path, "w");
    if (!out)
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    int written =
        fprintf(out,
                "# %s: %s\n# Redraw with `gnuplot %s.gp` in this folder; the data is %s.tsv.\n"
                "name = \"%s\"; data = \"%s.tsv\"; rows = %zu\n\n%s\ndo for [kind in \"svg pdf png\"] {\n"
                "reset\neval style\nif (rows == 0) {\n    eval no_data\n} else {\n%s}\nunset output\n}\n",
                f->name, f->title, f->name, f->name, f->name, f->name, rows, text_plots_style_gp, f->gp);
    if (fclose(out) != 0 || written < 0)
        return error_set(e, STATUS_IO, "%s: %s", path, strerror(errno));
    return STATUS_OK;
}

static const char *const kinds[] = {"svg", "pdf", "png"};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A figure of an earlier run must not pass for one of this run. */
static void remove_pictures(const struct figure *f, const char *dir)
{
    for (int i = 0; i < KINDS; i++) {
        char *path = path_in(dir, f->name, kinds[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

static enum status check_pictures(const struct figure *f, const char *dir, struct error *e)
{
    enum status s = STATUS_OK;
    for (int i = 0; !s && i < KINDS; i++) {
        struct stat st;
        char *path = path_in(dir, f->name, kinds[i]);
        if (!path)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
        else if (stat(path, &st) != 0 || st.st_size == 0)
            s = error_set(e, STATUS_INTERNAL, "%s: gnuplot wrote nothing", path);
        else if (strcmp(kinds[i], "pdf") == 0)
            s = gnuplot_fix_pdf_date(path, e);
        free(path);
    }
    return s;
}

enum status figure_draw(const struct figure *f, const char *db, const char *dir, struct error *e)
{
    size_t rows = 0;
    char *tsv = path_in(dir, f->name, "tsv"), *gp = path_in(dir, f->name, "gp");
    enum status s = tsv && gp ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = make_folder(dir, e);
    if (!s)
        s = write_data(f, db, tsv, &rows, e);
    if (!s)
        s = write_script(f, gp, rows, e);
    if (!s) {
        remove_pictures(f, dir);
        s = gnuplot_run(dir, strrchr(gp, '/') + 1, e);
    }
    if (!s)
        s = check_pictures(f, dir, e);
    free(tsv);
    free(gp);
    return s;
}
