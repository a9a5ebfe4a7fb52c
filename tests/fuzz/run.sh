#!/bin/sh
# Runs fuzz targets, one after the other, and prints a line for each: executions, rate, crashes. What crashes one is kept
# in FOLDER/NAME.found.
# Usage: run.sh FOLDER SECONDS TARGET...     FOLDER holds fuzz_TARGET
set -u
folder=$1 seconds=$2
shift 2
corpus=$(dirname "$0")/corpus dictionaries=$(dirname "$0")
export ASAN_OPTIONS="quarantine_size_mb=1:malloc_context_size=4:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
bad=0
for t in "$@"; do
    new=$folder/$t.corpus found=$folder/$t.found log=$folder/$t.log
    mkdir -p "$new" "$found"
    set -- -max_total_time="$seconds" -timeout=5 -rss_limit_mb=512 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$found/"
    [ ! -e "$dictionaries/$t.dict" ] || set -- "$@" -dict="$dictionaries/$t.dict"
    "$folder/fuzz_$t" "$@" "$new" "$corpus/$t" >"$log" 2>&1 </dev/null
    rc=$?
    n=$(find "$found" -type f | wc -l)
    awk -v t="$t" -v n="$n" '/^stat::number_of_executed_units/ {runs = $2} /^stat::average_exec_per_sec/ {rate = $2}
        END {printf "%-12s %10d executions %7d a second %3d crashes\n", t, runs, rate, n}' "$log"
    if [ $rc -ne 0 ] || [ "$n" -gt 0 ]; then
        bad=1
        tail -n 40 "$log"
        echo "$t: exit status $rc; inputs in $found; run one with $folder/fuzz_$t FILE"
    fi
done
exit $bad
