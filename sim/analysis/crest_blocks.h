/* Blocks of i.i.d. Gaussian values given their crest factor, drawn and quantized: what the theory of
 * qsnr_formula.h says, by simulation.
 *
 * The direction of a Gaussian vector is uniform on the sphere. Given its crest factor k in a block of g, one
 * element is k times the rms, and the direction of the others is uniform on their sphere, of g - k^2 squared
 * rms, as far as none is larger than k. So candidates are directions of g - 1 Gaussian values, each fit for
 * every k from its own least one on; a larger k takes those of all smaller ones in. Rms of blocks lie evenly
 * over an octave of their logarithm, stratified, which is what a scale of powers of two meets in the long
 * run. */
#ifndef SIM_ANALYSIS_CREST_BLOCKS_H
#define SIM_ANALYSIS_CREST_BLOCKS_H

#include "sim/analysis/analysis.h"
#include "sim/spec.h"

struct crest_blocks {
    size_t block, candidates;
    double *direction; /* candidates x (block - 1), of length 1 */
    double *largest;   /* of each candidate's magnitudes */
    float *x, *y;      /* room for CREST_BLOCKS blocks */
};
/* The most blocks that are quantized. */
#define CREST_BLOCKS 8192

/* 2 <= block. STATUS_INTERNAL without memory. */
enum status crest_blocks_open(size_t block, struct crest_blocks *out, struct error *e) MUST_CHECK;
void crest_blocks_close(struct crest_blocks *c);

/* A scheme with scales of blocks of at least two elements: STATUS_SKIP says why it is not one. */
enum status crest_scheme(const struct analysis_request *r, const char *key, struct quant_spec *out,
                         struct error *e) MUST_CHECK;
/* The scheme's QSNR, dB: squares of all elements over those of their errors, both over the rms of their
 * block. STATUS_SKIP where too few blocks have the crest factor, or none can. */
enum status crest_qsnr(const struct crest_blocks *c, const struct quant_spec *q, double crest, double *db,
                       struct error *e) MUST_CHECK;

#endif
