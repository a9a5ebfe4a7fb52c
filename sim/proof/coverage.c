/* What a proof has met: names of the dimensions and their members, counts. */
#include "sim/proof/prove.h"
#include "sim/proof/prove_parts.h"

static const char *const point_names[POINTS] = {"value",        "boundary", "neighbour", "between",
                                                "sr-threshold", "special",  "extreme"};
static const char *const sign_names[] = {"positive", "negative"};
static const char *const side_names[SIDES] = {"exact", "tie", "between"};
static const char *const width_names[SR_WIDTHS] = {"32", "1", "3", "8", "23"};
static const char *const word_names[WORDS] = {"zero", "max", "other"};
static const char *const half_names[] = {"exact", "fp32"};
static const char *const bool_names[] = {"no", "yes"};

static const struct {
    const char *name;
    const char *const *members;
    size_t n;
} dimensions[] = {
    [PROVE_FAMILY] = {"formats", NULL, 0},
    [PROVE_POINT] = {"points", point_names, POINTS},
    [PROVE_SIGN] = {"sign", sign_names, 2},
    [PROVE_SIDE] = {"side", side_names, SIDES},
    [PROVE_MODE] = {"round", round_mode_names, ROUND_MODES},
    [PROVE_HALF] = {"half", half_names, 2},
    [PROVE_CARRY] = {"carry", carry_mode_names, CARRY_MODES},
    [PROVE_SR_KIND] = {"sr_kind", sr_kind_names, SR_KINDS},
    [PROVE_SR_BITS] = {"sr_bits", width_names, SR_WIDTHS},
    [PROVE_RANDOM] = {"random word", word_names, WORDS},
    [PROVE_OVERFLOW] = {"overflow", overflow_mode_names, OVERFLOW_MODES},
    [PROVE_NAN] = {"nan", nan_mode_names, NAN_MODES},
    [PROVE_NEG_ZERO] = {"neg_zero", neg_zero_mode_names, NEG_ZERO_MODES},
    [PROVE_FTZ] = {"ftz", bool_names, 2},
    [PROVE_ORDER] = {"order", round_mode_names, ROUND_MODES},
};

size_t prove_members(enum prove_dimension d)
{
    return d == PROVE_FAMILY ? format_family_count() : dimensions[d].n;
}

const char *prove_dimension_name(enum prove_dimension d)
{
    return dimensions[d].name;
}

const char *prove_member_name(enum prove_dimension d, size_t member)
{
    return d == PROVE_FAMILY ? format_family_at(member)->name : dimensions[d].members[member];
}

void prove_coverage_add(struct prove_coverage *to, const struct prove_coverage *from)
{
    to->inputs += from->inputs;
    to->conversions += from->conversions;
    for (int d = 0; d < PROVE_DIMENSIONS; d++)
        for (int m = 0; m < PROVE_MEMBERS; m++)
            to->count[d][m] += from->count[d][m];
}

size_t prove_coverage_print(const struct prove_coverage *c, FILE *out)
{
    size_t missing = 0;
    for (int d = 0; d < PROVE_DIMENSIONS; d++) {
        fprintf(out, "covered %s:", dimensions[d].name);
        for (size_t m = 0; m < prove_members((enum prove_dimension)d); m++) {
            missing += !c->count[d][m];
            fprintf(out, "%s %s %llu", m ? "," : "", prove_member_name((enum prove_dimension)d, m),
                    (unsigned long long)c->count[d][m]);
        }
        fputc('\n', out);
    }
    fprintf(out, "covered in all: %llu inputs, %llu conversions\n", (unsigned long long)c->inputs,
            (unsigned long long)c->conversions);
    return missing;
}
