/* Methods: the recipes of papers under their names. A method is what the keys of an experiment file can say:
 * schemes of the operands, a chain of transforms, a MAC. */
#ifndef SIM_METHOD_H
#define SIM_METHOD_H

#include <stddef.h>

#include "sim/base/status.h"

struct method {
    const char *name, *doc, *citation;
    const char *op; /* that of experiment files: "quantize", "matmul", "attention" */
    /* What the keys of that name are unless the file says otherwise; NULL: nothing. */
    const char *format, *weight, *transform, *mac, *output, *k, *p, *v, *mac_pv;
    const char *study; /* a file of experiments/ that shows it */
    const char *note;  /* how far it goes, and what was checked against what */
};

size_t method_count(void);
const struct method *method_at(size_t i); /* in the order of sim/methods.def */
const struct method *method_find(const char *name);

/* The keys that a method may give, and what it gives ("" or NULL: nothing). */
#define METHOD_KEYS 9
extern const char *const method_keys[METHOD_KEYS];
const char *method_value(const struct method *m, size_t key);

#endif
