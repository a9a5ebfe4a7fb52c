/* Fuzz targets: each hands bytes to one reader of the program and requires what must hold of whatever it
 * accepts. Nothing is printed. One file, tests/fuzz/NAME.c with fuzz_NAME, and one line in targets.def each;
 * libFuzzer calls them (driver.c), and tests/test_fuzz.c on every file of tests/fuzz/corpus/NAME. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"

struct dump;

/* The bytes end where their allocation ends. */
typedef void fuzz_run(const uint8_t *data, size_t size);

#define TARGET(name) fuzz_run fuzz_##name;
#include "tests/fuzz/targets.def"
#undef TARGET

struct fuzz_target {
    const char *name;
    fuzz_run *run;
};

size_t fuzz_target_count(void);
const struct fuzz_target *fuzz_target_at(size_t i);

/* Ends the process, naming what does not hold. */
void fuzz_require(bool holds, const char *what);
/* The bytes up to a NUL as a text of its own; free it. */
char *fuzz_text(const uint8_t *data, size_t size);
/* Cuts the text up to the next newline, NULL behind the last; writes into the text. */
char *fuzz_line(char **rest);

/* Of all inputs about one in n, the same ones every time: what takes long is tried on those. */
bool fuzz_seldom(const uint8_t *data, size_t size, unsigned n);
/* From here on it is all of them. */
void fuzz_try_all(void);

enum { FUZZ_TEXT_MAX = 2048 }; /* of canonical and short texts */
/* Parses a text; writes the canonical text of what it says and, where `brief` is not NULL, the short one. */
typedef enum status fuzz_says(const char *text, char canonical[static FUZZ_TEXT_MAX], char *brief,
                              struct error *e);
/* The canonical text is a fixed point, and the short one, of one input in `seldom`, has the same canonical
 * text. */
void fuzz_canonical(fuzz_says *says, const uint8_t *data, size_t size, unsigned seldom);

/* A dump through the registry of readers: `path` has the extension. All that it lists is read. */
void fuzz_dump(const char *path, const uint8_t *data, size_t size);
void fuzz_dump_read(struct dump *d);

#endif
