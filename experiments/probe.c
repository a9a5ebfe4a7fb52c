#include "experiments/probe.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "experiments/rows.h"
#include "experiments/subject_read.h"
#include "sim/base/clock.h"

/* For all of it, and for one cell of the first round. */
#define ALL_SECONDS   6.0
#define FIRST_SECONDS 0.4
#define TWICE_SECONDS 0.05
/* What has not ended after t takes 2 t: as likely more as less, where nothing else is known. */
#define CUT_FACTOR 2.0

double probe_work(const struct plan *p, size_t subject)
{
    const struct subject *s = &p->subjects[subject].facts;
    if (!p->subjects[subject].dump) /* of analyses */
        return 1;
    if (s->site)
        return (double)s->site->rows * (double)s->site->columns * (double)s->site->inner;
    if (s->attention) {
        const struct attention_shape *a = &s->attention->shape;
        return (double)a->queries * (double)a->keys * (double)(a->heads * a->dim);
    }
    return (double)s->n;
}

/* A cell to measure. */
struct item {
    size_t cell;         /* of plan->todo */
    double weight;       /* what it stands for */
    double seconds;      /* < 0: not measured */
    bool cut;            /* it did not end: seconds are a guess */
    struct item *before; /* that of the first round which it takes up, or NULL */
};

/* What a process says when it begins an item (seconds < 0) and when it has done it. */
struct word {
    size_t item;
    double seconds, subject, elapsed; /* of the processor; elapsed: of the clock */
};

struct worker {
    pid_t pid; /* 0: none */
    int in;
    size_t next, current; /* items; current SIZE_MAX: none is under way */
    double since;         /* seconds of its processor time when it last said something */
};

struct prober {
    const struct plan *plan;
    const struct run_options *o;
    struct item *items;
    size_t n, jobs;
    struct probe *out;
    double processor, elapsed; /* of all that was measured */
};

/* --- in a process of its own --- */

