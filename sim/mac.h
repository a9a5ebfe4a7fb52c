/* MAC text <-> mac_spec: how a dot product is computed.
 *
 *     NAME[,key=value]...     sequential     fused,group=8,fraction=24,acc=fp32 h100_wgmma_fp8,promote=128
 *
 * NAME is an order of summation, an alias of one, or a matrix unit of sim/units.def. A unit stands for its
 * text; keys after it override. The canonical text writes every key that has an effect, defaults too, in one
 * order; parsing it gives the same spec. */
#ifndef SIM_MAC_H
#define SIM_MAC_H

#include "sim/base/status.h"
#include "sim/spec.h"
#include "sim/text_words.h"

#define MAC_TEXT_SIZE 1024

/* Parses a MAC text. Errors (STATUS_INVALID) name the key, what was found and what is allowed. */
enum status mac_parse(const char *text, struct mac_spec *out, struct error *e) MUST_CHECK;
/* Writes the canonical text, which is what is hashed and stored. */
void mac_identity(const struct mac_spec *m, char out[static MAC_TEXT_SIZE]);
/* Whether two have one canonical text. */
bool mac_same(const struct mac_spec *a, const struct mac_spec *b);
/* Writes the shortest MAC text known for m: an order or a unit plus the keys that differ from what it says by
 * itself. Parses to m. */
void mac_short(const struct mac_spec *m, char out[static MAC_TEXT_SIZE]);

/* The keys of MAC texts. `choices` describes the allowed values for people. */
size_t mac_key_count(void);
const struct text_key *mac_key_at(size_t i);
const struct text_key *mac_key_find(const char *name);
/* Writes the value that m has for a key ("" if the key has no effect in m), as canonical text would. */
void mac_get(const struct mac_spec *m, const struct text_key *key, char out[static MAC_TEXT_SIZE]);

/* A matrix unit: a name for a MAC text. */
struct unit {
    const char *name, *text;
    const char *formats; /* of its operands, with + between them; both may be any of them */
    const char *doc, *citation;
    const char *checked; /* the measured rows that it reproduces, or that there are none */
};
size_t unit_count(void);
const struct unit *unit_at(size_t i);
const struct unit *unit_find(const char *name);
/* The unit that a MAC text begins with; NULL if it begins with an order. */
const struct unit *unit_of(const char *text);
/* Whether a unit multiplies operands of this format. */
bool unit_takes(const struct unit *u, const struct format *f);

#endif
