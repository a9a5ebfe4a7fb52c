/* The monotonic clock. */
#ifndef SIM_BASE_CLOCK_H
#define SIM_BASE_CLOCK_H

/* Seconds from some moment in the past. */
double clock_seconds(void);

#endif
