#include "sim/rtl/verilog.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *verilog_range(int bits, char out[static VERILOG_TEXT])
{
    if (bits > 1)
        snprintf(out, VERILOG_TEXT, "[%d:0] ", bits - 1);
    else
        out[0] = '\0';
    return out;
}

const char *verilog_bits(const char *name, int hi, int lo, char out[static VERILOG_TEXT])
{
    if (hi == lo)
        snprintf(out, VERILOG_TEXT, "%s[%d]", name, hi);
    else
        snprintf(out, VERILOG_TEXT, "%s[%d:%d]", name, hi, lo);
    return out;
}

void verilog_module(struct strbuf *out, const char *top, const struct rtl_ports *ports)
{
    strbuf_printf(out, "module %s (\n", top);
    for (int i = 0; i < ports->n; i++) {
        const struct rtl_port *p = &ports->port[i];
        char range[VERILOG_TEXT];
        strbuf_printf(out, "    %s wire %s%s%s\n", p->output ? "output" : "input ",
                      verilog_range(p->bits, range), p->name, i + 1 < ports->n ? "," : "");
    }
    strbuf_add(out, ");\n");
}

static void add(struct strbuf *out, const char *format, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : malloc((size_t)n + 1);
    if (!text) {
        out->failed = true;
        return;
    }
    vsnprintf(text, (size_t)n + 1, format, ap);
    strbuf_add(out, text);
    free(text);
}

void verilog_wire(struct strbuf *out, const char *name, int bits, const char *expression, ...)
{
    char range[VERILOG_TEXT];
    va_list ap;
    strbuf_printf(out, "    wire %s%s = ", verilog_range(bits, range), name);
    va_start(ap, expression);
    add(out, expression, ap);
    va_end(ap);
    strbuf_add(out, ";\n");
}

void verilog_assign(struct strbuf *out, const char *name, const char *expression, ...)
{
    va_list ap;
    strbuf_printf(out, "    assign %s = ", name);
    va_start(ap, expression);
    add(out, expression, ap);
    va_end(ap);
    strbuf_add(out, ";\n");
}

void verilog_ports_wires(struct strbuf *out, const struct rtl_ports *ports)
{
    char range[VERILOG_TEXT];
    for (int i = 0; i < ports->n; i++)
        strbuf_printf(out, "    wire %s%s;\n", verilog_range(ports->port[i].bits, range),
                      ports->port[i].name);
}

void verilog_ports_connect(struct strbuf *out, const struct rtl_ports *ports)
{
    for (int i = 0; i < ports->n; i++)
        strbuf_printf(out, "%s.%s(%s)", i ? ", " : "", ports->port[i].name, ports->port[i].name);
}

void verilog_end(struct strbuf *out)
{
    strbuf_add(out, "endmodule\n");
}

int rtl_bits(uint64_t most)
{
    int n = 0;
    for (; most; most >>= 1)
        n++;
    return n;
}

void rtl_port_add(struct rtl_ports *ports, const char *name, int bits, bool output)
{
    ports->port[ports->n++] = (struct rtl_port){name, bits, output};
}

int rtl_ports_bits(const struct rtl_ports *ports, bool output)
{
    int n = 0;
    for (int i = 0; i < ports->n; i++)
        n += ports->port[i].output == output ? ports->port[i].bits : 0;
    return n;
}
