/* Arrays of the conformance vectors as flat 64-bit integers. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stddef.h>
#include <stdint.h>

struct vector {
    uint64_t *v;
    size_t n, rows, columns; /* columns: product of all but the first dimension */
};

/* Loads vectors/FOLDER/NAME.npy of the shared material; skips the running test if it is not there. */
struct vector vector_load(const char *folder, const char *name);
/* The same for one-dimensional uint64, which dumps do not hold. */
struct vector vector_load_u64(const char *folder, const char *name);
void vector_free(struct vector *v);
/* The names NAME of vectors/FOLDER/NAME<suffix>, sorted; skips the running test where there is none. */
char **vector_names(const char *folder, const char *suffix, size_t *n);
void vector_names_free(char **names, size_t n);

#endif
