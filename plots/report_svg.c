/* SVG of gnuplot as a part of a page. */
#include <stdio.h>
#include <string.h>

#include "plots/report.h"
#include "sim/base/strbuf.h"

/* Identifiers that every SVG of gnuplot has; those of plots begin with the name of the figure already. */
static const char *const shared[] = {"gpDot", "gpPt", "textbox", "greybox", "gnuplot_canvas"};

/* What may stand before an identifier. */
static const char *const before[] = {"id='", "id=\"", "href='#", "href=\"#", "url(#"};

/* Length of what stands at p, up to an identifier that needs a name of its own; 0 for none. */
static size_t before_shared(const char *p)
{
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const size_t n = strlen(before[i]);
        if (strncmp(p, before[i], n) != 0)
            continue;
        for (size_t k = 0; k < sizeof shared / sizeof *shared; k++)
            if (strncmp(p + n, shared[k], strlen(shared[k])) == 0)
                return n;
    }
    return 0;
}

/* gnuplot's hypertext is a call of its script around an empty title. Writes it as a title and returns what
 * follows; NULL if none stands at p. */
static const char *add_title(struct strbuf *out, const char *p)
{
    static const char call[] = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'", end[] = "')\"",
                      empty[] = "<title> </title>";
    if (strncmp(p, call, strlen(call)) != 0)
        return NULL;
    const char *text = p + strlen(call), *after = strstr(text, end);
    const char *title = after ? strstr(after, empty) : NULL;
    if (!title)
        return NULL;
    strbuf_add(out, "<g><title>");
    strbuf_add_n(out, text, (size_t)(after - text));
    strbuf_add(out, "</title>");
    return title + strlen(empty);
}

/* Copies the text, with identifiers and titles as they must be on a page with other figures. */
static void add_body(struct strbuf *out, const char *p, const char *name)
{
    while (*p) {
        const size_t plain = strcspn(p, "<ihu");
        strbuf_add_n(out, p, plain);
        p += plain;
        const char *after = add_title(out, p);
        const size_t n = after ? 0 : before_shared(p);
        if (after) {
            p = after;
        } else if (n) {
            strbuf_add_n(out, p, n);
            strbuf_printf(out, "%s-", name);
            p += n;
        } else if (*p) {
            strbuf_add_n(out, p++, 1);
        }
    }
}

char *report_inline_svg(const char *svg, const char *name, const char *label)
{
    static const char root[] = "<svg", title[] = "<title>", desc_end[] = "</desc>";
    const char *start = strstr(svg, root), *head = start ? strchr(start, '>') : NULL;
    if (!head)
        return NULL;
    struct strbuf out = {0};
    strbuf_add(&out, "<svg role=\"img\" aria-label=\"");
    table_add_html(&out, label, strlen(label));
    strbuf_add(&out, "\"");
    double width = 0;
    const char *box = strstr(start, "viewBox=\"");
    if (box && box < head && sscanf(box, "viewBox=\"%*g %*g %lg", &width) == 1)
        strbuf_printf(&out, " style=\"width:%gpx;min-width:min(%gpx,32rem)\"", 1.4 * width, 1.4 * width);
    strbuf_add_n(&out, start + strlen(root), (size_t)(head - start) - strlen(root));
    strbuf_add(&out, ">");
    /* the title of the whole would be shown wherever the pointer is */
    const char *body = head + 1, *own = strstr(body, title), *desc = strstr(body, desc_end);
    if (own && desc && own < desc && strspn(body, " \n") == (size_t)(own - body))
        body = desc + strlen(desc_end);
    add_body(&out, body, name);
    return strbuf_take(&out);
}
