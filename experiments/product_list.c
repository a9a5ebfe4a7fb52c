/* Products, requantizers and recodings as one list. */
#include "experiments/product_page.h"

#include <stdio.h>

#include "sim/recoding.h"
#include "sim/requant.h"

size_t arith_count(void)
{
    return product_count() + requant_count() + recoding_count();
}

struct arith_entry arith_at(size_t i)
{
    if (i < product_count()) {
        const struct product *p = product_at(i);
        return (struct arith_entry){p->name, "product", p->doc, p->citation, p->uses};
    }
    i -= product_count();
    if (i < requant_count()) {
        const struct requant *r = requant_at(i);
        return (struct arith_entry){r->name, "requantizer", r->doc, r->citation, 0};
    }
    const struct recoding *r = recoding_at(i - requant_count());
    return (struct arith_entry){r->name, "recoding", r->doc, r->citation, 0};
}

void arith_options(unsigned uses, char out[ARITH_OPTIONS_SIZE])
{
    static const struct {
        unsigned use;
        const char *option;
    } options[] = {{PRODUCT_OFFSET, "--offset"},
                   {PRODUCT_SUBNORMAL, "--subnormal"},
                   {PRODUCT_DROPPED, "--dropped"},
                   {PRODUCT_INTO, "--into"},
                   {PRODUCT_TABLE, "--table"}};
    int n = 0;
    *out = '\0';
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (uses & options[i].use)
            n +=
                snprintf(out + n, (size_t)(ARITH_OPTIONS_SIZE - n), "%s%s", n ? ", " : "", options[i].option);
}
