/* Matrix product on one instruction set. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64), ISA(x)
 * (NAME(x_base), NAME(x_avx2), NAME(x_avx512)), VEC (bytes of a vector), TARGET (function attribute). Vectors
 * run across columns of the result and every element is its own chain over depth, so the bits are the same.
 */

enum {
    ISA(WIDTH) = 2 * VEC / sizeof(REAL), /* columns done together: two vectors */
    ISA(ROWS) = 4,                       /* rows done together: eight sums hide the latency of addition */
    ISA(DEPTH) = 256,                    /* rows of B packed at a time: at most 32 KiB, a level-1 cache */
};

typedef REAL ISA(vec) __attribute__((vector_size(VEC)));

/* 4 rows and two vectors of columns stay in registers while depth runs. */
TARGET static inline void ISA(gemm_rows4)(size_t depth, const REAL *a, size_t row, size_t col,
                                          const ISA(vec) * b, ISA(vec) * c)
{
    ISA(vec) c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3], c4 = c[4], c5 = c[5], c6 = c[6], c7 = c[7];
    for (size_t k = 0; k < depth; k++, a += col, b += 2) {
        ISA(vec) left = b[0], right = b[1];
        c0 += a[0] * left;
        c1 += a[0] * right;
        c2 += a[row] * left;
        c3 += a[row] * right;
        c4 += a[2 * row] * left;
        c5 += a[2 * row] * right;
        c6 += a[3 * row] * left;
        c7 += a[3 * row] * right;
    }
    c[0] = c0, c[1] = c1, c[2] = c2, c[3] = c3, c[4] = c4, c[5] = c5, c[6] = c6, c[7] = c7;
}

TARGET static inline void ISA(gemm_row1)(size_t depth, const REAL *a, size_t col, const ISA(vec) * b,
                                         ISA(vec) * c)
{
    ISA(vec) left = c[0], right = c[1];
    for (size_t k = 0; k < depth; k++) {
        left += a[k * col] * b[2 * k];
        right += a[k * col] * b[2 * k + 1];
    }
    c[0] = left, c[1] = right;
}

/* Columns j .. j+width-1 of B, rows k0 .. k0+depth-1, as vectors; missing columns are zero. */
TARGET static inline void ISA(gemm_pack)(const struct NAME(mat) * b, size_t k0, size_t depth, size_t j,
                                         size_t width, ISA(vec) * panel)
{
    for (size_t k = 0; k < depth; k++) {
        REAL lane[ISA(WIDTH)] = {0};
        const REAL *from = b->at + (k0 + k) * b->row + j * b->col;
        for (size_t i = 0; i < width; i++)
            lane[i] = from[i * b->col];
        memcpy(&panel[2 * k], lane, sizeof lane);
    }
}

TARGET static void ISA(gemm)(size_t m, size_t n, size_t depth, struct NAME(mat) a, struct NAME(mat) b,
                             REAL *c, size_t ldc, bool accumulate)
{
    ISA(vec) panel[2 * ISA(DEPTH)], sum[2 * ISA(ROWS)];
    for (size_t j = 0; j < n; j += ISA(WIDTH)) {
        size_t width = n - j < ISA(WIDTH) ? n - j : (size_t)ISA(WIDTH);
        for (size_t k0 = 0; k0 < depth; k0 += ISA(DEPTH)) {
            size_t ks = depth - k0 < ISA(DEPTH) ? depth - k0 : (size_t)ISA(DEPTH);
            ISA(gemm_pack)(&b, k0, ks, j, width, panel);
            for (size_t i = 0, rows; i < m; i += rows) {
                rows = m - i < ISA(ROWS) ? 1 : (size_t)ISA(ROWS);
                memset(sum, 0, sizeof sum);
                if (accumulate || k0)
                    for (size_t r = 0; r < rows; r++)
                        memcpy(&sum[2 * r], c + (i + r) * ldc + j, width * sizeof(REAL));
                const REAL *from = a.at + i * a.row + k0 * a.col;
                if (rows == ISA(ROWS))
                    ISA(gemm_rows4)(ks, from, a.row, a.col, panel, sum);
                else
                    ISA(gemm_row1)(ks, from, a.col, panel, sum);
                for (size_t r = 0; r < rows; r++)
                    memcpy(c + (i + r) * ldc + j, &sum[2 * r], width * sizeof(REAL));
            }
        }
    }
}

#undef ISA
#undef VEC
#undef TARGET
