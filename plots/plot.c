#include "plots/plot.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "plots/data.h"
#include "plots/drawing.h"
#include "plots/gnuplot.h"
#include "sim/base/strbuf.h"

extern const char text_plots_style_gp[];
#define FIGURE(name, title, doc) extern const char text_plots_##name##_sql[], text_plots_##name##_gp[];
#define GIVEN(name, title, doc)  extern const char text_plots_##name##_gp[];
#include "plots/registry.def"

static const struct figure figures[] = {
#define FIGURE(name, title, doc) {#name, title, doc, text_plots_##name##_sql, text_plots_##name##_gp},
#define GIVEN(name, title, doc)
#include "plots/registry.def"
};

static const struct figure given[] = {
#define FIGURE(name, title, doc)
#define GIVEN(name, title, doc) {#name, title, doc, NULL, text_plots_##name##_gp},
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

static const struct figure *find(const struct figure *list, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

const struct figure *figure_find(const char *name)
{
    return find(figures, figure_count(), name);
}

size_t figure_given_count(void)
{
    return sizeof given / sizeof *given;
}

const struct figure *figure_given_at(size_t i)
{
    return i < figure_given_count() ? &given[i] : NULL;
}

const struct figure *figure_given_find(const char *name)
{
    return find(given, figure_given_count(), name);
}

const char *const figure_width_names[FIGURE_WIDTHS] = {"single", "double"};

/* How a figure is drawn. */
struct look {
    const char *kinds; /* of pictures */
    enum figure_width width;
    bool hover; /* marks carry their values, as texts that only a page shows */
};

/* Style, figure and loop in one file that needs the data beside it and nothing else. */
static enum status write_script(const struct figure *f, const struct look *look, const char *path,
                                const char *shown, size_t rows, struct error *e)
{
    static const char *const inches[] = {"0", "3.3", "7"};
    FILE *out = fopen(path, "w");
    if (!out)
        return error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    int written =
        fprintf(out,
                "# %s: %s\n# Redraw with `gnuplot %s.gp` in this folder; the data is %s.tsv.\n"
                "# In another width, in inches: `gnuplot -e 'asked = 3.3' %s.gp`.\n"
                "if (!exists(\"asked\")) { asked = %s }\n"
                "name = \"%s\"; data = \"%s.tsv\"; rows = %zu; hover = %d\n\n%s\ndo for [kind in \"%s\"] {\n"
                "reset\neval style\nif (rows == 0) {\n    eval no_data\n} else {\n%s}\nunset output\n}\n",
                f->name, f->title, f->name, f->name, f->name, inches[look->width], f->name, f->name, rows,
                look->hover, text_plots_style_gp, look->kinds, f->gp);
    if (fclose(out) != 0 || written < 0)
        return error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    return STATUS_OK;
}

/* What a figure is, and how a whole picture ends: gnuplot does not say when it could not write. */
static const char *const suffixes[] = {"tsv", "gp", "svg", "pdf", "png"};
static const char *const endings[] = {NULL, NULL, "</svg>", "%%EOF", "IEND"};
enum { FILES = sizeof suffixes / sizeof *suffixes, FIRST_PICTURE = 2 };

static bool ends_with(const char *path, const char *ending)
{
    char last[16];
    FILE *f = fopen(path, "rb");
    if (!f)
        return false;
    size_t n = fseek(f, -(long)sizeof last, SEEK_END) == 0 ? fread(last, 1, sizeof last, f) : 0;
    fclose(f);
    return memmem(last, n, ending, strlen(ending)) != NULL;
}

static enum status check_pictures(const struct drawing *d, struct error *e)
{
    enum status s = STATUS_OK;
    for (int i = FIRST_PICTURE; !s && i < FILES; i++) {
        struct stat st;
        char *path = drawing_path(d, suffixes[i]), *shown = drawing_target(d, suffixes[i]);
        if (!path || !shown)
            s = error_set(e, STATUS_INTERNAL, "out of memory");
        else if (stat(path, &st) != 0 || st.st_size == 0)
            s = error_set(e, STATUS_INTERNAL, "%s: gnuplot wrote nothing", shown);
        else if (!ends_with(path, endings[i]))
            s = error_set(e, STATUS_IO, "%s: gnuplot wrote a part only (is the disk full?)", shown);
        else if (strcmp(suffixes[i], "pdf") == 0)
            s = gnuplot_fix_pdf_date(path, shown, e);
        free(path);
        free(shown);
    }
    return s;
}

/* Without gnuplot, data and script are still of use. */
static enum status publish_script(const struct drawing *d, const char *script, struct error *e)
{
    enum status s = drawing_publish(d, suffixes, FIRST_PICTURE, e);
    return s ? s
             : error_set(
                   e, STATUS_MISSING,
                   "gnuplot is not on the PATH (Debian: apt-get install gnuplot-nox); %s and its data are "
                   "written and draw the figure once it is there",
                   script);
}

static enum status draw_into(const struct drawing *d, const struct figure *f,
                             const struct figure_rows *source, enum figure_width width, struct error *e)
{
    size_t rows = 0;
    char *tsv = drawing_path(d, "tsv"), *gp = drawing_path(d, "gp");
    char *tsv_shown = drawing_target(d, "tsv"), *gp_shown = drawing_target(d, "gp");
    enum status s = STATUS_OK;
    if (!tsv || !gp || !tsv_shown || !gp_shown)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = data_write(source, tsv, tsv_shown, &rows, e);
    if (!s)
        s = write_script(f, &(struct look){"svg pdf png", width, false}, gp, gp_shown, rows, e);
    if (!s && (s = gnuplot_run(d->folder, strrchr(gp, '/') + 1, gp_shown, e)) == STATUS_MISSING)
        s = publish_script(d, gp_shown, e);
    else if (!s && !(s = check_pictures(d, e)))
        s = drawing_publish(d, suffixes, FILES, e);
    free(tsv);
    free(gp);
    free(tsv_shown);
    free(gp_shown);
    return s;
}

enum status figure_draw_rows(const struct figure *f, const struct figure_rows *rows, const char *dir,
                             enum figure_width width, struct error *e)
{
    struct drawing d;
    enum status s = drawing_open(&d, dir, f->name, e);
    if (!s)
        s = draw_into(&d, f, rows, width, e);
    drawing_close(&d);
    return s;
}

static enum status read_text(const char *path, char **text, struct error *e)
{
    struct strbuf b = {0};
    char part[1 << 16];
    FILE *f = fopen(path, "rb");
    for (size_t n; f && (n = fread(part, 1, sizeof part, f)) > 0;)
        strbuf_add_n(&b, part, n);
    const bool failed = !f || ferror(f);
    if (f)
        fclose(f);
    *text = strbuf_take(&b);
    if (failed || !*text)
        return error_set(e, failed ? STATUS_IO : STATUS_INTERNAL, "%s: cannot read: %s", path,
                         failed ? strerror(errno) : "out of memory");
    return STATUS_OK;
}

static enum status svg_into(const struct drawing *d, const struct figure *f, const struct figure_rows *source,
                            char **svg, struct error *e)
{
    size_t rows = 0;
    char *tsv = drawing_path(d, "tsv"), *gp = drawing_path(d, "gp"), *picture = drawing_path(d, "svg");
    enum status s = tsv && gp && picture ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = data_write(source, tsv, tsv, &rows, e);
    if (!s)
        s = write_script(f, &(struct look){"svg", FIGURE_OWN_WIDTH, true}, gp, gp, rows, e);
    if (!s && (s = gnuplot_run(d->folder, strrchr(gp, '/') + 1, gp, e)) == STATUS_MISSING)
        s = error_set(e, s, "gnuplot is not on the PATH (Debian: apt-get install gnuplot-nox)");
    if (!s)
        s = read_text(picture, svg, e);
    if (!s && !strstr(*svg, "</svg>"))
        s = error_set(e, STATUS_IO, "%s: gnuplot wrote a part only (is the disk full?)", picture);
    free(tsv);
    free(gp);
    free(picture);
    return s;
}

enum status figure_svg_rows(const struct figure *f, const struct figure_rows *rows, const char *dir,
                            char **svg, struct error *e)
{
    struct drawing d;
    *svg = NULL;
    enum status s = drawing_open(&d, dir, f->name, e);
    if (!s)
        s = svg_into(&d, f, rows, svg, e);
    drawing_close(&d);
    if (s) {
        free(*svg);
        *svg = NULL;
    }
    return s;
}

enum status figure_svg(const struct figure *f, const struct figure_from *from, const char *dir, char **svg,
                       struct error *e)
{
    const struct selection rows = {from->db, f->sql, from->study};
    return figure_svg_rows(f, &(struct figure_rows){selection_write, &rows}, dir, svg, e);
}

enum status figure_draw(const struct figure *f, const struct figure_from *from, const char *dir,
                        enum figure_width width, struct error *e)
{
    struct selection rows = {from->db, f->sql, from->study};
    return figure_draw_rows(f, &(struct figure_rows){selection_write, &rows}, dir, width, e);
}
