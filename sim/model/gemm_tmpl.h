/* Matrix product. Parameters: REAL (float or double), NAME(x) (x_f32 or x_f64). Vectors run across columns of
 * the result and every element is its own chain over depth, so all instruction sets give the same bits. */

enum {
    NAME(LANES) = 64 / sizeof(REAL),
    NAME(ROWS) = 8,
    NAME(DEPTH) = 256, /* rows of B packed at a time: 16 KiB, half of a level-1 cache */
};

typedef REAL NAME(vec) __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

/* 8 rows of C, one vector wide, stay in registers while depth runs. */
INLINE void NAME(gemm_rows8)(size_t depth, const REAL *a, size_t row, size_t col, const NAME(vec) * b,
                             NAME(vec) * c)
{
    NAME(vec) c0 = c[0], c1 = c[1], c2 = c[2], c3 = c[3], c4 = c[4], c5 = c[5], c6 = c[6], c7 = c[7];
    for (size_t k = 0; k < depth; k++, a += col) {
        NAME(vec) bk = b[k];
        c0 += a[0] * bk;
        c1 += a[row] * bk;
        c2 += a[2 * row] * bk;
        c3 += a[3 * row] * bk;
        c4 += a[4 * row] * bk;
        c5 += a[5 * row] * bk;
        c6 += a[6 * row] * bk;
        c7 += a[7 * row] * bk;
    }
    c[0] = c0, c[1] = c1, c[2] = c2, c[3] = c3, c[4] = c4, c[5] = c5, c[6] = c6, c[7] = c7;
}

INLINE void NAME(gemm_row1)(size_t depth, const REAL *a, size_t col, const NAME(vec) * b, NAME(vec) * c)
{
    NAME(vec) sum = *c;
    for (size_t k = 0; k < depth; k++)
        sum += a[k * col] * b[k];
    *c = sum;
}

/* Columns j .. j+width-1 of B, rows k0 .. k0+depth-1, as vectors; missing columns are zero. */
INLINE void NAME(gemm_pack)(const struct NAME(mat) * b, size_t k0, size_t depth, size_t j, size_t width,
                            NAME(vec) * panel)
{
    for (size_t k = 0; k < depth; k++) {
        REAL lane[NAME(LANES)] = {0};
        const REAL *from = b->at + (k0 + k) * b->row + j * b->col;
        for (size_t i = 0; i < width; i++)
            lane[i] = from[i * b->col];
        memcpy(&panel[k], lane, sizeof lane);
    }
}

/* Static: clang before 18 gives clones of a global function a name that other files do not find. */
__attribute__((target_clones("avx512f", "avx2", "default"))) static void
NAME(gemm_clones)(size_t m, size_t n, size_t depth, struct NAME(mat) a, struct NAME(mat) b, REAL *c,
                  size_t ldc, bool accumulate)
{
    NAME(vec) panel[NAME(DEPTH)], acc[NAME(ROWS)];
    for (size_t j = 0; j < n; j += NAME(LANES)) {
        size_t width = n - j < NAME(LANES) ? n - j : (size_t)NAME(LANES);
        for (size_t k0 = 0; k0 < depth; k0 += NAME(DEPTH)) {
            size_t ks = depth - k0 < NAME(DEPTH) ? depth - k0 : (size_t)NAME(DEPTH);
            NAME(gemm_pack)(&b, k0, ks, j, width, panel);
            for (size_t i = 0; i < m;) {
                size_t rows = m - i < NAME(ROWS) ? 1 : (size_t)NAME(ROWS);
                memset(acc, 0, sizeof acc);
                if (accumulate || k0)
                    for (size_t r = 0; r < rows; r++)
                        memcpy(&acc[r], c + (i + r) * ldc + j, width * sizeof(REAL));
                const REAL *from = a.at + i * a.row + k0 * a.col;
                if (rows == NAME(ROWS))
                    NAME(gemm_rows8)(ks, from, a.row, a.col, panel, acc);
                else
                    NAME(gemm_row1)(ks, from, a.col, panel, acc);
                for (size_t r = 0; r < rows; r++)
                    memcpy(c + (i + r) * ldc + j, &acc[r], width * sizeof(REAL));
                i += rows;
            }
        }
    }
}

#undef INLINE

void NAME(net_gemm)(size_t m, size_t n, size_t depth, struct NAME(mat) a, struct NAME(mat) b, REAL *c,
                    size_t ldc, bool accumulate)
{
    NAME(gemm_clones)(m, n, depth, a, b, c, ldc, accumulate);
}

void NAME(net_linear)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, REAL *y)
{
    NAME(net_gemm)(n, out, in, (struct NAME(mat)){x, in, 1}, (struct NAME(mat)){w, 1, in}, y, out, false);
}

void NAME(net_linear_back)(size_t n, size_t in, size_t out, const REAL *x, const REAL *w, const REAL *dy,
                           REAL *dx, REAL *dw, bool accumulate)
{
    NAME(net_gemm)(out, in, n, (struct NAME(mat)){dy, 1, out}, (struct NAME(mat)){x, in, 1}, dw, in, true);
    NAME(net_gemm)
    (n, in, out, (struct NAME(mat)){dy, out, 1}, (struct NAME(mat)){w, in, 1}, dx, in, accumulate);
}
