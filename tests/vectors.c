#include "tests/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/dump.h"
#include "tests/check.h"

struct vector vector_load(const char *folder, const char *name)
{
    char relative[512];
    snprintf(relative, sizeof relative, "vectors/%s/%s.npy", folder, name);
    const char *path = shared_path(relative);
    if (!path)
        skip();
    struct dump *d = NULL;
    const struct tensor_view *t = NULL;
    struct error e = {{0}};
    if (dump_open(path, NULL, &d, &e) || dump_load(d, 0, &t, &e))
        fail_msg("%s", e.text);
    struct vector out = {.n = tensor_count(t), .rows = t->rank ? t->shape[0] : 1};
    out.columns = out.rows ? out.n / out.rows : 0;
    out.v = calloc(out.n ? out.n : 1, sizeof *out.v);
    size_t size = dtype_size(t->dtype);
    unsigned char *raw = malloc(out.n * size + 1);
    tensor_read_raw(t, 0, out.n, raw);
    for (size_t i = 0; i < out.n; i++)
        memcpy(&out.v[i], raw + i * size, size);
    free(raw);
    dump_close(d);
    return out;
}

void vector_free(struct vector *v)
{
    free(v->v);
    *v = (struct vector){0};
}
