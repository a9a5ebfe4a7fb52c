#include "experiments/format_list.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/format_page.h"
#include "sim/scheme.h"

enum { COLUMNS = 11, SHORT_COLUMNS = 6 };

/* Column by column of the list; people get the first ones. */
static const char *const columns[COLUMNS] = {"format",       "bits",     "layout",     "max",
                                             "min_positive", "doc",      "min_normal", "bias",
                                             "family",       "specials", "source"};

static enum status list_row(struct table *t, const struct format *f, struct error *e)
{
    char layout[LIST_SCRATCH], max[NUMBER_TEXT_SIZE], least[NUMBER_TEXT_SIZE], normal[NUMBER_TEXT_SIZE];
    bool is_float = f->family == &family_float, normals = format_has_normals(f);
    f->family->layout(f, layout, sizeof layout);
    struct table_value row[COLUMNS] = {table_text(f->name),
                                       table_integer(f->bits),
                                       table_text(layout),
                                       table_number(format_max(f), false, max),
                                       table_number(format_min_positive(f), false, least),
                                       table_text(f->doc),
                                       normals ? table_number(format_min_normal(f), false, normal)
                                               : table_text(NULL),
                                       !is_float           ? table_text(NULL)
                                       : f->real_bias != 0 ? table_real((double)f->real_bias)
                                                           : table_integer(f->bias),
                                       table_text(f->family->name),
                                       table_text(is_float ? specials_names[f->specials] : NULL),
                                       table_text(f->citation)};
    return table_row(t, row, e);
}

/* Letters and digits alone, so that "FP8 E4M3" and "fp8_e4m3" are the same name. */
static void squeeze(const char *text, char *out, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size; text++)
        if (isalnum((unsigned char)*text))
            out[n++] = *text;
    out[n] = '\0';
}

static bool name_has(const char *name, const char *word)
{
    char a[128], b[128];
    squeeze(name, a, sizeof a);
    squeeze(word, b, sizeof b);
    return strcasestr(name, word) || (*b && strcasestr(a, b));
}

static bool matches(const struct format *f, const char *word)
{
    bool found = name_has(f->name, word) || strcasestr(f->doc, word) || strcasestr(f->citation, word);
    for (const char *const *a = f->aliases; a && *a && !found; a++)
        found = name_has(*a, word);
    return found;
}

static bool listed(const struct format *f, const struct format_family *family, const char *find)
{
    return f->family == family && (!find || matches(f, find));
}

static size_t family_size(const struct format_family *family, const char *find)
{
    size_t n = 0;
    for (size_t i = 0; i < format_count(); i++)
        n += listed(format_at(i), family, find);
    return n;
}

static enum status family_rows(struct table *t, const struct format_family *family, const char *find,
                               struct error *e)
{
    enum status s = STATUS_OK;
    for (size_t i = 0; !s && i < format_count(); i++)
        if (listed(format_at(i), family, find))
            s = list_row(t, format_at(i), e);
    return s;
}

/* --- what is no element: block codecs, and published schemes where a word is looked for --- */

static bool text_matches(const char *name, const char *doc, const char *citation, const char *word)
{
    return !word || name_has(name, word) || strcasestr(doc, word) || strcasestr(citation, word);
}

static enum status other_row(struct table *t, const char *name, int bits, const char *layout, const char *doc,
                             const char *kind, const char *source, struct error *e)
{
    struct table_value none = table_text(NULL);
    return table_row(t,
                     (struct table_value[COLUMNS]){table_text(name), bits ? table_integer(bits) : none,
                                                   table_text(layout), none, none, table_text(doc), none,
                                                   none, table_text(kind), none, table_text(source)},
                     e);
}

static void codec_layout(const struct block_codec *c, char *out, size_t size)
{
    if (c->block)
        snprintf(out, size, "block %zu, %d beside", c->block, c->scale_bits + c->side_bits);
    else
        snprintf(out, size, "any block, %d beside", c->scale_bits + c->side_bits);
}

/* Writes the codecs and schemes that match, if t; their number. */
static size_t others(struct table *t, const char *find, enum status *s, struct error *e)
{
    size_t n = 0;
    for (size_t i = 0; i < codec_count() && !*s; i++) {
        const struct block_codec *c = codec_at(i);
        char layout[LIST_SCRATCH];
        codec_layout(c, layout, sizeof layout);
        if (!text_matches(c->name, c->doc, c->citation, find))
            continue;
        n++;
        if (t)
            *s = other_row(t, c->name, c->element_bits, layout, c->doc, "codec", c->citation, e);
    }
    for (size_t i = 0; find && i < scheme_alias_count() && !*s; i++) {
        const struct scheme_alias *a = scheme_alias_at(i);
        if (!text_matches(a->name, a->doc, a->citation, find))
            continue;
        n++;
        if (t)
            *s = other_row(t, a->name, 0, a->text, a->doc, "scheme", a->citation, e);
    }
    return n;
}

static enum status not_found(const char *word, struct error *e)
{
    struct format f;
    if (format_by_name(word, &f, NULL))
        return error_set(e, STATUS_INVALID,
                         "formats: no listed format has '%s', but it is a name by the rule of its family: "
                         "bitsweep formats %s",
                         word, word);
    return error_set(e, STATUS_INVALID,
                     "formats: no name, alias, description or citation has '%s'; bitsweep formats lists all",
                     word);
}

static enum status print_heading(const struct format_family *family, bool first, struct error *e)
{
    struct strbuf words = {0}, lines = {0};
    strbuf_printf(&words, "%s: %s%s%s", family->name, family->doc, family->rule ? "; any " : "",
                  family->rule ? family->rule : "");
    char *text = strbuf_take(&words);
    if (text)
        cli_wrap(&lines, 0, text);
    free(text);
    text = strbuf_take(&lines);
    if (!text)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    printf("%s%s\n", first ? "" : "\n", text);
    free(text);
    return STATUS_OK;
}

/* For people a table a family, under its words; else one table. */
enum status format_list(const char *find, enum table_format format, struct error *e)
{
    struct table *t = NULL;
    size_t total = 0;
    bool text = format == TABLE_TEXT;
    enum status s = STATUS_OK;
    for (size_t i = 0; i < format_family_count(); i++)
        total += family_size(format_family_at(i), find);
    size_t more = others(NULL, find, &s, e);
    if (!total && !more)
        return not_found(find, e);
    if (!text)
        s = table_open(format, stdout, columns, COLUMNS, &t, e);
    for (size_t i = 0, before = 0; !s && i < format_family_count(); i++) {
        const struct format_family *family = format_family_at(i);
        if (!family_size(family, find))
            continue;
        if (text) {
            s = print_heading(family, before++ == 0, e);
            if (!s)
                s = table_open(format, stdout, columns, SHORT_COLUMNS, &t, e);
        }
        if (!s)
            s = family_rows(t, family, find, e);
        if (text) {
            s = list_end(t, s, e);
            t = NULL;
        }
    }
    if (text && !s && more) {
        printf("%scodec: blocks coded by steps of their own%s\n\n", total ? "\n" : "",
               find ? "; or a published scheme, which bitsweep schemes NAME shows" : "");
        s = table_open(format, stdout, columns, SHORT_COLUMNS, &t, e);
    }
    if (!s && more)
        others(t, find, &s, e);
    return list_end(t, s, e);
}
