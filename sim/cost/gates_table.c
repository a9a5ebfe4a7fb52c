#include "sim/cost/gates_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern const char text_results_synth_csv[];

/* A field up to its comma or the line's end; its own commas are written as semicolons. */
static bool field(const char **at, char *out, size_t size)
{
    const char *p = *at;
    const size_t n = strcspn(p, ",\n");
    if (n >= size)
        return false;
    memcpy(out, p, n);
    out[n] = 0;
    for (char *c = out; *c; c++)
        if (*c == ';')
            *c = ',';
    *at = p + n + (p[n] == ',');
    return true;
}

static bool number(const char **at, double *out)
{
    char text[32], *end = NULL;
    if (!field(at, text, sizeof text) || !*text)
        return false;
    *out = strtod(text, &end);
    return !*end && *out >= 0;
}

static bool whole(const char **at, int *out)
{
    double v = 0;
    if (!number(at, &v) || v > 1e9 || v != (int)v)
        return false;
    *out = (int)v;
    return true;
}

static bool numbers(const char **at, struct gates_row *out)
{
    int vectors = 0;
    bool read = whole(at, &out->lanes) && whole(at, &out->register_bits) && whole(at, &out->cells) &&
                number(at, &out->ge_min) && number(at, &out->ge_median) && number(at, &out->ge_max) &&
                whole(at, &out->seeds) && number(at, &out->delay) && whole(at, &vectors);
    out->vectors = vectors;
    return read;
}

bool gates_next(const char **at, struct gates_row *out)
{
    const char *p = *at ? *at : text_results_synth_csv + strcspn(text_results_synth_csv, "\n");
    if (*p != '\n' || !p[1])
        return false;
    p++;
    if (!field(&p, out->design, sizeof out->design) || !field(&p, out->format, sizeof out->format) ||
        !field(&p, out->other, sizeof out->other) || !field(&p, out->mac, sizeof out->mac) ||
        !numbers(&p, out) || !field(&p, out->verilog, sizeof out->verilog) ||
        !field(&p, out->flow, sizeof out->flow) || !field(&p, out->yosys, sizeof out->yosys) ||
        !field(&p, out->abc, sizeof out->abc) || !*out->abc || *p != '\n')
        return false;
    *at = p;
    out->of_formats = format_by_name(out->format, &out->a, NULL) &&
                      format_by_name(*out->other ? out->other : out->format, &out->b, NULL);
    return true;
}

bool gates_ended(const char *at)
{
    return at && *at == '\n' && !at[1];
}

static struct gates_row rows[GATES_ROWS_MAX];
static size_t n_rows;

static void read_rows(void)
{
    for (const char *at = NULL; n_rows < GATES_ROWS_MAX && gates_next(&at, &rows[n_rows]);)
        n_rows++;
}

size_t gates_count(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_rows);
    return n_rows;
}

const struct gates_row *gates_at(size_t i)
{
    return &rows[i];
}

bool gates_find(const char *design, const char *format, const char *other, const char *mac,
                struct gates_row *out)
{
    for (size_t i = 0; i < gates_count(); i++) {
        const struct gates_row *r = gates_at(i);
        if (!strcmp(r->design, design) && !strcmp(r->format, format) && !strcmp(r->other, other) &&
            !strcmp(r->mac, mac)) {
            *out = *r;
            return true;
        }
    }
    return false;
}
