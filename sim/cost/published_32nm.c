/* Whole blocks of INT8 at 32 nm, as published with the clock that each was synthesised for. */
#include "sim/cost/cost.h"

#define TPE                                                                                              \
    "TPE (Wu et al., 2025), README of its repository: SAED 32 nm RVT, INT8, synthesised for the clock; " \
    "cells of the "                                                                                      \
    "library are not public, so that blocks stand as wholes"

enum { NODE = 32, DESIGN = 0, MHZ = 1 };

static const struct block {
    int design, mhz;
    double area; /* um2 */
} blocks[] = {{0, 500, 1481}, {0, 600, 1666}, {1, 666, 1446}, {1, 769, 1482},
              {1, 833, 1609}, {1, 870, 1668}, {1, 900, 1780}};

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct format *f = &in->spec->element;
    *n = 0;
    if (f->family != &family_int || f->bits != 8)
        return error_set(e, STATUS_SKIP, "published_32nm: the blocks are of INT8; found %s", f->name);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        const struct block *b = &blocks[i];
        if (b->design != (int)arg[DESIGN] || b->mhz != (int)arg[MHZ])
            continue;
        cost_put_at(out, n, b->design ? "pe_area" : "mac_area", "um2", b->area, NODE, TPE);
        cost_put_at(out, n, "clock", "MHz", b->mhz, NODE, TPE);
        return STATUS_OK;
    }
    return error_set(e, STATUS_SKIP,
                     "published_32nm: mhz=%d was not published; mac: 500, 600; opt1: 666, 769, 833, 870, 900",
                     (int)arg[MHZ]);
}

static const struct arg_key keys[] = {
    [DESIGN] = {"design", ARG_WORD, 0, 0, 0, "mac|opt1", "a MAC, or the processing element OPT1"},
    [MHZ] = {"mhz", ARG_INTEGER, 500, 1, 5000, NULL, "clock that it was synthesised for"}};

const struct cost_model cost_published_32nm = {
    .name = "published_32nm",
    .doc =
        "Area of a whole INT8 MAC, or of the processing element OPT1, in SAED 32 nm at the clocks that were "
        "published.",
    .source = TPE,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
