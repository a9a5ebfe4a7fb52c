#include "sim/base/sum.h"
#include "sim/metric/parts.h"

/* max|x| / rms of a block; 0 where it is all zero or not all finite. */
static double crest(const float *x, size_t n)
{
    struct sum s = {0};
    double top = 0.0;
    for (size_t i = 0; i < n; i++) {
        double v = fabs((double)x[i]);
        if (!(v <= (double)FLT_MAX))
            return 0.0;
        top = v > top ? v : top;
        sum_add(&s, v * v);
    }
    return top > 0.0 ? top / sqrt(sum_value(&s) / (double)n) : 0.0;
}

double parts_crest_of_blocks(const struct metric_input *in, size_t block)
{
    struct sum s = {0};
    uint64_t blocks = 0;
    for (size_t row = 0; row < in->n; row += in->row)
        for (size_t i = 0; i + block <= in->row; i += block) {
            double c = crest(in->x + row + i, block);
            if (c > 0.0) {
                sum_add(&s, c);
                blocks++;
            }
        }
    return parts_ratio(sum_value(&s), (double)blocks);
}
