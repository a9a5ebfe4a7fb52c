#include "formats/arith.h"

#include "formats/exp2.h"

#define OPERATION(id, name, operands, doc) name,
const char *const operation_names[OPERATIONS] = {
#include "formats/operations.def"
};
#undef OPERATION

#define OPERATION(id, name, operands, doc) doc,
const char *const operation_docs[OPERATIONS] = {
#include "formats/operations.def"
};
#undef OPERATION

const char *const relation_names[RELATIONS] = {"less", "equal", "greater", "unordered"};

int operation_operands(enum operation op)
{
#define OPERATION(id, name, operands, doc) operands,
    static const int operands_of[OPERATIONS] = {
#include "formats/operations.def"
    };
#undef OPERATION
    return operands_of[op];
}

/* --- exact results --- */

static const struct number no_number = {.class = NUMBER_NAN};

/* An exact result. Where 2^log2 is irrational, log2 has at most 64 significant bits, so that a logarithmic
 * boundary of the same value can be told from one that is only near. */
struct exact {
    struct number value;
    bool is_power; /* of two, to log2 */
    struct number log2;
};

/* A zero sum of opposite signs has the rounding mode's. */
static struct number with_zero_sign(struct number s, bool opposite, enum round_mode mode)
{
    if (s.class == NUMBER_ZERO && opposite)
        s.negative = mode == ROUND_RDN;
    return s;
}

static struct number sum(struct number a, struct number b, enum round_mode mode)
{
    return with_zero_sign(number_add(a, b), a.negative != b.negative, mode);
}

static struct number fused(struct number a, struct number b, struct number c, enum round_mode mode)
{
    bool opposite = (a.negative != b.negative) != c.negative;
    return with_zero_sign(number_fma(a, b, c), opposite, mode);
}

static bool is_less(struct number a, struct number b)
{
    int order = number_compare(a, b);
    bool zeros = a.class == NUMBER_ZERO && b.class == NUMBER_ZERO;
    return order < 0 || (zeros && a.negative && !b.negative);
}

static struct number extremum(enum operation op, struct number a, struct number b)
{
    bool numbers = op == OPERATION_MINIMUM_NUMBER || op == OPERATION_MAXIMUM_NUMBER;
    bool least = op == OPERATION_MINIMUM || op == OPERATION_MINIMUM_NUMBER;
    if (a.class == NUMBER_NAN || b.class == NUMBER_NAN)
        return numbers && a.class != NUMBER_NAN ? a : numbers ? b : no_number;
    return is_less(a, b) == least ? a : b;
}

/* The root of an odd power of two is one of 2^(1/2). */
static struct exact root(struct number a)
{
    struct exact x = {.value = number_sqrt(a)};
    x.is_power = x.value.class == NUMBER_FINITE && a.significand == UINT64_C(1) << 63;
    if (x.is_power) {
        int32_t exponent = number_exponent(a);
        x.log2 = number_make(exponent < 0, (uint64_t)(exponent < 0 ? -(int64_t)exponent : exponent), -1);
    }
    return x;
}

static struct exact exact_result(enum operation op, struct number a, struct number b, struct number c,
                                 enum round_mode mode)
{
    switch (op) {
    case OPERATION_ADD:
        return (struct exact){.value = sum(a, b, mode)};
    case OPERATION_SUB:
        return (struct exact){.value = sum(a, number_negate(b), mode)};
    case OPERATION_MUL:
        return (struct exact){.value = number_mul(a, b)};
    case OPERATION_DIV:
        return (struct exact){.value = number_div(a, b)};
    case OPERATION_FMA:
        return (struct exact){.value = fused(a, b, c, mode)};
    case OPERATION_SQRT:
        return root(a);
    case OPERATION_RECIP:
        return (struct exact){.value = number_div(number_pow2(0), a)};
    case OPERATION_EXP2:
        return (struct exact){.value = number_exp2(a), .is_power = a.class == NUMBER_FINITE, .log2 = a};
    case OPERATION_CONVERT:
        return (struct exact){.value = a};
    default:
        return (struct exact){.value = extremum(op, a, b)};
    }
}

/* --- rounding --- */

/* Whether a power of two is a boundary of a logarithmic format: its logarithm an odd multiple of half a step.
 */
static bool is_log_boundary(const struct format *f, const struct exact *x)
{
    if (f->family != &family_lns || !x->is_power || x->log2.class != NUMBER_FINITE || !x->value.sticky)
        return false;
    return x->log2.exponent + __builtin_ctzll(x->log2.significand) == -f->fraction_bits - 1;
}

/* Whether a tie goes to the upper of two neighbours: x, positive, is their irrational boundary. */
static bool tie_goes_up(const struct format *f, struct number x, enum round_mode mode)
{
    uint32_t lower = format_round(f, x, &(struct rounding){.mode = ROUND_RTZ}, 0).code;
    return mode == ROUND_RNA || (mode == ROUND_RNE && (lower & 1)) || (mode == ROUND_RNO && !(lower & 1));
}

/* The door holds irrational boundaries to 64 bits and takes x for the larger where they agree; for the one
 * kind of exact tie among them, x is moved to the side that the mode names. */
