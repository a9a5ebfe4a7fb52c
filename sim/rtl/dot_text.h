/* What the files of a dot unit's text share. */
#ifndef SIM_RTL_DOT_TEXT_H
#define SIM_RTL_DOT_TEXT_H

#include "sim/rtl/dot.h"

/* Bits of x of TOP__product, and whether its sums have carries. */
int dot_product_width(const struct dot_plan *p);
bool dot_carries(const struct dot_plan *p);
/* n products of the vectors a and b: the vectors nans, pinfs, ninfs and minus, a place each, the wires x0,
 * sign0, e0, ..., and where they are in fixed point their sum (and sum_r). */
void dot_use_products(const struct dot_plan *p, const char *top, int n, struct strbuf *out);
void dot_ports(const struct dot_plan *p, struct rtl_ports *out);

/* dot_align.c: TOP__block, TOP__scale, TOP__align, TOP__align_c and trees; the body of TOP. */
void dot_emit_align(const struct dot_plan *p, const char *top, struct strbuf *out);
void dot_emit_aligned(const struct dot_plan *p, const char *top, struct strbuf *out);

/* dot_total.c: TOP__normalise and TOP__round; the body of TOP in fixed point. */
void dot_emit_result(const struct dot_plan *p, const char *top, struct strbuf *out);
void dot_emit_fixed(const struct dot_plan *p, const char *top, struct strbuf *out);
/* From the wires negative, magnitude, field, zero_sign, nan, pinf and ninf to d. */
void dot_use_result(const struct dot_plan *p, const char *top, struct strbuf *out);

#endif
