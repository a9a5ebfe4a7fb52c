/* Codebooks beyond those of formats/: computed by the rule of a name, or read from a file.
 *
 * Both end as a struct format whose codebook is interned: it lives as long as the process, and equal content
 * is one codebook, so that formats stay plain data. */
#ifndef SIM_BOOK_H
#define SIM_BOOK_H

#include "formats/codebook.h"
#include "sim/base/status.h"

/* The interned copy of b, which is read and not kept. From any thread. NULL when out of memory. */
const struct codebook *book_intern(const struct codebook *b);

#define BOOK_HASH_SIZE 17 /* 16 lower-case hexadecimal digits and the final NUL */

/* The first 64 bits of the SHA-256 of everything a codebook says: values, codes, unused codes, boundaries. */
void book_hash(const struct codebook *b, char hex[static BOOK_HASH_SIZE]);

/* --- by rule: sim/books.def, one line each, defined in sim/quant, where GSL is allowed --- */

/* Published values of one name, all ranks in order, as printed. */
struct book_golden {
    const char *name;
    int n;
    const double *values;
    double within; /* half a unit of the last printed digit, or as the source says */
    const char *source;
};

struct book_rule {
    const char *names; /* for people: "nfB (B 2..8)" */
    const char *doc, *citation;
    /* The values of a name, ascending, far more precise than binary32, and their number; 0 if the name is not
     * of the rule, or is refused: *why then points to a static sentence. */
    int (*compute)(const char *name, double values[static CODEBOOK_MAX], const char **why);
    const struct book_golden *golden;
    size_t goldens;
};

size_t book_rule_count(void);
const struct book_rule *book_rule_at(size_t i);

/* The format of a name by rule: the values of its rule, rounded once to binary32, codes being ranks.
 * STATUS_SKIP if no rule knows the name; STATUS_INVALID if its rule refuses it. Computed once a process. */
enum status book_by_name(const char *name, struct format *out, struct error *e) MUST_CHECK;

/* --- from a file --- */

#define BOOK_PREFIX "book:" /* what precedes the path in an element's name */

/* The format named book:PATH. The file is text: a line holds a value, or a code (0..255) and a value; #
 * starts a comment. Numbers are decimal or hexadecimal, and rounded to binary32. Without codes the values
 * ascend and the code is the rank; with codes on every line the order is free. Errors name file and line,
 * what was found and what is allowed: STATUS_INVALID for its content, those of error_errno for what cannot be
 * read. */
enum status book_read(const char *path, struct format *out, struct error *e) MUST_CHECK;
/* What the text of such a file says; it may not be copied, as `book` points to the two arrays. */
struct book_content {
    struct codebook book;
    int bits; /* of a code */
    float values[CODEBOOK_MAX];
    uint8_t codes[CODEBOOK_MAX];
};
/* Reads a text, which messages call `name`. */
enum status book_parse(const char *name, const char *text, size_t bytes, struct book_content *out,
                       struct error *e) MUST_CHECK;
/* Whether a format came from a file. */
bool book_is_file(const struct format *f);

#endif
