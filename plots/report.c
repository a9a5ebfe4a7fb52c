#include "plots/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plots/drawing.h"
#include "plots/studies.h"
#include "results/query.h"
#include "sim/base/strbuf.h"

extern const char text_plots_report_css[], text_plots_report_js[];

/* What the page is made of, in order: a query, all figures, or all that is given. */
struct section {
    const char *id, *title, *intro, *sql;
    enum { QUERY, ALL_FIGURES, ALL_GIVEN } kind;
};
static const struct section sections[] = {
#define SECTION(id, title, intro, sql) {#id, title, intro, sql, QUERY},
#define FIGURES                        {"figures", "Figures", NULL, NULL, ALL_FIGURES},
#define GIVEN                          {NULL, NULL, NULL, NULL, ALL_GIVEN},
#include "plots/report.def"
};
enum { SECTIONS = sizeof sections / sizeof *sections };

/* A figure of a study. */
struct drawn {
    const struct figure *f;
    char *id;  /* in the page */
    char *svg; /* NULL: not drawn */
    size_t rows;
};

/* A study on the page: its figures, or, where its file does not say, all that have rows. */
struct shown {
    const struct study *of;
    struct query *q; /* about it alone */
    struct drawn *drawn;
    size_t n_drawn;
};

struct page {
    const struct report *r;
    struct query *q;
    FILE *out;
    const char *dir;
    struct studies studies;
    struct shown *shown;   /* of each */
    const char *not_drawn; /* why figures are not there; NULL */
    struct error given_not_drawn;
};

static void put(FILE *out, const char *text)
{
    struct strbuf b = {0};
    table_add_html(&b, text, strlen(text));
    char *html = strbuf_take(&b);
    fputs(html ? html : "", out);
    free(html);
}

/* --- tables --- */

/* Counts the rows of a query, and wraps it so that it gives some. */
static enum status count_row(void *context, const struct table_value *values, struct error *e)
{
    (void)e;
    *(size_t *)context = (size_t)values[0].integer;
    return STATUS_OK;
}

static enum status count_rows(struct query *q, const char *sql, size_t *n, struct error *e)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "SELECT count(*) FROM (%s\n)", sql);
    char *text = strbuf_take(&b);
    enum status s =
        text ? query_each(q, text, count_row, n, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    free(text);
    return s;
}

static void open_table(FILE *out, const char *label)
{
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"", out);
    put(out, label);
    fputs("\">\n", out);
}

/* The rows of a query as a table that may be scrolled, or that there are none. */
static enum status put_query(const struct page *p, const char *sql, const char *label, size_t n,
                             struct error *e)
{
    if (!n) {
        fputs("<p>None.</p>\n", p->out);
        return STATUS_OK;
    }
    struct strbuf b = {0};
    strbuf_printf(&b, "SELECT * FROM (%s\n) LIMIT %d", sql, REPORT_ROWS);
    char *text = strbuf_take(&b);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    size_t rows;
    open_table(p->out, label);
    enum status s = query_write(p->q, text, TABLE_HTML, p->out, &rows, e);
    fputs("</div>\n", p->out);
    if (n > REPORT_ROWS)
        fprintf(p->out, "<p>The first %d of %zu rows; the query gives all.</p>\n", REPORT_ROWS, n);
    free(text);
    return s;
}

static void put_source(FILE *out, const char *what, const char *text)
{
    fprintf(out, "<details><summary>%s</summary>\n<pre tabindex=\"0\">", what);
    put(out, text);
    fputs("</pre></details>\n", out);
}

static void put_heading(FILE *out, int level, const char *id, const char *title)
{
    fprintf(out, "<h%d id=\"%s\">", level, id);
    put(out, title);
    fprintf(out, "</h%d>\n", level);
}

static void put_paragraph(FILE *out, const char *text)
{
    fputs("<p>", out);
    put(out, text);
    fputs("</p>\n", out);
}

static enum status put_section(const struct page *p, const struct section *s, struct error *e)
{
    size_t n = 0;
    put_heading(p->out, 2, s->id, s->title);
    put_paragraph(p->out, s->intro);
    enum status status = count_rows(p->q, s->sql, &n, e);
    if (!status)
        status = put_query(p, s->sql, s->title, n, e);
    put_source(p->out, "The query", s->sql);
    return status;
}

/* --- studies --- */

