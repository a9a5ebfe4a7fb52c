/* Arithmetic as hardware: plain Verilog (IEEE 1364-2001, the synthesizable part) of what formats, schemes and
 * MAC texts mean, and the vectors of our own arithmetic that each unit is checked with.
 *
 * Units are combinational and their result is the emulator's, bit for bit, for every input; registers belong
 * to who uses them, and register_bits says how many a clocked unit keeps. The same request gives the same
 * bytes everywhere. One file and one line in sim/rtl/designs.def a unit. */
#ifndef SIM_RTL_RTL_H
#define SIM_RTL_RTL_H

#include "sim/base/status.h"
#include "sim/base/strbuf.h"
#include "sim/spec.h"

#define RTL_BITS_MAX         8  /* of element formats; */
#define RTL_PRODUCT_BITS_MAX 16 /* of floats and integers that are multiplied, without adding */
#define RTL_PORTS_MAX        12
#define RTL_NAME_MAX         200

/* What a unit is of. */
struct rtl_spec {
    struct quant_spec
        scheme;              /* element format, rounding and scales: of what is quantized, and of operand a */
    struct quant_spec other; /* of operand b */
    struct mac_spec mac;     /* the product, and how a dot unit adds */
    bool mac_given;          /* else mac is a default, and each unit of a product has a product of its own */
    uint64_t seed;           /* of vectors that are drawn */
};

/* Units of scheme a (and b as the other operand): products end in a's element under its rounding, dot units
 * add exactly; seed 0. */
enum status rtl_spec_of_scheme(const struct quant_spec *a, const struct quant_spec *b, struct rtl_spec *out,
                               struct error *e) MUST_CHECK;
/* Units of what m says, of codes of the elements of a and b. */
void rtl_spec_of_mac(const struct mac_spec *m, const struct quant_spec *a, const struct quant_spec *b,
                     struct rtl_spec *out);

struct rtl_port {
    const char *name;
    int bits;
    bool output;
};

struct rtl_ports {
    struct rtl_port port[RTL_PORTS_MAX]; /* inputs first */
    int n;
};

/* Vectors on their way to a file: fields in the order of the ports, most significant bit first, a line each
 * of hexadecimal digits as $readmemh reads them. */
struct rtl_vectors;
void rtl_put(struct rtl_vectors *v, uint64_t value, int bits); /* the next bits of the line, bits <= 64 */
void rtl_end(struct rtl_vectors *v);                           /* of the line, which must be full */

struct rtl_design {
    const char *name, *doc, *citation;
    /* Why there is no such unit of s (a clause), or NULL. The functions below are for what is not refused. */
    const char *(*refuses)(const struct rtl_spec *s);
    void (*ports)(const struct rtl_spec *s, struct rtl_ports *out);
    /* Appends the module `top` with these ports, after the modules that it is made of, whose names begin with
     * `top` and two underscores. */
    void (*emit)(const struct rtl_spec *s, const char *top, struct strbuf *out);
    /* Every input there is, where that are at most 2^17 lines; else all that matter and some that are drawn.
     */
    void (*vectors)(const struct rtl_spec *s, struct rtl_vectors *v);
    int (*register_bits)(const struct rtl_spec *s); /* NULL: none */
};

size_t rtl_design_count(void);
const struct rtl_design *rtl_design_at(size_t i);           /* in the order of designs.def; i < count */
const struct rtl_design *rtl_design_find(const char *name); /* NULL if unknown */

/* The three files of a unit, as texts. strbuf_free them, whatever became of them. */
struct rtl_texts {
    struct strbuf unit, vectors, bench;
    uint64_t lines; /* of vectors */
};
/* Of a unit whose module is `name`. STATUS_INVALID where the unit is refused or `name` is no module's,
 * STATUS_INTERNAL without memory. */
enum status rtl_texts(const struct rtl_design *d, const struct rtl_spec *s, const char *name,
                      struct rtl_texts *out, struct error *e) MUST_CHECK;
void rtl_texts_free(struct rtl_texts *t);

/* Whether a text is a module's name here: a letter or an underscore, then also digits; at most
 * RTL_NAME_MAX. */
bool rtl_is_name(const char *text);

/* NAME.v (the unit), NAME.hex (its vectors) and NAME_tb.v (a test bench that reads them, compares with !==
 * and prints "NAME: N vectors, M mismatches") into `dir`, which is made if it is not there. STATUS_INVALID
 * where the unit is refused; STATUS_IO. */
enum status rtl_write(const struct rtl_design *d, const struct rtl_spec *s, const char *name, const char *dir,
                      struct error *e) MUST_CHECK;

#endif
