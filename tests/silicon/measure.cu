/* What Hopper's matrix units compute: rows of raw codes, one dot product each. See README.md.
 *
 * Row r of eight is row r of A and column r of B, so element (r, r) of the product is its dot product; all else is
 * zero. Fragments are as in the PTX ISA: lane 4 g + t holds row g, 32-bit words t and t + 4 of it, and columns 2 t
 * and 2 t + 1 of row g of the product. */
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

enum { ROWS = 8192, WORDS = 8 /* of a row */ };

/* --- instructions --- */

/* mma.sync with binary32 results. */
#define MMA_F32(name, type)                                                                                    \
    __global__ void name(const uint32_t *A, const uint32_t *B, const uint32_t *C, uint32_t *D)                \
    {                                                                                                          \
        const int g = threadIdx.x / 4, t = threadIdx.x % 4, row = blockIdx.x * 8 + g;                          \
        const uint32_t *a = A + row * WORDS, *b = B + row * WORDS;                                             \
        const float c = t == g / 2 ? __uint_as_float(C[row]) : 0, c0 = g % 2 ? 0 : c, c1 = g % 2 ? c : 0;      \
        float d0, d1, d2, d3;                                                                                  \
        asm volatile("mma.sync.aligned." type " {%0,%1,%2,%3}, {%4,%5,%6,%5}, {%7,%8}, {%9,%10,%11,%11};"     \
                     : "=f"(d0), "=f"(d1), "=f"(d2), "=f"(d3)                                                  \
                     : "r"(a[t]), "r"(0), "r"(a[4 + t]), "r"(b[t]), "r"(b[4 + t]), "f"(c0), "f"(c1), "f"(0.f)); \
        if (t == g / 2)                                                                                        \
            D[row] = __float_as_uint(g % 2 ? d1 : d0);                                                         \
    }

/* The same with binary16 results: two in a word. */
#define MMA_F16(name, type)                                                                                    \
    __global__ void name(const uint32_t *A, const uint32_t *B, const uint32_t *C, uint32_t *D)                \
    {                                                                                                          \
        const int g = threadIdx.x / 4, t = threadIdx.x % 4, row = blockIdx.x * 8 + g, half = g % 2 ? 16 : 0;   \
        const uint32_t *a = A + row * WORDS, *b = B + row * WORDS, c = t == g / 2 ? C[row] << half : 0;        \
        uint32_t d0, d1;                                                                                       \
        asm volatile("mma.sync.aligned." type " {%0,%1}, {%2,%3,%4,%3}, {%5,%6}, {%7,%3};"                     \
                     : "=r"(d0), "=r"(d1)                                                                      \
                     : "r"(a[t]), "r"(0), "r"(a[4 + t]), "r"(b[t]), "r"(b[4 + t]), "r"(c));                    \
        if (t == g / 2)                                                                                        \
            D[row] = d0 >> half & 0xffff;                                                                      \
    }

/* Both operands of wgmma lie in shared memory, without swizzling: core matrices of 8 rows of 16 bytes, the two of a
 * row one after the other. Rows of A beyond the eighth are whatever comes after; nobody looks at their products. */
struct operands {
    uint32_t a[64 * WORDS], b[8 * WORDS];
};

__device__ static uint64_t descriptor(const uint32_t *at)
{
    const uint64_t core = 128 >> 4, address = __cvta_generic_to_shared(at) & 0x3ffff;
    return address >> 4 | core << 16 | core << 32;
}

__device__ static void share(operands *s, const uint32_t *A, const uint32_t *B)
{
    for (int i = threadIdx.x; i < 64 * WORDS; i += blockDim.x)
        s->a[i] = 0;
    __syncthreads();
    if (threadIdx.x < 8 * WORDS) {
        const int r = threadIdx.x / WORDS, k = threadIdx.x % WORDS, at = k / 4 * 32 + r * 4 + k % 4;
        s->a[at] = A[(blockIdx.x * 8 + r) * WORDS + k];
        s->b[at] = B[(blockIdx.x * 8 + r) * WORDS + k];
    }
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    __syncthreads();
}

#define WAIT "wgmma.commit_group.sync.aligned; wgmma.wait_group.sync.aligned 0;"

