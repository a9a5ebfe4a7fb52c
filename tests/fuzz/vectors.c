/* Conformance vectors of others. */
#include "sim/vectors/vectors.h"

#include "tests/fuzz/fuzz.h"

void fuzz_vectors(const uint8_t *data, size_t size)
{
    struct vectors_report report;
    struct error e = {{0}};
    const enum status s = vectors_check_text("x.txt", (const char *)data, size, &report, &e);
    fuzz_require(!s == !*e.text, "a message for a failure alone");
    fuzz_require(report.different <= report.lines, "no more differences than cases");
}
