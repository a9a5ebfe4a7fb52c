#include "formats/number_text.h"

#include <stdio.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

/* n * 2^e with n odd. */
struct odd {
    uint64_t n;
    int32_t e;
    int bits; /* of n, less one */
};

static struct odd reduced(struct number x)
{
    int zeros = __builtin_ctzll(x.significand);
    return (struct odd){x.significand >> zeros, x.exponent + zeros, 63 - zeros};
}

/* The digits of v, at least `least` of them. */
static void put_digits(u128 v, int least, char *out)
{
    char reversed[48];
    int n = 0;
    for (; v || n < least; v /= 10)
        reversed[n++] = (char)('0' + (int)(v % 10));
    while (n)
        *out++ = reversed[--n];
    *out = '\0';
}

/* n * 2^-k as a decimal: k digits behind the point, those of n * 5^k. False if that needs more than 127 bits
 * (5^k has less than 2.33 k + 1) or does not fit. */
static bool decimal(uint64_t n, int bits, int k, char *out)
{
    char digits[48];
    if (k > 27 || bits + 1 + (233 * k + 199) / 100 > 127)
        return false;
    u128 v = n;
    for (int i = 0; i < k; i++)
        v *= 5;
    put_digits(v, k + 1, digits);
    int whole = (int)strlen(digits) - k;
    snprintf(out, NUMBER_TEXT_SIZE, "%.*s%s%s", whole, digits, k ? "." : "", digits + whole);
    return true;
}

static bool plain(struct odd o, char *out)
{
    if (o.e <= 0)
        return decimal(o.n, o.bits, -o.e, out);
    if (o.bits + o.e > 126)
        return false;
    put_digits((u128)o.n << o.e, 1, out);
    return true;
}

static void scaled(struct odd o, char *out)
{
    char s[NUMBER_TEXT_SIZE];
    if (o.bits == 0)
        snprintf(out, NUMBER_TEXT_SIZE, "2^%d", (int)o.e);
    else if (decimal(o.n, o.bits, o.bits, s))
        snprintf(out, NUMBER_TEXT_SIZE, "%.40s*2^%d", s, (int)(o.e + o.bits));
    else
        snprintf(out, NUMBER_TEXT_SIZE, "%llu*2^%d", (unsigned long long)o.n, (int)o.e);
}

void number_text(struct number x, char out[NUMBER_TEXT_SIZE])
{
    static const size_t short_enough = 18;
    static const char *const names[] = {[NUMBER_ZERO] = "0", [NUMBER_INF] = "Inf", [NUMBER_NAN] = "NaN"};
    char a[NUMBER_TEXT_SIZE], b[NUMBER_TEXT_SIZE];
    const char *text = a;
    if (x.class == NUMBER_FINITE) {
        struct odd o = reduced(x);
        scaled(o, b);
        if (!plain(o, a) || (strlen(a) > short_enough && strlen(a) > strlen(b)))
            text = b;
    } else {
        text = names[x.class];
    }
    snprintf(out, NUMBER_TEXT_SIZE, "%s%.60s", x.negative && x.class != NUMBER_NAN ? "-" : "", text);
}

void number_hex(struct number x, char out[NUMBER_TEXT_SIZE])
{
    static const char *const names[] = {[NUMBER_ZERO] = "0x0p+0", [NUMBER_INF] = "inf", [NUMBER_NAN] = "nan"};
    const char *sign = x.negative && x.class != NUMBER_NAN ? "-" : "";
    if (x.class != NUMBER_FINITE) {
        snprintf(out, NUMBER_TEXT_SIZE, "%s%s", sign, names[x.class]);
        return;
    }
    char fraction[17];
    snprintf(fraction, sizeof fraction, "%016llx", (unsigned long long)(x.significand << 1));
    size_t n = sizeof fraction - 1;
    while (n && fraction[n - 1] == '0')
        n--;
    fraction[n] = '\0';
    snprintf(out, NUMBER_TEXT_SIZE, "%s0x1%s%sp%+d", sign, n ? "." : "", fraction, (int)number_exponent(x));
}
