/* Arrays of the conformance vectors as flat 64-bit integers. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

struct vector {
    uint64_t *v;
    size_t n, rows, columns; /* columns: product of all but the first dimension */
};

/* Loads vectors/FOLDER/NAME.npy of the shared material, NAME as by printf; skips the running test if it is
 * not there. */
struct vector vector_load(const char *folder, const char *name, ...) __attribute__((format(printf, 2, 3)));
/* The same for one-dimensional uint64, which dumps do not hold. */
struct vector vector_load_u64(const char *folder, const char *name);
void vector_free(struct vector *v);
/* The names NAME of vectors/FOLDER/NAME<suffix>, sorted; skips the running test where there is none. */
char **vector_names(const char *folder, const char *suffix, size_t *n);
void vector_names_free(char **names, size_t n);

/* The comparison rule of the vectors: a NaN is matched by any NaN, everything else bit for bit. */
bool vector_same_code(const struct format *f, uint32_t got, uint32_t want);

/* binary32 bit patterns quantized: rows x columns codes and values, scale codes from the first on; malloced.
 */
struct vector_coded {
    uint32_t *codes, *scales;
    float *values;
};
struct vector_coded vector_quantize(const char *scheme, const uint64_t *bits, size_t rows, size_t columns);
void vector_coded_free(struct vector_coded *c);

#endif
