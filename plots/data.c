#include "plots/data.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/query.h"
#include "sim/base/strbuf.h"

/* Bytes of the UTF-8 character at s; 0 if there is none, or none that an SVG may hold. s ends with a NUL. */
static size_t character(const char *s)
{
    uint32_t code;
    const size_t n = str_character(s, &code);
    return n > 1 && (code < 0xa0 || (code & 0xfffe) == 0xfffe) ? 0 : n; /* C1 controls, noncharacters */
}

/* gnuplot drops quotes and spaces around a field, takes a # before the first one for a comment, and then
 * reads escapes as in a string of its own: what it must not see is written as \ooo, and each backslash that
 * is to be shown as two. */
static void write_for_gnuplot(const char *tsv, FILE *out)
{
    bool line = true, field = true; /* at the start of one */
    for (const char *p = tsv; *p;) {
        size_t n = character(p);
        bool edge = field || p[1] == '\t' || p[1] == '\n';
        if (*p == '\\' && p[1] != '\\') /* \t, \n, \r of results/table.h */
            fprintf(out, "\\\\%c", *++p);
        else if (*p == '\\')
            fputs("\\\\", out), p++;
        else if (*p == '"' || (*p == '#' && line) || (*p == ' ' && edge))
            fprintf(out, "\\%03o", (unsigned char)*p);
        else if (n)
            fwrite(p, 1, n, out);
        else
            fprintf(out, "\\\\x%02X", (unsigned char)*p);
        line = *p == '\n';
        field = line || *p == '\t';
        p += n ? n : 1;
    }
}

enum status selection_write(const void *what, FILE *tsv, size_t *rows, struct error *e)
{
    const struct selection *from = what;
    struct query *q = NULL;
    enum status s = query_open(from->db, 0, &q, e);
    if (!s && from->study)
        s = query_choose_study(q, from->study, e);
    if (!s)
        s = query_write(q, from->sql, TABLE_TSV, tsv, rows, e);
    query_close(q);
    return s;
}

static enum status read_rows(const struct figure_rows *source, char **tsv, size_t *rows, struct error *e)
{
    size_t size;
    *tsv = NULL;
    FILE *memory = open_memstream(tsv, &size);
    if (!memory)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    enum status s = source->write(source->what, memory, rows, e);
    if (fclose(memory) != 0 && !s)
        s = error_set(e, STATUS_INTERNAL, "out of memory");
    return s;
}

enum status data_write(const struct figure_rows *source, const char *path, const char *shown, size_t *rows,
                       struct error *e)
{
    char *tsv = NULL;
    enum status s = read_rows(source, &tsv, rows, e);
    FILE *out = s ? NULL : fopen(path, "w");
    if (!s && !out)
        s = error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    if (!s) {
        write_for_gnuplot(tsv, out);
        bool failed = ferror(out) != 0;
        if (fclose(out) != 0 || failed)
            s = error_set(e, STATUS_IO, "%s: cannot write: %s", shown, strerror(errno));
    }
    free(tsv);
    return s;
}
