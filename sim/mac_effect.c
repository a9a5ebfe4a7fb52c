/* Which keys have an effect in a mac_spec, and what they say there. */
#include <stdio.h>
#include <string.h>

#include "sim/base/strbuf.h"
#include "sim/mac_keys.h"

const struct format *mac_last(const struct mac_spec *m)
{
    return m->order == MAC_EXACT ? NULL : m->promote ? &m->outer : &m->acc;
}

static bool is_same(const struct format *x, const struct format *y)
{
    return x->family == y->family && strcmp(x->name, y->name) == 0 && x->fraction_bits == y->fraction_bits;
}

static const char *product_effect(const struct mac_spec *m, enum mac_key_id k)
{
    static const unsigned use[] = {[MAC_L] = PRODUCT_OFFSET,
                                   [MAC_NORMALISE] = PRODUCT_SUBNORMAL,
                                   [MAC_DROPPED] = PRODUCT_DROPPED,
                                   [MAC_INTO] = PRODUCT_INTO,
                                   [MAC_INTO_ROUND] = PRODUCT_INTO};
    if (k == MAC_INTO_ROUND && m->product->uses & PRODUCT_INTO && !m->args.into.family)
        return "into=none rounds nothing";
    return k == MAC_PRODUCT || m->product->uses & use[k] ? NULL : "the product does not take it";
}

static const char *order_effect(const struct mac_spec *m, enum mac_key_id k)
{
    if (k == MAC_FMA)
        return m->order == MAC_EXACT || m->order == MAC_FUSED ? "the order adds products as they are" : NULL;
    if (k >= MAC_PARTS)
        return m->order == MAC_SPLIT ? NULL : "only the order split has parts";
    if (m->order != MAC_FUSED)
        return "only the order fused has it";
    if (k == MAC_JOIN_ROUND)
        return m->join_fraction || m->lanes == 2 ? NULL : "without join= and lanes=2 nothing is joined";
    if ((k == MAC_ALIGN || k == MAC_LANES || k == MAC_JOIN) && !m->fraction)
        return "fraction=exact aligns nothing";
    return NULL;
}

static const char *accumulator_effect(const struct mac_spec *m, enum mac_key_id k)
{
    if (k == MAC_SR_KIND || k == MAC_SR_BITS) {
        if (!mac_spec_rounds_stochastically(m))
            return "nothing is rounded by sr";
        return k == MAC_SR_BITS && m->round.sr_kind == SR_EQUAL ? "sr_kind=equal draws one bit" : NULL;
    }
    if (k == MAC_OVERFLOW || (k == MAC_FLIP && mac_spec_has_partials(m)))
        return NULL;
    if (m->order == MAC_EXACT)
        return "the order exact rounds the result alone";
    if (k == MAC_POINT)
        return mac_is_integer(&m->acc) ? NULL : "only integer accumulators have a point";
    if (k == MAC_OUTER || k == MAC_OUTER_ROUND)
        return m->promote ? NULL : "without promote= there is one accumulator";
    return NULL;
}

static const char *result_effect(const struct mac_spec *m, enum mac_key_id k)
{
    bool partials = mac_spec_has_partials(m);
    switch (k) {
    case MAC_C:
        if (partials)
            return "partials are followed by the addend";
        return m->order == MAC_EXACT || (m->order == MAC_PAIRWISE && !m->promote)
                   ? "the order adds it at its own place"
                   : NULL;
    case MAC_OUT_ROUND:
        if (partials && strcmp(m->out.name, "fp32") == 0)
            return "the result has the accumulator's format";
        return m->order != MAC_EXACT && !partials && is_same(mac_last(m), &m->out)
                   ? "the result has the accumulator's format"
                   : NULL;
    case MAC_NAN:
        return format_has_nan(&m->out) ? NULL : "the result's format has no NaN";
    default:
        return NULL;
    }
}

const char *mac_no_effect(const struct mac_spec *m, enum mac_key_id k)
{
    return k <= MAC_INTO_ROUND ? product_effect(m, k)
           : k <= MAC_LAYOUT   ? order_effect(m, k)
           : k < MAC_C         ? accumulator_effect(m, k)
                               : result_effect(m, k);
}

