#include "experiments/subject_read.h"

#include <string.h>

/* Where the sensitivities of tensor i are: false if the dump holds none. */
static bool find_sensitivity(const struct dump *d, size_t i, size_t *at)
{
    const char *name = dump_tensor(d, i)->name;
    size_t n = strlen(name);
    for (size_t j = 0; j < dump_count(d); j++) {
        const char *other = dump_tensor(d, j)->name;
        if (!strncmp(other, name, n) && !strcmp(other + n, SENSITIVITY_SUFFIX)) {
            *at = j;
            return true;
        }
    }
    return false;
}

static void say_drawn(const struct dump *d, size_t i, struct subject *out)
{
    const struct synth_spec *drawn = dump_drawn(d, i);
    if (drawn)
        out->drawn = *drawn;
}

enum status subject_read(struct dump *d, size_t i, struct subject *out, struct error *e)
{
    const struct tensor_view *view, *sensitivity = NULL;
    size_t at;
    bool weighed = find_sensitivity(d, i, &at);
    enum status s = dump_load(d, i, &view, e);
    if (!s && weighed)
        s = dump_load(d, at, &sensitivity, e);
    if (!s)
        s = subject_load(view, sensitivity, out, e);
    if (!s)
        say_drawn(d, i, out);
    if (!s && (s = dump_check(d, e)))
        subject_free(out);
    if (weighed)
        dump_unload(d, at);
    dump_unload(d, i);
    return s;
}

static enum status tensor_facts(struct dump *d, size_t i, struct subject *out, struct error *e)
{
    const struct tensor_view *view;
    size_t at;
    *out = (struct subject){.x = NULL};
    enum status s = dump_load(d, i, &view, e);
    if (s)
        return s;
    out->view = *view;
    out->n = tensor_count(view);
    tensor_hash(view, out->hash);
    dump_unload(d, i);
    out->view.data = NULL;
    say_drawn(d, i, out);
    if (!find_sensitivity(d, i, &at))
        return STATUS_OK;
    s = dump_load(d, at, &view, e);
    if (!s)
        tensor_hash(view, out->sensitivity_hash);
    dump_unload(d, at);
    return s;
}

typedef enum status read_tensor(struct dump *d, size_t i, struct subject *out, struct error *e);

/* Part i of a place; queries that a weight gives, multiplied. */
static enum status read_part(struct dump *d, const struct site_place *p, size_t i, read_tensor *read,
                             struct subject *out, struct error *e)
{
    struct subject weight;
    enum status s = read(d, p->part[i], out, e);
    if (s || i || !p->multiplied)
        return s;
    s = read(d, p->part[3], &weight, e);
    if (s) {
        subject_free(out);
        return s;
    }
    struct subject input = *out;
    s = subject_multiply(&input, &weight, p->name, out, e);
    if (!s)
        subject_as_tensor(out);
    return s;
}

/* With each part read by `read`. */
static enum status compose(struct dump *d, const struct site_place *p, read_tensor *read, struct subject *out,
                           struct error *e)
{
    static const size_t parts[OPS] = {[OP_QUANTIZE] = 1, [OP_MATMUL] = 2, [OP_ATTENTION] = 3};
    struct subject part[3];
    *out = (struct subject){.view = {.name = ""}};
    if (p->op == OP_ANALYSIS)
        return STATUS_OK;
    for (size_t i = 0; i < parts[p->op]; i++) {
        enum status s = read_part(d, p, i, read, &part[i], e);
        if (!s && p->windows) {
            s = subject_window(&part[i], p->window, p->windows, e);
            i += s != STATUS_OK;
        }
        while (s && i-- > 0)
            subject_free(&part[i]);
        if (s)
            return s;
    }
    if (p->op == OP_MATMUL)
        return subject_multiply(&part[0], &part[1], p->name, out, e);
    if (p->op == OP_ATTENTION)
        return subject_attend(part, p->rotary, p->name, out, e);
    *out = part[0];
    return STATUS_OK;
}

enum status subject_read_held(struct dump *d, size_t i, struct subject *out, struct error *e)
{
    enum status s = subject_read(d, i, out, e);
    if (s)
        return s;
    s = subject_hold(out, e);
    if (!s)
        s = dump_check(d, e);
    if (s)
        subject_free(out);
    return s;
}

enum status subject_read_site(struct dump *d, const struct site_place *p, struct subject *out,
                              struct error *e)
{
    return compose(d, p, p->op == OP_QUANTIZE ? subject_read : subject_read_held, out, e);
}

enum status subject_facts(struct dump *d, const struct site_place *p, struct subject *out, struct error *e)
{
    return compose(d, p, tensor_facts, out, e);
}