static double processor_seconds(clockid_t id)
{
    struct timespec t = {0, 0};
    clock_gettime(id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Replaces the subject. What takes no time is read twice: the first reading in a new process pays for its
 * pages. */
static bool load(const struct plan *p, size_t i, struct subject *out, double *seconds)
{
    const struct plan_subject *from = &p->subjects[i];
    enum status s = STATUS_OK;
    for (int k = 0; k < 2 && !s; k++) {
        const double start = processor_seconds(CLOCK_PROCESS_CPUTIME_ID);
        subject_free(out);
        *out = (struct subject){0};
        s = subject_read_site(from->dump, &from->place, out, NULL);
        *seconds = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        if (*seconds > TWICE_SECONDS)
            break;
    }
    return !s;
}

static void compute(const struct prober *b, int out, size_t first)
{
    const struct plan *p = b->plan;
    struct subject subject = {0};
    size_t held = SIZE_MAX;
    for (size_t i = first; i < b->n; i += b->jobs) {
        struct plan_cell cell = p->todo[b->items[i].cell];
        struct word w = {.item = i, .seconds = -1};
        if (write(out, &w, sizeof w) != sizeof w)
            return;
        struct outcome *o = outcome_alloc(p->config);
        if (!o || (held != cell.subject && !load(p, cell.subject, &subject, &w.subject)))
            return;
        held = cell.subject;
        struct cell_request r = plan_request(p, &cell, &subject);
        struct cell_result result = outcome_result(o);
        struct cell_job job = {.request = &r, .result = &result};
        const double start = processor_seconds(CLOCK_PROCESS_CPUTIME_ID), clock = clock_seconds();
        if (pipeline_cells(&job, 1, NULL, NULL))
            return;
        w.seconds = processor_seconds(CLOCK_PROCESS_CPUTIME_ID) - start;
        w.elapsed = clock_seconds() - clock;
        if (write(out, &w, sizeof w) != sizeof w)
            return;
        outcome_free(o);
    }
}

/* --- here --- */

/* What the process has had of the processor. */
static double spent(const struct worker *w)
{
    clockid_t id;
    return clock_getcpuclockid(w->pid, &id) ? 0 : processor_seconds(id);
}

static enum status start(struct prober *b, struct worker *w, struct error *e)
{
    int ends[2];
    if (w->next >= b->n)
        return STATUS_OK;
    if (pipe(ends))
        return error_set(e, STATUS_INTERNAL, "pipe: %s", strerror(errno));
    const pid_t parent = getpid();
    w->pid = fork();
    if (w->pid == 0) {
        close(ends[0]);
        signal(SIGPIPE, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
        signal(SIGINT, SIG_IGN);                                     /* the parent ends it */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent) /* also where the parent is killed */
            _exit(1);
        compute(b, ends[1], w->next);
        _exit(0);
    }
    close(ends[1]);
    w->in = ends[0];
    w->current = SIZE_MAX;
    w->since = 0;
    if (w->pid < 0) {
        w->pid = 0;
        close(ends[0]);
        return error_set(e, STATUS_INTERNAL, "fork: %s", strerror(errno));
    }
    return STATUS_OK;
}

static void stop(struct worker *w)
{
    if (!w->pid)
        return;
    kill(w->pid, SIGKILL);
    while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    close(w->in);
    w->pid = 0;
}

/* False when the process has ended. */
static bool hear(struct prober *b, struct worker *w)
{
    struct word said;
    if (read(w->in, &said, sizeof said) != sizeof said)
        return false;
    w->since = spent(w);
    w->current = said.seconds < 0 ? said.item : SIZE_MAX;
    w->next = said.item + b->jobs;
    if (said.seconds >= 0) {
        b->items[said.item].seconds = said.seconds;
        b->processor += said.seconds;
        b->elapsed += said.elapsed;
        if (said.subject > 0) {
            const double work = probe_work(b->plan, b->plan->todo[b->items[said.item].cell].subject);
            b->out->loads[b->out->n_loads++] = (struct estimate_point){{0, work}, said.subject};
        }
    }
    return true;
}

/* The item under way has no end. */
static void cut(struct prober *b, struct worker *w)
{
    if (w->current == SIZE_MAX)
        return;
    b->items[w->current].seconds = CUT_FACTOR * fmax(spent(w) - w->since, 0);
    b->items[w->current].cut = true;
}

static enum status look_after(struct prober *b, struct worker *w, bool ready, double limit, double end,
                              struct error *e)
{
    if (!w->pid)
        return STATUS_OK;
    bool alive = !ready || hear(b, w);
    const double now = clock_seconds();
    const bool late = now > end || (w->current != SIZE_MAX && spent(w) - w->since > limit);
    if (alive && !late)
        return STATUS_OK;
    if (late)
        cut(b, w);
    stop(w);
    return now > end ? STATUS_OK : start(b, w, e);
}

/* Measures the items that are listed. */
static enum status measure(struct prober *b, double limit, double end, struct error *e)
{
    struct worker *workers = calloc(b->jobs, sizeof *workers);
    struct pollfd *ready = calloc(b->jobs, sizeof *ready);
    enum status s = workers && ready ? STATUS_OK : error_set(e, STATUS_INTERNAL, "out of memory");
    for (size_t k = 0; !s && k < b->jobs; k++) {
        workers[k].next = k;
        s = start(b, &workers[k], e);
    }
    for (bool alive = true; !s && alive;) {
        alive = false;
        for (size_t k = 0; k < b->jobs; k++) {
            ready[k] = (struct pollfd){workers[k].pid ? workers[k].in : -1, POLLIN, 0};
            alive = alive || workers[k].pid;
        }
        if (alive && poll(ready, (nfds_t)b->jobs, 20) < 0 && errno != EINTR)
            s = error_set(e, STATUS_INTERNAL, "poll: %s", strerror(errno));
        if (b->o->stop && atomic_load(b->o->stop))
            s = error_set(e, STATUS_INTERRUPTED, "interrupted");
        for (size_t k = 0; !s && k < b->jobs; k++)
            s = look_after(b, &workers[k], ready[k].revents != 0, limit, end, e);
    }
    for (size_t k = 0; workers && k < b->jobs; k++)
        stop(&workers[k]);
    free(workers);
    free(ready);
    return s;
}

/* --- which --- */

/* The cells of a scheme: the one on the smallest and on the largest subject, and the work of all. */
struct extent {
    size_t least, most; /* of plan->todo */
    double work;
    size_t n;
};

static void find_extents(const struct plan *p, struct extent *x)
{
    for (size_t i = 0; i < p->n_todo; i++) {
        struct extent *s = &x[p->todo[i].scheme];
        const double work = probe_work(p, p->todo[i].subject);
        if (!s->n || work < probe_work(p, p->todo[s->least].subject))
            s->least = i;
        if (!s->n || work > probe_work(p, p->todo[s->most].subject))
            s->most = i;
        s->work += work;
        s->n++;
    }
}

static int heavier(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return (x->weight < y->weight) - (x->weight > y->weight);
}

/* Spread over the schemes, which stand beside those alike: the order in which fractions of the golden section
 * come. */
static void spread(struct item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const double turn = 0.6180339887498949 * (double)i;
        items[i].weight = -(turn - floor(turn));
    }
    qsort(items, n, sizeof *items, heavier);
}

/* Those that were cut have more time now; the others are measured on their largest subjects. */
static void second_round(struct prober *b, const struct extent *x, struct prober *again)
{
    const struct plan *p = b->plan;
    for (size_t i = 0; i < b->n; i++) {
        struct item *first = &b->items[i];
        const struct extent *s = &x[p->todo[first->cell].scheme];
        const double work = probe_work(p, p->todo[first->cell].subject);
        if (first->seconds < 0 || (!first->cut && probe_work(p, p->todo[s->most].subject) <= work))
            continue;
        again->items[again->n++] = (struct item){.cell = first->cut ? first->cell : s->most,
                                                 .weight = first->seconds * s->work / fmax(work, 1),
                                                 .seconds = -1,
                                                 .before = first->cut ? first : NULL};
    }
    qsort(again->items, again->n, sizeof *again->items, heavier);
}

/* Cut cells that were not reached again are taken to be as long as those that were. */
static void take_up(struct prober *again)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < again->n; i++)
        if (again->items[i].before && again->items[i].seconds >= 0) {
            sum += again->items[i].seconds;
            n++;
        }
    for (size_t i = 0; i < again->n; i++) {
        struct item *item = &again->items[i];
        if (!item->before)
            continue;
        if (item->seconds >= 0) {
            item->before->seconds = item->seconds;
            item->before->cut = item->cut;
        } else if (n) {
            item->before->seconds = sum / (double)n;
        }
        item->seconds = -1;
    }
}

