/* The registry of products. */
#include "sim/product.h"

#include <string.h>

#define PRODUCT(id) extern const struct product product_##id;
#include "sim/products.def"
#undef PRODUCT

static const struct product *const registry[] = {
#define PRODUCT(id) &product_##id,
#include "sim/products.def"
#undef PRODUCT
};

size_t product_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct product *product_at(size_t i)
{
    return registry[i];
}

const struct product *product_find(const char *name)
{
    for (size_t i = 0; i < product_count(); i++)
        if (strcmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}