/* --- values --- */

static const char *whole(long long v, char *out)
{
    sprintf(out, "%lld", v);
    return out;
}

static const char *none_or(long long v, const char *none, char *out)
{
    return v ? whole(v, out) : none;
}

static const char *get_product(const struct mac_spec *m, enum mac_key_id k, char *out)
{
    switch (k) {
    case MAC_PRODUCT:
        return m->product->name;
    case MAC_L:
        return m->args.offset == PRODUCT_OFFSET_PAPER ? "paper" : whole(m->args.offset, out);
    case MAC_NORMALISE:
        return mac_no_yes[m->args.normalise];
    case MAC_DROPPED:
        return whole(m->args.dropped, out);
    case MAC_INTO:
        return m->args.into.family ? m->args.into.name : "none";
    default:
        return round_mode_names[m->args.rounding.mode];
    }
}

static const char *get_order(const struct mac_spec *m, enum mac_key_id k, char *out)
{
    switch (k) {
    case MAC_FMA:
        return mac_no_yes[m->fma];
    case MAC_GROUP:
        return whole((long long)m->group, out);
    case MAC_TAKE:
        return mac_take_names[m->take];
    case MAC_PRESUM:
        return whole((long long)m->presum, out);
    case MAC_FRACTION:
        return none_or(m->fraction, "exact", out);
    case MAC_ALIGN:
        return round_mode_names[m->align];
    case MAC_LANES:
        return whole(m->lanes, out);
    case MAC_JOIN:
        return none_or(m->join_fraction, "none", out);
    case MAC_JOIN_ROUND:
        return round_mode_names[m->join_round];
    case MAC_PARTS:
        return whole((long long)m->parts, out);
    default:
        return mac_layout_names[m->layout];
    }
}

static const char *get_accumulator(const struct mac_spec *m, enum mac_key_id k, char *out)
{
    switch (k) {
    case MAC_ACC:
        return m->acc.name;
    case MAC_POINT:
        return whole(m->acc.fraction_bits, out);
    case MAC_ROUND:
        return round_mode_names[m->round.mode];
    case MAC_SR_KIND:
        return sr_kind_names[m->round.sr_kind];
    case MAC_SR_BITS:
        return whole(m->round.sr_bits, out);
    case MAC_OVERFLOW:
        return mac_overflow_names[m->overflow];
    case MAC_PROMOTE:
        return none_or((long long)m->promote, "none", out);
    case MAC_OUTER:
        return m->outer.name;
    case MAC_FLIP:
        return m->flip > 0 ? str_shortest_f32(m->flip, out) : "none";
    default:
        return round_mode_names[m->outer_round.mode];
    }
}

static const char *get_result(const struct mac_spec *m, enum mac_key_id k)
{
    switch (k) {
    case MAC_C:
        return mac_c_names[m->c];
    case MAC_OUT:
        return m->out.name;
    case MAC_OUT_ROUND:
        return round_mode_names[m->out_round.mode];
    case MAC_NAN:
        return mac_nan_names[m->nan_ones];
    case MAC_DAZ:
        return mac_no_yes[m->daz];
    case MAC_FTZ:
        return mac_no_yes[m->out_round.ftz];
    default:
        return mac_scales_names[m->scales];
    }
}

void mac_get(const struct mac_spec *m, const struct text_key *key, char out[static MAC_TEXT_SIZE])
{
    enum mac_key_id k = (enum mac_key_id)(key - mac_keys);
    char scratch[32];
    out[0] = '\0';
    if (mac_no_effect(m, k))
        return;
    const char *v = k <= MAC_INTO_ROUND ? get_product(m, k, scratch)
                    : k <= MAC_LAYOUT   ? get_order(m, k, scratch)
                    : k < MAC_C         ? get_accumulator(m, k, scratch)
                                        : get_result(m, k);
    snprintf(out, MAC_TEXT_SIZE, "%s", v);
}
