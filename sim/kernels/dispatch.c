/* Which kernels run: the table is filled upward by every instruction set that the CPU has, as far as
 * BITSWEEP_ISA allows. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sim/kernels/kernels.h"

static const char *const names[] = {"scalar", "avx2", "avx512"};
#define ALLOWED "scalar, avx2, avx512"
enum { SETS = sizeof names / sizeof *names };

static struct kernels tables[SETS];
static size_t available, best;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool cpu_has(size_t set)
{
#if defined(__x86_64__)
    switch (set) {
    case 0:
        return true;
    case 1:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    default:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
    }
#else
    return set == 0;
#endif
}

static void fill_set(size_t set, struct kernels *k)
{
#if defined(__x86_64__)
    if (set == 1)
        kernels_fill_avx2(k);
    if (set == 2)
        kernels_fill_avx512(k);
#endif
    if (set == 0)
        kernels_fill_scalar(k);
}

static void fill(void)
{
    const char *cap = getenv("BITSWEEP_ISA");
    struct kernels k = {.isa = NULL};
    for (size_t set = 0; set < SETS && cpu_has(set); set++) {
        fill_set(set, &k);
        tables[available++] = k;
    }
    best = available - 1;
    for (size_t i = 0; cap && i < available; i++)
        if (!strcmp(names[i], cap))
            best = i;
}

const struct kernels *kernels_best(void)
{
    pthread_once(&once, fill);
    return &tables[best];
}

size_t kernels_count(void)
{
    pthread_once(&once, fill);
    return available;
}

const struct kernels *kernels_at(size_t i)
{
    pthread_once(&once, fill);
    return &tables[i];
}

bool kernels_isa_known(const char *name, const char **allowed)
{
    *allowed = ALLOWED;
    for (size_t i = 0; i < SETS; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}
