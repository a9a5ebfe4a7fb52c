/* Trees of adders and of comparators: a module for each width, so that a tree of 2^k terms has k of them, and
 * the instances beside each other where the terms are. */
#ifndef SIM_RTL_TREE_H
#define SIM_RTL_TREE_H

#include "sim/rtl/verilog.h"

#define RTL_TREE_MAX 1024 /* terms */

/* ceil(log2 n) for n >= 1: the bits of a number below n. */
int rtl_log2(uint64_t n);

/* A tree over the wires X<first>, X<first + 1>, ... of n terms, `bits` bits each. */
struct rtl_tree {
    const char *top, *name; /* modules are TOP__NAME_... */
    int n, bits, first;     /* number of the first of them */
    const char *carry;      /* rtl_sum; NULL: none */
};

/* Modules that add two's complement numbers. */
void rtl_sum_emit(const struct rtl_tree *t, struct strbuf *out);
/* The wire Y of bits + rtl_log2(n) bits, the sum. With carry C the bit Ci is added for each term, such as the
 * sign of one whose bits were inverted: all but one enter the adders as carries, and Y_r is the one left. */
void rtl_sum_use(const struct rtl_tree *t, const char *x, const char *y, struct strbuf *out);

/* The same for the largest of unsigned numbers. */
void rtl_max_emit(const struct rtl_tree *t, struct strbuf *out);
void rtl_max_use(const struct rtl_tree *t, const char *x, const char *y, struct strbuf *out);

#endif
