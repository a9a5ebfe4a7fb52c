#include "tests/svg_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Advances of DejaVu Sans, in 1/2048 em, from the space on (table hmtx of the font). */
static const unsigned short advance[] = {
    651,  821,  942,  1716, 1303, 1946, 1597, 563,  799,  799,  1024, 1716, 651,  739,  651,  690,
    1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 1303, 690,  690,  1716, 1716, 1716, 1087,
    2048, 1401, 1405, 1430, 1577, 1294, 1178, 1587, 1540, 604,  604,  1343, 1141, 1767, 1532, 1612,
    1235, 1612, 1423, 1300, 1251, 1499, 1401, 2025, 1403, 1251, 1403, 799,  690,  799,  1716, 1024,
    1024, 1255, 1300, 1126, 1300, 1260, 721,  1300, 1298, 569,  569,  1186, 569,  1995, 1298, 1253,
    1300, 1300, 842,  1067, 803,  1298, 1212, 1675, 1212, 1212, 1075, 1303, 690,  1303, 1716};

/* A text along the x axis of its own frame, which is turned about (x, y). */
struct text {
    double x, y, from, to, above, below; /* of the point, in px; below the line is positive */
    bool upright;                        /* turned by -90 degrees */
    const char *words;
    size_t n;
};

struct box {
    double x0, y0, x1, y1;
};

static struct box box_of(const struct text *t)
{
    if (t->upright)
        return (struct box){t->x - t->above, t->y - t->to, t->x + t->below, t->y - t->from};
    return (struct box){t->x + t->from, t->y - t->above, t->x + t->to, t->y + t->below};
}

static double number_after(const char *from, const char *end, const char *key, double otherwise)
{
    const char *at = memmem(from, (size_t)(end - from), key, strlen(key));
    return at ? strtod(at + strlen(key), NULL) : otherwise;
}

/* The character at p, an entity being one. */
static unsigned char next(const char **p)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;"};
    static const char of[] = "&<>\"";
    for (size_t i = 0; i < 4; i++)
        if (strncmp(*p, entities[i], strlen(entities[i])) == 0) {
            *p += strlen(entities[i]);
            return (unsigned char)of[i];
        }
    unsigned char c = (unsigned char)*(*p)++;
    while (((unsigned char)**p & 0xc0) == 0x80)
        (*p)++;
    return c;
}

struct ink {
    double width, above, below;
};

static void add_character(struct ink *ink, unsigned char c, double size, double raised)
{
    static const char low[] = "acemnorsuvwxz.,:;-+=~", deep[] = "gjpqyQ,;()[]{}|_@$/";
    bool ascii = c >= 32 && c < 127;
    ink->width += size * (ascii ? advance[c - 32] / 2048.0 : 0.6);
    if (c == ' ')
        return;
    ink->above = fmax(ink->above, raised + size * (strchr(low, c) || strchr("gpqy", c) ? 0.56 : 0.74));
    ink->below = fmax(ink->below, size * (strchr(deep, c) ? 0.2 : 0.01) - raised);
}

/* The spans from p to end, with sizes and shifts of their own. */
static struct ink measure(const char *p, const char *end, double size)
{
    struct ink ink = {0, 0, 0};
    double own = size, raised = 0;
    while (p < end) {
        const char *close = *p == '<' ? strchr(p, '>') : NULL;
        if (!close) {
            add_character(&ink, next(&p), own, raised);
            continue;
        }
        if (strncmp(p, "<tspan", 6) == 0) {
            own = number_after(p, close, "font-size=\"", own);
            raised -= number_after(p, close, "dy=\"", 0);
        } else {
            own = size;
        }
        p = close + 1;
    }
    return ink;
}

