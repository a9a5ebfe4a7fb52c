#!/bin/sh
# The time that `bitsweep plan` says against that of `bitsweep run`, study by study, on this machine: a table, no
# judgement, since other programs may be at work. STUDIES narrows it: names of experiments/*.yaml.
BITSWEEP=${BITSWEEP:-build/release/bitsweep}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
# seconds of "about 850 ms", "12.3 s", "4 min 5 s", "3 h 7 min"
seconds()
{
    sed -n 's/.*, about \(.*\) with [0-9]* jobs.*/\1/p' | awk '{
        t = 0
        for (i = 1; i < NF; i += 2)
            t += $i * ($(i + 1) == "ms" ? 0.001 : $(i + 1) == "min" ? 60 : $(i + 1) == "h" ? 3600 : 1)
        print t}'
}
printf '%-20s %8s %9s %9s %9s\n' study cells plan_s run_s ratio
for s in ${STUDIES:-quickstart cost outputs allocation theory paper-accumulators paper-caches paper-faults paper-lmul paper-methods paper-mx
    paper-outliers paper-scale-search}; do
    said=$("$BITSWEEP" plan "experiments/$s.yaml" --db "$dir/$s.db" | seconds)
    start=$(date +%s%N)
    "$BITSWEEP" run "experiments/$s.yaml" --db "$dir/$s.db" --quiet || echo "# $s: exit status $?"
    took=$((($(date +%s%N) - start) / 1000000))
    cells=$("$BITSWEEP" query 'SELECT count(*) FROM cell' --db "$dir/$s.db" --format tsv | tail -n 1)
    awk -v s="$s" -v n="$cells" -v a="$said" -v b="$took" \
        'BEGIN {printf "%-20s %8d %9.2f %9.2f %9.2f\n", s, n, a, b / 1000, 1000 * a / b}'
done
