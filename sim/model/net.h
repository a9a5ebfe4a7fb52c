/* The network: a decoder-only transformer in the manner of Llama (Touvron et al., arXiv:2302.13971): RMSNorm
 * (Zhang & Sennrich, arXiv:1910.07467), rotary positions (Su et al., arXiv:2104.09864), grouped-query
 * attention (Ainslie et al., arXiv:2305.13245), SwiGLU (Shazeer, arXiv:2002.05202), embedding tied to the
 * output head. One sequence of bytes at a time.
 *
 * Compiled for binary32 (_f32, which trains and records) and binary64 (_f64, in which the same code is
 * checked against finite differences). Every result is a pure function of its arguments: sums run in a fixed
 * order, and no libm function is called but sqrt, cos, sin and pow of the rotary table, and log of a loss
 * (of the loss alone: not of its gradient). */
#ifndef SIM_MODEL_NET_H
#define SIM_MODEL_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/model/isa.h"

enum { NET_VOCAB = 256 };

struct net_config {
    size_t dim, layers, heads, kv_heads, hidden; /* dim / heads is even; kv_heads divides heads */
    size_t context;                              /* most tokens of a sequence */
    double theta, eps;                           /* of the rotary angles, of RMSNorm */
};

/* The parameters are one flat array; these are its tensors in order. */
enum net_role {
    NET_EMBEDDING, /* [NET_VOCAB, dim] */
    NET_ATTN_NORM, /* [dim], and so on for every layer */
    NET_Q,
    NET_K,
    NET_V,
    NET_O,
    NET_MLP_NORM,
    NET_GATE,
    NET_UP,
    NET_DOWN,
    NET_FINAL_NORM,
};

struct net_param {
    enum net_role role;
    size_t layer;
    size_t rows, cols; /* [out, in]; a norm has one row */
    size_t offset;     /* of its first element */
};

size_t net_params(const struct net_config *c);                       /* number of tensors */
struct net_param net_param_at(const struct net_config *c, size_t i); /* tensor i */
struct net_param net_param_of(const struct net_config *c, enum net_role role, size_t layer);
size_t net_size(const struct net_config *c); /* number of parameters */
static inline size_t net_head_dim(const struct net_config *c)
{
    return c->dim / c->heads;
}

/* Sets every parameter: norms to 1, the rest uniform with the standard deviation of its role. */
void net_init(const struct net_config *c, uint64_t seed, float *params);

#define REAL    float
#define NAME(x) x##_f32
#include "sim/model/net_decl_tmpl.h"

#define REAL    double
#define NAME(x) x##_f64
#include "sim/model/net_decl_tmpl.h"

#endif
