#include "experiments/progress.h"
#include "sim/base/clock.h"
#include "sim/base/strbuf.h"

#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

/* Seconds between two lines. */
#define LIVE_PERIOD 0.2
#define LOG_PERIOD  10.0

void progress_duration(double seconds, char out[static 32])
{
    if (seconds < 1)
        snprintf(out, 32, "%.0f ms", seconds * 1e3);
    else if (seconds < 120)
        snprintf(out, 32, "%.1f s", seconds);
    else if (seconds < 7200)
        snprintf(out, 32, "%d min %d s", (int)(seconds / 60), (int)seconds % 60);
    else if (seconds < 1e9)
        snprintf(out, 32, "%ld h %ld min", (long)(seconds / 3600), (long)(seconds / 60) % 60);
    else
        snprintf(out, 32, "unknown");
}

static void scaled(double value, double base, const char *const *units, size_t n, char out[static 32])
{
    size_t i = 0;
    while (value >= base && i + 1 < n) {
        value /= base;
        i++;
    }
    snprintf(out, 32, i ? "%.3g %s" : "%.4g %s", value, units[i]);
}

void progress_count(double count, char out[static 32])
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    scaled(count, 1000, units, sizeof units / sizeof *units, out);
}

void progress_bytes(double bytes, char out[static 32])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    scaled(bytes, 1024, units, sizeof units / sizeof *units, out);
}

void progress_elements(struct progress *p, uint64_t n)
{
    p->elements += n;
    progress_show(p);
}

void progress_cell(struct progress *p, bool failed)
{
    p->cells++;
    p->failed += failed;
    progress_show(p);
}

/* Columns for a line that is rewritten: a line that the terminal wraps could not be. The last column stays
 * free, since some terminals wrap there already. */
static int room(FILE *out)
{
    struct winsize size;
    bool known = ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
    return known ? size.ws_col - 1 : INT_MAX;
}

/* Bytes of a text for so many columns, no character in part. Where all of it has fewer bytes, all. */
static int fitting(const char *text, int columns)
{
    int n = (int)strnlen(text, (size_t)columns);
    while (n && ((unsigned char)text[n] & 0xC0) == 0x80)
        n--;
    return n;
}

/* Names of tensors are what files say. */
static void shown(struct strbuf *b, const char *line)
{
    *b = (struct strbuf){0};
    strbuf_add_shown(b, line, "");
}

static void print(const struct progress *p, double elapsed)
{
    double rate = elapsed > 0 ? (double)p->elements / elapsed : 0;
    double left = rate > 0 ? (double)(p->total_elements - p->elements) / rate : 1e9;
    char eta[32], elements[32], failed[32] = "", current[PROGRESS_CURRENT] = "", line[512];
    progress_duration(left, eta);
    progress_count(rate, elements);
    if (p->current)
        p->current(p->context, current);
    if (p->failed)
        snprintf(failed, sizeof failed, ", %zu failed", p->failed);
    snprintf(line, sizeof line, "%zu/%zu cells (%d%%)%s, %.1f cells/s, %selements/s, ETA %s%s%s", p->cells,
             p->total_cells, (int)(100.0 * (double)p->cells / (double)p->total_cells), failed,
             elapsed > 0 ? (double)p->cells / elapsed : 0, elements, eta, *current ? ": " : "", current);
    struct strbuf b;
    shown(&b, line);
    if (p->live && b.text)
        fprintf(p->out, "\r%.*s\033[K", fitting(b.text, room(p->out)), b.text);
    else if (b.text)
        fprintf(p->out, "%s\n", b.text);
    strbuf_free(&b);
    fflush(p->out);
}

void progress_start(struct progress *p)
{
    p->started = p->shown = clock_seconds();
    if (p->out && p->live && p->total_cells)
        print(p, 0);
}

void progress_show(struct progress *p)
{
    if (!p->out || !p->total_cells)
        return;
    double now = clock_seconds();
    if (now - p->shown < (p->live ? LIVE_PERIOD : LOG_PERIOD))
        return;
    p->shown = now;
    print(p, now - p->started);
}

void progress_line(struct progress *p, const char *text)
{
    if (!p->out)
        return;
    struct strbuf b;
    shown(&b, text);
    fprintf(p->out, "%s%s\n", p->live ? "\r\033[K" : "", b.text ? b.text : "");
    strbuf_free(&b);
    if (!p->live)
        return;
    print(p, clock_seconds() - p->started);
    p->shown = clock_seconds();
}

double progress_end(struct progress *p)
{
    if (p->out && p->live) {
        fputs("\r\033[K", p->out);
        fflush(p->out);
    }
    return clock_seconds() - p->started;
}
