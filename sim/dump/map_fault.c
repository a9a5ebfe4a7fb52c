/* Pages of mapped files that are gone when they are read: the file was cut, or the disk failed. The kernel
 * answers with SIGBUS. The handler puts zeros in their place and marks the map, so that the reader goes on
 * and the error is found by map_check. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/dump/reader.h"

/* Where a map lies. The handler reads `start` last written and first cleared; 0: free. */
struct map_fault {
    atomic_uintptr_t start, end;
    atomic_bool lost;
};

/* A list that only grows, so that the handler may walk it while maps come and go. */
struct faults {
    struct map_fault fault[64];
    struct faults *_Atomic next;
};

static struct faults all;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of those who write the list */
static struct sigaction before;
static uintptr_t page;

enum { FAULTS = sizeof all.fault / sizeof *all.fault };

static struct map_fault *fault_at(uintptr_t address)
{
    for (struct faults *f = &all; f; f = atomic_load(&f->next))
        for (size_t i = 0; i < FAULTS; i++) {
            uintptr_t start = atomic_load(&f->fault[i].start);
            if (start && address >= start && address < atomic_load(&f->fault[i].end))
                return &f->fault[i];
        }
    return NULL;
}

/* As if we were not there: the instruction is tried again, and ends the program. */
static void pass_on(int number, siginfo_t *info, void *context)
{
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
    else
        signal(number, SIG_DFL);
}

/* Zeros from the page on to the end of the map, which is lost as a whole: one signal, not one for every page.
 * mmap is a bare system call on Linux, and touches none of the C library's state. */
static void on_bus_error(int number, siginfo_t *info, void *context)
{
    const uintptr_t address = (uintptr_t)info->si_addr / page * page;
    struct map_fault *f = fault_at((uintptr_t)info->si_addr);
    if (f) {
        const uintptr_t end = (atomic_load(&f->end) + page - 1) / page * page;
        atomic_store(&f->lost, true);
        if (mmap((void *)address, end - address, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
            MAP_FAILED)
            return;
    }
    pass_on(number, info, context);
}

/* Asked at each map, as others may have put a handler of theirs in place of ours. With the lock. */
static void install(void)
{
    struct sigaction now, ours = {.sa_sigaction = on_bus_error, .sa_flags = (int)SA_SIGINFO | SA_RESTART};
    page = (uintptr_t)sysconf(_SC_PAGESIZE);
    sigemptyset(&ours.sa_mask);
    if (sigaction(SIGBUS, NULL, &now) != 0 ||
        ((now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_bus_error))
        return;
    before = now;
    sigaction(SIGBUS, &ours, NULL);
}

static struct map_fault *free_fault(void)
{
    struct faults *f = &all;
    for (;; f = atomic_load(&f->next)) {
        for (size_t i = 0; i < FAULTS; i++)
            if (!atomic_load(&f->fault[i].start))
                return &f->fault[i];
        if (!atomic_load(&f->next))
            atomic_store(&f->next, calloc(1, sizeof *f));
        if (!atomic_load(&f->next))
            return NULL;
    }
}

struct map_fault *map_fault_watch(const void *address, size_t size)
{
    pthread_mutex_lock(&lock);
    install();
    struct map_fault *f = free_fault();
    if (f) {
        atomic_store(&f->lost, false);
        atomic_store(&f->end, (uintptr_t)address + size);
        atomic_store(&f->start, (uintptr_t)address);
    }
    pthread_mutex_unlock(&lock);
    return f;
}

void map_fault_forget(struct map_fault *f)
{
    if (f)
        atomic_store(&f->start, 0);
}

bool map_fault_lost(const struct map_fault *f)
{
    return f && atomic_load(&f->lost);
}
