/* Synthetic dumps from GSL distributions, by counter-based random numbers: same seed, same bytes.
 *
 * Value (r, c) is quantile(u) * scale, times outlier_factor in an outlier column, rounded once to binary32,
 * or, where there is an element, to its nearest value (ties to even, saturating). u is the midpoint of one of
 * 2^52 equal cells of (0, 1), chosen by random numbers of element r * columns + c alone, so that values
 * depend neither on order nor on threads. Exactly round(outlier_share * columns) columns (half away from
 * zero) are outliers; every set of that many is equally likely. */
#ifndef SIM_DUMP_SYNTH_H
#define SIM_DUMP_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"
#include "sim/base/status.h"
#include "sim/distribution.h"

struct synth_spec {
    const char *distribution; /* a name of the registry */
    double parameter; /* degrees of freedom of student-t, sigma of log-normal, ...; NaN = the default */
    double scale;     /* multiplies every value; 1 */
    size_t rows, columns;
    double outlier_share;         /* of the columns; 0 = none */
    double outlier_factor;        /* multiplies those columns; 1 or 0 where there are none */
    const struct format *element; /* whose values they are; NULL: binary32 */
    uint64_t seed;
};

/* STATUS_INVALID for an unknown distribution, and for arguments out of range or without effect. */
enum status synth_check(const struct synth_spec *s, struct error *e) MUST_CHECK;
/* How many columns are outliers. */
size_t synth_outliers(const struct synth_spec *s);
/* rows x columns binary32 values, the last index fastest. STATUS_INVALID as synth_check has it, and for
 * values beyond binary32. */
enum status synth_fill(const struct synth_spec *s, float *out, struct error *e) MUST_CHECK;

/* --- texts: NAME[,key=value]..., as "gaussian,rows=64,columns=4096,seed=1" --- */

#define SYNTH_TEXT_SIZE 256
/* 2^40 values are 4 TiB: more is a slip of the finger. */
#define SYNTH_MAX_VALUES (UINT64_C(1) << 40)

enum synth_key {
    SYNTH_ROWS,
    SYNTH_COLUMNS,
    SYNTH_PARAM,
    SYNTH_SCALE,
    SYNTH_SEED,
    SYNTH_OUTLIER_SHARE,
    SYNTH_OUTLIER_FACTOR,
    SYNTH_ELEMENT,
    SYNTH_KEYS
};
extern const char *const synth_key_names[SYNTH_KEYS];

/* What holds for keys that are not given: 256 rows and columns, scale 1, seed 0, no element. */
struct synth_spec synth_standard(void);
/* Reads the value of one key. STATUS_INVALID: "KEY: expected ..., found ...". */
enum status synth_set(struct synth_spec *s, enum synth_key key, const char *value,
                      struct error *e) MUST_CHECK;
/* Reads a text; `given` (SYNTH_KEYS flags) says which keys it has. Keys by themselves are checked, not what
 * they mean together (synth_check). */
enum status synth_parse(const char *text, struct synth_spec *out, bool *given, struct error *e) MUST_CHECK;
/* The shortest text of equal meaning, but always with rows and columns. */
void synth_text(const struct synth_spec *s, char out[static SYNTH_TEXT_SIZE]);

/* --- dumps that are drawn when they are read --- */

struct dump;
struct synth_tensor {
    const char *name, *axes; /* axes: labels, as "token,channel" */
    struct synth_spec spec;
};
/* The path of such a dump: no file. */
#define SYNTH_PATH "synth"
/* A dump of n tensors, each drawn by dump_load and freed by dump_unload. Names and labels are copied.
 * STATUS_INVALID as synth_check has it. */
enum status dump_open_synth(const struct synth_tensor *tensors, size_t n, struct dump **out,
                            struct error *e) MUST_CHECK;
/* What tensor i is drawn from; NULL for recorded ones. */
const struct synth_spec *dump_drawn(const struct dump *d, size_t i);

#endif
