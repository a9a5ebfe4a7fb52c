#!/bin/sh
# The golden mini-sweep, byte for byte, for one and for three threads.
set -u
echo "1..2"
n=0
for jobs in 1 3; do
    n=$((n + 1))
    if BITSWEEP_JOBS=$jobs sh tests/golden/run.sh "$BITSWEEP" | diff tests/golden/mini.csv - >"${TMPDIR:-/tmp}/golden.$$"; then
        echo "ok $n - golden mini-sweep, $jobs threads"
    else
        echo "not ok $n - golden mini-sweep, $jobs threads"
        head -n 20 "${TMPDIR:-/tmp}/golden.$$" | sed 's/^/# /'
    fi
    rm -f "${TMPDIR:-/tmp}/golden.$$"
done