/* The text whose group ends its attributes at `open`; false where it shows nothing. */
static bool read_text(const char *group, const char *open, const char *close, struct text *t)
{
    static const char space[] = " \t\n";
    const char *words = strstr(open, "<text>") + 6;
    double size = number_after(group, open, "font-size=\"", 0);
    const char *at = strstr(group, "translate(");
    char *rest;
    t->x = strtod(at + 10, &rest);
    t->y = strtod(rest + 1, NULL);
    t->upright = memmem(group, (size_t)(open - group), "rotate(", 7) != NULL;
    /* Space at the ends is not drawn, except that it moves what is beside it. */
    struct ink ink = measure(words, close, size);
    bool middle = memmem(group, (size_t)(open - group), "\"middle\"", 8) != NULL;
    bool right = memmem(group, (size_t)(open - group), "\"end\"", 5) != NULL;
    t->from = right ? -ink.width : middle ? -ink.width / 2 : 0;
    t->to = t->from + ink.width;
    t->above = ink.above;
    t->below = ink.below;
    const char *shown = strchr(words, '>');
    t->words = shown && shown < close ? shown + 1 : words;
    while (strchr(space, *t->words) && t->words < close) {
        t->from += *t->words == ' ' ? size * advance[0] / 2048 : 0;
        t->words++;
    }
    t->n = strcspn(t->words, "<");
    return ink.width > 0 && t->above + t->below > 0;
}

static double attribute(const char *svg, const char *name)
{
    const char *start = strstr(svg, "<svg"), *end = start ? strchr(start, '>') : NULL;
    const char *at = end ? memmem(start, (size_t)(end - start), "viewBox=\"", 9) : NULL;
    char *rest;
    if (!at)
        return 0;
    strtod(at + 9, &rest);
    strtod(rest, &rest);
    double width = strtod(rest, &rest), height = strtod(rest, NULL);
    return strcmp(name, "width") == 0 ? width : height;
}

double svg_width(const char *svg)
{
    return attribute(svg, "width") / 96;
}

double svg_height(const char *svg)
{
    return attribute(svg, "height") / 96;
}

static bool overlap(struct box a, struct box b)
{
    static const double slack = 0.4; /* px */
    return fmin(a.x1, b.x1) - fmax(a.x0, b.x0) > slack && fmin(a.y1, b.y1) - fmax(a.y0, b.y0) > slack;
}

static bool check(const struct text *texts, size_t n, double width, double height, char *why, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        struct box a = box_of(&texts[i]);
        if (a.x0 < -0.5 || a.y0 < -0.5 || a.x1 > width + 0.5 || a.y1 > height + 0.5) {
            snprintf(why, size, "\"%.*s\" at (%.1f, %.1f) to (%.1f, %.1f) is outside %g x %g",
                     (int)texts[i].n, texts[i].words, a.x0, a.y0, a.x1, a.y1, width, height);
            return false;
        }
        for (size_t j = 0; j < i; j++)
            if (overlap(a, box_of(&texts[j]))) {
                snprintf(why, size, "\"%.*s\" and \"%.*s\" overlap at (%.1f, %.1f)", (int)texts[j].n,
                         texts[j].words, (int)texts[i].n, texts[i].words, a.x0, a.y0);
                return false;
            }
    }
    return true;
}

bool svg_text_is_clear(const char *svg, size_t *count, char *why, size_t size)
{
    struct text *texts = NULL;
    size_t n = 0, room = 0;
    for (const char *open = svg; (open = strstr(open, "<text>"));) {
        const char *close = strstr(open, "</text>"), *group = open;
        while (group > svg && strncmp(group, "<g ", 3) != 0)
            group--;
        if (n == room) {
            room = 2 * room + 64;
            struct text *more = realloc(texts, room * sizeof *texts);
            if (!more)
                break;
            texts = more;
        }
        n += close && read_text(group, open, close, &texts[n]);
        open += 6;
    }
    bool clear = check(texts, n, attribute(svg, "width"), attribute(svg, "height"), why, size);
    free(texts);
    if (count)
        *count = n;
    return clear;
}
