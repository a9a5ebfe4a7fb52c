/* The crest factor at which two block schemes have one QSNR, by simulation. */
#include <math.h>
#include <string.h>

#include "sim/analysis/crest_blocks.h"

struct pair {
    struct crest_blocks blocks;
    struct quant_spec integer, floating;
};

static enum status both(const struct pair *p, double crest, double db[static 2], struct error *e)
{
    enum status s = crest_qsnr(&p->blocks, &p->integer, crest, &db[0], e);
    return s ? s : crest_qsnr(&p->blocks, &p->floating, crest, &db[1], e);
}

/* From the least crest factor on, in steps of 1/32 of the largest, to where the integer is no better any
 * more; then by halves. Where too few blocks have a crest factor, the next one is asked. */
static enum status find(const struct pair *p, double *crest, double db[static 2], struct error *e)
{
    enum { STEPS = 32, HALVES = 10 };
    const double end = sqrt((double)p->blocks.block);
    double low = 0;
    for (int i = 1; i < STEPS; i++) {
        const double at = 1 + (end - 1) * i / STEPS;
        struct error why = {{0}};
        const enum status s = both(p, at, db, &why);
        if (s == STATUS_SKIP)
            continue;
        if (s)
            return error_set(e, s, "%s", why.text);
        if (db[0] >= db[1]) {
            low = at;
            continue;
        }
        if (low == 0)
            break;
        double high = at;
        for (int k = 0; k < HALVES; k++) {
            *crest = low + (high - low) / 2;
            const enum status t = both(p, *crest, db, e);
            if (t)
                return t;
            *(db[0] >= db[1] ? &low : &high) = *crest;
        }
        return STATUS_OK;
    }
    return error_set(e, STATUS_SKIP,
                     "one of both has the higher QSNR at all crest factors that blocks of %zu have",
                     p->blocks.block);
}

static enum status compute(const struct analysis_request *r, struct analysis_result *out, struct error *e)
{
    struct pair p;
    double crest = 0, db[2] = {0};
    enum status s = crest_scheme(r, "int", &p.integer, e);
    if (!s)
        s = crest_scheme(r, "float", &p.floating, e);
    if (!s && p.integer.scaling.block != p.floating.scaling.block)
        s = error_set(e, STATUS_SKIP, "blocks of %zu and of %zu; expected one size", p.integer.scaling.block,
                      p.floating.scaling.block);
    if (!s)
        s = crest_blocks_open(p.integer.scaling.block, &p.blocks, e);
    if (s)
        return s;
    s = find(&p, &crest, db, e);
    if (!s) {
        analysis_put(r, out, crest);
        analysis_put(r, out, (db[0] + db[1]) / 2);
    }
    crest_blocks_close(&p.blocks);
    return s;
}

static const struct arg_key keys[] = {
    {"int", ARG_SCHEME, 0, 0, 0, "mxint4", "a scheme with scales of blocks"},
    {"float", ARG_SCHEME, 0, 0, 0, "mxfp4", "another with blocks of the same size"}};

static const struct analysis_output outputs[] = {
    {"crest", "ratio", "crest factor at which both have one QSNR; below it that of int is higher"},
    {"db", "dB", "the QSNR of both there"}};

#define RECOMPUTED "recomputed from random blocks by an independent program"
static const struct analysis_golden golden[] = {
    {"crossover_sampled,int=(mxint4,scale_rule=rceil),float=(mxfp4,scale_rule=rceil)", "crest", 1.777, .01,
     RECOMPUTED},
    {"crossover_sampled,int=nvint4,float=nvfp4", "crest", 2.276, .01, RECOMPUTED}};

const struct analysis analysis_crossover_sampled = {
    .name = "crossover_sampled",
    .doc = "the crest factor at which two schemes have one QSNR on Gaussian blocks, drawn and quantized",
    .citation = "INT v.s. FP, arXiv 2510.25602, by simulation (crest_blocks.h)",
    .version = 1,
    .keys = keys,
    .n_keys = sizeof keys / sizeof *keys,
    .outputs = outputs,
    .n_outputs = sizeof outputs / sizeof *outputs,
    .golden = golden,
    .n_golden = sizeof golden / sizeof *golden,
    .compute = compute,
};
