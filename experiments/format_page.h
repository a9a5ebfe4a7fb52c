/* The page of a format: what `bitsweep formats NAME` prints, for one format or several beside each other. */
#ifndef EXPERIMENTS_FORMAT_PAGE_H
#define EXPERIMENTS_FORMAT_PAGE_H

#include "formats/codec.h"
#include "formats/facts.h"
#include "formats/number_text.h"
#include "results/table.h"

#define PAGE_LABEL_SIZE 64

/* A format that the user named, with its facts. */
struct studied {
    char label[PAGE_LABEL_SIZE]; /* its name, or the scheme text that gave it */
    struct format format;
    struct facts facts;
    struct coded *codes; /* all, sorted; NULL above FACTS_BITS bits */
    size_t finite;       /* of them, first */
};

/* A format by name, by the rule of a family, or the element of a scheme text. STATUS_INVALID. To be closed
 * after every outcome. */
enum status studied_open(struct studied *s, const char *name, struct error *e) MUST_CHECK;
void studied_close(struct studied *s);

/* log2 |x| of a finite nonzero number, of any exponent; for people, not for bits. */
double number_log2(struct number x);

/* A number that loses nothing: a real where binary64 holds it and a program reads, else its text. NaN, which
 * stands for what a format does not have, is missing. */
struct table_value table_number(struct number x, bool people, char text[NUMBER_TEXT_SIZE]);

/* Facts as rows, a column for each of n formats. What no format has is left out, and prose where there are
 * several. */
enum status page_facts(const struct studied *s, size_t n, enum table_format format,
                       struct error *e) MUST_CHECK;
/* Every code, its bits by field, class and value. */
enum status page_codes(const struct studied *s, enum table_format format, struct error *e) MUST_CHECK;

/* The page of a block codec, which has no codes with values of their own. */
enum status page_codec(const struct block_codec *c, enum table_format format, struct error *e) MUST_CHECK;

#endif
