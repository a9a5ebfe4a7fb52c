#include "experiments/offer.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/strbuf.h"

/* What is offered, and, of outputs, from what. */
static const struct {
    const char *kind, *from;
} offers[OPS] = {
    [OP_QUANTIZE] = {"tensor", NULL},
    [OP_MATMUL] = {"site",
                   "a weight NAME.weight of two axes and its input, NAME.input or what the metadata call "
                   "site.NAME"},
    [OP_ATTENTION] = {"attention", "NAME.q.output, NAME.k_cache and NAME.v_cache"},
};

/* The tensor that shape, layer and role of a place are those of. */
static size_t lead(const struct offer *o, size_t i)
{
    return o->places[i].part[config_site_lead(o->op)];
}

static bool takes(const struct offer *o, enum choice c, const struct config_pattern *p, size_t i)
{
    return choice_takes(c, p->glob, o->dump, lead(o, i), o->places[i].name);
}

static bool chosen_by(const struct offer *o, enum choice c, size_t i)
{
    const struct config_patterns *p = &o->in->choice[c];
    bool any = !p->n;
    for (size_t k = 0; k < p->n && !any; k++)
        any = takes(o, c, &p->item[k], i);
    return any;
}

bool offer_takes(const struct offer *o, size_t i)
{
    bool all = true;
    for (int c = 0; c < CHOICES && all; c++)
        all = chosen_by(o, (enum choice)c, i);
    return all;
}

/* Texts of places, each once, in order. */
struct texts {
    char **list;
    size_t n;
};

static void texts_free(struct texts *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->list[i]);
    free(t->list);
}

/* Those that a kind of pattern is compared with; false without memory. */
static bool texts_fill(struct texts *t, const struct offer *o, enum choice c)
{
    *t = (struct texts){.list = calloc(o->n + 1, sizeof *t->list)};
    bool whole = t->list != NULL;
    for (size_t i = 0; whole && i < o->n; i++) {
        char room[TENSOR_SHAPE_TEXT];
        const char *text = choice_text(c, o->dump, lead(o, i), o->places[i].name, room);
        size_t k = 0;
        while (k < t->n && strcmp(t->list[k], text) != 0)
            k++;
        if (k == t->n && *text) {
            whole = (t->list[k] = strdup(text)) != NULL;
            t->n += whole;
        }
    }
    return whole;
}

static const char *const plurals[CHOICES] = {"", "shapes", "layers", "roles"};

static enum status no_match(const struct config_pattern *p, enum choice c, const struct offer *o,
                            struct error *e)
{
    struct texts t;
    if (!texts_fill(&t, o, c)) {
        texts_free(&t);
        return error_set(e, STATUS_INTERNAL, "out of memory");
    }
    struct strbuf b = {0};
    const char *near = c == CHOOSE_LAYER ? NULL : str_nearest(p->glob, (const char *const *)t.list, t.n);
    if (near)
        strbuf_printf(&b, "; did you mean '%s'?", near);
    enum { SHOWN = 8 };
    strbuf_printf(&b, "%s it has %zu%s%s: ", near ? "" : ";", t.n, c ? " " : "", plurals[c]);
    for (size_t i = 0; i < t.n && i < SHOWN; i++)
        strbuf_printf(&b, "%s%s", i ? c == CHOOSE_SHAPE ? "; " : ", " : "", t.list[i]);
    if (t.n > SHOWN)
        strbuf_printf(&b, ", ... (bitsweep inspect %s lists all)", dump_path(o->dump));
    error_set(e, STATUS_INVALID, "%s: %s: '%s' matches no %s of %s%s", p->where, choice_keys[c], p->glob,
              offers[o->op].kind, dump_path(o->dump), b.text ? b.text : "");
    strbuf_free(&b);
    texts_free(&t);
    return STATUS_INVALID;
}

/* Says of a pattern that it selects nothing but a tensor that cannot be read; STATUS_OK if it selects none.
 */
static enum status no_reader(const struct config_pattern *p, const struct dump *d, struct error *e)
{
    for (size_t i = 0; i < dump_unreadable_count(d); i++) {
        const struct dump_unreadable *u = dump_unreadable_at(d, i);
        if (!fnmatch(p->glob, u->name, 0))
            return error_set(e, STATUS_MISSING, "%s: select: tensor '%s' of %s cannot be read: %s", p->where,
                             u->name, dump_path(d), u->why);
    }
    return STATUS_OK;
}