static enum status open_study(const struct page *p, struct shown *t, struct error *e)
{
    enum status s = query_open_current(p->r->db, &t->q, e);
    return s ? s : query_choose_study(t->q, t->of->name, e);
}

static void free_studies(struct page *p)
{
    for (size_t i = 0; p->shown && i < p->studies.n; i++) {
        struct shown *t = &p->shown[i];
        for (size_t k = 0; k < t->n_drawn; k++) {
            free(t->drawn[k].id);
            free(t->drawn[k].svg);
        }
        free(t->drawn);
        query_close(t->q);
    }
    free(p->shown);
    studies_free(&p->studies);
}

/* --- figures --- */

/* The name of a figure, and from its second study on a number behind it. */
static char *id_of(const struct page *p, const struct figure *f)
{
    size_t nth = 1;
    for (size_t i = 0; i < p->studies.n; i++)
        for (size_t k = 0; k < p->shown[i].n_drawn; k++)
            nth += p->shown[i].drawn[k].f == f;
    struct strbuf b = {0};
    strbuf_printf(&b, nth > 1 ? "%s-%zu" : "%s", f->name, nth);
    return strbuf_take(&b);
}

/* The SVG of a figure as a part of the page, with its title and doc line for those who do not see it; NULL
 * when out of memory. */
static char *inline_svg(const char *svg, const struct figure *f, const char *id)
{
    struct strbuf label = {0};
    strbuf_printf(&label, "%s: %s", f->title, f->doc);
    char *text = strbuf_take(&label), *part = text ? report_inline_svg(svg, id, text) : NULL;
    free(text);
    return part;
}

static void put_drawing(FILE *out, const char *svg)
{
    fprintf(out, "<div class=\"drawing\" tabindex=\"0\">%s</div>\n", svg);
}

static enum status draw_one(const struct page *p, const struct shown *t, struct drawn *d, struct error *e)
{
    char *svg = NULL;
    enum status s = figure_svg(d->f, &(struct figure_from){p->r->db, t->of->name}, p->dir, &svg, e);
    if (svg && !(d->svg = inline_svg(svg, d->f, d->id)))
        s = error_set(e, STATUS_INTERNAL, "figure %s: out of memory", d->f->name);
    free(svg);
    return s;
}

/* Draws those of a study that have rows. */
static enum status draw_study(struct page *p, struct shown *t, struct error *e)
{
    const size_t n = t->of->said ? t->of->n_figures : figure_count();
    enum status worst = STATUS_OK;
    t->drawn = calloc(n + 1, sizeof *t->drawn);
    if (!t->drawn)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < n && (!worst || worst == STATUS_MISSING); i++) {
        struct drawn d = {.f = t->of->said ? t->of->figures[i] : figure_at(i)};
        enum status s = count_rows(t->q, d.f->sql, &d.rows, e);
        if (!s && d.rows) {
            d.id = id_of(p, d.f);
            s = d.id ? draw_one(p, t, &d, e) : error_set(e, STATUS_INTERNAL, "out of memory");
            t->drawn[t->n_drawn++] = d;
        }
        worst = s ? s : worst;
    }
    return worst;
}

/* Without gnuplot the page says so, and the status is that. */
static enum status draw(struct page *p, struct error *e)
{
    enum status worst = STATUS_OK;
    enum status s = studies_read(p->q, &p->studies, e);
    p->shown = calloc(p->studies.n + 1, sizeof *p->shown);
    if (!s && !p->shown)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < p->studies.n && !s; i++) {
        p->shown[i].of = &p->studies.list[i];
        s = open_study(p, &p->shown[i], e);
        if (!s)
            s = draw_study(p, &p->shown[i], e);
        if (s == STATUS_MISSING) {
            worst = s;
            s = STATUS_OK;
        }
    }
    return s ? s : worst;
}

static enum status put_figure(const struct page *p, const struct shown *t, const struct drawn *d,
                              struct error *e)
{
    put_heading(p->out, 4, d->id, d->f->title);
    fputs("<figure>\n", p->out);
    if (d->svg)
        put_drawing(p->out, d->svg);
    else
        put_paragraph(p->out, p->not_drawn);
    fputs("<figcaption>", p->out);
    put(p->out, d->f->doc);
    fprintf(p->out, ". Drawn again by <code>bitsweep plot %s --study '", d->f->name);
    put(p->out, t->of->name);
    fprintf(p->out,
            "'</code>.</figcaption>\n</figure>\n<details><summary>The numbers (%zu row%s)</summary>\n",
            d->rows, d->rows == 1 ? "" : "s");
    struct page of_study = *p;
    of_study.q = t->q;
    enum status s = put_query(&of_study, d->f->sql, d->f->title, d->rows, e);
    fputs("</details>\n", p->out);
    put_source(p->out, "The query", d->f->sql);
    return s;
}

