/* Energy of reading a tensor once from a level of memory, scales and all that is stored included. */
#include "sim/cost/cost.h"

#define CACHE "Horowitz, ISSCC 2014, 45 nm, 0.9 V: energy of a 64-bit access, over 64"
#define QKERAS                                                                                              \
    "google/qkeras, qtools/config_public.py: cubic in log2 of the bits through Horowitz's 8 KB, 32 KB and " \
    "1 MB, "                                                                                                \
    "which it meets; valid between them alone"
#define TYPES "Accelergy-Project/hwcomponents-cacti, hwcomponents_cacti.py, type2energy: "

enum { LEVEL, KIB };

static const struct level {
    const char *name;
    double pj_per_bit, node_nm;
    const char *source;
} levels[] = {
    {"register", .009, 40,
     "Aladdin at 40 nm as in Accelergy-Project/hwcomponents-library, library/aladdin.py: a register bit"},
    {"sram8k", 10. / 64, 45, CACHE},
    {"sram32k", 20. / 64, 45, CACHE},
    {"sram1m", 100. / 64, 45, CACHE},
    {"sram", 0, 45, QKERAS},
    {"dram", 1300. / 64, 45, CACHE ", the lower end of 1.3 to 2.6 nJ"},
    {"dram_most", 2600. / 64, 45, CACHE ", the upper end of 1.3 to 2.6 nJ"},
    {"hbm2", 3.92, 0,
     "O'Connor et al., MICRO 2017: HBM2 device access with activation at 1.21 pJ/bit, without the path "
     "to the processor"},
    {"gddr5", 14, 0, TYPES "GDDR5"},
    {"lpddr", 40, 0, TYPES "LPDDR (Malladi et al., ISCA 2012)"},
    {"lpddr4", 8, 0, TYPES "LPDDR4"},
    {"ddr3", 70, 0, TYPES "DDR3 (Malladi et al., ISCA 2012)"},
    {"hmc", 4.2, 0, TYPES "HMC"},
};

static const struct arg_key keys[] = {
    [LEVEL] = {"level", ARG_WORD, 5, 0, 0,
               "register|sram8k|sram32k|sram1m|sram|dram|dram_most|hbm2|gddr5|lpddr|lpddr4|ddr3|hmc",
               "sram: of kib kibibytes, interpolated"},
    [KIB] = {"kib", ARG_INTEGER, 64, 8, 1024, NULL, "size of level=sram"},
};

static double interpolated(double kib)
{
    const double b = cost_log2(kib * 8192);
    return ((9.02427321e-4 * b - 2.68847858e-2) * b + .208900804) * b;
}

struct read {
    double pj;
    const struct level *level;
    struct cost_value *out;
    int *n;
};

static void put(const struct read *r, const char *quantity, double bits, double per)
{
    cost_put_at(r->out, r->n, quantity, "pJ", r->pj * bits / per, r->level->node_nm, r->level->source);
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    *n = 0;
    const struct level *level = &levels[(int)arg[LEVEL]];
    const struct read r = {level->pj_per_bit > 0 ? level->pj_per_bit : interpolated(arg[KIB]), level, out, n};
    const struct cost_operand whole = {in->elements, in->operand ? 0 : cost_bits(in)};
    const struct cost_operand *a = in->operand ? &in->operand[0] : &whole,
                              *b = in->operand ? &in->operand[1] : NULL;
    const uint64_t elements = a->elements + (b ? b->elements : 0), bits = a->bits + (b ? b->bits : 0);
    if (!elements)
        return error_set(e, STATUS_SKIP, "memory: the tensor has no elements, so no energy per element");
    put(&r, "energy_per_bit", 1, 1);
    put(&r, "read_energy_per_element", (double)bits, (double)elements);
    put(&r, "read_energy", (double)bits, 1);
    if (b && a->elements)
        put(&r, "input_read_energy", (double)a->bits, 1);
    if (b && b->elements)
        put(&r, "weight_read_energy", (double)b->bits, 1);
    return STATUS_OK;
}

const struct cost_model cost_memory = {
    .name = "memory",
    .doc = "Energy of reading all that is stored once, with scales, padding and metadata, by the bits of the "
           "model "
           "storage: per bit, per element, in all; from registers, SRAM of 8 KB to 1 MB, or DRAM.",
    .source = CACHE "; DRAM types: " TYPES "and O'Connor et al., MICRO 2017; register: Aladdin at 40 nm",
    .scope = COST_PARTS,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
