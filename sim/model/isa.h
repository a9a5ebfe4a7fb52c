/* Instruction sets that the inner loops of the network are compiled for. The bits do not depend on them. */
#ifndef SIM_MODEL_ISA_H
#define SIM_MODEL_ISA_H

enum net_isa { NET_ISA_BASE, NET_ISA_AVX2, NET_ISA_AVX512, NET_ISAS };

/* The widest that this machine has; all below it work too. */
static inline enum net_isa net_isa_best(void)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f"))
        return NET_ISA_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return NET_ISA_AVX2;
#endif
    return NET_ISA_BASE;
}

#endif
