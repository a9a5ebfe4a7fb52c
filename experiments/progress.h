/* What a run says while it works. */
#ifndef EXPERIMENTS_PROGRESS_H
#define EXPERIMENTS_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PROGRESS_CURRENT 160

/* Zero-initialise, then set out, live and the totals. out NULL: silent. Where it is no terminal, a line comes
 * every ten seconds. */
struct progress {
    FILE *out;
    bool live; /* a terminal: one line, rewritten and cut to its width */
    /* what is under way, in short, or NULL; "" for nothing */
    void (*current)(void *context, char out[static PROGRESS_CURRENT]);
    void *context;
    size_t cells, failed, total_cells;
    uint64_t elements, total_elements; /* finished, and to do */
    double started, shown;             /* seconds of the monotonic clock */
};

/* A live line is there from now on. */
void progress_start(struct progress *p);
/* So many elements are done with. */
void progress_elements(struct progress *p, uint64_t n);
/* A cell ended, whose elements are counted by themselves. */
void progress_cell(struct progress *p, bool failed);
/* A line of its own, which stays; the live line follows it when it is time to. */
void progress_line(struct progress *p, const char *text);
/* Prints if it is time to. */
void progress_show(struct progress *p);
/* Clears the live line and returns the seconds since progress_start. */
double progress_end(struct progress *p);

/* "850 ms", "12.3 s", "4 min 5 s", "3 h 7 min". */
void progress_duration(double seconds, char out[static 32]);
/* "1.23 M" and the like, for counts; "12.0 MiB" for bytes. */
void progress_count(double count, char out[static 32]);
void progress_bytes(double bytes, char out[static 32]);

#endif
