/* Codes by search: the last step at or below a key, a level of a binary tree for each bit of its number. */
#include "sim/rtl/quantizer.h"
#include "sim/rtl/tree.h"

struct search {
    struct rtl_step step[2][RTL_STEPS_MAX];
    int n[2], levels, key_bits;
};

static void find(const struct quantizer_plan *p, struct search *s)
{
    int most = 2;
    for (int negative = 0; negative < 2; negative++) {
        s->n[negative] = rtl_steps(&p->q->element, &p->q->rounding, negative, &p->keys, s->step[negative]);
        most = s->n[negative] > most ? s->n[negative] : most;
    }
    s->levels = rtl_log2((uint64_t)most);
    s->key_bits = p->scale ? p->exp_bits + 24 : 31;
}

/* Behind the last step lies none: a key of one bit more. */
static uint64_t key_of(const struct search *s, int negative, int i)
{
    return i < s->n[negative] ? s->step[negative][i].key : UINT64_C(1) << s->key_bits;
}

/* The bit of the step's number, from those above it: whether the key reaches the step in the middle. */
static void level(const struct search *s, int bit, struct strbuf *out)
{
    const int known = s->levels - 1 - bit;
    strbuf_printf(out, "    reg [%d:0] t%d;\n    always @*\n        case (", s->key_bits, bit);
    strbuf_add(out, "{sign");
    for (int b = s->levels - 1; b > bit; b--)
        strbuf_printf(out, ", n%d", b);
    strbuf_add(out, "})\n");
    for (int negative = 0; negative < 2; negative++)
        for (int i = 0; i < 1 << known; i++)
            strbuf_printf(out, "        %d'd%d: t%d = %d'd%llu;\n", known + 1, negative << known | i, bit,
                          s->key_bits + 1, (unsigned long long)key_of(s, negative, (2 * i + 1) << bit));
    strbuf_printf(out, "        endcase\n    wire n%d = key >= t%d;\n", bit, bit);
}

static void codes(const struct quantizer_plan *p, const struct search *s, struct strbuf *out)
{
    strbuf_add(out, "    always @*\n        case ({sign");
    for (int b = s->levels - 1; b >= 0; b--)
        strbuf_printf(out, ", n%d", b);
    strbuf_add(out, "})\n");
    for (int negative = 0; negative < 2; negative++)
        for (int i = 0; i < s->n[negative]; i++)
            strbuf_printf(out, "        %d'd%d: code = %d'd%u;\n", s->levels + 1, negative << s->levels | i,
                          p->q->element.bits, (unsigned)s->step[negative][i].code);
    strbuf_printf(out, "        default: code = %d'd0;\n        endcase\n", p->q->element.bits);
}

void quantizer_table_emit(const struct quantizer_plan *p, const char *top, struct strbuf *out)
{
    struct search s;
    find(p, &s);
    strbuf_printf(out,
                  "module %s__code (\n    input  wire sign,\n    input  wire [%d:0] key,\n"
                  "    output reg  [%d:0] code\n);\n",
                  top, s.key_bits - 1, p->q->element.bits - 1);
    for (int bit = s.levels - 1; bit >= 0; bit--)
        level(&s, bit, out);
    codes(p, &s, out);
    verilog_end(out);
}