static void take_points(const struct prober *b, struct probe *out)
{
    for (size_t i = 0; i < b->n; i++) {
        const struct item *item = &b->items[i];
        if (item->seconds < 0)
            continue;
        const struct plan_cell *c = &b->plan->todo[item->cell];
        out->points[out->n++] =
            (struct estimate_point){{c->scheme, probe_work(b->plan, c->subject)}, item->seconds};
        out->cut += item->cut;
    }
}

enum status probe_cells(const struct plan *p, const bool *wanted, const struct run_options *o,
                        struct probe *out, struct error *e)
{
    const size_t n = p->config->n_schemes;
    const double end = clock_seconds() + ALL_SECONDS;
    struct prober b = {.plan = p, .o = o, .jobs = (size_t)o->jobs, .out = out}, again = b;
    struct extent *x = calloc(n + 1, sizeof *x);
    b.items = calloc(n + 1, sizeof *b.items);
    again.items = calloc(n + 1, sizeof *again.items);
    *out = (struct probe){.points = calloc(2 * n + 1, sizeof *out->points),
                          .loads = calloc(2 * n + 1, sizeof *out->loads)};
    enum status s = x && b.items && again.items && out->points && out->loads
                        ? STATUS_OK
                        : error_set(e, STATUS_INTERNAL, "out of memory");
    if (!s) {
        find_extents(p, x);
        for (size_t i = 0; i < n; i++)
            if (x[i].n && wanted[i])
                b.items[b.n++] = (struct item){.cell = x[i].least, .seconds = -1};
        spread(b.items, b.n);
        s = measure(&b, FIRST_SECONDS, end, e);
    }
    if (!s) {
        second_round(&b, x, &again);
        s = measure(&again, ALL_SECONDS, end, e);
    }
    if (!s) {
        const double processor = b.processor + again.processor;
        out->slowdown = processor > 0 ? fmax((b.elapsed + again.elapsed) / processor, 1) : 1;
        take_up(&again);
        take_points(&b, out);
        take_points(&again, out);
    }
    free(x);
    free(b.items);
    free(again.items);
    return s;
}

void probe_free(struct probe *p)
{
    free(p->points);
    free(p->loads);
}
