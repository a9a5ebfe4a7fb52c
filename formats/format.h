/* Element formats: what a code means, and the one door through which a value becomes a code.
 *
 * Everything here is total: every code decodes, every number encodes under every mode and policy. Nothing
 * allocates, prints, or keeps state; modes, policies and random bits are arguments. */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/number.h"

/* How a value between two neighbours of a format is rounded. "The even code" is the neighbour whose code has
 * a zero last bit; with one bit of precision that is decided by the exponent field. */
enum round_mode {
    ROUND_RNE, /* to nearest, ties to the even code */
    ROUND_RNA, /* to nearest, ties away from zero */
    ROUND_RNZ, /* to nearest, ties toward zero */
    ROUND_RNO, /* to nearest, ties to the odd code */
    ROUND_RUP, /* toward +infinity */
    ROUND_RDN, /* toward -infinity */
    ROUND_RTZ, /* toward zero */
    ROUND_RAZ, /* away from zero */
    ROUND_ODD, /* inexact values to the odd code, exact values stay */
    ROUND_SR,  /* stochastic: up in magnitude with the probability of the discarded fraction */
    ROUND_MODES
};

/* What becomes of a value whose magnitude, rounded with an unbounded exponent range, exceeds the largest
 * finite one, and of infinities. "Inf or NaN as the type allows": Inf if the type has one, else NaN if it has
 * one, else the largest finite value. The saturating forms are those of OFP8 and the ONNX float8 operators.
 */
enum overflow_mode {
    OVERFLOW_SATURATE,          /* both to the largest finite value of the sign */
    OVERFLOW_SATURATE_KEEP_INF, /* finite values clamp; Inf stays if the type has one, else clamps
                                   (SatPropagate) */
    OVERFLOW_SATURATE_ONNX,     /* as saturate, but Inf gives NaN in FNUZ types */
    OVERFLOW_SATURATE_MLDTYPES, /* finite values clamp; Inf gives Inf or NaN as the type allows */
    OVERFLOW_INFINITY,          /* IEEE rule of the rounding mode; Inf or NaN as the type allows */
    OVERFLOW_NAN,               /* the same, but NaN where the type has one, else Inf */
    OVERFLOW_MODES
};

/* What a NaN becomes in a type without NaN. */
enum nan_mode {
    NAN_TO_ZERO,
    NAN_TO_MAX,
    NAN_REFUSED, /* zero, and quantizing the tensor is an error */
    NAN_MODES
};

/* Whether -0 stays -0 in a type that has it. */
enum neg_zero_mode {
    NEG_ZERO_KEEP,
    NEG_ZERO_DROP,
    NEG_ZERO_MADE,    /* zeros of either sign become -0, where rounding to zero keeps the sign */
    NEG_ZERO_ROUNDED, /* -0 becomes +0, and a negative value that is rounded to zero stays -0 */
    NEG_ZERO_MODES
};

/* What becomes of a float's fraction that is rounded up out of its field. */
enum carry_mode {
    CARRY_ADD,   /* the exponent field is one higher: the next power of two */
    CARRY_OR,    /* as if the exponent field were or-ed with 1: half of it where the field is odd */
    CARRY_CLAMP, /* the fraction stays all ones */
    CARRY_MODES
};

/* How ROUND_SR uses its n random bits R, uniform in 0 .. 2^n - 1. nu is the discarded fraction: the distance
 * from the neighbour of smaller magnitude over the distance between the neighbours. A, B and C are P3109's.
 */
enum sr_kind {
    SR_A,     /* up if floor(nu * 2^n) + R >= 2^n: never up for nu < 2^-n, so biased toward zero */
    SR_B,     /* up if floor(nu * 2^(n+1)) + 2R + 1 >= 2^(n+1) */
    SR_C,     /* up if RNE(nu * 2^n) + R >= 2^n */
    SR_EQUAL, /* up or down with equal probability, whatever nu: the first bit of R */
    SR_KINDS
};

/* The arguments of rounding. Zero-initialised: nearest-even, saturating, NaN to zero, -0 kept. */
struct rounding {
    enum round_mode mode;
    enum overflow_mode overflow;
    enum nan_mode nan;
    enum neg_zero_mode neg_zero;
    enum carry_mode carry;
    enum sr_kind sr_kind;
    int sr_bits;   /* random bits used by ROUND_SR, 1..32; 0 means 32 */
    bool half_f32; /* ROUND_RNA of floats and integers: half a step is added in binary32 and the rest cut off,
                      so that the number just below half of the smallest step goes up */
    bool ftz;      /* results below the smallest normal become zero of the same sign (formats with normals) */
};

/* Whether r has a step of somebody's arithmetic that only format_round knows. */
static inline bool rounding_is_peculiar(const struct rounding *r)
{
    return r->half_f32 || r->carry || r->neg_zero >= NEG_ZERO_MADE;
}

