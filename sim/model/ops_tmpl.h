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

void NAME(net_swiglu)(size_t n, const REAL *gate, const REAL *up, REAL *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = (REAL)((double)gate[i] / (1 + net_exp(-(double)gate[i]))) * up[i];
}

void NAME(net_swiglu_back)(size_t n, const REAL *gate, const REAL *up, const REAL *dy, REAL *dgate, REAL *dup)
{
    for (size_t i = 0; i < n; i++) {
        double g = (double)gate[i], sigmoid = 1 / (1 + net_exp(-g));
        dup[i] = dy[i] * (REAL)(g * sigmoid);
        dgate[i] = dy[i] * up[i] * (REAL)(sigmoid * (1 + g * (1 - sigmoid)));
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
            sum += p[i] = net_exp((double)z[i] - (double)top);
        total += log(sum) - ((double)z[targets[t]] - (double)top);
        for (size_t i = 0; dz && i < NET_VOCAB; i++)
            dz[i] = scale * (REAL)(p[i] / sum - (i == targets[t] ? 1 : 0));
    }
    return total;
}