static enum status put_figures(const struct page *p, const struct section *section, struct error *e)
{
    enum status s = STATUS_OK;
    bool any = false;
    put_heading(p->out, 2, section->id, section->title);
    for (size_t i = 0; !s && i < p->studies.n; i++) {
        const struct shown *t = &p->shown[i];
        if (!t->n_drawn)
            continue;
        char id[32];
        snprintf(id, sizeof id, "study-%zu", i + 1);
        put_heading(p->out, 3, id, t->of->name);
        if (t->of->doc)
            put_paragraph(p->out, t->of->doc);
        for (size_t k = 0; !s && k < t->n_drawn; k++)
            s = put_figure(p, t, &t->drawn[k], e);
        any = true;
    }
    if (!any)
        fputs("<p>None: no figure has rows in this database.</p>\n", p->out);
    return s;
}

/* --- what is given --- */

static enum status write_given(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    const struct report_given *g = what;
    return g->write(g->what, TABLE_TSV, tsv, rows, e);
}

static enum status put_given_figure(struct page *p, const struct report_given *g, struct error *e)
{
    char *svg = NULL;
    enum status s =
        figure_svg_rows(g->figure, &(struct figure_rows){write_given, g}, p->dir, &svg, &p->given_not_drawn);
    if (s == STATUS_MISSING) {
        put_paragraph(p->out, p->given_not_drawn.text);
        return STATUS_OK;
    }
    char *part = svg ? inline_svg(svg, g->figure, g->figure->name) : NULL;
    if (s)
        s = error_set(e, s, "%s", p->given_not_drawn.text);
    else if (!part)
        s = error_set(e, STATUS_INTERNAL, "figure %s: out of memory", g->figure->name);
    p->given_not_drawn = (struct error){{0}};
    if (part) {
        fputs("<figure>\n", p->out);
        put_drawing(p->out, part);
        fputs("</figure>\n", p->out);
    }
    free(part);
    free(svg);
    return s;
}

static enum status put_given(struct page *p, const struct report_given *g, struct error *e)
{
    char *html = NULL;
    size_t rows = 0, bytes = 0;
    FILE *memory = open_memstream(&html, &bytes);
    if (!memory)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = g->write(g->what, TABLE_HTML, memory, &rows, e);
    if (fclose(memory) != 0 && !s)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    put_heading(p->out, 2, g->id, g->title);
    put_paragraph(p->out, g->intro);
    if (!s && rows && g->figure)
        s = put_given_figure(p, g, e);
    if (!s && rows) {
        open_table(p->out, g->title);
        fwrite(html, 1, bytes, p->out);
        fputs("</div>\n", p->out);
    } else {
        fputs("<p>None.</p>\n", p->out);
    }
    free(html);
    return s;
}

/* --- the page --- */

static void put_link(FILE *out, const char *id, const char *title)
{
    fprintf(out, "<li><a href=\"#%s\">", id);
    put(out, title);
    fputs("</a></li>\n", out);
}

/* Where there are more studies than one, the name of its own stands before that of a figure. */
static void put_figure_link(const struct page *p, const struct shown *t, const struct drawn *d)
{
    struct strbuf b = {0};
    strbuf_printf(&b, "%s%s%s", p->studies.n > 1 ? t->of->name : "", p->studies.n > 1 ? ": " : "",
                  d->f->title);
    char *text = strbuf_take(&b);
    put_link(p->out, d->id, text ? text : d->f->title);
    free(text);
}

static void put_contents(const struct page *p)
{
    fputs("<nav aria-label=\"Contents\">\n<ul>\n", p->out);
    for (size_t i = 0; i < SECTIONS; i++) {
        for (size_t k = 0; sections[i].kind == ALL_GIVEN && k < p->r->n_given; k++)
            put_link(p->out, p->r->given[k].id, p->r->given[k].title);
        if (sections[i].kind != ALL_GIVEN)
            put_link(p->out, sections[i].id, sections[i].title);
    }
    fputs("</ul>\n<ul aria-label=\"Figures\">\n", p->out);
    for (size_t i = 0; i < p->studies.n; i++)
        for (size_t k = 0; k < p->shown[i].n_drawn; k++)
            put_figure_link(p, &p->shown[i], &p->shown[i].drawn[k]);
    fputs("</ul>\n</nav>\n", p->out);
}

