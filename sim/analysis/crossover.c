/* The crest factor at which an integer and a float have one QSNR: below it integers are better. */
#include "sim/analysis/qsnr_formula.h"

#include "sim/quant/theory.h"

struct pair {
    struct format integer, floating;
    struct qsnr_setting setting;
};

static double difference(double crest, void *context)
{
    const struct pair *p = context;
    return qsnr_of(&p->integer, &p->setting, crest) - qsnr_of(&p->floating, &p->setting, crest);
}

/* The first interval from `low` on in which the sign changes, in steps of 2^(1/8). */
static bool bracket(struct pair *p, double low, double high, double *a, double *b)
{
    for (*a = low; *a < high; *a = *b) {
        *b = *a * 1.0905077326652577;
        *b = *b < high ? *b : high;
        if (difference(*a, p) >= 0 && difference(*b, p) < 0)
            return true;
    }
    return false;
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct pair p = {.setting = qsnr_setting(r)};
    double a, b;
    enum status s = analysis_format(r, "int", &p.integer, e);
    if (!s)
        s = analysis_format(r, "float", &p.floating, e);
    if (!s && (p.integer.family != &family_int || qsnr_refuses(&p.integer)))
        s = error_set(e, STATUS_SKIP, "int: %s is no signed integer", p.integer.name);
    if (!s && (p.floating.family != &family_float || qsnr_refuses(&p.floating)))
        s = error_set(e, STATUS_SKIP, "float: %s is no signed float with an exponent field", p.floating.name);
    if (!s && !bracket(&p, 1, 1 << 20, &a, &b))
        s = error_set(e, STATUS_SKIP, "%s is not better than %s at a crest factor of 1, or is better at any",
                      p.integer.name, p.floating.name);
    if (s)
        return s;
    const double crest = theory_root(difference, &p, a, b);
    analysis_put(r, out, crest);
    analysis_put(r, out, qsnr_of(&p.floating, &p.setting, crest));
    return STATUS_OK;
}

static const struct arg_key keys[] = {
    {"int", ARG_SCHEME, 0, 0, 0, "int8", "a signed integer"},
    {"float", ARG_SCHEME, 0, 0, 0, "e4m3", "a float with an exponent field"},
    QSNR_KEYS};

static const struct analysis_output outputs[] = {
    {"crest", "ratio", "crest factor at which both have one QSNR; below it the integer has the higher one"},
    {"db", "dB", "the QSNR of both there"}};

#define RECOMPUTED "recomputed from the formula by an independent program"
static const struct analysis_golden golden[] = {
    {"crossover,int=int8,float=e4m3", "crest", 7.546, .0006, RECOMPUTED},
    {"crossover,int=int8,float=e4m3", "db", 31.864, .001, RECOMPUTED},
    {"crossover,int=int6,float=e2m3", "crest", 1.959, .0006, RECOMPUTED},
    {"crossover,int=int6,float=e2m3", "db", 31.536, .001, RECOMPUTED},
    {"crossover,int=int4,float=e2m1", "crest", 2.042, .0006, RECOMPUTED},
    {"crossover,int=int4,float=e2m1", "db", 19.139, .001, RECOMPUTED},
    {"crossover,int=int4,float=e2m1,rho=1.05,block=16,steps=power", "crest", 2.390, .0006, RECOMPUTED},
    {"crossover,int=int4,float=e2m1,rho=1.05,block=16,steps=power", "db", 21.142, .001, RECOMPUTED},
    {"crossover,int=int4,float=e2m1,rho=1,block=16,steps=power", "crest", 2.463, .0006, RECOMPUTED},
    {"crossover,int=int4,float=e2m1,rho=1,block=16,steps=power", "db", 21.305, .001, RECOMPUTED},
    {"crossover,int=int8,float=e4m3,steps=largest", "crest", 7.484, .0006, RECOMPUTED},
    {"crossover,int=int6,float=e2m3,steps=largest", "crest", 1.890, .0006, RECOMPUTED},
    {"crossover,int=int4,float=e2m1,steps=largest", "crest", 1.735, .0006, RECOMPUTED}};

const struct analysis analysis_crossover = {
    .name = "crossover",
    .doc = "the crest factor at which an integer and a float have one QSNR, after the theory of INT v.s. FP",
    .citation = "INT v.s. FP, arXiv 2510.25602, figure 3; the authors' program (ChenMnZ/INT_vs_FP)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
