/* The loops that kernels are measured against: every length to 300 elements, up to a guard page. */
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

#include "sim/kernels/kernels.h"
#include "tests/room.h"

enum { MOST = 300 };

static void fill(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i % 97) - 31; /* sums of so few are exact in any order */
}

static void limits(void **state)
{
    (void)state;
    struct room from = room_open(MOST), to = room_open(MOST);
    size_t elements = 0;
    for (size_t set = 0; set < kernels_count(); set++)
        for (size_t n = 0; n < MOST; n++, elements += n) {
            const struct kernels *k = kernels_at(set);
            float *x = from.end - n, *y = to.end - n, sum = 0;
            fill(x, n);
            memset(y, 0, n * sizeof *y);
            y[-1] = -7;
            for (size_t i = 0; i < n; i++)
                sum += x[i];
            assert_true(k->read(x, n) == sum);
            k->copy(x, y, n);
            assert_memory_equal(x, y, n * sizeof *x);
            k->add(y, n, 5);
            for (size_t i = 0; i < n; i++)
                assert_true(y[i] == x[i] + 5);
            assert_true(y[-1] == -7);
        }
    room_close(&from);
    room_close(&to);
    printf("# covered limits: %zu sets, %zu elements\n", kernels_count(), elements);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits)};
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
