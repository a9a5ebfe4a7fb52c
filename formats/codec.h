/* Block codecs: formats whose blocks are not elements times one scale. A codec turns the values of a block
 * into codes, what is stored beside them, and the values that those stand for. One file in formats/ and one
 * line in formats/codecs.def each. */
#ifndef FORMATS_CODEC_H
#define FORMATS_CODEC_H

#include "formats/format.h"

#define CODEC_BLOCK_MAX 256

/* A block under way. values and codes have n places; what happened to element i is or-ed into events[i]
 * (enum encode_event). */
struct codec_block {
    const float *x; /* n finite values */
    size_t n;       /* 1 .. block (a tail may be shorter); any number where block is 0 */
    uint32_t *codes, *events;
    float *values;
    uint32_t scale; /* the stored scale, or scales side by side from bit 0 up */
};

struct block_codec {
    const char *name, *doc, *citation;
    size_t block;     /* elements that belong together; 0: whatever shares a scale under per= */
    int element_bits; /* of a code */
    int scale_bits;   /* of codec_block.scale */
    int side_bits;    /* stored for a whole block beside codes and scale */
    void (*encode)(struct codec_block *b);
};

size_t codec_count(void);
const struct block_codec *codec_at(size_t i);
const struct block_codec *codec_find(const char *name); /* NULL if unknown */

/* What lists and costs are told of a codec: a format with its name and the bits of its codes, or of its
 * scales. Such a format has no values: every code decodes to zero. */
void codec_describe(const struct block_codec *c, struct format *out);
void codec_describe_scale(const struct block_codec *c, struct format *out);

#endif
