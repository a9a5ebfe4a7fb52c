#include "experiments/offer.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>

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

static enum status no_match(const struct config_pattern *p, const struct offer *o, struct error *e)
{
    const char **names = calloc(o->n + 1, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t i = 0; i < o->n; i++)
        names[i] = o->places[i].name;
    struct strbuf b = {0};
    const char *near = str_nearest(p->glob, names, o->n);
    if (near)
        strbuf_printf(&b, "; did you mean '%s'?", near);
    enum { SHOWN = 8 };
    strbuf_printf(&b, "%s it has %zu: ", near ? "" : ";", o->n);
    for (size_t i = 0; i < o->n && i < SHOWN; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    if (o->n > SHOWN)
        strbuf_printf(&b, ", ... (bitsweep inspect %s lists all)", dump_path(o->dump));
    error_set(e, STATUS_INVALID, "%s: select: '%s' matches no %s of %s%s", p->where, p->glob,
              offers[o->op].kind, dump_path(o->dump), b.text ? b.text : "");
    strbuf_free(&b);
    free(names);
    return STATUS_INVALID;
}

bool offer_selects(const struct offer *o, const char *name)
{
    for (size_t i = 0; i < o->in->n_select; i++)
        if (!fnmatch(o->in->select[i].glob, name, 0))
            return true;
    return !o->in->n_select;
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

static enum status check_patterns(const struct offer *o, struct error *e)
{
    for (size_t i = 0; i < o->in->n_select; i++) {
        const struct config_pattern *p = &o->in->select[i];
        bool found = false;
        for (size_t j = 0; j < o->n && !found; j++)
            found = !fnmatch(p->glob, o->places[j].name, 0);
        if (found)
            continue;
        enum status s = no_reader(p, o->dump, e);
        return s ? s : no_match(p, o, e);
    }
    return STATUS_OK;
}

void offer_say_unreadable(const struct offer *o, FILE *out)
{
    for (size_t i = 0; out && i < dump_unreadable_count(o->dump); i++) {
        const struct dump_unreadable *u = dump_unreadable_at(o->dump, i);
        if (offer_selects(o, u->name))
            fprintf(out, "bitsweep: %s: tensor '%s' is left out: %s\n", dump_path(o->dump), u->name, u->why);
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
    for (size_t i = 0; i < o->in->n_select; i++) {
        enum status s = no_reader(&o->in->select[i], d, e);
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