/* Names of the enumerators, for scheme texts; index by the enumerator. */
extern const char *const round_mode_names[ROUND_MODES];
extern const char *const overflow_mode_names[OVERFLOW_MODES];
extern const char *const nan_mode_names[NAN_MODES];
extern const char *const neg_zero_mode_names[NEG_ZERO_MODES];
extern const char *const sr_kind_names[SR_KINDS];
extern const char *const carry_mode_names[CARRY_MODES];

/* What happened on the way, as bits. */
enum encode_event {
    EVENT_INEXACT = 1,   /* the code's value differs from the input */
    EVENT_SATURATED = 2, /* a value beyond the range, or an infinity, became the largest finite value */
    EVENT_OVERFLOW = 4,  /* a finite value beyond the range became Inf or NaN */
    EVENT_FLUSHED = 8,   /* a nonzero value became zero */
    EVENT_NAN = 16,      /* the result is NaN */
    EVENT_NAN_LOST = 32, /* a NaN became a number: the type has none */
    EVENT_NEAR_TIE = 64, /* within 2^-24 of itself from a midpoint: another order of operations may turn it */
    EVENT_RAISED = 128,  /* zero, or a value below the range, became the smallest: the type has no zero */
    EVENT_SIGN_LOST = 256 /* -0 became +0, or a negative value met an unsigned type */
};

struct encoded {
    uint32_t code;
    uint32_t events; /* enum encode_event, or-ed */
};

enum specials {
    SPECIALS_IEEE,           /* top exponent field reserved: Inf, NaN */
    SPECIALS_NAN,            /* only the all-ones code of each sign is NaN; no Inf */
    SPECIALS_NONE,           /* every code is a number */
    SPECIALS_FNUZ,           /* one NaN at the code of -0; no Inf, no -0 */
    SPECIALS_P3109_FINITE,   /* one zero, one NaN: at the code of -0, or all ones in an unsigned type */
    SPECIALS_P3109_EXTENDED, /* the same, and Inf: the top code below NaN, of each sign */
    SPECIALS_KINDS
};

/* What the lowest exponent field holds. */
enum subnormals {
    SUBNORMALS_ON,   /* zero and subnormal numbers */
    SUBNORMALS_OFF,  /* zero; other codes of the field decode to zero and are never produced */
    SUBNORMALS_NONE, /* ordinary normal numbers: the type has no zero */
    SUBNORMALS_KINDS
};

enum int_codes {
    CODES_SYM,     /* two's complement codes, encoder limited to +-(2^(bits-1) - 1) */
    CODES_TWOS,    /* two's complement, -2^(bits-1) .. 2^(bits-1) - 1 */
    CODES_SIGNMAG, /* sign and magnitude, with -0 */
    CODES_KINDS
};

extern const char *const specials_names[SPECIALS_KINDS];
extern const char *const subnormals_names[SUBNORMALS_KINDS];
extern const char *const int_codes_names[CODES_KINDS];

struct format;

/* The behaviour of a family. decode accepts any code (bits above format.bits are ignored). encode is called
 * only through format_round. A family is one file and one line in formats/families.def. */
struct format_family {
    const char *name, *doc;
    const char *rule; /* the names that by_name takes, for messages; NULL without by_name */
    /* Reads a name by the rule of the family, as format_by_name does; NULL if only registered names exist. */
    bool (*by_name)(const char *name, struct format *out, const char **why);
    struct number (*decode)(const struct format *f, uint32_t code);
    struct encoded (*encode)(const struct format *f, struct number x, const struct rounding *r,
                             uint32_t random);
    struct number (*max)(const struct format *f);          /* see format_max */
    struct number (*min_positive)(const struct format *f); /* see format_min_positive */
    struct number (*min_normal)(const struct format *f);   /* see format_min_normal; NULL without normals */
    const char *(*problem)(const struct format *f);        /* see format_problem */
    bool (*has_inf)(const struct format *f);
    bool (*has_nan)(const struct format *f);
    bool (*has_neg_zero)(const struct format *f);
    uint32_t (*nan_code)(const struct format *f);                   /* only called where has_nan */
    void (*layout)(const struct format *f, char *out, size_t size); /* its fields in a few words */
    const struct ladder *ladder; /* formats/ladder.h, for families whose rounding is that of a ladder */
};

#define FAMILY(id) extern const struct format_family family_##id;
#include "formats/families.def"
#undef FAMILY

size_t format_family_count(void);
const struct format_family *format_family_at(size_t i);

/* One proven pair of a descriptor: the code and its exact value (NAN and INFINITY for specials). */
struct golden {
    uint32_t code;
    double value;
};

#define FORMAT_NAME_SIZE 128 /* with the path of a codebook file */

