/* NormalFloat of any width, by the recipe of bitsandbytes (create_normal_map), and KVQuant's variant.
 *
 * With h = 2^(B-1) and p the largest probability: negative values -probit at p + (1/2 - p) i / (h - 1),
 * i = 0 .. h-2; zero; positive values probit at p + (1/2 - p) i / h, i = 0 .. h-1; all over probit(p). Those
 * who make other widths than 4 (LQ-LoRA, KVQuant) keep p. bitsandbytes rounds p to 0.9677083; KVQuant has 1 -
 * (1/32 + 1/30) / 2 and scales each half by its own end, which is the same number. nf4 itself is a table of
 * published constants in formats/nf4.c, 1.1e-7 away. */
#include <gsl/gsl_cdf.h>

#include "sim/book.h"

static double quantile(double top, int i, int steps)
{
    return gsl_cdf_ugaussian_Pinv(top + (0.5 - top) * i / steps) / gsl_cdf_ugaussian_Pinv(top);
}

static int normal_float(int bits, double top, double *values)
{
    int half = 1 << (bits - 1), n = 0;
    for (int i = 0; i < half - 1; i++)
        values[n++] = -quantile(top, i, half - 1);
    values[n++] = 0;
    for (int i = half - 1; i >= 0; i--)
        values[n++] = quantile(top, i, half);
    return n;
}

static int refuse(const char **why, const char *reason)
{
    format_name_fails(why, reason);
    return 0;
}

static int compute_nf(const char *name, double values[static CODEBOOK_MAX], const char **why)
{
    int bits = format_name_number(name, "nf", NULL);
    if (bits < 0)
        return 0;
    if (bits < 2 || bits > 8)
        return refuse(why, "NormalFloat has 2 to 8 bits");
    return normal_float(bits, 0.9677083, values);
}

static int compute_kvnf(const char *name, double values[static CODEBOOK_MAX], const char **why)
{
    int bits = format_name_number(name, "kvnf", NULL);
    if (bits < 0)
        return 0;
    if (bits < 2 || bits > 5)
        return refuse(why, "KVQuant's NormalFloat has 2 to 5 bits");
    return normal_float(bits, 1 - 0.5 * (1.0 / 32 + 1.0 / 30), values);
}

/* The published table of 4 bits, which the recipe meets within 1.1e-7. */
static const double nf4[] = {-1,
                             -0.6961928009986877,
                             -0.5250730514526367,
                             -0.39491748809814453,
                             -0.28444138169288635,
                             -0.18477343022823334,
                             -0.09105003625154495,
                             0,
                             0.07958029955625534,
                             0.16093020141124725,
                             0.24611230194568634,
                             0.33791524171829224,
                             0.44070982933044434,
                             0.5626170039176941,
                             0.7229568362236023,
                             1};

static const struct book_golden nf_golden[] = {
    {"nf4", 16, nf4, 1.2e-7, "bitsandbytes csrc/kernels.cu, dDequantizeNF4"}};
static const struct book_golden kvnf_golden[] = {
    {"kvnf4", 16, nf4, 5e-7, "bitsandbytes' table, made with p = 0.9677083"}};

const struct book_rule book_rule_nf = {
    .names = "nfB (B 2..8)",
    .doc = "NormalFloat by the recipe of bitsandbytes: normal quantiles in [-1, 1]",
    .citation = "Dettmers et al., QLoRA, arXiv 2305.14314, appendix E; bitsandbytes create_normal_map",
    .compute = compute_nf,
    .golden = nf_golden,
    .goldens = 1,
};

const struct book_rule book_rule_kvnf = {
    .names = "kvnfB (B 2..5)",
    .doc = "NormalFloat as KVQuant computes it, from the unrounded probability",
    .citation = "Hooper et al., KVQuant, arXiv 2401.18079; SqueezeAILab/KVQuant simquant_module_quantizer.py",
    .compute = compute_kvnf,
    .golden = kvnf_golden,
    .goldens = 1,
};
