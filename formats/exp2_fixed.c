/* 2^y by exact integer arithmetic: y = whole + f, and 2^f is the product of 2^(2^-i) over the bits i of f.
 *
 * 2^f is formed in units of 2^-127. The table entries, floor(2^(2^-i) * 2^127), are low by less than 1 and
 * each product drops less than 6 units; the bits of f below 2^-64 enter as 1 + g ln 2, off by g^2 / 2 < 1/4
 * unit. After 64 products of factors below 2 the result is off by less than 64 * 8 units, 2^-118. The
 * fraction of log2_fixed_sqrt_e is off by 2^-120 at most, which moves 2^f by less than 2^-119: together less
 * than 2^-117, or 1024 units.
 *
 * That is enough for the 53 bits of a value and the 64 of a boundary unless the true 2^f lies within 1024
 * units of a multiple of 2^64 units; the halfway points of 53 bits are such multiples as well. For f other
 * than zero 2^f is irrational (sqrt(e)^n by Lindemann, roots of 2 by unique factorization). A search over all
 * 2^32 - 1 positive codes of logarithmic takums of 33 bits, and over all fractions of 31 bits (every lnsIfF
 * and its boundaries), found none nearer than 2^30 units: every decoded value and boundary is right. */
#include "formats/exp2_fixed.h"

#include <pthread.h>
#include <stdbool.h>

/* floor(2^(2^-i) * 2^127) for i = 1..64: high and low halves. */
static const uint64_t roots[64][2] = {
    {0xb504f333f9de6484, 0x597d89b3754abe9f}, {0x9837f0518db8a96f, 0x46ad23182e42f6f6},
    {0x8b95c1e3ea8bd6e6, 0xfbe4628758a53c90}, {0x85aac367cc487b14, 0xc5c95b8c2154c1b2},
    {0x82cd8698ac2ba1d7, 0x3e2a475b46520bff}, {0x8164d1f3bc030773, 0x7be56527bd14def4},
    {0x80b1ed4fd999ab6c, 0x25335719b6e6fd20}, {0x8058d7d2d5e5f6b0, 0x94d589f608ee4aa2},
    {0x802c6436d0e04f50, 0xff8ce94a6797b3ce}, {0x8016302f17467628, 0x3690dfe44d11d008},
    {0x800b179c82028fd0, 0x945e54e2ae18f2f0}, {0x80058baf7fee3b5d, 0x1c718b38e549cb93},
    {0x8002c5d00fdcfcb6, 0xb6566a58c048be1f}, {0x800162e61bed4a48, 0xe84c2e1a463473d9},
    {0x8000b17292f702a3, 0xaa22beacca949013}, {0x800058b92abbae02, 0x030c5fa5256f41fe},
    {0x80002c5c8dade4d7, 0x1776c0f4dbea67d6}, {0x8000162e44eaf636, 0x526be456600bdbe4},
    {0x80000b1721fa7c18, 0x8307016c1cd4e8b6}, {0x8000058b90de7e4c, 0xecfc487503488bb1},
    {0x800002c5c8678f36, 0xcbfce50a6de60b14}, {0x80000162e431db9f, 0x80b2347b5d62e516},
    {0x800000b1721872d0, 0xc7b08cf1e0114152}, {0x80000058b90c1aa8, 0xa5c3736cb77e8dff},
    {0x8000002c5c8605a4, 0x635f2efc2362d978}, {0x800000162e4300e6, 0x35cf4a109e3939bd},
    {0x8000000b17217ff8, 0x1bef9c551590cf83}, {0x800000058b90bfdd, 0x4e39cd52c0cfa27c},
    {0x80000002c5c85fe6, 0xf72d669e0e76e411}, {0x8000000162e42ff1, 0x8f9ad35186d0df28},
    {0x80000000b17217f8, 0x4cce71aa0dcfffe7}, {0x8000000058b90bfc, 0x07a77ad56ed22aaa},
    {0x800000002c5c85fd, 0xfc23cdead40da8d6}, {0x80000000162e42fe, 0xfc25eb1571853a66},
    {0x800000000b17217f, 0x7d97f692baacded5}, {0x80000000058b90bf, 0xbead3b8b5dd254d7},
    {0x8000000002c5c85f, 0xdf4eedd62f084e67}, {0x800000000162e42f, 0xefa58aef378bf586},
    {0x8000000000b17217, 0xf7d24a78a3c7ef02}, {0x800000000058b90b, 0xfbe9067c93e474a6},
    {0x80000000002c5c85, 0xfdf47b8e5a72599f}, {0x8000000000162e42, 0xfefa3bdb315934a2},
    {0x80000000000b1721, 0x7f7d1d7299b49c46}, {0x8000000000058b90, 0xbfbe8e9a8d1c4ea0},
    {0x800000000002c5c8, 0x5fdf4745969ea76f}, {0x80000000000162e4, 0x2fefa3a0df5373bf},
    {0x800000000000b172, 0x17f7d1cff4aac1e1}, {0x80000000000058b9, 0x0bfbe8e7db95a2f1},
    {0x8000000000002c5c, 0x85fdf473e61ae1f8}, {0x800000000000162e, 0x42fefa39f121751c},
    {0x8000000000000b17, 0x217f7d1cf815bb96}, {0x800000000000058b, 0x90bfbe8e7bec1e0d},
    {0x80000000000002c5, 0xc85fdf473dee5f17}, {0x8000000000000162, 0xe42fefa39ef5438f},
    {0x80000000000000b1, 0x7217f7d1cf7a26c8}, {0x8000000000000058, 0xb90bfbe8e7bcf4a4},
    {0x800000000000002c, 0x5c85fdf473de72a2}, {0x8000000000000016, 0x2e42fefa39ef3765},
    {0x800000000000000b, 0x17217f7d1cf79b37}, {0x8000000000000005, 0x8b90bfbe8e7bcd7d},
    {0x8000000000000002, 0xc5c85fdf473de6b6}, {0x8000000000000001, 0x62e42fefa39ef359},
    {0x8000000000000000, 0xb17217f7d1cf79ac}, {0x8000000000000000, 0x58b90bfbe8e7bcd6},
};

