/* Product "table": whatever a table of the user says, as of approximate multipliers that are published as
 * netlists. Codes of fewer than 8 bits use a corner of it. */
#include "sim/product.h"

static const char *refuses(const struct format *a, const struct format *b, const struct product_args *args)
{
    if (a->bits > 8 || b->bits > 8)
        return "a table serves operands of 8 bits or fewer";
    return args->table ? NULL : "it needs a table of 65536 products";
}

static struct term multiply(const struct product_args *args, const struct format *fa, uint32_t a,
                            const struct format *fb, uint32_t b, uint32_t *events)
{
    (void)events;
    uint32_t i = (a & format_code_mask(fa)) << 8 | (b & format_code_mask(fb));
    struct term t = {.value = number_from_f32(args->table[i])};
    if (t.value.class == NUMBER_FINITE)
        t.exponent = number_exponent(t.value);
    return t;
}

const struct product product_table = {
    .name = "table",
    .doc = "looked up by both codes in a table of 65536 products",
    .citation = "the user's; as of EvoApproxLib, Mrazek et al., DATE 2017",
    .uses = PRODUCT_TABLE,
    .refuses = refuses,
    .multiply = multiply,
};