/* Each pattern takes a place. */
static enum status check_choice(const struct offer *o, enum choice c, struct error *e)
{
    const struct config_patterns *all = &o->in->choice[c];
    for (size_t k = 0; k < all->n; k++) {
        bool found = false;
        for (size_t i = 0; i < o->n && !found; i++)
            found = takes(o, c, &all->item[k], i);
        if (found)
            continue;
        enum status s = c == CHOOSE_NAME ? no_reader(&all->item[k], o->dump, e) : STATUS_OK;
        return s ? s : no_match(&all->item[k], c, o, e);
    }
    return STATUS_OK;
}

static enum status check_patterns(const struct offer *o, struct error *e)
{
    struct strbuf keys = {0};
    for (int c = 0; c < CHOICES; c++) {
        enum status s = check_choice(o, (enum choice)c, e);
        if (s) {
            strbuf_free(&keys);
            return s;
        }
        if (o->in->choice[c].n)
            strbuf_printf(&keys, "%s%s", keys.length ? ", " : "", choice_keys[c]);
    }
    bool any = false;
    for (size_t i = 0; i < o->n && !any; i++)
        any = offer_takes(o, i);
    if (!any)
        error_set(e, STATUS_INVALID, "%s: no %s of %s is one of those that %s select, all at once",
                  o->in->where, offers[o->op].kind, dump_path(o->dump), keys.text ? keys.text : "");
    strbuf_free(&keys);
    return any ? STATUS_OK : STATUS_INVALID;
}

static bool selects_name(const struct offer *o, const char *name)
{
    const struct config_patterns *p = &o->in->choice[CHOOSE_NAME];
    bool any = !p->n;
    for (size_t i = 0; i < p->n && !any; i++)
        any = !fnmatch(p->item[i].glob, name, 0);
    return any;
}

void offer_say_unreadable(const struct offer *o, FILE *out)
{
    for (size_t i = 0; out && i < dump_unreadable_count(o->dump); i++) {
        const struct dump_unreadable *u = dump_unreadable_at(o->dump, i);
        if (!selects_name(o, u->name))
            continue;
        struct strbuf shown = {0};
        strbuf_add_shown(&shown, u->name, "");
        fprintf(out, "bitsweep: %s: tensor '%s' is left out: %s\n", dump_path(o->dump),
                shown.text ? shown.text : "", u->why);
        strbuf_free(&shown);
    }
}

/* Nothing is offered: says why. */
static enum status nothing(const struct offer *o, struct error *e)
{
    const struct dump *d = o->dump;
    const char *where = o->in->where;
    if (offers[o->op].from)
        return error_set(e, STATUS_MISSING,
                         "%s: dump: %s holds no %s: %s; `sites` of an input says which tensors of other "
                         "names belong together",
                         where, dump_path(d), offers[o->op].kind, offers[o->op].from);
    for (size_t i = 0; i < o->in->choice[CHOOSE_NAME].n; i++) {
        enum status s = no_reader(&o->in->choice[CHOOSE_NAME].item[i], d, e);
        if (s)
            return s;
    }
    if (!dump_unreadable_count(d))
        return error_set(e, STATUS_MISSING, "%s: dump: %s holds no tensor", where, dump_path(d));
    const struct dump_unreadable *u = dump_unreadable_at(d, 0);
    return error_set(e, STATUS_MISSING, "%s: dump: %s holds no tensor that can be read; '%s': %s", where,
                     dump_path(d), u->name, u->why);
}

static enum status check_rotary(const struct offer *o, struct error *e)
{
    if (!isnan(o->places[0].rotary))
        return STATUS_OK;
    const char *said = dump_metadata(o->dump, "rotary");
    return error_set(
        e, STATUS_INVALID,
        "%s: %s does not say which rotary embedding its queries lack%s%s; give rotary: none, or its "
        "base, as in {dump: %s, rotary: 10000}",
        o->in->where, dump_path(o->dump), *said ? ": its metadata have rotary=" : "", said, o->in->written);
}

enum status offer_open(struct offer *o, const struct dump *d, enum config_op op,
                       const struct config_input *in, struct error *e)
{
    *o = (struct offer){.in = in, .dump = d, .op = op};
    enum status s = sites_find(d, op, in, &o->places, &o->n, e);
    if (!s)
        s = o->n ? check_patterns(o, e) : nothing(o, e);
    return s ? s : check_rotary(o, e);
}

void offer_close(struct offer *o)
{
    sites_free(o->places, o->n);
}
