/* 8-bit multipliers on FPGAs as measured and compared in arXiv 2412.18948. */
#include <string.h>

#include "sim/cost/cost.h"

#define PAPER   "L-Mul on FPGAs, arXiv 2412.18948"
#define TABLE_5 PAPER ", table V: Vivado 2022.2, ZCU104; L-Mul of this format"
#define TABLE_6 PAPER ", table VI"

/* 0 where a table has no number. */
static const struct unit {
    const char *design, *format;
    double luts, ffs, carries, mhz, ns, mw;
    const char *source;
} units[] = {
    {"lmul", "e6m1", 22, 25, 4, 0, 0, 0, TABLE_5},
    {"lmul", "e5m2", 21, 25, 4, 0, 0, 0, TABLE_5},
    {"lmul", "e4m3", 22, 25, 4, 617, 4.85, 1.34, TABLE_5 "; clock, delay and power: table VI"},
    {"lmul", "e3m4", 22, 25, 4, 0, 0, 0, TABLE_5},
    {"lmul", "e2m5", 23, 25, 4, 0, 0, 0, TABLE_5},
    {"lmul", "e1m6", 22, 25, 4, 0, 0, 0, TABLE_5},
    {"ip", "int8", 69, 0, 0, 730, 3.54, 2.32, TABLE_6 ": AMD's IP, exact, UltraScale+"},
    {"ullah23", "int8", 56, 0, 0, 0, 6.95, 1.68, TABLE_6 " [23]: approximate, unsigned, 7-series"},
    {"van_toan", "int8", 59, 0, 0, 759, 4.65, .432, TABLE_6 " [24]: approximate, unsigned, power at 100 MHz"},
    {"ullah17", "int8", 37, 0, 0, 0, 3.41, 0, TABLE_6 " [17]: unsigned, 7-series"},
    {"ullah18", "int8", 54, 0, 0, 0, 4.37, 1.66, TABLE_6 " [18]: signed, 7-series"},
};

static const struct arg_key keys[] = {{"design", ARG_WORD, 0, 0, 0,
                                       "auto|lmul|ip|ullah17|ullah18|ullah23|van_toan",
                                       "auto: lmul where the MAC's product is L-Mul, else the vendor's IP"}};

/* The name of the design that is asked for. */
static const char *design_of(const struct cost_input *in, double arg)
{
    static const char *const names[] = {NULL, "lmul", "ip", "ullah17", "ullah18", "ullah23", "van_toan"};
    if (arg > 0)
        return names[(int)arg];
    return in->mac && in->mac->product && !strncmp(in->mac->product->name, "lmul", 4) ? "lmul" : "ip";
}

static void put(struct cost_value *out, int *n, const char *quantity, const char *unit, double value,
                const char *source)
{
    if (value > 0)
        cost_put_at(out, n, quantity, unit, value, 0, source);
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct format *f = &in->spec->element;
    const char *design = design_of(in, arg[0]);
    const char *name = f->family == &family_int && f->bits == 8 ? "int8" : f->name;
    *n = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const struct unit *u = &units[i];
        if (strcmp(u->design, design) != 0 || strcmp(u->format, name) != 0)
            continue;
        put(out, n, "multiply_luts", "LUT", u->luts, u->source);
        put(out, n, "multiply_ffs", "FF", u->ffs, u->source);
        put(out, n, "multiply_carries", "CARRY", u->carries, u->source);
        put(out, n, "multiply_clock", "MHz", u->mhz, u->source);
        put(out, n, "multiply_delay", "ns", u->ns, u->source);
        put(out, n, "multiply_power", "mW", u->mw, u->source);
        return STATUS_OK;
    }
    return error_set(
        e, STATUS_SKIP,
        "fpga: design %s was not measured with %s; L-Mul was with the floats of 8 bits e1m6 to e6m1, "
        "others with int8; nobody published exact minifloats beside them",
        design, f->name);
}

const struct cost_model cost_fpga = {
    .name = "fpga",
    .doc = "LUTs, flip-flops, carries, clock, delay and power of 8-bit multipliers on FPGAs, as measured: "
           "L-Mul of the "
           "formats e1m6 to e6m1, INT8 as IP and by others. Powers are not comparable: devices and clocks "
           "differ.",
    .source = PAPER ", tables V and VI (the paper's text was read)",
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .of_a_mac = true,
    .cost = cost,
};