static void put_head(const struct page *p)
{
    const char *name = strrchr(p->r->db, '/') ? strrchr(p->r->db, '/') + 1 : p->r->db;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" "
          "href=\"data:,\">\n<title>",
          p->out);
    put(p->out, name);
    fprintf(p->out, " - bitsweep report</title>\n<style>\n%s</style>\n</head>\n<body>\n",
            text_plots_report_css);
    fputs("<a class=\"skip\" href=\"#main\">To the contents</a>\n<header>\n<h1>", p->out);
    put(p->out, name);
    fputs("</h1>\n<p>Number formats compared by <code>bitsweep</code>: all numbers of one database of "
          "results.</p>\n</header>\n",
          p->out);
}

/* Experiment files of runs, as they were. */
static enum status put_config(void *context, const struct table_value *values, struct error *e)
{
    (void)e;
    struct strbuf title = {0}, html = {0};
    strbuf_add(&title, "Experiment file of ");
    strbuf_add_n(&title, values[0].text, values[0].length);
    char *text = strbuf_take(&title);
    if (text)
        table_add_html(&html, text, strlen(text));
    char *what = strbuf_take(&html);
    if (what)
        put_source(context, what, values[1].text);
    free(text);
    free(what);
    return STATUS_OK;
}

static enum status put_page(struct page *p, struct error *e)
{
    enum status s = STATUS_OK;
    put_head(p);
    put_contents(p);
    fputs("<main id=\"main\">\n", p->out);
    for (size_t i = 0; !s && i < SECTIONS; i++) {
        if (sections[i].kind == QUERY)
            s = put_section(p, &sections[i], e);
        else if (sections[i].kind == ALL_FIGURES)
            s = put_figures(p, &sections[i], e);
        for (size_t k = 0; !s && sections[i].kind == ALL_GIVEN && k < p->r->n_given; k++)
            s = put_given(p, &p->r->given[k], e);
    }
    if (!s)
        s = query_each(p->q, "SELECT name, source FROM config ORDER BY name, config_sha256", put_config,
                       p->out, e);
    fputs("</main>\n<footer><p>Written by ", p->out);
    put(p->out, p->r->program);
    fputs(" from ", p->out);
    put(p->out, p->r->db);
    fprintf(p->out, ".</p></footer>\n<script>\n%s</script>\n</body>\n</html>\n", text_plots_report_js);
    return s;
}

static enum status write_page(struct page *p, const struct drawing *d, struct error *e)
{
    char *path = drawing_path(d, "html"), *shown = drawing_target(d, "html");
    enum status s = path && shown ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    p->out = s ? NULL : fopen(path, "w");
    if (!s && !p->out)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    if (!s)
        s = put_page(p, e);
    if (p->out) {
        const bool failed = ferror(p->out) != 0;
        if ((fclose(p->out) != 0 || failed) && !s)
            s = error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    }
    if (!s)
        s = drawing_publish(d, (const char *const[]){"html"}, 1, e);
    free(path);
    free(shown);
    return s;
}

enum status report_write(const struct report *r, const char *dir, struct error *e)
{
    struct page p = {.r = r, .dir = dir};
    struct drawing d = {0};
    enum status s = query_open_current(r->db, &p.q, e), drawn = STATUS_OK;
    struct error why = {{0}};
    if (s)
        return s;
    s = drawing_open(&d, dir, "index", e);
    if (!s && (drawn = draw(&p, &why)) && drawn != STATUS_MISSING)
        s = error_set(e, drawn, "%s", why.text);
    p.not_drawn = why.text;
    if (!s)
        s = write_page(&p, &d, e);
    if (!s && drawn)
        s = error_set(e, drawn, "%s", why.text);
    if (!s && *p.given_not_drawn.text)
        s = error_set(e, STATUS_MISSING, "%s", p.given_not_drawn.text);
    if (d.dir)
        drawing_close(&d);
    free_studies(&p);
    query_close(p.q);
    return s;
}
