/* What the units of logarithmic products give: the emulator's answers. */
#include "sim/rtl/pairs.h"
#include "sim/rtl/logarithm_parts.h"

/* What the fields of an operand are, whatever the value is. */
struct taken {
    bool live, sign;
    uint64_t exp, fraction;
};

static struct taken take(const struct rtl_log *g, const struct rtl_log_side *x, int m, uint32_t code)
{
    const struct rtl_code c = rtl_code_of(x->f, code);
    const bool circuit = g->antilog == RTL_ANTILOG_FPGA;
    struct taken t = {.sign = c.sign};
    if (x->shifts) {
        const int more = x->f->family == &family_int ? 0 : x->f->precision - 2;
        const int n = x->sig_bits;
        int by = 0;
        uint64_t v = c.sig;
        while (by < n - 1 && !(v >> (n - 1))) {
            v = v << 1 & ((UINT64_C(1) << n) - 1);
            by++;
        }
        t.live = c.sig != 0;
        if (!t.live) /* every stage shifts */
            by = n > 1 ? (1 << rtl_bits((uint64_t)n - 1)) - 1 : 0;
        t.exp = ((uint64_t)(x->f->family == &family_int ? n - 1 : (int)c.exp + more) - (uint64_t)by) &
                ((UINT64_C(1) << x->exp_bits) - 1);
        t.fraction = (v & ((UINT64_C(1) << (n - 1)) - 1)) >> (n - 1 - x->fraction) << (m - x->fraction);
        return t;
    }
    const int own = x->f->precision - 1;
    const uint32_t magnitude = code & ((UINT32_C(1) << (x->f->exponent_bits + own)) - 1);
    t.exp = magnitude >> own;
    t.fraction = (uint64_t)(magnitude & ((UINT32_C(1) << own) - 1)) << (m - own);
    t.live = circuit ? magnitude != 0 : t.exp || x->f->subnormals == SUBNORMALS_NONE;
    return t;
}

static void line(const struct rtl_log *g, const struct rtl_spec *s, const struct rtl_log_shape *z, uint32_t a,
                 uint32_t b, struct rtl_vectors *v)
{
    const struct format *fa = &s->scheme.element, *fb = &s->other.element;
    const struct taken x = take(g, &z->side[0], z->m, a), y = take(g, &z->side[1], z->m, b);
    uint32_t events = 0;
    struct term t = product_find(g->product)->multiply(&s->mac.args, fa, a, fb, b, &events);
    uint64_t exp = x.exp + y.exp,
             sum = x.fraction + y.fraction + (g->offset ? UINT64_C(1) << z->m >> z->l : 0);
    uint64_t sig = 0;
    if (g->antilog == RTL_ANTILOG_BITS)
        exp += sum >> z->m;
    if (g->antilog == RTL_ANTILOG_FPGA)
        exp += (sum >> z->m) != 0;
    if (t.value.class == NUMBER_FINITE) { /* the emulator's, not the fields' */
        if (g->antilog != RTL_ANTILOG_REAL)
            exp = (uint64_t)(t.exponent - z->q - z->m);
        sig = t.value.significand >> (z->q + (int32_t)exp - t.value.exponent);
    } else if (x.live && y.live) { /* a NaN or an infinity: what the fields say */
        const uint64_t one = UINT64_C(1) << z->m;
        sig = g->antilog == RTL_ANTILOG_REAL
                  ? ((one + x.fraction + y.fraction) << z->guard) + (one << z->guard >> z->l)
                  : one | (sum & (one - 1));
    }
    rtl_put(v, a, fa->bits);
    rtl_put(v, b, fb->bits);
    if (z->nan)
        rtl_put(v, t.value.class == NUMBER_NAN, 1);
    if (z->inf)
        rtl_put(v, t.value.class == NUMBER_INF, 1);
    if (z->sign)
        rtl_put(v, t.value.class == NUMBER_NAN ? x.sign != y.sign : t.value.negative, 1);
    rtl_put(v, exp, z->exp_bits);
    rtl_put(v, sig, z->sig_bits);
}

void rtl_log_vectors(const struct rtl_log *g, const struct rtl_spec *s, struct rtl_vectors *v)
{
    struct rtl_log_shape z;
    rtl_log_shape_of(g, s, &z);
    if (z.into) {
        rtl_put_products(product_find(g->product), s, v);
        return;
    }
    struct rtl_pairs p;
    uint32_t a = 0, b = 0;
    for (rtl_pairs_begin(s, &p); rtl_pairs_next(&p, &a, &b); rtl_end(v))
        line(g, s, &z, a, b, v);
}
