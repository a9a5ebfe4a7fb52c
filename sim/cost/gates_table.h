/* results/synth.csv, built into the program: units of hardware as they were synthesised (sim/rtl/README.md).
 */
#ifndef SIM_COST_GATES_TABLE_H
#define SIM_COST_GATES_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "formats/format.h"

#define GATES_TEXT     128
#define GATES_ROWS_MAX 512

struct gates_row {
    char design[16];
    char format[GATES_TEXT]; /* scheme text of operand a and of what is quantized; of plain parts the bits */
    char other[GATES_TEXT];  /* of operand b; "": as a */
    char mac[GATES_TEXT];    /* MAC text; "": none */
    int lanes, register_bits, cells;
    double ge_min, ge_median, ge_max; /* gate equivalents without registers, over the seeds */
    int seeds;
    double delay;               /* of the smallest netlist, in delays of a NAND2 that drives four */
    int64_t vectors;            /* on which the smallest netlist was found equal to the emulator */
    char verilog[65], flow[65]; /* SHA-256 */
    char yosys[24], abc[64];
    bool of_formats; /* format and other are names of formats, namely a and b */
    struct format a, b;
};

/* The rows, read once. */
size_t gates_count(void);
const struct gates_row *gates_at(size_t i);
/* The row of those texts; "" where it has none. */
bool gates_find(const char *design, const char *format, const char *other, const char *mac,
                struct gates_row *out);

/* The same as text: the next row; *at is NULL before the first. False after the last, and at a line that is
 * no row. */
bool gates_next(const char **at, struct gates_row *out);
/* Whether *at has come to the table's end. */
bool gates_ended(const char *at);

/* Gate equivalents of a flip-flop, as sim/rtl/cells.lib has it: 17 sites of 3. */
#define GATES_REGISTER (17.0 / 3)

#endif
