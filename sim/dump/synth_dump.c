/* Synthetic tensors as a dump: drawn when they are read. */
#include <stdlib.h>

#include "sim/dump/reader.h"

struct made {
    const struct synth_tensor *tensors;
    size_t n;
};

static enum status draw(struct dump_file *f, struct dump_entry *entry, struct error *e)
{
    const struct synth_spec *s = entry->drawn;
    (void)f;
    entry->copy = calloc(s->rows * s->columns, sizeof(float));
    if (!entry->copy)
        return error_set(e, STATUS_INTERNAL, "out of memory for %zu x %zu values", s->rows, s->columns);
    return synth_fill(s, entry->copy, e);
}

static enum status add(struct dump_file *f, const struct synth_tensor *t, struct error *e)
{
    struct tensor_view view = {
        .dtype = DTYPE_F32, .rank = 2, .shape = {t->spec.rows, t->spec.columns}, .axes = t->axes};
    struct dump_entry *entry = NULL;
    enum status s = synth_check(&t->spec, e);
    tensor_set_c_order(&view);
    if (!s)
        s = dump_file_add(f, t->name, &view, &entry, e);
    if (s || !entry)
        return s;
    entry->drawn = malloc(sizeof *entry->drawn);
    if (!entry->drawn)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    *entry->drawn = t->spec;
    entry->has_layer = false; /* digits of a text are no layer */
    entry->role[0] = '\0';
    return STATUS_OK;
}

static enum status synth_open(struct dump_file *f, const struct dump_hint *hint, struct error *e)
{
    const struct made *m = f->made_of;
    enum status s = STATUS_OK;
    (void)hint;
    f->load = draw;
    for (size_t i = 0; i < m->n && !s; i++)
        s = add(f, &m->tensors[i], e);
    return s;
}

static const struct dump_reader reader = {
    .name = "synth", .doc = "tensors drawn from a distribution", .open = synth_open};

enum status dump_open_synth(const struct synth_tensor *tensors, size_t n, struct dump **out, struct error *e)
{
    const struct made m = {tensors, n};
    return dump_open_made(SYNTH_PATH, &reader, &m, out, e);
}
