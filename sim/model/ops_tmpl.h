/* RMSNorm, rotary positions, SwiGLU and cross entropy, forward and backward. Parameters: REAL (float or
 * double), NAME(x) (x_f32 or x_f64). Sums over a row are taken in binary64, left to right. */

void NAME(net_rmsnorm)(size_t n, size_t dim, double eps, const REAL *x, const REAL *w, REAL *y, REAL *inv)
{
    for (size_t t = 0; t < n; t++, x += dim, y += dim) {
        double sum = 0;
        for (size_t i = 0; i < dim; i++)
            sum += (double)x[i] * (double)x[i];
        inv[t] = (REAL)(1 / sqrt(sum / (double)dim + eps));
        for (size_t i = 0; i < dim; i++)
            y[i] = x[i] * inv[t] * w[i];
    }
}

/* With g = dy * w: dx = inv * g - x * inv^3 * mean(g * x). */
void NAME(net_rmsnorm_back)(size_t n, size_t dim, const REAL *x, const REAL *w, const REAL *inv,
                            const REAL *dy, REAL *dx, REAL *dw)
{
    for (size_t t = 0; t < n; t++, x += dim, dy += dim, dx += dim) {
        double sum = 0;
        for (size_t i = 0; i < dim; i++)
            sum += (double)dy[i] * (double)w[i] * (double)x[i];
        REAL back = (REAL)(sum / (double)dim) * inv[t] * inv[t] * inv[t];
        for (size_t i = 0; i < dim; i++) {
            dx[i] += dy[i] * w[i] * inv[t] - x[i] * back;
            dw[i] += dy[i] * x[i] * inv[t];
        }
    }
}

void NAME(net_rotary_table)(size_t n, size_t d, double theta, REAL *cosine, REAL *sine)
{
    for (size_t t = 0; t < n; t++)
        for (size_t i = 0; i < d / 2; i++) {
            double angle = (double)t * pow(theta, -2 * (double)i / (double)d);
            cosine[t * (d / 2) + i] = (REAL)cos(angle);
            sine[t * (d / 2) + i] = (REAL)sin(angle);
        }
}

void NAME(net_rotary)(size_t n, size_t heads, size_t d, const REAL *cosine, const REAL *sine, bool backward,
                      const REAL *x, REAL *y)
{
    for (size_t t = 0; t < n; t++, cosine += d / 2, sine += d / 2)
        for (size_t h = 0; h < heads; h++, x += d, y += d)
            for (size_t i = 0; i < d / 2; i++) {
                REAL c = cosine[i], s = backward ? -sine[i] : sine[i];
                REAL even = x[2 * i], odd = x[2 * i + 1];
                y[2 * i] = even * c - odd * s;
                y[2 * i + 1] = even * s + odd * c;
            }
}

/* 1 / (1 + exp(-x)) of up to SIGMOIDS values. */
enum { NAME(SIGMOIDS) = 128 };

static void NAME(sigmoid)(size_t n, const REAL *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = -(double)x[i];
    net_exp(y, n);
    for (size_t i = 0; i < n; i++)
        y[i] = 1 / (1 + y[i]);
}

void NAME(net_swiglu)(size_t n, const REAL *gate, const REAL *up, REAL *y)
{
    double sigmoid[NAME(SIGMOIDS)];
    for (size_t first = 0, now; first < n; first += now) {
        now = n - first < NAME(SIGMOIDS) ? n - first : (size_t)NAME(SIGMOIDS);
        NAME(sigmoid)(now, gate + first, sigmoid);
        for (size_t i = 0; i < now; i++)
            y[first + i] = (REAL)((double)gate[first + i] * sigmoid[i]) * up[first + i];
    }
}

void NAME(net_swiglu_back)(size_t n, const REAL *gate, const REAL *up, const REAL *dy, REAL *dgate, REAL *dup)
{
    double sigmoid[NAME(SIGMOIDS)];
    for (size_t first = 0, now; first < n; first += now) {
        now = n - first < NAME(SIGMOIDS) ? n - first : (size_t)NAME(SIGMOIDS);
        NAME(sigmoid)(now, gate + first, sigmoid);
        for (size_t i = 0; i < now; i++) {
            double g = (double)gate[first + i], s = sigmoid[i];
            dup[first + i] = dy[first + i] * (REAL)(g * s);
            dgate[first + i] = dy[first + i] * up[first + i] * (REAL)(s * (1 + g * (1 - s)));
        }
    }
}

double NAME(net_cross_entropy)(size_t n, size_t first, const REAL *logits, const uint8_t *targets, REAL scale,
                               REAL *dlogits)
{
    double total = 0;
    for (size_t t = 0; t < n; t++) {
        const REAL *z = logits + t * NET_VOCAB;
        REAL *dz = dlogits ? dlogits + t * NET_VOCAB : NULL;
        if (t < first) {
            if (dz)
                memset(dz, 0, NET_VOCAB * sizeof *dz);
            continue;
        }
        double p[NET_VOCAB], sum = 0;
        REAL top = z[0];
        for (size_t i = 1; i < NET_VOCAB; i++)
            top = z[i] > top ? z[i] : top;
        for (size_t i = 0; i < NET_VOCAB; i++)
            p[i] = (double)z[i] - (double)top;
        net_exp(p, NET_VOCAB);
        for (size_t i = 0; i < NET_VOCAB; i++)
            sum += p[i];
        total += log(sum) - ((double)z[targets[t]] - (double)top);
        for (size_t i = 0; dz && i < NET_VOCAB; i++)
            dz[i] = scale * (REAL)(p[i] / sum - (i == targets[t] ? 1 : 0));
    }
    return total;
}