#define WGMMA_F32(name, type, transposed)                                                                      \
    __global__ void name(const uint32_t *A, const uint32_t *B, const uint32_t *C, uint32_t *D)                \
    {                                                                                                          \
        __shared__ __align__(1024) operands s;                                                                 \
        const int g = threadIdx.x / 4, t = threadIdx.x % 4, row = blockIdx.x * 8 + g;                          \
        const bool mine = g < 8 && t == g / 2;                                                                 \
        share(&s, A, B);                                                                                       \
        const float c = mine ? __uint_as_float(C[row]) : 0;                                                    \
        float d0 = g % 2 ? 0 : c, d1 = g % 2 ? c : 0, d2 = 0, d3 = 0;                                          \
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");                                                \
        asm volatile("wgmma.mma_async.sync.aligned." type " {%0,%1,%2,%3}, %4, %5, 1, 1, 1" transposed "; " WAIT \
                     : "+f"(d0), "+f"(d1), "+f"(d2), "+f"(d3)                                                  \
                     : "l"(descriptor(s.a)), "l"(descriptor(s.b))                                              \
                     : "memory");                                                                              \
        if (mine)                                                                                              \
            D[row] = __float_as_uint(g % 2 ? d1 : d0);                                                         \
    }

#define WGMMA_F16(name, type, transposed)                                                                      \
    __global__ void name(const uint32_t *A, const uint32_t *B, const uint32_t *C, uint32_t *D)                \
    {                                                                                                          \
        __shared__ __align__(1024) operands s;                                                                 \
        const int g = threadIdx.x / 4, t = threadIdx.x % 4, row = blockIdx.x * 8 + g, half = g % 2 ? 16 : 0;   \
        const bool mine = g < 8 && t == g / 2;                                                                 \
        share(&s, A, B);                                                                                       \
        uint32_t d0 = mine ? C[row] << half : 0, d1 = 0;                                                       \
        asm volatile("wgmma.fence.sync.aligned;" ::: "memory");                                                \
        asm volatile("wgmma.mma_async.sync.aligned." type " {%0,%1}, %2, %3, 1, 1, 1" transposed "; " WAIT     \
                     : "+r"(d0), "+r"(d1)                                                                      \
                     : "l"(descriptor(s.a)), "l"(descriptor(s.b))                                              \
                     : "memory");                                                                              \
        if (mine)                                                                                              \
            D[row] = d0 >> half & 0xffff;                                                                      \
    }

MMA_F32(mma_fp16_f32, "m16n8k16.row.col.f32.f16.f16.f32")
MMA_F32(mma_bf16_f32, "m16n8k16.row.col.f32.bf16.bf16.f32")
MMA_F32(mma_tf32_f32, "m16n8k8.row.col.f32.tf32.tf32.f32")
MMA_F32(mma_e4m3_f32, "m16n8k32.row.col.f32.e4m3.e4m3.f32")
MMA_F32(mma_e5m2_f32, "m16n8k32.row.col.f32.e5m2.e5m2.f32")
MMA_F16(mma_fp16_f16, "m16n8k16.row.col.f16.f16.f16.f16")
MMA_F16(mma_e4m3_f16, "m16n8k32.row.col.f16.e4m3.e4m3.f16")
MMA_F16(mma_e5m2_f16, "m16n8k32.row.col.f16.e5m2.e5m2.f16")
WGMMA_F32(wgmma_fp16_f32, "m64n8k16.f32.f16.f16", ", 0, 0")
WGMMA_F32(wgmma_bf16_f32, "m64n8k16.f32.bf16.bf16", ", 0, 0")
WGMMA_F32(wgmma_tf32_f32, "m64n8k8.f32.tf32.tf32", "")
WGMMA_F32(wgmma_e4m3_f32, "m64n8k32.f32.e4m3.e4m3", "")
WGMMA_F32(wgmma_e5m2_f32, "m64n8k32.f32.e5m2.e5m2", "")
WGMMA_F16(wgmma_fp16_f16, "m64n8k16.f16.f16.f16", ", 0, 0")
WGMMA_F16(wgmma_e4m3_f16, "m64n8k32.f16.e4m3.e4m3", "")
WGMMA_F16(wgmma_e5m2_f16, "m64n8k32.f16.e5m2.e5m2", "")

/* --- operands --- */

struct format {
    int exponent_bits, fraction_bits, bias, bytes;
    bool ieee; /* the highest exponent is of infinities and NaN; else one code is NaN */
};
static const format fp16 = {5, 10, 15, 2, true}, bf16 = {8, 7, 127, 2, true}, tf32 = {8, 10, 127, 4, true},
                    e4m3 = {4, 3, 7, 1, false}, e5m2 = {5, 2, 15, 1, true}, fp32 = {8, 23, 127, 4, true};

struct set {
    const char *name;
    void (*run)(const uint32_t *, const uint32_t *, const uint32_t *, uint32_t *);
    const format *operand, *result;
    int threads;
};
#define MMA(operand, result) {"mma_" #operand "_" #result, mma_##operand##_##result, &operand, &of_##result, 32}
#define WGMMA(operand, result) {"wgmma_" #operand "_" #result, wgmma_##operand##_##result, &operand, &of_##result, 128}
static const format of_f32 = fp32, of_f16 = fp16;
static const set sets[] = {MMA(fp16, f32),   MMA(bf16, f32),   MMA(tf32, f32),   MMA(e4m3, f32),
                           MMA(e5m2, f32),   MMA(fp16, f16),   MMA(e4m3, f16),   MMA(e5m2, f16),
                           WGMMA(fp16, f32), WGMMA(bf16, f32), WGMMA(tf32, f32), WGMMA(e4m3, f32),
                           WGMMA(e5m2, f32), WGMMA(fp16, f16), WGMMA(e4m3, f16), WGMMA(e5m2, f16)};

struct random_numbers {
    uint64_t state;
    uint32_t bits() /* splitmix64 of a state that it feeds */
    {
        uint64_t x = state + 1 + 0x9e3779b97f4a7c15;
        x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
        x = (x ^ x >> 27) * 0x94d049bb133111eb;
        state = x ^ x >> 31;
        return (uint32_t)(state >> 32);
    }
    uint32_t below(uint32_t n) { return (uint32_t)((uint64_t)bits() * n >> 32); }
};

static uint32_t fraction_mask(const format &f) { return (1u << f.fraction_bits) - 1; }
static uint32_t top_exponent(const format &f) { return (1u << f.exponent_bits) - 1; }
static uint32_t exponent(const format &f, uint32_t code) { return code >> f.fraction_bits & top_exponent(f); }
static int sign_place(const format &f) { return f.exponent_bits + f.fraction_bits; }

static double value(const format &f, uint32_t code)
{
    const double fraction = (code & fraction_mask(f)) / (double)(1 << f.fraction_bits);
    const int e = (int)exponent(f, code);
    const double v = e ? ldexp(1 + fraction, e - f.bias) : ldexp(fraction, 1 - f.bias);
    return code >> sign_place(f) & 1 ? -v : v;
}

static bool is_special(const format &f, uint32_t code)
{
    return exponent(f, code) == top_exponent(f) && (f.ieee || (code & fraction_mask(f)) == fraction_mask(f));
}

static uint32_t draw_near(const format &f, random_numbers &r)
{
    const uint32_t band = f.exponent_bits > 4 ? 4 : 3, e = f.bias - band / 2 + r.below(band + 1);
    const uint32_t fraction = r.bits() & fraction_mask(f);
    return fraction | e << f.fraction_bits | (r.bits() & 1) << sign_place(f);
}

static uint32_t draw_any(const format &f, random_numbers &r)
{
    uint32_t code;
    do
        code = r.bits() & (uint32_t)((UINT64_C(2) << sign_place(f)) - 1);
    while (is_special(f, code));
    return code;
}

static uint32_t draw_special(const format &f, random_numbers &r)
{
    const bool nan = f.ieee && r.bits() % 2;
    uint32_t code = f.ieee ? top_exponent(f) << f.fraction_bits : 0x7f;
    code |= nan ? r.bits() & fraction_mask(f) : 0;
    return code | (r.bits() & 1) << sign_place(f);
}

enum { NEAR, ANY, SPECIAL, FEW };

struct row {
    double sum, largest; /* of the products */
};

static row draw_row(const format &f, random_numbers &r, int kind, int n, uint32_t *a, uint32_t *b)
{
    const int few = kind == FEW ? 1 + (int)r.below(4) : n;
    row all = {0, 0};
    for (int k = 0; k < n; k++) {
        const bool near = kind == NEAR || kind == FEW;
        uint32_t x = near ? draw_near(f, r) : draw_any(f, r), y = near ? draw_near(f, r) : draw_any(f, r);
        if (few < n && (int)r.below(n) >= few)
            (r.bits() & 1 ? x : y) = 0;
        if (kind == SPECIAL && r.below(2 * n) == 0)
            x = draw_special(f, r);
        if (kind == SPECIAL && r.below(2 * n) == 0)
            y = draw_special(f, r);
        if (kind == ANY && r.below(4) == 0)
            x = 0;
        a[k] = x;
        b[k] = y;
        const double p = value(f, x) * value(f, y);
        all.sum += p;
        all.largest = fabs(p) > all.largest ? fabs(p) : all.largest;
    }
    return all;
}

/* Near the largest product, sometimes with few bits, sometimes all but the negative of the sum; or zero. */
static uint32_t draw_addend(const format &f, random_numbers &r, int kind, const row &all)
{
    const int e = all.largest > 0 ? (int)floor(log2(all.largest)) : 0;
    uint32_t fraction = r.bits() & fraction_mask(f), sign = r.bits() & 1;
    if (r.below(4) == 0)
        fraction &= ~((1u << f.fraction_bits / 2) - 1);
    int at = e + (int)r.below(kind == ANY ? 61 : 31) - (kind == ANY ? 30 : 12) + f.bias;
    at = at < 0 ? 0 : at > (int)top_exponent(f) - 1 ? (int)top_exponent(f) - 1 : at;
    uint32_t code = fraction | (uint32_t)at << f.fraction_bits | sign << sign_place(f);
    if (kind == FEW && r.bits() % 2 && f.bytes == 4) {
        const float negative = (float)-all.sum;
        memcpy(&code, &negative, 4);
        code += r.below(9) - 4;
        code = is_special(f, code) ? 0 : code;
    }
    if (r.below(8) == 0)
        code = 0;
    const uint32_t odd = kind == SPECIAL ? r.below(6) : 6;
    return odd == 0 ? r.bits() & (f.bytes == 4 ? ~0u : 0xffff) : odd == 1 ? draw_special(f, r) : code;
}

/* --- files --- */

static void write_npy(const std::string &path, const std::vector<uint32_t> &codes, int bytes, int n)
{
    char head[128];
    FILE *f = fopen(path.c_str(), "wb");
    int length = snprintf(head, sizeof head, "{'descr': '%su%d', 'fortran_order': False, 'shape': (%d,",
                          bytes == 1 ? "|" : "<", bytes, ROWS);
    length += snprintf(head + length, sizeof head - length, n ? " %d), }" : "), }", n);
    while ((10 + length + 1) % 64)
        head[length++] = ' ';
    head[length++] = '\n';
    const unsigned char magic[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)length, 0};
    bool good = f && fwrite(magic, 1, 10, f) == 10 && fwrite(head, 1, length, f) == (size_t)length;
    for (size_t i = 0; i < codes.size() && good; i++)
        good = fwrite(&codes[i], bytes, 1, f) == 1;
    if (!f || fclose(f) || !good) {
        perror(path.c_str());
        exit(1);
    }
}

