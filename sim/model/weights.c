#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/dump.h"
#include "sim/model/record.h"

static enum status read_param(struct dump *d, const struct net_param *p, float *params, struct error *e)
{
    char name[48], found[TENSOR_SHAPE_TEXT];
    record_param_name(p, name);
    const struct tensor_view *t;
    size_t i;
    enum status s = dump_find(d, name, &i, e);
    if (!s)
        s = dump_load(d, i, &t, e);
    if (s)
        return s;
    bool norm = p->rows == 1;
    if (norm ? t->rank != 1 || t->shape[0] != p->cols
             : t->rank != 2 || t->shape[0] != p->rows || t->shape[1] != p->cols) {
        struct tensor_view want = {.rank = norm ? 1 : 2, .shape = {norm ? p->cols : p->rows, p->cols}};
        char wanted[TENSOR_SHAPE_TEXT];
        tensor_shape_text(t, found);
        tensor_shape_text(&want, wanted);
        return error_set(e, STATUS_MISSING, "%s: weight \"%s\" has shape %s; %s is needed", dump_path(d),
                         name, found, wanted);
    }
    tensor_read_f32(t, 0, p->rows * p->cols, params + p->offset);
    return STATUS_OK;
}

static enum status read_facts(struct dump *d, struct record_facts *facts, struct error *e)
{
    const char *path = dump_path(d), *texts = dump_metadata(d, "texts_sha256");
    if (strcmp(texts, facts->texts_sha256) != 0)
        return error_set(
            e, STATUS_MISSING,
            "%s: metadata \"texts_sha256\" is \"%s\", that of the texts given is %s; held-out text must "
            "come from the texts that the weights were trained on",
            path, texts, facts->texts_sha256);
    const char *seed = dump_metadata(d, "seed"), *steps = dump_metadata(d, "steps");
    const char *bits = dump_metadata(d, "train_bits_per_byte");
    /* Whole texts, no longer than numbers of their types. */
    int ends[3] = {0};
    double number;
    if (sscanf(seed, "%20" SCNu64 "%n", &facts->seed, &ends[0]) != 1 || seed[ends[0]] ||
        sscanf(steps, "%9d%n", &facts->steps, &ends[1]) != 1 || steps[ends[1]] || facts->steps < 1 ||
        sscanf(bits, "%31lf%n", &number, &ends[2]) != 1 || bits[ends[2]])
        return error_set(
            e, STATUS_MISSING,
            "%s: metadata seed \"%s\", steps \"%s\", train_bits_per_byte \"%s\"; three numbers are needed",
            path, seed, steps, bits);
    snprintf(facts->train_bits, sizeof facts->train_bits, "%s", bits);
    return STATUS_OK;
}

enum status record_read_weights(const char *path, const struct net_config *c, float *params,
                                struct record_facts *facts, struct error *e)
{
    struct dump *d = NULL;
    enum status s = dump_open(path, NULL, &d, e);
    if (s)
        return s;
    s = read_facts(d, facts, e);
    for (size_t i = 0; !s && i < net_params(c); i++) {
        struct net_param p = net_param_at(c, i);
        s = read_param(d, &p, params, e);
    }
    if (!s)
        s = dump_check(d, e);
    dump_close(d);
    return s;
}
