/* A scheme text cut into words, and what becomes of them: parts of scheme_parse. */
#ifndef SIM_SCHEME_WORDS_H
#define SIM_SCHEME_WORDS_H

#include "sim/scheme_keys.h"

struct words {
    char name[SCHEME_VALUE_SIZE];
    char value[KEYS][SCHEME_VALUE_SIZE]; /* "" = not given */
    bool given[KEYS];                    /* by the text itself, not by an alias */
};

/* --- values; a key that is not given leaves *out alone --- */
enum status words_bad(const struct words *w, enum key k, struct error *e);
/* Whether a key has a value other than "none". */
bool words_says(const struct words *w, enum key k);
enum status words_select(const struct words *w, enum key k, const char *const *names, int n, int *out,
                         struct error *e) MUST_CHECK;
enum status words_integer(const struct words *w, enum key k, long long low, long long high, long long *out,
                          struct error *e) MUST_CHECK;
/* A number above 0 and at most `high`; "none" gives 0. */
enum status words_positive(const struct words *w, enum key k, double high, float *out,
                           struct error *e) MUST_CHECK;
/* A float format; `what` names it in messages. */
enum status words_format(const struct words *w, enum key k, const char *what, struct format *out,
                         struct error *e) MUST_CHECK;
/* STATUS_INVALID with the reason for a float whose name leaves open which of two published ones it is. */
enum status words_ambiguous(const struct format *f, struct error *e) MUST_CHECK;
enum status words_unknown_format(const char *what, const char *name, const char *why, struct error *e);

/* --- groups, in the order in which they depend on each other --- */
enum status words_element(const struct words *w, struct quant_spec *q, struct error *e) MUST_CHECK;
enum status words_scaling(const struct words *w, struct quant_spec *q, struct error *e) MUST_CHECK;
enum status words_choice(const struct words *w, struct quant_spec *q, struct error *e) MUST_CHECK;
enum status words_rounding(const struct words *w, struct quant_spec *q, struct error *e) MUST_CHECK;

#endif
