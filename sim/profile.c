#include "sim/profile.h"

#include <string.h>
#include <strings.h>

static const struct profile profiles[] = {
#define PROFILE(name, family, text, doc, citation, checked, note) \
    {{name, text, doc, citation}, family, checked, note},
#include "sim/profiles.def"
#undef PROFILE
};

size_t profile_count(void)
{
    return sizeof profiles / sizeof *profiles;
}

const struct profile *profile_at(size_t i)
{
    return &profiles[i];
}

const struct profile *profile_find(const char *name)
{
    for (size_t i = 0; i < profile_count() && strchr(name, ':'); i++)
        if (strcasecmp(profiles[i].scheme.name, name) == 0)
            return &profiles[i];
    return NULL;
}
