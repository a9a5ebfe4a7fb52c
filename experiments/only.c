/* run_options.only: narrowing a run to some cells. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "experiments/names.h"
#include "experiments/plan.h"
#include "sim/base/strbuf.h"
#include "sim/scheme.h"

enum status only_parse(const char *text, struct only *out, struct error *e)
{
    *out = (struct only){.glob = text};
    if (!text)
        return STATUS_OK;
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    if (!n || text[n] != '=' || n >= sizeof out->key)
        return STATUS_OK;
    memcpy(out->key, text, n);
    out->glob = text + n + 1;
    if (!strcmp(out->key, "tensor") || !strcmp(out->key, "format") || scheme_key_find(out->key))
        return STATUS_OK;
    size_t count = scheme_key_count() + 2;
    const char **names = calloc(count, sizeof *names);
    if (!names)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    names[0] = "tensor";
    names[1] = "format";
    for (size_t i = 2; i < count; i++)
        names[i] = scheme_key_at(i - 2)->name;
    char hint[STR_HINT_SIZE];
    error_set(e, STATUS_USAGE, "--only: unknown key '%s'%s; allowed: tensor, format and the keys of schemes",
              out->key, str_hint(out->key, names, count, hint));
    free(names);
    return STATUS_USAGE;
}

/* A format is known by the name of its element and, as in `exclude`, by the text that was swept, with or
 * without the keys after it. */
static bool format_matches(const char *glob, const struct config_scheme *scheme)
{
    if (scheme->analysis)
        return false;
    char head[SCHEME_TEXT_SIZE] = "";
    size_t n = strcspn(scheme->format, ",");
    strncat(head, scheme->format, n < sizeof head ? n : sizeof head - 1);
    return !fnmatch(glob, scheme->spec.element.name, 0) || !fnmatch(glob, scheme->format, 0) ||
           !fnmatch(glob, head, 0);
}

bool only_matches(const struct only *o, const char *tensor, const struct config_scheme *scheme)
{
    if (!o->glob)
        return true;
    char scratch[SCHEME_VALUE_SIZE];
    if (!strcmp(o->key, "tensor"))
        return !fnmatch(o->glob, tensor, 0);
    if (!strcmp(o->key, "format"))
        return format_matches(o->glob, scheme);
    if (*o->key) {
        if (scheme->analysis)
            return false;
        return !fnmatch(o->glob, scheme_get(&scheme->spec, scheme_key_find(o->key), scratch), 0);
    }
    return !fnmatch(o->glob, scheme->label, 0) || !fnmatch(o->glob, scheme->text, 0);
}

const char *only_hint(const struct only *o, const struct plan *p, char out[static STR_HINT_SIZE])
{
    const struct config *c = p->config;
    struct names names = {NULL, 0};
    bool room = true;
    char scratch[SCHEME_VALUE_SIZE];
    for (size_t i = 0; room && !strcmp(o->key, "tensor") && i < p->n_subjects; i++)
        room = names_note(&names, p->subjects[i].facts.view.name);
    for (size_t i = 0; room && strcmp(o->key, "tensor") != 0 && i < c->n_schemes; i++) {
        const struct config_scheme *s = &c->schemes[i];
        if (s->analysis) {
            room = *o->key || names_note(&names, s->label);
        } else if (!strcmp(o->key, "format")) {
            room = names_note(&names, s->spec.element.name) && names_note(&names, s->format);
        } else if (*o->key) {
            room = names_note(&names, scheme_get(&s->spec, scheme_key_find(o->key), scratch));
        } else {
            room = names_note(&names, s->label);
        }
    }
    names_hint(&names, o->glob, out);
    names_free(&names);
    return out;
}
