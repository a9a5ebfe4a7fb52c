/* Synthesised areas at 40 nm, as published. */
#include <string.h>

#include "sim/cost/cost.h"

#define LLM_FP4 "Liu et al., LLM-FP4, EMNLP 2023, arXiv 2310.16836, table 6: 40 nm, 0.5 GHz"
#define ALADDIN                                                                                         \
    "Aladdin at 40 nm, 1 ns, as in Accelergy-Project/hwcomponents-library, library/aladdin.py: 32-bit " \
    "units, and its "                                                                                   \
    "rule that adders grow with the width, multipliers with its square"

enum { NODE = 40, TABLE_LLM_FP4 = 0 };

/* um2; the order of the operands says nothing. */
static const struct row {
    const char *a, *b;
    double adder, multiplier, mac;
} rows[] = {{"int4", "int4", 93, 182, 410},
            {"int6", "int6", 132, 340, 529},
            {"e2m1", "e2m1", 111, 92, 443},
            {"e3m2", "e3m2", 223, 138, 498},
            {"e2m1", "e1m2", 105, 107, 432}};

/* e1m2 has two biases among our formats, with the same circuit. */
static bool is_named(const struct format *f, const char *name)
{
    return !strncmp(f->name, name, strlen(name)) && (!f->name[strlen(name)] || f->name[strlen(name)] == 'b');
}

static enum status llm_fp4(const struct format *a, const struct format *b, struct cost_value *out, int *n,
                           struct error *e)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *r = &rows[i];
        if (!(is_named(a, r->a) && is_named(b, r->b)) && !(is_named(a, r->b) && is_named(b, r->a)))
            continue;
        cost_put_at(out, n, "adder_area", "um2", r->adder, NODE, LLM_FP4);
        cost_put_at(out, n, "multiplier_area", "um2", r->multiplier, NODE, LLM_FP4);
        cost_put_at(out, n, "mac_area", "um2", r->mac, NODE, LLM_FP4);
        return STATUS_OK;
    }
    return error_set(e, STATUS_SKIP,
                     "published_40nm: table 6 has int4, int6, e2m1, e3m2, and e2m1 with e1m2; not %s with %s",
                     a->name, b->name);
}

static enum status aladdin(const struct format *a, const struct format *b, struct cost_value *out, int *n,
                           struct error *e)
{
    if (a->family != &family_int || b->family != &family_int)
        return error_set(e, STATUS_SKIP, "published_40nm: table=aladdin is of integers; found %s with %s",
                         a->name, b->name);
    const double x = a->bits / 32., y = b->bits / 32., wider = x > y ? x : y;
    cost_put_at(out, n, "adder_energy", "pJ (scaled)", .21 * wider, NODE, ALADDIN);
    cost_put_at(out, n, "adder_area", "um2 (scaled)", 278 * wider, NODE, ALADDIN);
    cost_put_at(out, n, "multiplier_area", "um2 (scaled)", 6350 * x * y, NODE, ALADDIN);
    cost_put_at(out, n, "register_energy_per_bit", "pJ", .009, NODE, ALADDIN);
    cost_put_at(out, n, "register_area_per_bit", "um2", 5.98, NODE, ALADDIN);
    return STATUS_OK;
}

static enum status cost(const struct cost_input *in, const double *arg, struct cost_value *out, int *n,
                        struct error *e)
{
    const struct format *a = &in->spec->element, *b = in->weight ? &in->weight->element : a;
    *n = 0;
    return arg[0] == TABLE_LLM_FP4 ? llm_fp4(a, b, out, n, e) : aladdin(a, b, out, n, e);
}

static const struct arg_key keys[] = {{"table", ARG_WORD, TABLE_LLM_FP4, 0, 0, "llm_fp4|aladdin",
                                       "llm_fp4: adder, multiplier and MAC of INT4, INT6 and minifloats; "
                                       "aladdin: integers by scaling its 32-bit units"}};

const struct cost_model cost_published_40nm = {
    .name = "published_40nm",
    .doc = "Synthesised areas at 40 nm: INT4, INT6, E2M1, E3M2, E2M1 with E1M2 (LLM-FP4), or integers scaled "
           "from "
           "Aladdin's 32-bit adder and multiplier (whose energy has no published rule and is left out).",
    .source = LLM_FP4 "; " ALADDIN,
    .scope = COST_PAIR,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .cost = cost,
};