struct format {
    char name[FORMAT_NAME_SIZE]; /* the published name; what scheme texts say */
    const struct format_family *family;
    int bits; /* 1..32 */
    /* float family */
    int exponent_bits; /* 0..16 */
    int precision;     /* significand bits with the hidden one */
    int bias;          /* value of a normal code: 1.T * 2^(E - bias) */
    float real_bias;   /* a bias that is no integer, else 0: then bias is the next integer below, and every */
    float stretch;     /* value is times 2^(bias - real_bias), to binary32 in (1/2, 1); 0 otherwise */
    bool is_unsigned;  /* no sign bit */
    enum specials specials;
    enum subnormals subnormals;
    /* integer family */
    enum int_codes codes;
    int fraction_bits; /* value = integer * 2^-fraction_bits, times stretch if that is not 0 */
    /* takum and hif8 families */
    int kind; /* which of its formats, as the family's file tells them apart */
    /* codebook family (formats/codebook.h) */
    const struct codebook *book;
    /* for people */
    const char *doc, *citation;
    const char *const *aliases;  /* NULL-ended, may be NULL */
    const struct golden *golden; /* `goldens` pairs, with their source in golden_source */
    size_t goldens;
    const char *golden_source;
};

/* --- the registry: formats/registry.def, one line a format --- */
size_t format_count(void);
const struct format *format_at(size_t i);
/* A registered format by name or alias; NULL if there is none. */
const struct format *format_find(const char *name);
/* A registered format, or one by the rule of a family's names (any eXmY, any intN, ...). Returns false and
 * leaves *out alone if the name is none of these; *why (may be NULL) then points to a static sentence, or
 * NULL for a plainly unknown name. */
bool format_by_name(const char *name, struct format *out, const char **why);
/* Whether the parameters hang together (widths, room for numbers). NULL if so, else a static sentence. */
const char *format_problem(const struct format *f);

/* --- meaning --- */
/* The exact value of a code. */
struct number format_decode(const struct format *f, uint32_t code);
/* The same as binary64: exact where binary64 has the value, which is everywhere but in formats of more than
 * 11 exponent bits, an unusual bias, or a real-valued bias with more than 29 bits of precision. */
double format_value(const struct format *f, uint32_t code);
/* The one door for rounding: x to the nearest code under r. `random` supplies the bits of ROUND_SR (the most
 * significant sr_bits of it are used) and is ignored by the other modes. r must have valid enumerators. */
struct encoded format_round(const struct format *f, struct number x, const struct rounding *r,
                            uint32_t random);

/* --- derived facts --- */
static inline uint32_t format_code_mask(const struct format *f)
{
    return f->bits == 32 ? 0xffffffffu : (UINT32_C(1) << f->bits) - 1;
}
bool format_has_inf(const struct format *f);
bool format_has_nan(const struct format *f);
bool format_has_neg_zero(const struct format *f);
/* The largest finite magnitude that rounding produces (symmetric integers: 2^(bits-1) - 1). */
struct number format_max(const struct format *f);
/* Whether the family tells normal from subnormal numbers; the smallest positive normal, where it does. */
bool format_has_normals(const struct format *f);
struct number format_min_normal(const struct format *f);
/* The smallest positive value. */
struct number format_min_positive(const struct format *f);
/* A code that decodes to NaN; only for formats that have one. */
uint32_t format_nan_code(const struct format *f);

/* --- shared by the encoders of families --- */
/* Rounds |x| to an integer multiple of 2^q: returns n with |x| ~ n * 2^q, as the mode says. `lower_is_odd`
 * tells whether the lower neighbour's code is odd. x is finite and nonzero. n saturates at 2^62 for huge x.
 */
uint64_t number_round_to(struct number x, int32_t q, const struct rounding *r, uint32_t random,
                         bool (*lower_is_odd)(uint64_t lower, int32_t q, const struct format *f),
                         const struct format *f, uint32_t *events);
/* The lower_is_odd of plain integers: f may be NULL. */
bool number_is_odd(uint64_t lower, int32_t q, const struct format *f);
/* Whether a name is PREFIX and a decimal number of one or two digits without leading zero; that number, else
 * -1
 * (*end, if not NULL, is then undefined). *end points behind it, or it must end the name if end is NULL. */
int format_name_number(const char *name, const char *prefix, const char **end);
/* For by_name: sets *why (if not NULL) and returns false. */
bool format_name_fails(const char **why, const char *reason);
/* The least threshold nu' = *up * 2^-(n+1), n the random bits, from which ROUND_SR goes up: nu >= nu', or
 * nu > nu' if *strict. */
void round_sr_threshold(const struct rounding *r, uint32_t random, uint64_t *up, int *n, bool *strict);
/* The probability of going up over all R, for nu in (0, 1) given as binary64. */
double round_sr_probability(const struct rounding *r, double nu);
/* Whether an IEEE overflow of this sign goes to infinity (not to the largest finite value) under the mode. */
bool round_overflows_to_inf(enum round_mode mode, bool negative);

#endif
