#include "experiments/layers.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "sim/base/json.h"

/* [layer, role] of a subject; NULL if it has neither, or without memory. */
static json_t *place_of(const struct plan_subject *s)
{
    const size_t lead = s->place.part[config_site_lead(s->place.op)];
    const char *role = dump_role(s->dump, lead);
    size_t layer;
    const bool has_layer = dump_layer(s->dump, lead, &layer);
    if (!has_layer && !*role)
        return NULL;
    json_t *text = *role ? json_string(role) : NULL; /* NULL too where it is not UTF-8 */
    return json_pack("[o, o]", has_layer ? json_integer((json_int_t)layer) : json_null(),
                     text ? text : json_null());
}

/* Names that are not UTF-8 are refused by the library, and left out. */
static void add(json_t *root, const struct plan_subject *s)
{
    json_t *place = place_of(s), *dump = place ? json_object_get(root, s->path) : NULL;
    if (place && !dump && json_object_set_new(root, s->path, json_object()) == 0)
        dump = json_object_get(root, s->path);
    if (dump && json_object_set(dump, s->facts.view.name, place) != 0 && !json_object_size(dump))
        json_object_del(root, s->path);
    json_decref(place);
}

enum status layers_text(const struct plan *p, char **out, struct error *e)
{
    errno = 0; /* the library gives no reason where it has no memory */
    json_t *root = json_object();
    for (size_t i = 0; root && i < p->n_subjects && p->config->op != OP_ANALYSIS; i++)
        add(root, &p->subjects[i]);
    const bool any = json_object_size(root) != 0;
    *out = any ? json_text(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (root && errno != ENOMEM && (*out || !any))
        return STATUS_OK;
    free(*out);
    *out = NULL;
    return error_set(e, STATUS_INTERNAL, "out of memory");
}
