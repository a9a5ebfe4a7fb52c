#include "experiments/choice.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const choice_keys[CHOICES] = {"select", "shapes", "layer", "role"};
const char *const choice_says[CHOICES] = {
    "a glob", "lengths as '*,128', of which each is a number, a range as 64-256, * or, once, ...",
    "a number or a range as 0-3", "a glob"};

/* "5" or "5-9"; what follows it, or NULL. Numbers of 18 digits or fewer. */
static const char *read_range(const char *at, uint64_t *from, uint64_t *to)
{
    size_t digits = strspn(at, "0123456789");
    if (!digits || digits > 18)
        return NULL;
    *from = *to = strtoull(at, NULL, 10);
    at += digits;
    if (*at != '-')
        return at;
    digits = strspn(++at, "0123456789");
    if (!digits || digits > 18)
        return NULL;
    *to = strtoull(at, NULL, 10);
    return *from <= *to ? at + digits : NULL;
}

/* One axis of a pattern of shapes. */
struct axis {
    bool any_axes; /* "..." */
    uint64_t from, to;
};

/* The axis at `at`; what follows it, or NULL if it is none. */
static const char *read_axis(const char *at, struct axis *out)
{
    *out = (struct axis){false, 0, UINT64_MAX};
    at += strspn(at, " ");
    if (!strncmp(at, "...", 3)) {
        out->any_axes = true;
        at += 3;
    } else if (*at == '*') {
        at++;
    } else if (!(at = read_range(at, &out->from, &out->to))) {
        return NULL;
    }
    return at + strspn(at, " ");
}

/* The number of axes, -1 if it is no pattern. The empty pattern is the shape of a single number. */
static int read_shape(const char *text, struct axis axes[static TENSOR_MAX_RANK + 1])
{
    int n = 0, gaps = 0;
    if (!*text)
        return 0;
    for (const char *at = text;; at++) {
        if (n == TENSOR_MAX_RANK + 1 || !(at = read_axis(at, &axes[n])))
            return -1;
        gaps += axes[n++].any_axes;
        if (*at != ',')
            return *at || gaps > 1 ? -1 : n;
    }
}

static bool shape_matches(const char *text, const struct tensor_view *t)
{
    struct axis axes[TENSOR_MAX_RANK + 1];
    const int n = read_shape(text, axes);
    int gap = 0;
    while (gap < n && !axes[gap].any_axes)
        gap++;
    if (gap == n ? n != t->rank : n - 1 > t->rank)
        return false;
    for (int i = 0; i < n; i++) {
        const int at = i < gap ? i : t->rank - n + i;
        if (i != gap && (t->shape[at] < axes[i].from || t->shape[at] > axes[i].to))
            return false;
    }
    return true;
}

bool choice_is_pattern(enum choice c, const char *text)
{
    struct axis axes[TENSOR_MAX_RANK + 1];
    uint64_t from, to;
    if (c == CHOOSE_SHAPE)
        return read_shape(text, axes) >= 0;
    if (c != CHOOSE_LAYER)
        return true;
    const char *end = read_range(text, &from, &to);
    return end && !*end;
}

bool choice_takes(enum choice c, const char *pattern, const struct dump *d, size_t i, const char *name)
{
    uint64_t from, to;
    size_t layer;
    switch (c) {
    case CHOOSE_NAME:
        return !fnmatch(pattern, name, 0);
    case CHOOSE_SHAPE:
        return shape_matches(pattern, dump_tensor(d, i));
    case CHOOSE_LAYER:
        return dump_layer(d, i, &layer) && read_range(pattern, &from, &to) && layer >= from && layer <= to;
    case CHOOSE_ROLE:
        return *dump_role(d, i) && !fnmatch(pattern, dump_role(d, i), 0);
    default:
        return false;
    }
}

const char *choice_text(enum choice c, const struct dump *d, size_t i, const char *name,
                        char room[static TENSOR_SHAPE_TEXT])
{
    size_t layer;
    *room = '\0';
    if (c == CHOOSE_NAME)
        return name;
    if (c == CHOOSE_ROLE)
        return dump_role(d, i);
    if (c == CHOOSE_LAYER && dump_layer(d, i, &layer))
        snprintf(room, TENSOR_SHAPE_TEXT, "%zu", layer);
    if (c != CHOOSE_SHAPE)
        return room;
    tensor_shape_text(dump_tensor(d, i), room);
    room[strlen(room) - 1] = '\0'; /* without brackets */
    return room + 1;
}
