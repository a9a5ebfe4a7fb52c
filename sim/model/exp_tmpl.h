/* exp on one instruction set. Parameters: ISA(x) (x_base, x_avx2, x_avx512), VEC (bytes of a vector), TARGET
 * (function attribute). */

enum { ISA(LANES) = VEC / sizeof(double) };

typedef double ISA(vec) __attribute__((vector_size(VEC)));
typedef uint64_t ISA(bits) __attribute__((vector_size(VEC)));

TARGET static void ISA(exp)(double *x, size_t n)
{
    for (size_t i = 0; i < n; i += ISA(LANES)) {
        size_t lanes = n - i < ISA(LANES) ? n - i : (size_t)ISA(LANES);
        double in[ISA(LANES)] = {0};
        for (size_t j = 0; j < lanes; j++)
            in[j] = x[i + j] < -700 ? -700 : x[i + j] > 700 ? 700 : x[i + j];
        ISA(vec) v;
        memcpy(&v, in, sizeof v);
        /* 1.5 * 2^52: adding it leaves the nearest integer in the low bits. */
        ISA(vec) shifted = v * 0x1.71547652b82fep0 + 0x1.8p52; /* 1/ln 2 */
        ISA(vec) whole = shifted - 0x1.8p52;
        /* ln 2 in two parts, the first with 21 trailing zero bits, so that whole * high is exact. */
        ISA(vec) r = (v - whole * 0x1.62e42fee00000p-1) - whole * 0x1.a39ef35793c76p-33;
        ISA(vec) p = r * series[0] + series[1];
        for (size_t k = 2; k < sizeof series / sizeof *series; k++)
            p = p * r + series[k];
        ISA(bits) scale;
        memcpy(&scale, &shifted, sizeof scale);
        scale = (scale + 1023) << 52; /* 2^whole; the bits of 1.5 * 2^52 above it are shifted out */
        memcpy(&v, &scale, sizeof v);
        v *= p;
        memcpy(x + i, &v, lanes * sizeof *x);
    }
}

#undef ISA
#undef VEC
#undef TARGET