static struct encoded round_exact(const struct format *f, const struct exact *x, const struct rounding *r,
                                  uint32_t random)
{
    struct number value = x->value;
    bool nearest =
        r->mode == ROUND_RNE || r->mode == ROUND_RNA || r->mode == ROUND_RNZ || r->mode == ROUND_RNO;
    if (nearest && is_log_boundary(f, x) && !tie_goes_up(f, value, r->mode))
        value.significand--; /* an irrational value is no power of two: bit 63 stays */
    return format_round(f, value, r, random);
}

struct encoded format_operate(const struct format *f, enum operation op, struct number a, struct number b,
                              struct number c, const struct rounding *r, uint32_t random)
{
    struct exact x = exact_result(op, a, b, c, r->mode);
    return round_exact(f, &x, r, random);
}

enum relation number_relation(struct number a, struct number b)
{
    if (a.class == NUMBER_NAN || b.class == NUMBER_NAN)
        return RELATION_UNORDERED;
    int order = number_compare(a, b);
    return order < 0 ? RELATION_LESS : order > 0 ? RELATION_GREATER : RELATION_EQUAL;
}

/* --- what was raised --- */

/* Whether the neighbour below of a magnitude, lower * 2^q of f's precision with an unbounded exponent range,
 * has an odd code: with one bit of precision that of the exponent field. */
static bool unbounded_is_odd(uint64_t lower, int32_t q, const struct format *f)
{
    return (f->precision > 1 ? lower : (uint64_t)((int64_t)q + f->bias)) & 1;
}

/* x is finite and nonzero. */
static bool is_tiny(const struct format *f, struct number x, const struct rounding *r, uint32_t random)
{
    bool normals = f->family == &family_float && f->exponent_bits > 0;
    struct number least = normals ? format_min_normal(f) : format_min_positive(f);
    if (number_compare_magnitude(x, least) >= 0)
        return false;
    if (!normals)
        return true;
    if (f->stretch > 0) /* to the grid of the integer bias, as the encoder does */
        x = number_div(x, number_from_f32(f->stretch));
    uint32_t ignored = 0;
    int32_t q = number_exponent(x) - (f->precision - 1);
    uint64_t n = number_round_to(x, q, r, random, unbounded_is_odd, f, &ignored);
    bool carried = n == UINT64_C(1) << f->precision; /* to the next power of two */
    int32_t first = (f->subnormals == SUBNORMALS_NONE ? 0 : 1) - f->bias;
    return !carried || number_exponent(x) + 1 < first;
}

/* Rounding takes -Inf to a number below zero in all formats that have one. */
static bool has_negative(const struct format *f)
{
    static const struct rounding saturate = {.overflow = OVERFLOW_SATURATE};
    struct number inf = {.class = NUMBER_INF, .negative = true};
    struct number y = format_decode(f, format_round(f, inf, &saturate, 0).code);
    return y.class == NUMBER_FINITE && y.negative;
}

static bool is_pole(enum operation op, struct number a, struct number b)
{
    return (op == OPERATION_DIV && a.class == NUMBER_FINITE && b.class == NUMBER_ZERO) ||
           (op == OPERATION_RECIP && a.class == NUMBER_ZERO);
}

static bool any_nan(enum operation op, struct number a, struct number b, struct number c)
{
    int n = operation_operands(op);
    return a.class == NUMBER_NAN || (n > 1 && b.class == NUMBER_NAN) || (n > 2 && c.class == NUMBER_NAN);
}

static void count_finite(const struct format *f, struct number x, struct encoded e, const struct rounding *r,
                         uint32_t random, struct operation_counts *counts)
{
    struct number y = format_decode(f, e.code);
    bool below_zero = y.class == NUMBER_FINITE && y.negative;
    if (x.class == NUMBER_FINITE && x.negative && !below_zero && !has_negative(f)) {
        counts->invalid++;
        return;
    }
    bool inexact = y.class > NUMBER_FINITE || number_compare(x, y) != 0;
    if (!inexact)
        return;
    counts->inexact++;
    if (x.class == NUMBER_ZERO)
        return;
    counts->overflow += (e.events & (EVENT_SATURATED | EVENT_OVERFLOW)) != 0;
    counts->underflow += is_tiny(f, x, r, random);
}

struct encoded format_operate_counted(const struct format *f, enum operation op, struct number a,
                                      struct number b, struct number c, const struct rounding *r,
                                      uint32_t random, struct operation_counts *counts)
{
    struct exact x = exact_result(op, a, b, c, r->mode);
    struct encoded e = round_exact(f, &x, r, random);
    enum number_class delivered = format_decode(f, e.code).class;
    bool pole = is_pole(op, a, b);
    counts->operations++;
    counts->division_by_zero += pole;
    if (x.value.class <= NUMBER_FINITE)
        count_finite(f, x.value, e, r, random, counts);
    else if (x.value.class == NUMBER_NAN)
        counts->invalid += !any_nan(op, a, b, c) || delivered != NUMBER_NAN;
    else
        counts->invalid += !pole && delivered != NUMBER_INF;
    return e;
}

void operation_counts_add(struct operation_counts *sum_of, const struct operation_counts *part)
{
    sum_of->operations += part->operations;
    sum_of->invalid += part->invalid;
    sum_of->division_by_zero += part->division_by_zero;
    sum_of->overflow += part->overflow;
    sum_of->underflow += part->underflow;
    sum_of->inexact += part->inexact;
}
