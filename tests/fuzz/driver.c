/* libFuzzer's program: under the name fuzz_NAME it is the target NAME. */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    const char *name = strrchr((*argv)[0], '/') ? strrchr((*argv)[0], '/') + 1 : (*argv)[0];
    for (size_t i = 0; i < fuzz_target_count(); i++)
        if (!strncmp(name, "fuzz_", 5) && !strcmp(name + 5, fuzz_target_at(i)->name))
            target = fuzz_target_at(i);
    if (!target) {
        fprintf(stderr, "%s: not the name of a fuzz target\n", name);
        exit(64);
    }
    gsl_set_error_handler_off();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    target->run(data, size);
    return 0;
}
