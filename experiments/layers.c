#include "experiments/layers.h"

#include <jansson.h>
#include <stdlib.h>

/* [layer, role] of a subject, NULL if it has neither. */
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

enum status layers_text(const struct plan *p, char **out, struct error *e)
{
    json_t *root = json_object();
    bool failed = !root, any = false;
    for (size_t i = 0; i < p->n_subjects && !failed; i++) {
        const struct plan_subject *s = &p->subjects[i];
        json_t *place = place_of(s), *dump = place ? json_object_get(root, s->path) : NULL;
        if (place && !dump && json_object_set_new(root, s->path, json_object()) == 0)
            dump = json_object_get(root, s->path);
        if (place && dump && json_object_set(dump, s->facts.view.name, place) == 0)
            any = true;
        json_decref(place);
    }
    *out = any && !failed ? json_dumps(root, JSON_COMPACT) : NULL;
    failed |= any && !*out;
    json_decref(root);
    return failed ? error_set(e, STATUS_INTERNAL, "out of memory") : STATUS_OK;
}
