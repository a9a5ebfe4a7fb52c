#include "formats/arith.h"

const char *const operation_names[OPERATIONS] = {"add", "sub", "mul", "div", "fma"};

/* number_add, whose zero of opposite signs is +0, with the rounding mode's. */
static struct number sum(struct number a, struct number b, enum round_mode mode)
{
    struct number s = number_add(a, b);
    if (s.class == NUMBER_ZERO && a.negative != b.negative)
        s.negative = mode == ROUND_RDN;
    return s;
}

struct encoded format_operate(const struct format *f, enum operation op, struct number a, struct number b,
                              struct number c, const struct rounding *r, uint32_t random)
{
    struct number result;
    switch (op) {
    case OPERATION_ADD:
        result = sum(a, b, r->mode);
        break;
    case OPERATION_SUB:
        result = sum(a, number_negate(b), r->mode);
        break;
    case OPERATION_MUL:
        result = number_mul(a, b);
        break;
    case OPERATION_DIV:
        result = number_div(a, b);
        break;
    default:
        result = sum(number_mul(a, b), c, r->mode);
    }
    return format_round(f, result, r, random);
}
