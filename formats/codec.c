/* The registry of block codecs. */
#include "formats/codec.h"

#include <stdio.h>
#include <strings.h>

#define CODEC(id) extern const struct block_codec codec_##id;
#include "formats/codecs.def"
#undef CODEC

static const struct block_codec *const registry[] = {
#define CODEC(id) &codec_##id,
#include "formats/codecs.def"
#undef CODEC
};

size_t codec_count(void)
{
    return sizeof registry / sizeof *registry;
}

const struct block_codec *codec_at(size_t i)
{
    return registry[i];
}

const struct block_codec *codec_find(const char *name)
{
    for (size_t i = 0; i < codec_count(); i++)
        if (strcasecmp(registry[i]->name, name) == 0)
            return registry[i];
    return NULL;
}

/* --- a family for formats that are only named --- */

static struct number decode(const struct format *f, uint32_t code)
{
    (void)f;
    (void)code;
    return (struct number){.class = NUMBER_ZERO};
}

static struct encoded encode(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random)
{
    (void)f;
    (void)x;
    (void)r;
    (void)random;
    return (struct encoded){0, 0};
}

static struct number zero(const struct format *f)
{
    return decode(f, 0);
}

static const char *no_problem(const struct format *f)
{
    (void)f;
    return NULL;
}

static bool never(const struct format *f)
{
    (void)f;
    return false;
}

static void layout(const struct format *f, char *out, size_t size)
{
    snprintf(out, size, "%d bits", f->bits);
}

static const struct format_family family_codec = {.name = "codec",
                                                  .doc = "blocks coded by steps of their own",
                                                  .decode = decode,
                                                  .encode = encode,
                                                  .max = zero,
                                                  .min_positive = zero,
                                                  .problem = no_problem,
                                                  .has_inf = never,
                                                  .has_nan = never,
                                                  .has_neg_zero = never,
                                                  .layout = layout};

void codec_describe(const struct block_codec *c, struct format *out)
{
    *out = (struct format){
        .family = &family_codec, .bits = c->element_bits, .doc = c->doc, .citation = c->citation};
    snprintf(out->name, sizeof out->name, "%s", c->name);
}

void codec_describe_scale(const struct block_codec *c, struct format *out)
{
    codec_describe(c, out);
    out->bits = c->scale_bits;
}
