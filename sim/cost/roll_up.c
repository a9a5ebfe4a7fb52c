#include "sim/cost/roll_up.h"

#include "sim/cost/cells.h"

enum status roll_up_base(const struct cost_input *in, double base, struct roll_up *out, struct error *e)
{
    static const struct {
        const char *name;
        const struct cell_set *set;
    } bases[] = {
        {"components", &cells_nangate45}, {"fp8_vs_int8", &cells_appendix_b}, {"yosys", &cells_nangate45}};
    const struct cell_set *set = bases[(int)base].set;
    const struct cost_request r = cost_standard(cost_model_find(bases[(int)base].name));
    struct cost_value v[COST_MAX_VALUES];
    int n = 0;
    const enum status s = cost_of(&r, in, v, &n, e);
    const struct cost_value *mac = cost_value_find(v, n, "mac_gates");
    if (s)
        return s;
    if (!mac)
        return error_set(e, STATUS_SKIP, "%s has no multiply-accumulate unit of these operands",
                         bases[(int)base].name);
    *out = (struct roll_up){.mac = mac->value,
                            .unit = mac->unit,
                            .flip_flop = set->size[CELL_FLIP_FLOP] / set->gate,
                            .a_bits = in->spec->element.bits,
                            .b_bits = in->weight ? in->weight->element.bits : in->spec->element.bits};
    return STATUS_OK;
}

/* Elements are rows * inner and columns * inner, products rows * columns * inner, each with both operands'
 * bits: bit_operations. */
bool roll_up_shape(const struct cost_input *in, struct roll_up_shape *out)
{
    if (!in->operand || !in->bit_operations || !in->operand[0].elements || !in->operand[1].elements)
        return false;
    const double bits = (double)in->spec->element.bits * (in->weight ? in->weight : in->spec)->element.bits;
    const double a = (double)in->operand[0].elements, b = (double)in->operand[1].elements;
    const double products = (double)in->bit_operations / bits;
    *out = (struct roll_up_shape){products / b, products / a, a * b / products};
    return true;
}

double roll_up_folds(double x, double y)
{
    const double whole = (double)(uint64_t)(x / y);
    return whole * y < x ? whole + 1 : whole;
}
