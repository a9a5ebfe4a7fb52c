#include "experiments/explain.h"

#include <stdlib.h>
#include <string.h>

#include "experiments/cli_list.h"
#include "experiments/format_page.h"
#include "sim/scheme.h"

/* Derived at a time. */
enum { CHUNK = 64 };

void explain_index(const struct tensor_view *v, size_t element, char out[EXPLAIN_INDEX])
{
    size_t at[TENSOR_MAX_RANK], length = 0;
    for (int d = v->rank; d-- > 0; element /= v->shape[d])
        at[d] = element % v->shape[d];
    out[0] = '\0';
    for (int d = 0; d < v->rank; d++)
        length += (size_t)snprintf(out + length, EXPLAIN_INDEX - length, "%s%zu", d ? "," : "", at[d]);
}

/* --- for people --- */

struct texts {
    char decimal[NUMBER_TEXT_SIZE], hex[NUMBER_TEXT_SIZE];
};

static struct texts texts_of(const struct derivation_row *row)
{
    struct texts t;
    derivation_decimal(row, t.decimal);
    derivation_hex(row, t.hex);
    return t;
}

static void widen(int *width, const char *text)
{
    int n = (int)strlen(text);
    *width = n > *width ? n : *width;
}

void explain_print(FILE *out, const struct derivation *d, int indent)
{
    int step = 0, decimal = 0, hex = 0, bits = 0;
    for (size_t i = 0; i < d->rows; i++) {
        struct texts t = texts_of(&d->row[i]);
        widen(&step, d->row[i].step);
        widen(&decimal, t.decimal);
        widen(&hex, t.hex);
        widen(&bits, d->row[i].bits);
    }
    const char *section = "";
    for (size_t i = 0; i < d->rows; i++) {
        const struct derivation_row *r = &d->row[i];
        struct texts t = texts_of(r);
        if (strcmp(r->section, section) != 0)
            fprintf(out, "%*s%s\n", indent, "", r->section);
        section = r->section;
        fprintf(out, "%*s  %-*s", indent, "", step, r->step);
        if (!r->has_value && !r->bits[0])
            fprintf(out, "  %s\n", r->note);
        else if (r->note[0])
            fprintf(out, "  %-*s  %-*s  %-*s  %s\n", decimal, t.decimal, hex, t.hex, bits, r->bits, r->note);
        else
            fprintf(out, "  %-*s  %-*s  %s\n", decimal, t.decimal, hex, t.hex, r->bits);
    }
}

static void print_head(const struct explained *x)
{
    char shape[TENSOR_SHAPE_TEXT];
    const struct tensor_view *v = &x->request.subject->view;
    const struct scheme_alias *alias = scheme_alias_find(x->scheme);
    tensor_shape_text(v, shape);
    printf("%s%s%s\n%s %s\n", x->scheme, alias ? ": " : "", alias ? alias->doc : "", v->name, shape);
}

/* --- for all --- */

static enum status add_rows(struct table *t, const struct tensor_view *v, const struct derivation *d,
                            bool people, struct error *e)
{
    char at[EXPLAIN_INDEX];
    enum status s = STATUS_OK;
    explain_index(v, d->index, at);
    for (size_t i = 0; i < d->rows && !s; i++) {
        const struct derivation_row *r = &d->row[i];
        struct texts text = texts_of(r);
        struct table_value value = table_text(NULL);
        if (r->has_value)
            value = people ? table_text(text.decimal) : table_real(number_to_f64(r->value));
        const struct table_value row[] = {table_text(at),
                                          table_text(r->section),
                                          table_text(r->step),
                                          value,
                                          table_text(r->has_value ? text.hex : NULL),
                                          table_text(r->bits[0] ? r->bits : NULL),
                                          table_text(r->note[0] ? r->note : NULL)};
        s = table_row(t, row, e);
    }
    return s;
}

static enum status show(const struct explained *x, const struct derivation *d, size_t n, struct table *t,
                        enum table_format format, struct error *e)
{
    const struct tensor_view *v = &x->request.subject->view;
    enum status s = STATUS_OK;
    char at[EXPLAIN_INDEX];
    for (size_t i = 0; i < n && !s; i++) {
        if (t) {
            s = add_rows(t, v, &d[i], table_for_people(format), e);
            continue;
        }
        explain_index(v, d[i].index, at);
        printf("\n%s[%s]\n", v->name, at);
        explain_print(stdout, &d[i], 2);
    }
    return s;
}

enum status explain_elements(const struct explained *x, enum table_format format, struct error *e)
{
    static const char *const columns[] = {"element", "section", "step", "value", "hex", "bits", "note"};
    struct table *t = NULL;
    struct quant_input in;
    struct derivation *d = malloc(CHUNK * sizeof *d);
    enum status s = d ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s)
        s = pipeline_quant_input(&x->request, &in, e);
    for (size_t done = 0, now; !s && done < x->n; done += now) {
        now = x->n - done < CHUNK ? x->n - done : CHUNK;
        s = derivations_of(x->request.spec, &in, &x->request.subject->range, x->first + done, now, d, e);
        if (!s && !done && format == TABLE_TEXT)
            print_head(x);
        else if (!s && !done)
            s = table_open(format, stdout, columns, sizeof columns / sizeof *columns, &t, e);
        if (!s)
            s = show(x, d, now, t, format, e);
    }
    free(d);
    return format == TABLE_TEXT ? s : list_end(t, s, e);
}
