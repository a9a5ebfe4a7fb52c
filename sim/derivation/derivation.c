/* Derivations of elements, and their rows as texts. */
#include "sim/derivation/derivation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/derivation/rows.h"

const char *const derivation_rule_names[DERIVATION_RULES] = {
    "codec",    "poisoned",  "zero-scale", "nan",        "infinity",  "unsigned", "exact",
    "overflow", "saturated", "raised",     "last-value", "flushed",   "carry",    "tie",
    "nearest",  "half",      "directed",   "odd",        "stochastic"};

/* --- rows --- */

__attribute__((format(printf, 4, 0))) static struct derivation_row *
add(struct derivation *d, const char *section, const char *step, const char *note, va_list arguments)
{
    struct derivation_row *r = &d->row[d->rows++];
    *r = (struct derivation_row){.section = section, .step = step};
    vsnprintf(r->note, sizeof r->note, note, arguments);
    return r;
}

void rows_text(struct derivation *d, const char *section, const char *step, const char *note, ...)
{
    va_list arguments;
    va_start(arguments, note);
    add(d, section, step, note, arguments);
    va_end(arguments);
}

void rows_number(struct derivation *d, const char *section, const char *step, struct number x,
                 const char *note, ...)
{
    va_list arguments;
    va_start(arguments, note);
    struct derivation_row *r = add(d, section, step, note, arguments);
    va_end(arguments);
    float f = number_to_f32(x);
    r->has_value = true;
    r->value = x;
    if (x.class != NUMBER_NAN && number_compare(number_from_f32(f), x) == 0)
        snprintf(r->bits, sizeof r->bits, "0x%08x", bits_from_f32(f));
}

void rows_f32(struct derivation *d, const char *section, const char *step, float x, const char *note, ...)
{
    va_list arguments;
    va_start(arguments, note);
    struct derivation_row *r = add(d, section, step, note, arguments);
    va_end(arguments);
    r->has_value = true;
    r->value = number_from_f32(x);
    snprintf(r->bits, sizeof r->bits, "0x%08x", bits_from_f32(x));
}

void rows_code(struct derivation *d, const char *section, const char *step, const struct format *f,
               uint32_t code, const char *note, ...)
{
    char bits[CODE_TEXT_SIZE];
    va_list arguments;
    va_start(arguments, note);
    struct derivation_row *r = add(d, section, step, note, arguments);
    va_end(arguments);
    code_text(f, code, bits);
    r->has_value = true;
    r->value = format_decode(f, code);
    snprintf(r->bits, sizeof r->bits, "0x%0*x: %s", (f->bits + 3) / 4, (unsigned)code, bits);
}

const struct derivation_row *derivation_find(const struct derivation *d, const char *step)
{
    for (size_t i = 0; i < d->rows; i++)
        if (!strcmp(d->row[i].step, step))
            return &d->row[i];
    return NULL;
}

/* --- texts --- */

void derivation_decimal(const struct derivation_row *row, char out[NUMBER_TEXT_SIZE])
{
    static const size_t long_text = 22;
    struct number x = row->value;
    double d = number_to_f64(x);
    out[0] = '\0';
    if (!row->has_value)
        return;
    if (!x.sticky) {
        number_text(x, out);
        if (strlen(out) <= long_text)
            return;
    }
    if (isfinite(d) && d != 0) {
        snprintf(out, NUMBER_TEXT_SIZE, "~%.10g", d);
        return;
    }
    x.sticky = false; /* beyond binary64: 20 bits, as a decimal times a power of two */
    x.significand &= ~UINT64_C(0) << 44;
    char text[NUMBER_TEXT_SIZE];
    number_text(x, text);
    snprintf(out, NUMBER_TEXT_SIZE, "~%.62s", text);
}

void derivation_hex(const struct derivation_row *row, char out[NUMBER_TEXT_SIZE])
{
    struct number x = row->value;
    out[0] = '\0';
    if (!row->has_value)
        return;
    number_hex(x, out);
    char *exponent = strchr(out, 'p');
    if (!x.sticky || !exponent)
        return;
    char tail[NUMBER_TEXT_SIZE];
    snprintf(tail, sizeof tail, "%s", exponent);
    snprintf(exponent, NUMBER_TEXT_SIZE - (size_t)(exponent - out), "...%.24s", tail);
}

/* --- elements --- */

struct watching {
    const struct quant_spec *q;
    const struct quant_input *in;
    size_t first, n;
    struct derivation *out;
};

static void derive_element(void *context, const struct quant_step *step)
{
    const struct watching *w = context;
    if (step->index < w->first || step->index - w->first >= w->n)
        return;
    const struct told t = {w->q, w->in, step};
    struct derivation *d = &w->out[step->index - w->first];
    *d = (struct derivation){.index = step->index,
                             .x = w->in->x[step->index],
                             .y = step->y,
                             .code = step->code,
                             .events = step->events,
                             .scale_index = step->scale_index,
                             .scale_code = step->scale ? step->scale->code : 0,
                             .quotient = {.class = NUMBER_NAN},
                             .chosen = {.class = NUMBER_NAN}};
    rows_f32(d, "element", "x", d->x, "%s", "");
    if (bits_from_f32(step->x) != bits_from_f32(d->x))
        rows_f32(d, "element", "read as", step->x, "daz: subnormal inputs are zero");
    derive_scale(d, &t);
    derive_rounding(d, &t);
}

/* The regions of the elements alone. */
static enum status walk_part(struct quantizer *z, const struct watching *w, struct error *e)
{
    struct quantizer *part;
    size_t from, to;
    enum status s = quantizer_split(z, w->first, w->first + w->n, &part, &from, &to, e);
    if (s)
        return s;
    quantizer_piece(part, from, to - from, w->in->x + from, NULL);
    quantizer_rest(part);
    quantizer_join(z, part);
    quantizer_close(part);
    return STATUS_OK;
}

static size_t count(const struct quant_input *in)
{
    size_t n = 1;
    for (int d = 0; d < in->rank; d++)
        n *= in->shape[d];
    return n;
}

enum status derivations_of(const struct quant_spec *q, const struct quant_input *in,
                           const struct quant_range *range, size_t first, size_t n, struct derivation *out,
                           struct error *e)
{
    struct quant_spec spec = *q;
    if (spec.rounding.nan == NAN_REFUSED) /* codes the same */
        spec.rounding.nan = NAN_TO_ZERO;
    struct watching w = {q, in, first, n, out};
    const struct quant_watch watch = {derive_element, &w};
    const struct quant_output to = {.wants = QUANT_VALUES, .watch = &watch};
    struct quant_stats stats;
    struct quantizer *z;
    if (n == 0)
        return STATUS_OK;
    enum status s = quantizer_open(&spec, in, &to, &z, e);
    if (s)
        return s;
    s = quantizer_begin(z, range, in->x, e);
    if (!s && quantizer_takes_pieces(z))
        s = walk_part(z, &w, e);
    else if (!s)
        quantizer_piece(z, 0, count(in), in->x, NULL);
    if (!s)
        s = quantizer_end(z, &stats, e);
    quantizer_close(z);
    return s;
}

enum status derivation_of(const struct quant_spec *q, const struct quant_input *in,
                          const struct quant_range *range, size_t index, struct derivation *out,
                          struct error *e)
{
    return derivations_of(q, in, range, index, 1, out, e);
}
