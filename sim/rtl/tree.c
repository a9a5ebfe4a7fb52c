#include "sim/rtl/tree.h"

#include <stdio.h>

int rtl_log2(uint64_t n)
{
    int bits = 0;
    while (bits < 64 && UINT64_C(1) << bits < n)
        bits++;
    return bits;
}

/* A sum of neighbours: number `at` of round `round`; round 0 are the terms. */
struct node {
    int round, at, bits;
    int carry; /* the term whose carry is left */
};

/* Two neighbours become one, an odd one out stays as it is. */
typedef void pair_fn(void *context, const struct node *low, const struct node *high, const struct node *sum);

static struct node walk(const struct rtl_tree *t, bool widens, pair_fn *f, void *context)
{
    struct node node[RTL_TREE_MAX];
    int n = t->n;
    for (int i = 0; i < n; i++)
        node[i] = (struct node){0, t->first + i, t->bits, t->first + i};
    for (int round = 1; n > 1; round++) {
        for (int i = 0; i + 1 < n; i += 2) {
            struct node low = node[i], high = node[i + 1], sum = {round, i / 2, 0, high.carry};
            sum.bits = (low.bits > high.bits ? low.bits : high.bits) + widens;
            f(context, &low, &high, &sum);
            node[i / 2] = sum;
        }
        if (n % 2)
            node[n / 2] = node[n - 1];
        n = (n + 1) / 2;
    }
    return node[0];
}

struct context {
    const struct rtl_tree *t;
    const char *x, *y;
    bool sum;
    struct strbuf *out;
    int seen[64][2]; /* widths of modules, by their number */
    int modules;
};

static bool is_new(struct context *c, int low, int high)
{
    for (int i = 0; i < c->modules; i++)
        if (c->seen[i][0] == low && c->seen[i][1] == high)
            return false;
    c->seen[c->modules][0] = low;
    c->seen[c->modules][1] = high;
    c->modules++;
    return true;
}

/* A number with its sign repeated in front: `more` bits. */
static void extended(const char *name, int bits, int more, struct strbuf *out)
{
    if (more)
        strbuf_printf(out, "{{%d{%s[%d]}}, %s}", more, name, bits - 1, name);
    else
        strbuf_add(out, name);
}

/* The carry enters by a digit behind the last. */
static void body(const struct context *c, const struct node *low, const struct node *high, int w)
{
    struct strbuf *out = c->out;
    if (!c->sum) {
        strbuf_add(out, "    assign y = a > b ? a : b;\n");
        return;
    }
    strbuf_printf(out, "    wire [%d:0] s = {", c->t->carry ? w : w - 1);
    extended("a", low->bits, w - low->bits, out);
    strbuf_add(out, c->t->carry ? ", 1'b1} + {" : "} + {");
    extended("b", high->bits, w - high->bits, out);
    strbuf_add(out, c->t->carry ? ", c};\n" : "};\n");
    if (c->t->carry)
        strbuf_printf(out, "    assign y = s[%d:1];\n", w);
    else
        strbuf_add(out, "    assign y = s;\n");
}

static void emit_pair(void *context, const struct node *low, const struct node *high, const struct node *sum)
{
    struct context *c = context;
    if (!is_new(c, low->bits, high->bits))
        return;
    strbuf_printf(c->out,
                  "module %s__%s_%d_%d (\n    input  wire [%d:0] a,\n    input  wire [%d:0] b,\n%s"
                  "    output wire [%d:0] y\n);\n",
                  c->t->top, c->t->name, low->bits, high->bits, low->bits - 1, high->bits - 1,
                  c->t->carry ? "    input  wire c,\n" : "", sum->bits - 1);
    body(c, low, high, sum->bits);
    verilog_end(c->out);
}

static const char *name_of(const struct context *c, const struct node *n, char out[static VERILOG_TEXT])
{
    if (n->round)
        snprintf(out, VERILOG_TEXT, "%s_%d_%d", c->y, n->round, n->at);
    else
        snprintf(out, VERILOG_TEXT, "%s%d", c->x, n->at);
    return out;
}

static void use_pair(void *context, const struct node *low, const struct node *high, const struct node *sum)
{
    struct context *c = context;
    char a[VERILOG_TEXT], b[VERILOG_TEXT], y[VERILOG_TEXT];
    name_of(c, sum, y);
    strbuf_printf(c->out, "    wire [%d:0] %s;\n    %s__%s_%d_%d u_%s (.a(%s), .b(%s), ", sum->bits - 1, y,
                  c->t->top, c->t->name, low->bits, high->bits, y, name_of(c, low, a), name_of(c, high, b));
    if (c->t->carry)
        strbuf_printf(c->out, ".c(%s%d), ", c->t->carry, low->carry);
    strbuf_printf(c->out, ".y(%s));\n", y);
}

static void emit(const struct rtl_tree *t, bool sum, struct strbuf *out)
{
    struct context c = {.t = t, .sum = sum, .out = out};
    walk(t, sum, emit_pair, &c);
}

static void use(const struct rtl_tree *t, bool sum, const char *x, const char *y, struct strbuf *out)
{
    struct context c = {.t = t, .x = x, .y = y, .sum = sum, .out = out};
    char name[VERILOG_TEXT];
    struct node root = walk(t, sum, use_pair, &c);
    strbuf_printf(out, "    wire [%d:0] %s = %s;\n", root.bits - 1, y, name_of(&c, &root, name));
    if (t->carry)
        strbuf_printf(out, "    wire %s_r = %s%d;\n", y, t->carry, root.carry);
}

void rtl_sum_emit(const struct rtl_tree *t, struct strbuf *out)
{
    emit(t, true, out);
}

void rtl_sum_use(const struct rtl_tree *t, const char *x, const char *y, struct strbuf *out)
{
    use(t, true, x, y, out);
}

void rtl_max_emit(const struct rtl_tree *t, struct strbuf *out)
{
    emit(t, false, out);
}

void rtl_max_use(const struct rtl_tree *t, const char *x, const char *y, struct strbuf *out)
{
    use(t, false, x, y, out);
}
