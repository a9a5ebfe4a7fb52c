/* Verilog as text: what the units' emitters share. Everything is appended to a strbuf. */
#ifndef SIM_RTL_VERILOG_H
#define SIM_RTL_VERILOG_H

#include "sim/rtl/rtl.h"

/* Room for a range, "[hi:lo]", or the name of a wire with one. */
#define VERILOG_TEXT 64

/* "[bits-1:0] ", or nothing for a single wire. Returns out. */
const char *verilog_range(int bits, char out[static VERILOG_TEXT]);
/* NAME[hi:lo], NAME[hi] where that is one bit; the name must be that of a vector. Returns out. */
const char *verilog_bits(const char *name, int hi, int lo, char out[static VERILOG_TEXT]);
/* "module top (ports);" */
void verilog_module(struct strbuf *out, const char *top, const struct rtl_ports *ports);
/* "    wire [bits-1:0] NAME = EXPRESSION;" */
void verilog_wire(struct strbuf *out, const char *name, int bits, const char *expression, ...)
    __attribute__((format(printf, 4, 5)));
/* "    assign NAME = EXPRESSION;" */
void verilog_assign(struct strbuf *out, const char *name, const char *expression, ...)
    __attribute__((format(printf, 3, 4)));
/* A wire for each port, and ".NAME(NAME), ..." */
void verilog_ports_wires(struct strbuf *out, const struct rtl_ports *ports);
void verilog_ports_connect(struct strbuf *out, const struct rtl_ports *ports);
void verilog_end(struct strbuf *out);

/* Bits of a number of 0..most; none where that is 0. */
int rtl_bits(uint64_t most);

void rtl_port_add(struct rtl_ports *ports, const char *name, int bits, bool output);
/* Of the inputs, or of the outputs, together. */
int rtl_ports_bits(const struct rtl_ports *ports, bool output);

#endif
