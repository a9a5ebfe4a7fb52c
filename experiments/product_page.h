/* The pages of products, requantizers and recodings: what `bitsweep products NAME` prints. */
#ifndef EXPERIMENTS_PRODUCT_PAGE_H
#define EXPERIMENTS_PRODUCT_PAGE_H

#include "results/table.h"
#include "sim/product.h"

/* What the user asked for; texts are NULL where an option is not given. */
struct product_question {
    const char *name, *a, *b; /* formats of the operands */
    const char *into, *table; /* a scheme text; the file of a table */
    int offset, dropped;      /* PRODUCT_OFFSET_PAPER; -1: not given */
    bool offset_given, subnormal_given, normalise;
    enum table_format format;
};

/* For people the page of the name, then its table; for programs the table alone, or the page of a name that
 * has none. Products: the statistics of their errors, a row for each pair of formats. Recodings: the digits
 * of the weights of an integer, a row for each width. An option without effect and operands that are refused
 * are STATUS_INVALID, an unknown name STATUS_USAGE. */
enum status product_page(const struct product_question *q, struct error *e) MUST_CHECK;

/* All of them, as one list: products, then requantizers, then recodings. */
struct arith_entry {
    const char *name, *kind, *doc, *citation;
    unsigned uses; /* of products: product_use */
};
size_t arith_count(void);
struct arith_entry arith_at(size_t i);
/* The options that a set of product_use is given by, "--offset, --into". */
#define ARITH_OPTIONS_SIZE 96
void arith_options(unsigned uses, char out[ARITH_OPTIONS_SIZE]);

#endif
