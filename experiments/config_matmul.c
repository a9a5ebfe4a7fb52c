/* What a site has beside the scheme of its input: the schemes of weight and output, and the MAC. */
#include <stdlib.h>
#include <string.h>

#include "experiments/config_read.h"
#include "sim/base/strbuf.h"
#include "sim/mac.h"
#include "sim/scheme.h"

enum status config_read_scheme(const struct node *n, const char *key, struct quant_spec *out, struct error *e)
{
    struct error why = {{0}};
    enum status s = scheme_parse(n->text, out, &why);
    return s ? node_error(n, e, "%s: %s", key, why.text) : STATUS_OK;
}

/* Parses a MAC text, and again with what it leaves open of scales, on which other defaults rest. */
static enum status parse_mac(const char *text, const struct quant_spec *input, struct matmul_spec *m,
                             struct error *e)
{
    enum status s = mac_parse(text, &m->mac, e);
    enum mac_scales scales = s ? MAC_SCALES_NONE : matmul_scales(&m->mac, input, &m->weight);
    if (s || scales == m->mac.scales)
        return s;
    struct strbuf b = {0};
    strbuf_printf(&b, "%s,scales=%s", text, scales == MAC_SCALES_PARTIALS ? "partials" : "dequantize");
    s = b.text ? mac_parse(b.text, &m->mac, e) : error_set(e, STATUS_INTERNAL, "out of memory");
    strbuf_free(&b);
    return s;
}

/* A unit named as such multiplies its own formats alone. */
static enum status check_unit(const char *text, const struct quant_spec *input,
                              const struct quant_spec *weight, struct error *e)
{
    const struct unit *u = unit_of(text);
    const struct quant_spec *sides[] = {input, weight};
    for (size_t i = 0; u && i < 2; i++)
        if (sides[i]->codec || !unit_takes(u, &sides[i]->element))
            return error_set(e, STATUS_INVALID,
                             "%s multiplies %s, and no %s; allowed: those, or its text: %.300s", u->name,
                             u->formats, sides[i]->element.name, u->text);
    return STATUS_OK;
}

enum status config_read_mac(const struct node *n, const char *what, const struct quant_spec *left,
                            struct matmul_spec *m, struct error *e)
{
    struct error why = {{0}};
    enum status s = parse_mac(n ? n->text : "exact", left, m, &why);
    if (!s && n)
        s = check_unit(n->text, left, &m->weight, &why);
    return s && n ? node_error(n, e, "%s: %s", what, why.text)
           : s    ? error_set(e, s, "%s", why.text)
                  : STATUS_OK;
}

/* [TRANSFORM: ]INPUT * WEIGHT @ MAC[ -> OUTPUT]; takes the place of *text, which has INPUT. */
static void extend(char **text, const char *transform, const char *weight, const char *mac,
                   const char *output)
{
    struct strbuf b = {0};
    if (transform)
        strbuf_printf(&b, "%s: ", transform);
    strbuf_printf(&b, "%s * %s @ %s", *text, weight, mac);
    if (output)
        strbuf_printf(&b, " -> %s", output);
    free(*text);
    *text = strbuf_take(&b);
}

static enum status name_all(struct config_scheme *out, const struct node *weight, const struct node *mac,
                            const struct node *output, bool shown, struct error *e)
{
    const struct matmul_spec *m = out->matmul;
    char scheme[SCHEME_TEXT_SIZE], of_output[SCHEME_TEXT_SIZE], text[MAC_TEXT_SIZE];
    char steps[TRANSFORM_TEXT_SIZE];
    const char *transform = out->chain ? steps : NULL;
    if (out->chain)
        transform_canonical(out->chain, steps);
    extend(&out->text, out->transform, weight ? weight->text : out->text, mac ? mac->text : "exact",
           output ? output->text : NULL);
    scheme_canonical(&m->weight, scheme);
    mac_identity(&m->mac, text);
    if (m->has_output)
        scheme_canonical(&m->output, of_output);
    extend(&out->canonical, transform, scheme, text, m->has_output ? of_output : NULL);
    if (!shown)
        return out->text && out->canonical ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    scheme_short(&m->weight, scheme);
    mac_short(&m->mac, text);
    if (m->has_output)
        scheme_short(&m->output, of_output);
    extend(&out->label, out->transform, scheme, text, m->has_output ? of_output : NULL);
    out->weight = strdup(scheme);
    out->mac = strdup(text);
    out->output = m->has_output ? strdup(of_output) : NULL;
    bool room = out->text && out->canonical && out->label && out->weight && out->mac &&
                (out->output || !m->has_output);
    return room ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_read_transform(const struct node *n, bool attention, struct config_scheme *out,
                                  struct error *e)
{
    struct error why = {{0}};
    char text[TRANSFORM_TEXT_SIZE];
    if (!n || !strcmp(n->text, "none"))
        return STATUS_OK;
    out->chain = calloc(1, sizeof *out->chain);
    if (!out->chain)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = transform_parse(n->text, out->chain, &why);
    if (!s)
        s = transform_check(out->chain, attention, &why);
    if (s)
        return node_error(n, e, "transform: %s", why.text);
    transform_short(out->chain, text);
    out->transform = strdup(text);
    return out->transform ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
}

enum status config_compose_matmul(const struct config_given *g, struct config_scheme *out, struct error *e)
{
    const struct node *weight = config_value(g, "weight");
    const struct node *output = config_value(g, "output");
    const struct node *mac = config_value(g, "mac");
    struct matmul_spec *m = out->matmul = calloc(1, sizeof *m);
    if (!m)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    m->weight = out->spec;
    m->has_output = output != NULL;
    enum status s = weight ? config_read_scheme(weight, "weight", &m->weight, e) : STATUS_OK;
    if (!s && output)
        s = config_read_scheme(output, "output", &m->output, e);
    if (!s)
        s = config_read_mac(mac, "mac", &out->spec, m, e);
    if (!s)
        s = config_read_transform(config_value(g, "transform"), false, out, e);
    return s ? s : name_all(out, weight, mac, output, !g->unnamed, e);
}
