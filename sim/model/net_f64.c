/* The network in binary64: what finite differences check. */
#include "sim/model/net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/model/exp.h"

#define REAL    double
#define NAME(x) x##_f64
#include "sim/model/gemm_tmpl.h"
#include "sim/model/ops_tmpl.h"
#include "sim/model/attention_tmpl.h"
#include "sim/model/net_tmpl.h"
#undef REAL
#undef NAME
