/* Scheme text <-> quant_spec.
 *
 *     NAME[,key=value]...     int8,per=channel     e4m3,overflow=nan     mxfp4,scale_rule=rceil
 * e3m2,block=32,scale=e8m0
 *
 * NAME is an element format, a block codec, or an alias of sim/schemes.def. An alias stands for its text;
 * keys after it override. The canonical text writes every key that has an effect, defaults too, in one order;
 * it is what is hashed, stored and plotted, and parsing it gives the same spec. */
#ifndef SIM_SCHEME_H
#define SIM_SCHEME_H

#include "sim/base/status.h"
#include "sim/spec.h"
#include "sim/text_words.h"

#define SCHEME_TEXT_SIZE  2048
#define SCHEME_VALUE_SIZE 256 /* of one key */

/* Parses a scheme text. Errors (STATUS_INVALID) name the key, what was found and what is allowed. */
enum status scheme_parse(const char *text, struct quant_spec *out, struct error *e) MUST_CHECK;
/* Writes the canonical text. */
void scheme_canonical(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE]);
/* Writes what a scheme means: the canonical text without what has no effect on results, which is the path of
 * a codebook file (book_hash= names its content). For keys of cells. */
void scheme_identity(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE]);
/* Writes the shortest scheme text known for q: an alias or format name plus the keys that differ from what it
 * says by itself, or, instead of many keys, the name of a profile that says q. Parses to q. For tables and
 * legends. */
void scheme_short(const struct quant_spec *q, char out[static SCHEME_TEXT_SIZE]);

/* A published scheme: alias -> text. The list holds those of sim/schemes.def; scheme_alias_find knows the
 * profiles of sim/profile.h too. */
struct scheme_alias {
    const char *name, *text, *doc, *citation;
};
size_t scheme_alias_count(void);
const struct scheme_alias *scheme_alias_at(size_t i);
const struct scheme_alias *scheme_alias_find(const char *name);

/* The keys of scheme texts, which are also keys and sweep axes of experiment files. `choices` describes the
 * allowed values for people. */
size_t scheme_key_count(void);
const struct text_key *scheme_key_at(size_t i);
const struct text_key *scheme_key_find(const char *name);
/* The value that q has for a key ("" if the key has no effect in q), as canonical text says it; lives as long
 * as q and scratch. */
const char *scheme_get(const struct quant_spec *q, const struct text_key *key,
                       char scratch[static SCHEME_VALUE_SIZE]);

#endif