/* Codes side by side in words; the 19 bits of TF32 are the high ones of theirs. */
static std::vector<uint32_t> packed(const std::vector<uint32_t> &codes, int bytes)
{
    std::vector<uint32_t> words(ROWS * WORDS, 0);
    for (size_t i = 0; i < codes.size(); i++)
        words[i * bytes / 4] |= (bytes == 4 ? codes[i] << 13 : codes[i]) << 8 * (i * bytes % 4);
    return words;
}

static uint32_t *upload(const std::vector<uint32_t> &host)
{
    uint32_t *device = nullptr;
    cudaMalloc(&device, host.size() * 4);
    cudaMemcpy(device, host.data(), host.size() * 4, cudaMemcpyHostToDevice);
    return device;
}

static void measure(const set &s, uint64_t seed, const std::string &folder)
{
    const format &f = *s.operand;
    const int n = WORDS * 4 / f.bytes;
    random_numbers r = {seed};
    std::vector<uint32_t> a(ROWS * n), b(ROWS * n), c(ROWS), d(ROWS);
    for (int i = 0; i < ROWS; i++) {
        const row all = draw_row(f, r, i % 4, n, &a[i * n], &b[i * n]);
        c[i] = draw_addend(*s.result, r, i % 4, all);
    }
    uint32_t *A = upload(packed(a, f.bytes)), *B = upload(packed(b, f.bytes)), *C = upload(c), *D = upload(d);
    s.run<<<ROWS / 8, s.threads>>>(A, B, C, D);
    cudaError_t error = cudaGetLastError(); /* of the launch too */
    error = error ? error : cudaMemcpy(d.data(), D, ROWS * 4, cudaMemcpyDeviceToHost);
    if (error) {
        fprintf(stderr, "%s: %s\n", s.name, cudaGetErrorString(error));
        exit(1);
    }
    for (uint32_t *p : {A, B, C, D})
        cudaFree(p);
    const std::string path = folder + "/" + s.name;
    write_npy(path + "_a.npy", a, f.bytes, n);
    write_npy(path + "_b.npy", b, f.bytes, n);
    write_npy(path + "_c.npy", c, s.result->bytes, 0);
    write_npy(path + "_d.npy", d, s.result->bytes, 0);
}

int main(int argc, char **argv)
{
    uint64_t seed = 1000;
    for (const set &s : sets)
        measure(s, seed++, argc > 1 ? argv[1] : ".");
}
