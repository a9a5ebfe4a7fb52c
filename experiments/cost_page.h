/* What schemes cost by the models: what `bitsweep cost` prints and exports. */
#ifndef EXPERIMENTS_COST_PAGE_H
#define EXPERIMENTS_COST_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "results/table.h"
#include "sim/cost/cost.h"

/* A linear layer: input rows x inner, weight columns x inner. */
struct cost_shape {
    uint64_t rows, inner, columns;
};

/* What the user asked for; texts are NULL where an option is not given. */
struct cost_question {
    const char *const *schemes;
    size_t n_schemes;
    const char *weight; /* scheme of the other operand */
    const char *mac;
    const struct cost_request *models;
    size_t n_models;
    bool named;              /* models were; else those with nothing to export are passed over */
    uint64_t elements;       /* of one tensor, a row; of a layer without a shape the inner dimension */
    struct cost_shape shape; /* inner 0: none given */
};

/* One scheme as models see it; it must stay where it is. */
struct cost_subject {
    char scheme[2048], weight_scheme[2048]; /* short texts; "" where the weight has the input's */
    struct quant_spec spec, weight;
    struct mac_spec mac;
    struct cost_operand operand[2];
    struct cost_input in;
};

/* Reads scheme i of the question and counts what is stored for it. */
enum status cost_subject_read(const struct cost_question *q, size_t i, struct cost_subject *out,
                              struct error *e) MUST_CHECK;

/* Appends the requests that a list of cost texts names; "all" is every model. Parts with '=' are keys of the
 * text before: "storage,memory,level=hbm2" are two. The caller frees *out. */
enum status cost_models_read(const char *list, struct cost_request **out, size_t *n,
                             struct error *e) MUST_CHECK;

/* A row for each value, with unit, technology, accuracy and source; one for each model that does not cover a
 * scheme, with the reason. */
enum status cost_page(const struct cost_question *q, enum table_format format, struct error *e) MUST_CHECK;

/* Every model asked for as tables of an Accelergy table plug-in (accelergy-table-based-plug-ins), a folder
 * each in `dir`, which is made if it is not there:
 *
 *     MODEL/NAME.table.yaml     name, technology, accuracy, path_to_data_dir
 *     MODEL/data/CLASS.csv      attributes, action, energy (pJ), area (um2) where every row has one
 *
 * with a row for each scheme that the model covers. Classes are intmac and fpmac (mac_energy, mac_area),
 * intmultiplier and fpmultiplier (multiply_energy, multiplier_area). accuracy is 100 less the measured error
 * in percent, 1 where none was measured. STATUS_INVALID if a model that was named, or every one,
 * has no energy of any of the schemes, if
 * its values are of several technologies, or if two schemes would be one row; operands must be alike. Prints
 * what was written. */
enum status cost_accelergy(const struct cost_question *q, const char *dir, enum table_format format,
                           struct error *e) MUST_CHECK;

#endif
