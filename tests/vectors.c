#include "tests/vectors.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/dump/dump.h"
#include "sim/quant/quant.h"
#include "sim/scheme.h"
#include "tests/check.h"

struct vector vector_load(const char *folder, const char *name, ...)
{
    char file[128], relative[512];
    va_list arguments;
    va_start(arguments, name);
    vsnprintf(file, sizeof file, name, arguments);
    va_end(arguments);
    snprintf(relative, sizeof relative, "vectors/%s/%s.npy", folder, file);
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

struct vector vector_load_u64(const char *folder, const char *name)
{
    enum { HEADER = 128 }; /* version 1.0, as the README of the vectors says */
    char relative[512], header[HEADER];
    snprintf(relative, sizeof relative, "vectors/%s/%s.npy", folder, name);
    const char *path = shared_path(relative);
    if (!path)
        skip();
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fread(header, 1, HEADER, f), HEADER);
    assert_non_null(memmem(header, HEADER, "'<u8'", 5));
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    struct vector out = {.n = ((size_t)ftell(f) - HEADER) / sizeof *out.v};
    out.rows = out.n;
    out.columns = 1;
    out.v = calloc(out.n ? out.n : 1, sizeof *out.v);
    assert_int_equal(fseek(f, HEADER, SEEK_SET), 0);
    assert_int_equal(fread(out.v, sizeof *out.v, out.n, f), out.n);
    fclose(f);
    return out;
}

void vector_free(struct vector *v)
{
    free(v->v);
    *v = (struct vector){0};
}

char **vector_names(const char *folder, const char *suffix, size_t *n)
{
    char pattern[PATH_MAX];
    snprintf(pattern, sizeof pattern, "vectors/%s", folder);
    const char *root = shared_path(pattern);
    glob_t found = {0};
    if (root)
        snprintf(pattern, sizeof pattern, "%s/*%s", root, suffix);
    if (!root || glob(pattern, 0, NULL, &found))
        skip();
    char **names = calloc(found.gl_pathc, sizeof *names);
    *n = found.gl_pathc;
    for (size_t i = 0; i < *n; i++) {
        names[i] = strdup(strrchr(found.gl_pathv[i], '/') + 1);
        names[i][strlen(names[i]) - strlen(suffix)] = '\0';
    }
    globfree(&found);
    return names;
}

void vector_names_free(char **names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static bool is_nan_code(const struct format *f, uint32_t code)
{
    return format_decode(f, code).class == NUMBER_NAN;
}

bool vector_same_code(const struct format *f, uint32_t got, uint32_t want)
{
    return got == want || (is_nan_code(f, want) && is_nan_code(f, got));
}

struct vector_coded vector_quantize(const char *scheme, const uint64_t *bits, size_t rows, size_t columns)
{
    struct quant_spec q;
    struct error e = {{0}};
    if (scheme_parse(scheme, &q, &e))
        fail_msg("%s", e.text);
    size_t n = rows * columns;
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = f32_from_bits((uint32_t)bits[i]);
    struct quant_input in = {.x = x, .rank = 2, .shape = {rows, columns}, .axis = 1};
    struct vector_coded out = {calloc(n, sizeof *out.codes), calloc(n, sizeof *out.scales),
                               calloc(n, sizeof *out.values)};
    struct quant_output to = {.values = out.values, .codes = out.codes, .scales = out.scales};
    struct quant_stats stats;
    if (quantize(&q, &in, &to, &stats, &e))
        fail_msg("%s", e.text);
    free(x);
    return out;
}

void vector_coded_free(struct vector_coded *c)
{
    free(c->codes);
    free(c->scales);
    free(c->values);
}
