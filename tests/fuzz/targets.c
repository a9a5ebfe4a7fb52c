/* The registry of targets, and what they share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

static const struct fuzz_target targets[] = {
#define TARGET(name) {#name, fuzz_##name},
#include "tests/fuzz/targets.def"
#undef TARGET
};

size_t fuzz_target_count(void)
{
    return sizeof targets / sizeof *targets;
}

const struct fuzz_target *fuzz_target_at(size_t i)
{
    return &targets[i];
}

void fuzz_require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = size ? strndup((const char *)data, size) : strdup("");
    fuzz_require(text != NULL, "memory");
    return text;
}

static bool all;

void fuzz_try_all(void)
{
    all = true;
}

bool fuzz_seldom(const uint8_t *data, size_t size, unsigned n)
{
    uint32_t sum = 0;
    if (all)
        return true;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + data[i];
    return (sum ^ sum >> 16) % n == 0;
}

char *fuzz_line(char **rest)
{
    return strsep(rest, "\n");
}
