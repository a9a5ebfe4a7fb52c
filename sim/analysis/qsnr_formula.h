/* The theory of "INT v.s. FP", arXiv 2510.25602: QSNR of a block of Gaussian values of crest factor k
 * (largest magnitude over rms) under a scale that is rho times what the largest magnitude needs. */
#ifndef SIM_ANALYSIS_QSNR_FORMULA_H
#define SIM_ANALYSIS_QSNR_FORMULA_H

#include "sim/analysis/analysis.h"

/* How the formula of integers of b bits counts its steps. */
enum qsnr_steps {
    QSNR_PRINTED, /* 4.78 + 6.02 b dB, as printed: 2^(b-1) steps up to the largest magnitude */
    QSNR_POWER,   /* the same without rounded constants: 10 log10(12) + 20 log10(2^(b-1)) */
    QSNR_LARGEST  /* with the 2^(b-1) - 1 steps that a symmetric integer has */
};
#define QSNR_STEPS_WORDS "printed|power|largest"

struct qsnr_setting {
    double rho;
    double block; /* elements that share a scale which is no power of two (NV); 0: a power of two (MX) */
    enum qsnr_steps steps;
};

/* Keys that analyses of it share, in this order, and the setting that they say. */
#define QSNR_KEYS                                                                                        \
    {"rho",                                                                                              \
     ARG_NUMBER,                                                                                         \
     1.5,                                                                                                \
     1,                                                                                                  \
     16,                                                                                                 \
     NULL,                                                                                               \
     "how much larger the scale is than needed: 1.5 for powers of two, "                                 \
     "1.05 for E4M3 scales in the authors' program"},                                                    \
        {"block",                                                                                        \
         ARG_INTEGER,                                                                                    \
         0,                                                                                              \
         0,                                                                                              \
         1 << 20,                                                                                        \
         NULL,                                                                                           \
         "elements of a block whose largest one is exact (NV); 0: none is (MX)"},                        \
    {                                                                                                    \
        "steps", ARG_WORD, QSNR_PRINTED, 0, 0, QSNR_STEPS_WORDS,                                         \
            "of integers: printed, 4.78 + 6.02 b; power, the same unrounded; largest, 2^(b-1) - 1 steps" \
    }
struct qsnr_setting qsnr_setting(const struct analysis_request *r);

/* dB, of a signed integer or float with an exponent field. */
double qsnr_of(const struct format *f, const struct qsnr_setting *s, double crest);
/* NULL, or why the theory does not cover a format. */
const char *qsnr_refuses(const struct format *f);
/* 10 log10(24 4^M): what a float comes to where subnormal numbers do not matter. */
double qsnr_plateau(const struct format *f);

#endif
