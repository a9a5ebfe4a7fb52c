#include "experiments/option_table.h"

#include <stdio.h>
#include <string.h>

static const struct argp_option builtin[] = {{"help", '?', NULL, 0, "Give this help list", 0},
                                             {"usage", 256, NULL, 0, "Give a short usage message", 0},
                                             {"version", 'V', NULL, 0, "Print program version", 0},
                                             {0}};

static bool is_end(const struct argp_option *o)
{
    return !o->key && !o->name && !o->doc && !o->group;
}

static bool each(const struct argp_option *o, bool (*f)(void *context, const struct argp_option *o),
                 void *context)
{
    for (; o && !is_end(o); o++)
        if (o->name && !(o->flags & OPTION_HIDDEN) && !f(context, o))
            return false;
    return true;
}

static bool walk(const struct argp *argp, bool (*f)(void *context, const struct argp_option *o),
                 void *context)
{
    if (!each(argp->options, f, context))
        return false;
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        if (!walk(c->argp, f, context))
            return false;
    return true;
}

void option_each(const struct argp *argp, bool (*f)(void *context, const struct argp_option *o),
                 void *context)
{
    if (walk(argp, f, context))
        each(builtin, f, context);
}

struct search {
    const char *name;
    int key;
    const struct argp_option *found;
};

static bool compare(void *context, const struct argp_option *o)
{
    struct search *s = context;
    if (s->name ? !strcmp(o->name, s->name) : o->key == s->key)
        s->found = o;
    return !s->found;
}

const struct argp_option *option_find(const struct argp *argp, const char *name, int key)
{
    struct search s = {name, key, NULL};
    option_each(argp, compare, &s);
    return s.found;
}

struct near {
    const char *name, *names[128];
    size_t n;
    bool begins; /* one of them as `name` does */
};

static bool take(void *context, const struct argp_option *o)
{
    struct near *t = context;
    t->begins = t->begins || !strncmp(o->name, t->name, strlen(t->name));
    if (t->n < sizeof t->names / sizeof *t->names)
        t->names[t->n++] = o->name;
    return true;
}

const struct argp_option *option_awaits(const struct argp *argp, const char *word)
{
    const struct argp_option *o = NULL;
    if (!strncmp(word, "--", 2)) {
        o = strchr(word, '=') ? NULL : option_find(argp, word + 2, 0);
    } else if (*word == '-') {
        for (const char *p = word + 1; *p; p++) {
            o = option_find(argp, NULL, (unsigned char)*p);
            if (o && o->arg) {
                o = p[1] ? NULL : o;
                break;
            }
        }
    }
    return o && o->arg && !(o->flags & OPTION_ARG_OPTIONAL) ? o : NULL;
}

const char *option_hint(const struct argp *argp, const char *name, char out[static STR_HINT_SIZE])
{
    struct near t = {.name = name};
    option_each(argp, take, &t);
    const char *near = t.begins ? NULL : str_nearest(name, t.names, t.n);
    snprintf(out, STR_HINT_SIZE, near ? "; did you mean '--%s'?" : "%s", near ? near : "");
    return out;
}

char *option_notes(const struct argp *argp)
{
    const char *after = argp->doc ? strchr(argp->doc, '\v') : NULL;
    const char *text = after ? after + 1 : "";
    char *made = argp->help_filter ? argp->help_filter(ARGP_KEY_HELP_POST_DOC, text, NULL) : NULL;
    return made && made != text ? made : strdup(text);
}
