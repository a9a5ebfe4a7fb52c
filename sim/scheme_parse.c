/* Scheme text -> words -> quant_spec. */
#include "sim/scheme_words.h"

static const char *stands_for(const char *name)
{
    const struct scheme_alias *alias = scheme_alias_find(name);
    return alias ? alias->text : NULL;
}

static const char *no_effect(const void *spec, size_t i)
{
    return scheme_no_effect(spec, (enum key)i);
}

static const struct text_kind scheme_text = {.what = "scheme",
                                             .names = "format or scheme",
                                             .text_size = SCHEME_TEXT_SIZE,
                                             .value_size = SCHEME_VALUE_SIZE,
                                             .keys = scheme_keys,
                                             .n = KEYS,
                                             .stands_for = stands_for};

enum status scheme_parse(const char *text, struct quant_spec *out, struct error *e)
{
    struct words w;
    struct quant_spec q = {.codec = NULL};
    const struct text_words words = {w.name, w.value[0], w.given};
    enum status s = text_cut(&scheme_text, text, &words, e);
    if (!s)
        s = words_element(&w, &q, e);
    if (!s)
        s = words_scaling(&w, &q, e);
    if (!s)
        s = words_choice(&w, &q, e);
    if (!s)
        s = words_rounding(&w, &q, e);
    if (!s)
        s = text_check_effects(&scheme_text, &words, no_effect, &q, e);
    if (s)
        return error_prefix(e, s, "scheme '%.100s'", text);
    *out = q;
    return STATUS_OK;
}
