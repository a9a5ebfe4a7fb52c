/* What attention has beside the scheme of its queries: schemes of keys, probabilities, values and output, and
 * the MACs of both products. */
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"
#include "sim/mac.h"
#include "sim/scheme.h"

/* What is said beside the queries; NULL: not said. */
struct said {
    const struct node *k, *p, *v, *output, *mac, *mac_pv;
};

static const char *text_of(const struct node *n, const char *otherwise)
{
    return n ? n->text : otherwise;
}

static bool is_none(const struct node *n)
{
    return !n || !strcmp(n->text, "none");
}

/* Each key's scheme, or its default. */
static enum status read_schemes(const struct said *said, const struct quant_spec *q, struct attention_spec *a,
                                struct error *e)
{
    a->scores.weight = a->values.weight = *q;
    a->values.has_output = said->output != NULL;
    enum status s = said->k ? config_read_scheme(said->k, "k", &a->scores.weight, e) : STATUS_OK;
    if (!s)
        s = is_none(said->p) ? scheme_parse("fp32", &a->probs, e)
                             : config_read_scheme(said->p, "p", &a->probs, e);
    if (!s && said->v)
        s = config_read_scheme(said->v, "v", &a->values.weight, e);
    if (!s && said->output)
        s = config_read_scheme(said->output, "output", &a->values.output, e);
    return s;
}

/* The texts of one writing: as said, canonical or short. */
struct texts {
    const char *transform, *k, *p, *v, *output, *mac, *mac_pv;
};

/* [TRANSFORM: ]Q * K @ MAC; P * V @ MAC [-> OUTPUT]; takes the place of *text, which has Q. */
static void extend(char **text, const struct texts *t)
{
    struct strbuf b = {0};
    if (t->transform)
        strbuf_printf(&b, "%s: ", t->transform);
    strbuf_printf(&b, "%s * %s @ %s; %s * %s @ %s", *text, t->k, t->mac, t->p, t->v, t->mac_pv);
    if (t->output)
        strbuf_printf(&b, " -> %s", t->output);
    free(*text);
    *text = strbuf_take(&b);
}

/* Both where they differ. */
static char *macs_text(const char *mac, const char *mac_pv)
{
    struct strbuf b = {0};
    strbuf_add(&b, mac);
    if (strcmp(mac, mac_pv) != 0)
        strbuf_printf(&b, "; %s", mac_pv);
    return strbuf_take(&b);
}

typedef void write_scheme(const struct quant_spec *q, char *out);
typedef void write_mac(const struct mac_spec *m, char *out);

/* Room for the texts of one writing. */
struct written {
    char scheme[4][SCHEME_TEXT_SIZE], mac[2][MAC_TEXT_SIZE], steps[TRANSFORM_TEXT_SIZE];
};

static struct texts write_all(const struct attention_spec *a, write_scheme *scheme, write_mac *mac,
                              struct written *w)
{
    scheme(&a->scores.weight, w->scheme[0]);
    scheme(&a->probs, w->scheme[1]);
    scheme(&a->values.weight, w->scheme[2]);
    if (a->values.has_output)
        scheme(&a->values.output, w->scheme[3]);
    mac(&a->scores.mac, w->mac[0]);
    mac(&a->values.mac, w->mac[1]);
    return (struct texts){.k = w->scheme[0],
                          .p = w->scheme[1],
                          .v = w->scheme[2],
                          .output = a->values.has_output ? w->scheme[3] : NULL,
                          .mac = w->mac[0],
                          .mac_pv = w->mac[1]};
}

static enum status name_all(struct config_scheme *out, const struct said *said, bool shown, struct error *e)
{
    struct written *room = malloc(sizeof *room);
    if (!room)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    const char *mac = text_of(said->mac, "exact");
    struct texts t = {.transform = out->transform,
                      .k = text_of(said->k, out->text),
                      .p = is_none(said->p) ? "none" : said->p->text,
                      .v = text_of(said->v, out->text),
                      .output = text_of(said->output, NULL),
                      .mac = mac,
                      .mac_pv = text_of(said->mac_pv, mac)};
    extend(&out->text, &t);
    t = write_all(out->attention, scheme_canonical, mac_identity, room);
    if (out->chain) {
        transform_canonical(out->chain, room->steps);
        t.transform = room->steps;
    }
    extend(&out->canonical, &t);
    if (!shown) {
        free(room);
        return out->text && out->canonical ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    }
    t = write_all(out->attention, scheme_short, mac_short, room);
    t.transform = out->transform;
    extend(&out->label, &t);
    struct strbuf operands = {0};
    strbuf_printf(&operands, "k: %s; p: %s; v: %s", t.k, t.p, t.v);
    out->weight = strbuf_take(&operands);
    out->mac = macs_text(t.mac, t.mac_pv);
    out->output = t.output ? strdup(t.output) : NULL;
    bool ok =
        out->text && out->canonical && out->label && out->weight && out->mac && (out->output || !t.output);
    free(room);
    return ok ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_compose_attention(const struct config_given *g, struct config_scheme *out, struct error *e)
{
    struct said said;
    const struct {
        const char *key;
        const struct node **node;
    } keys[] = {{"k", &said.k},           {"p", &said.p},     {"v", &said.v},
                {"output", &said.output}, {"mac", &said.mac}, {"mac_pv", &said.mac_pv}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        *keys[i].node = config_value(g, keys[i].key);
    struct attention_spec *a = out->attention = calloc(1, sizeof *a);
    if (!a)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = read_schemes(&said, &out->spec, a, e);
    if (!s)
        s = config_read_mac(said.mac, "mac", &out->spec, &a->scores, e);
    if (!s && said.mac_pv)
        s = config_read_mac(said.mac_pv, "mac_pv", &a->probs, &a->values, e);
    else if (!s)
        s = config_read_mac(said.mac, "mac, of p * v (mac_pv says another)", &a->probs, &a->values, e);
    if (!s)
        s = config_read_transform(config_value(g, "transform"), true, out, e);
    return s ? s : name_all(out, &said, !g->unnamed, e);
}
