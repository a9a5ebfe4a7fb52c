#include "sim/model/net.h"

#include <math.h>

#include "sim/base/rng.h"

enum { LAYER_TENSORS = NET_DOWN - NET_ATTN_NORM + 1 };

static void role_shape(const struct net_config *c, enum net_role role, size_t *rows, size_t *cols)
{
    size_t kv = c->kv_heads * net_head_dim(c);
    *rows = 1;
    *cols = c->dim;
    switch (role) {
    case NET_EMBEDDING:
        *rows = NET_VOCAB;
        break;
    case NET_Q:
    case NET_O:
        *rows = c->dim;
        break;
    case NET_K:
    case NET_V:
        *rows = kv;
        break;
    case NET_GATE:
    case NET_UP:
        *rows = c->hidden;
        break;
    case NET_DOWN:
        *rows = c->dim;
        *cols = c->hidden;
        break;
    case NET_ATTN_NORM:
    case NET_MLP_NORM:
    case NET_FINAL_NORM:
        break;
    }
}

size_t net_params(const struct net_config *c)
{
    return 2 + c->layers * LAYER_TENSORS;
}

struct net_param net_param_of(const struct net_config *c, enum net_role role, size_t layer)
{
    struct net_param p = {.role = role, .layer = layer};
    size_t layer_size = 0, before = 0, rows, cols;
    for (int r = NET_ATTN_NORM; r <= NET_DOWN; r++) {
        if (r == (int)role)
            before = layer_size;
        role_shape(c, (enum net_role)r, &rows, &cols);
        layer_size += rows * cols;
    }
    role_shape(c, role, &p.rows, &p.cols);
    if (role == NET_FINAL_NORM)
        p.offset = NET_VOCAB * c->dim + c->layers * layer_size;
    else if (role != NET_EMBEDDING)
        p.offset = NET_VOCAB * c->dim + layer * layer_size + before;
    return p;
}

struct net_param net_param_at(const struct net_config *c, size_t i)
{
    if (i == 0)
        return net_param_of(c, NET_EMBEDDING, 0);
    if (i == net_params(c) - 1)
        return net_param_of(c, NET_FINAL_NORM, 0);
    return net_param_of(c, (enum net_role)(NET_ATTN_NORM + (i - 1) % LAYER_TENSORS), (i - 1) / LAYER_TENSORS);
}

size_t net_size(const struct net_config *c)
{
    struct net_param last = net_param_of(c, NET_FINAL_NORM, 0);
    return last.offset + last.cols;
}

/* Uniform numbers, since a normal distribution would need libm, whose last bit depends on the machine. */
void net_init(const struct net_config *c, uint64_t seed, float *params)
{
    for (size_t i = 0; i < net_params(c); i++) {
        struct net_param p = net_param_at(c, i);
        double deviation = 1 / sqrt((double)p.cols);
        /* The 2 * layers branches that add to the residual stream: together as large as one. */
        if (p.role == NET_O || p.role == NET_DOWN)
            deviation /= sqrt(2.0 * (double)c->layers);
        if (p.role == NET_EMBEDDING)
            deviation = 0.05;
        for (size_t j = 0; j < p.rows * p.cols; j++) {
            /* A uniform number on (-1, 1) has deviation 1/sqrt(3). */
            double u = ((double)rng_u32(seed, i, j) + 0.5) * 0x1p-31 - 1;
            params[p.offset + j] = p.rows == 1 ? 1.0F : (float)(u * sqrt(3.0) * deviation);
        }
    }
}
