/* Analyses: quantities that belong to no tensor, computed from a formula, a format or a registry alone. They
 * are cells of studies as measurements are (op: analysis).
 *
 *     NAME[,key=value]...     crossover,int=int8,float=e4m3     cost,model=(memory,level=dram),scheme=int8
 *
 * A value with commas stands in parentheses. One file and one line in sim/analysis/registry.def each. An
 * analysis may use every other stage; of sim/, the pipeline alone uses analyses. */
#ifndef SIM_ANALYSIS_ANALYSIS_H
#define SIM_ANALYSIS_ANALYSIS_H

#include <stddef.h>

#include "formats/format.h"
#include "sim/arg.h"
#include "sim/base/hash.h"
#include "sim/base/status.h"

#define ANALYSIS_VALUES    16 /* the most that one gives: those of a cost model */
#define ANALYSIS_NAME_SIZE 160
#define ANALYSIS_TEXT_SIZE 1024

/* A value that an analysis gives. */
struct analysis_output {
    const char *name, *unit, *doc;
};

struct analysis_value {
    char name[ANALYSIS_NAME_SIZE]; /* "ANALYSIS.NAME": no other analysis and no metric has it */
    const char *unit, *doc;
    double value;
};

struct analysis_result {
    size_t n;
    struct analysis_value value[ANALYSIS_VALUES];
};

struct analysis;

/* What an analysis text parses to. */
struct analysis_request {
    const struct analysis *analysis;
    double number[ARG_KEYS_MAX];             /* of keys that are numbers or words */
    char text[ARG_KEYS_MAX][ARG_VALUE_SIZE]; /* of the others */
};

/* A value that must come out, and where it is known from. */
struct analysis_golden {
    const char *text, *output; /* output: without the analysis' name */
    double value, within;
    const char *source;
};

struct analysis {
    const char *name, *doc, *citation;
    int version;                /* of its meaning: part of the key of its cells, raised when values change */
    const struct arg_key *keys; /* n_keys, at most ARG_KEYS_MAX */
    size_t n_keys;
    const struct analysis_output *outputs; /* n_outputs; NULL where arguments decide what there is */
    size_t n_outputs;
    const struct analysis_golden *golden;
    size_t n_golden;
    /* Of arguments together and of texts: STATUS_INVALID says what is found and allowed. May be NULL. */
    enum status (*check)(const struct analysis_request *r, struct error *e);
    /* What else its values depend on and is no argument (a table built into the program), for the key. May
     * be NULL. */
    const char *(*depends)(const struct analysis_request *r);
    /* Appends its values with analysis_put, in the order of the outputs. STATUS_SKIP where there is no such
     * value, and why. */
    enum status (*compute)(const struct analysis_request *r, struct analysis_result *out, struct error *e);
};

size_t analysis_count(void);
const struct analysis *analysis_at(size_t i);
const struct analysis *analysis_find(const char *name); /* NULL if unknown */
/* The names of the keys that analyses have, each once; NULL behind the last. */
const char *analysis_key_at(size_t i);
bool analysis_has_key(const char *key);

/* STATUS_INVALID names the key, what was found and what is allowed. */
enum status analysis_parse(const char *text, struct analysis_request *out, struct error *e) MUST_CHECK;
/* With every key; parsing it gives the same request. */
void analysis_canonical(const struct analysis_request *r, char out[static ANALYSIS_TEXT_SIZE]);
/* Without keys that say what holds anyway. */
void analysis_short(const struct analysis_request *r, char out[static ANALYSIS_TEXT_SIZE]);

/* What the request comes to; no two values have one name. */
enum status analysis_compute(const struct analysis_request *r, struct analysis_result *out,
                             struct error *e) MUST_CHECK;
/* A value by its name without that of the analysis; NULL if there is none. */
const struct analysis_value *analysis_value_find(const struct analysis_result *r, const char *output);
/* Of all names and values, as bits. */
void analysis_hash(const struct analysis_result *r, char hex[static HASH128_HEX_SIZE]);

/* --- for analyses --- */

/* The value of a key that the analysis has. */
double analysis_number(const struct analysis_request *r, const char *key);
const char *analysis_text(const struct analysis_request *r, const char *key);
bool analysis_is(const struct analysis_request *r, const char *key, const char *word);
/* The element of the scheme of a key, which has no scales: STATUS_INVALID. */
enum status analysis_format(const struct analysis_request *r, const char *key, struct format *out,
                            struct error *e) MUST_CHECK;
/* Appends the value of the next output. */
void analysis_put(const struct analysis_request *r, struct analysis_result *out, double value);
/* 10 log10(x), the same double everywhere. */
double analysis_decibels(double x);

#endif
