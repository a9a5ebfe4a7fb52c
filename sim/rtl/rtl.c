/* The registry of units, and their files. */
#include "sim/rtl/rtl.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/base/new_file.h"
#include "sim/mac.h"
#include "sim/rtl/verilog.h"

#define RTL(name) extern const struct rtl_design rtl_##name;
#include "sim/rtl/designs.def"
#undef RTL

static const struct rtl_design *const registry[] = {
#define RTL(name) &rtl_##name,
#include "sim/rtl/designs.def"
#undef RTL
};

size_t rtl_design_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct rtl_design *rtl_design_at(size_t i)
{
    return registry[i];
}

const struct rtl_design *rtl_design_find(const char *name)
{
    for (size_t i = 0; i < rtl_design_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}

enum status rtl_spec_of_scheme(const struct quant_spec *a, const struct quant_spec *b, struct rtl_spec *out,
                               struct error *e)
{
    *out = (struct rtl_spec){.scheme = *a, .other = *b};
    enum status s = mac_parse("exact", &out->mac, e);
    out->mac.args =
        (struct product_args){.offset = PRODUCT_OFFSET_PAPER, .into = a->element, .rounding = a->rounding};
    return s;
}

void rtl_spec_of_mac(const struct mac_spec *m, const struct quant_spec *a, const struct quant_spec *b,
                     struct rtl_spec *out)
{
    *out = (struct rtl_spec){.scheme = *a, .other = *b, .mac = *m, .mac_given = true};
}

bool rtl_is_name(const char *text)
{
    size_t n = strlen(text);
    if (!n || n > RTL_NAME_MAX || isdigit((unsigned char)*text))
        return false;
    for (const char *p = text; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_')
            return false;
    return true;
}

/* --- vectors --- */

struct rtl_vectors {
    struct strbuf *text;
    int bits;      /* of a line */
    int left;      /* of them not yet put */
    uint8_t digit; /* its bits so far */
    bool overfull;
    uint64_t lines;
};

/* A line is one number: the first digit has what a multiple of four leaves. */
void rtl_put(struct rtl_vectors *v, uint64_t value, int bits)
{
    for (int i = bits - 1; i >= 0; i--) {
        v->overfull |= v->left == 0;
        v->digit = (uint8_t)(v->digit << 1 | (value >> i & 1));
        if (--v->left % 4 == 0) {
            strbuf_add_n(v->text, &"0123456789abcdef"[v->digit], 1);
            v->digit = 0;
        }
    }
}

void rtl_end(struct rtl_vectors *v)
{
    v->overfull |= v->left != 0; /* or not full: the mistake of a unit, which rtl_texts reports */
    strbuf_add(v->text, "\n");
    v->left = v->bits;
    v->lines++;
}

/* --- the test bench --- */

/* The names of the ports of one direction, with something before each and commas between them. */
static void names(const struct rtl_ports *p, bool output, struct strbuf *out)
{
    const char *comma = "";
    for (int i = 0; i < p->n; i++)
        if (p->port[i].output == output) {
            strbuf_printf(out, "%s%s", comma, p->port[i].name);
            comma = ", ";
        }
}

/* A line that was not read is all x, and x !== x is false: that is a mismatch too. */
static void bench(const struct rtl_ports *p, const char *name, uint64_t lines, struct strbuf *out)
{
    const int given = rtl_ports_bits(p, false), wanted = rtl_ports_bits(p, true);
    strbuf_printf(
        out,
        "// Checks %s against %s.hex: a line is the inputs, then the outputs, in the order of the ports.\n"
        "module %s_tb;\n"
        "    localparam LINES = %llu, WANTED = %d, BITS = %d, SHOWN = 5;\n"
        "    reg [BITS-1:0] line [0:LINES-1];\n"
        "    reg [BITS-1:0] now;\n",
        name, name, name, (unsigned long long)lines, wanted, given + wanted);
    for (int i = 0; i < p->n; i++)
        strbuf_printf(out, "    %s [%d:0] %s;\n", p->port[i].output ? "wire" : "reg", p->port[i].bits - 1,
                      p->port[i].name);
    strbuf_add(out, "    integer i, mismatches;\n");
    strbuf_printf(out, "    %s unit (", name);
    verilog_ports_connect(out, p);
    strbuf_add(out, ");\n    initial begin\n");
    strbuf_printf(out, "        $readmemh(\"%s.hex\", line);\n", name);
    strbuf_add(out, "        mismatches = 0;\n"
                    "        for (i = 0; i < LINES; i = i + 1) begin\n"
                    "            now = line[i];\n"
                    "            {");
    names(p, false, out);
    strbuf_add(out, "} = now[BITS-1:WANTED];\n"
                    "            #1;\n"
                    "            if ({");
    names(p, true, out);
    strbuf_add(out, "} !== now[WANTED-1:0] || ^now === 1'bx) begin\n"
                    "                mismatches = mismatches + 1;\n"
                    "                if (mismatches <= SHOWN)\n"
                    "                    $display(\"line %0d: {");
    names(p, false, out);
    strbuf_add(out, "} = %h: {");
    names(p, true, out);
    strbuf_add(out, "} = %h, wanted %h\", i + 1, now[BITS-1:WANTED],\n"
                    "                             {");
    names(p, true, out);
    strbuf_add(out, "}, now[WANTED-1:0]);\n"
                    "            end\n"
                    "        end\n");
    strbuf_printf(out, "        $display(\"%s: %%0d vectors, %%0d mismatches\", LINES, mismatches);\n", name);
    strbuf_add(out, "        $finish;\n"
                    "    end\n"
                    "endmodule\n");
}

/* --- the texts and the files --- */

void rtl_texts_free(struct rtl_texts *t)
{
    strbuf_free(&t->unit);
    strbuf_free(&t->vectors);
    strbuf_free(&t->bench);
}

enum status rtl_texts(const struct rtl_design *d, const struct rtl_spec *s, const char *name,
                      struct rtl_texts *out, struct error *e)
{
    const char *why = d->refuses(s);
    struct rtl_ports p = {.n = 0};
    *out = (struct rtl_texts){.lines = 0};
    if (why)
        return error_set(e, STATUS_INVALID, "no unit '%s' of %s and %s: %s", d->name, s->scheme.element.name,
                         s->other.element.name, why);
    if (!rtl_is_name(name))
        return error_set(e, STATUS_INVALID,
                         "'%s' is no name of a module; allowed: letters, digits and _, no digit first", name);
    d->ports(s, &p);
    strbuf_add(&out->unit, "`default_nettype none\n");
    d->emit(s, name, &out->unit);
    strbuf_add(&out->unit, "`default_nettype wire\n");
    const int bits = rtl_ports_bits(&p, false) + rtl_ports_bits(&p, true);
    struct rtl_vectors v = {.text = &out->vectors, .bits = bits, .left = bits};
    d->vectors(s, &v);
    out->lines = v.lines;
    bench(&p, name, v.lines, &out->bench);
    if (out->unit.failed || out->vectors.failed || out->bench.failed)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    if (v.overfull || !v.lines)
        return error_set(e, STATUS_INTERNAL, "%s: vectors that do not fit the ports", d->name);
    return STATUS_OK;
}

static enum status write_text(const char *dir, const char *name, const char *end, const struct strbuf *text,
                              struct error *e)
{
    struct strbuf path = {0};
    strbuf_printf(&path, "%s/%s%s", dir, name, end);
    if (path.failed)
        return error_set(e, STATUS_INTERNAL, "out of memory");
    struct new_file f;
    enum status s = new_file_open(&f, path.text, e);
    if (!s)
        s = new_file_write(&f, text->text, text->length, e);
    if (!s)
        s = new_file_commit(&f, e);
    new_file_abandon(&f);
    strbuf_free(&path);
    return s;
}

enum status rtl_write(const struct rtl_design *d, const struct rtl_spec *s, const char *name, const char *dir,
                      struct error *e)
{
    struct rtl_texts t;
    enum status st = rtl_texts(d, s, name, &t, e);
    if (!st && mkdir(dir, 0777) && errno != EEXIST)
        st = error_set(e, STATUS_IO, "%s: %s", dir, strerror(errno));
    if (!st)
        st = write_text(dir, name, ".v", &t.unit, e);
    if (!st)
        st = write_text(dir, name, ".hex", &t.vectors, e);
    if (!st)
        st = write_text(dir, name, "_tb.v", &t.bench, e);
    rtl_texts_free(&t);
    return st;
}
