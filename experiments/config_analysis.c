/* A cell of op: analysis: a text, from what the file and the cell say. */
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"

/* Whether the text itself gives the key. */
static bool text_gives(const char *text, const char *key)
{
    const size_t n = strlen(key);
    int depth = 0;
    for (const char *at = text; *at; at++) {
        depth += (*at == '(') - (*at == ')');
        if (*at != ',' || depth)
            continue;
        const char *word = at + 1 + strspn(at + 1, " ");
        if (!strncmp(word, key, n) && word[n + strspn(word + n, " ")] == '=')
            return true;
    }
    return false;
}

static void add_pair(struct strbuf *b, const char *key, const char *value)
{
    strbuf_printf(b, strpbrk(value, ",=") ? ",%s=(%s)" : ",%s=%s", key, value);
}

/* As for schemes: the cell's keys and those inside its text win over constants of the file. */
static enum status write_text(const struct config_given *g, const struct node *text, struct strbuf *b,
                              struct error *e)
{
    strbuf_add(b, text->text);
    for (size_t i = 0; i < g->n_constants + g->n_own; i++) {
        const bool own = i >= g->n_constants;
        const struct config_assign *a = own ? &g->own[i - g->n_constants] : &g->constants[i];
        const bool twice = text_gives(text->text, a->key);
        if (!strcmp(a->key, "analysis") || node_is_null(a->value) || config_find(g, a->key) != a ||
            (twice && !own))
            continue;
        if (!*a->value->text)
            return node_error(a->value, e, "%s: expected a value, found nothing", a->key);
        if (twice)
            return node_error(a->value, e, "%s is given twice: here and in '%s'", a->key, text->text);
        add_pair(b, a->key, a->value->text);
    }
    return b->failed ? error_set(e, STATUS_INTERNAL, "out of memory") : STATUS_OK;
}

static enum status describe(struct config_scheme *out, const char *format, struct strbuf *text,
                            struct error *e)
{
    char buffer[ANALYSIS_TEXT_SIZE];
    analysis_canonical(out->analysis, buffer);
    out->canonical = strdup(buffer);
    analysis_short(out->analysis, buffer);
    out->label = strdup(buffer);
    out->format = strdup(format);
    out->text = strbuf_take(text);
    return out->canonical && out->label && out->format && out->text
               ? STATUS_OK
               : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_compose_analysis(const struct config_given *g, const struct node *where,
                                    struct config_scheme *out, struct error *e)
{
    const struct node *text = config_value(g, "analysis");
    struct strbuf b = {0};
    struct error why = {{0}};
    if (!text || !*text->text)
        return node_error(where, e,
                          "no analysis: give 'analysis' as an axis of grid or zip, in include, or at "
                          "the top level");
    out->analysis = calloc(1, sizeof *out->analysis);
    enum status s =
        out->analysis ? write_text(g, text, &b, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s && analysis_parse(b.text, out->analysis, &why))
        s = node_error(text, e, "analysis: %s", why.text);
    if (!s)
        s = describe(out, text->text, &b, e);
    strbuf_free(&b);
    return s;
}
