#include "experiments/provenance.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "sim/base/pool.h"
#include "sim/kernels/kernels.h"
#include "sim/spec.h"

static void read_cpu(char *out, size_t size)
{
    snprintf(out, size, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "r");
    if (!f)
        return;
    char line[512];
    while (fgets(line, sizeof line, f)) {
        char *value = strchr(line, ':');
        if (!value || strncmp(line, "model name", strlen("model name")) != 0)
            continue;
        value += 1 + strspn(value + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(out, size, "%s", value);
        break;
    }
    fclose(f);
}

struct store_provenance provenance_get(struct host_info *host)
{
    struct utsname u;
    if (uname(&u) == 0) {
        snprintf(host->os, sizeof host->os, "%s %s %s", u.sysname, u.release, u.machine);
        snprintf(host->hostname, sizeof host->hostname, "%s", u.nodename);
    } else {
        snprintf(host->os, sizeof host->os, "unknown");
        snprintf(host->hostname, sizeof host->hostname, "unknown");
    }
    read_cpu(host->cpu, sizeof host->cpu);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return (struct store_provenance){.version = build_info.version,
                                     .git_commit = build_info.git_commit,
                                     .compiler = build_info.compiler,
                                     .libs = build_info.libs,
                                     .dirty = build_info.dirty,
                                     .semantics = SEMANTICS_VERSION,
                                     .hostname = host->hostname,
                                     .cpu = host->cpu,
                                     .os = host->os,
                                     .isa = kernels_best()->isa,
                                     .ncpu = cores > 0 ? (int)cores : pool_default_jobs()};
}
