/* Cells that go through their subject together, and a part of the way. Part of sim/pipeline. */
#ifndef SIM_PIPELINE_PART_H
#define SIM_PIPELINE_PART_H

#include "sim/arith/dot.h"
#include "sim/pipeline.h"

/* Elements that cells go through together: x and y of them stay in the second-level cache. */
#define PIPELINE_WINDOW ((size_t)1 << 15)

/* The stream of stochastic rounding: the first 64 bits of the subject's hash, so that it follows the tensor
 * and not its place in a file. */
uint64_t subject_stream(const struct subject *s);

/* What the parts of a cell come to. */
struct cell {
    struct cell_job *job;
    bool failed;
    struct quantizer *quantizer; /* of a tensor; NULL when it has failed */
    struct dot_stats dots;       /* of a site */
    struct metric_errors errors;
    struct hash128 *hashes;           /* over the hashes of parts; NULL if there is one */
    unsigned char hash[HASH128_SIZE]; /* of the last part */
};

struct cells {
    const struct subject *s;
    size_t part; /* elements */
    bool divided;
    size_t n;
    struct cell cells[];
};

/* What a part of a cell comes to. */
struct share {
    enum status status;
    struct error error;
    double seconds;
    struct quantizer *quantizer; /* the cell's own, if it is not divided */
    struct quant_stats stats;    /* of a site, as cell_result has it */
    struct dot_stats dots;       /* of a site */
    struct metric_errors errors;
    unsigned char (*hashes)[HASH128_SIZE]; /* of its values, `part` elements each */
    size_t n_hashes;
};

struct cells_part {
    bool divided;
    size_t n;
    struct share shares[];
};

/* Measures elements first .. end - 1 for all cells into the shares of *out, which are zero. */
enum status part_measure(const struct cells *all, size_t first, size_t end, struct cells_part *out,
                         const atomic_int *stop, struct error *e) MUST_CHECK;

/* The same for a site, all of it. */
enum status site_measure(const struct cells *all, struct cells_part *out, const atomic_int *stop,
                         struct error *e) MUST_CHECK;

#endif