/* floor(log2(sqrt(e)) * 2^128) = floor(2^127 / ln 2): high and low halves. floor(ln 2 * 2^64). */
static const uint64_t log2_sqrt_e[2] = {0xb8aa3b295c17f0bb, 0xbe87fed0691d3e88};
static const uint64_t ln_2 = 0xb17217f7d1cf79ab;

static uint64_t high_half(unsigned __int128 x)
{
    return (uint64_t)(x >> 64);
}

/* a * b * 2^-127 for a, b in 2^127 .. 2^128 with a product below 2^255, low by less than 6: three partial
 * products lose less than 1 each in units of 2^128, the bit that is shifted in doubles it. */
static unsigned __int128 product(unsigned __int128 a, unsigned __int128 b)
{
    uint64_t a1 = high_half(a), a0 = (uint64_t)a, b1 = high_half(b), b0 = (uint64_t)b;
    unsigned __int128 p = (unsigned __int128)a1 * b1;
    p += high_half((unsigned __int128)a1 * b0);
    p += high_half((unsigned __int128)a0 * b1);
    return p << 1;
}

/* The products of four roots that follow each other, those of the bits of k, made once: three products and
 * one for the result are as many as the four that they stand for. */
enum { AT_ONCE = 4 };
static unsigned __int128 powers[64 / AT_ONCE][1 << AT_ONCE];
static pthread_once_t powers_once = PTHREAD_ONCE_INIT;

static void powers_make(void)
{
    for (unsigned i = 0; i < 64 / AT_ONCE; i++)
        for (unsigned k = 1; k < 1 << AT_ONCE; k++) {
            const uint64_t *r = roots[63 - (i * AT_ONCE + (unsigned)__builtin_ctz(k))];
            unsigned __int128 root = (unsigned __int128)r[0] << 64 | r[1];
            powers[i][k] = k & (k - 1) ? product(powers[i][k & (k - 1)], root) : root;
        }
}

unsigned __int128 exp2_fixed(unsigned __int128 fraction)
{
    unsigned __int128 y = (unsigned __int128)1 << 127;
    y += ((unsigned __int128)(uint64_t)fraction * ln_2) >> 65;
    pthread_once(&powers_once, powers_make);
    uint64_t bits = high_half(fraction);
    for (unsigned i = 0; bits; i++, bits >>= AT_ONCE)
        if (bits % (1 << AT_ONCE))
            y = product(y, powers[i][bits % (1 << AT_ONCE)]);
    return y;
}

struct log2_fixed log2_fixed_make(int64_t n, int bits)
{
    int64_t whole = n >> bits;
    uint64_t rest = (uint64_t)n - ((uint64_t)whole << bits);
    return (struct log2_fixed){(int32_t)whole, bits ? (unsigned __int128)rest << (128 - bits) : 0};
}

struct log2_fixed log2_fixed_sqrt_e(int64_t n)
{
    uint64_t magnitude = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    /* magnitude * log2(sqrt(e)) in units of 2^-156, in two parts: of 2^-92 and of 2^-156. */
    unsigned __int128 low = (unsigned __int128)magnitude * log2_sqrt_e[1];
    unsigned __int128 high = (unsigned __int128)magnitude * log2_sqrt_e[0] + high_half(low);
    struct log2_fixed y = {(int32_t)(high >> 92), high << 36 | (uint64_t)low >> 28};
    if (n < 0 && y.fraction)
        y = (struct log2_fixed){-y.whole - 1, -y.fraction};
    else if (n < 0)
        y.whole = -y.whole;
    return y;
}

struct number exp2_fixed_nearest(struct log2_fixed y)
{
    unsigned __int128 v = exp2_fixed(y.fraction);
    uint64_t halves = (uint64_t)(v >> 74); /* 54 bits */
    return number_make(false, (halves >> 1) + (halves & 1), y.whole - 52);
}

struct number exp2_fixed_truncated(struct log2_fixed y)
{
    struct number x = number_make(false, high_half(exp2_fixed(y.fraction)), y.whole - 63);
    x.sticky = y.fraction != 0;
    return x;
}
