#!/bin/sh
# Ctrl-C drains, a second one ends at once, kill -9 loses nothing: after resuming, the database says the same.
. tests/tap.sh

cat >"$dir/s.yaml" <<'YAML'
name: long
inputs: [{dump: x.npy}]
metrics: [mse, codes_used]
quotient: divide # by the definition, which makes each cell a task of its own
via: fp32
sweep:
  grid: {format: [e2m1, e4m3, int8, int4, e3m2, e2m3, e5m2, int6], block: [8, 16, 32, 64, 128, 256], scale: [e8m0, fp32]}
YAML
results="SELECT cell_sha256, c.scheme, result_hash, m.name, x.bits FROM cell c JOIN value x USING(cell_id)
 JOIN metric m USING(metric_id) ORDER BY 1, 4"
show()
{
    "$BITSWEEP" query "$results" --db "$1" --format csv
}
# waits until a database holds a finished cell
wait_for_cell()
{
    i=0
    while [ $i -lt 50 ]; do
        n=$("$BITSWEEP" query 'SELECT count(*) FROM cell' --db "$1" --format csv 2>/dev/null | tail -n 1)
        [ "${n:-0}" -gt 0 ] 2>/dev/null && return 0
        sleep 0.2
        i=$((i + 1))
    done
    return 1
}

# Large enough that a run by far outlasts the first commit, a second after its start: by seconds of a processor, of which
# the run has one at the most, whatever else the machine does.
spent() # the milliseconds of a processor that the programs so far took become ms
{
    times >"$dir/times"
    ms=$(awk 'NR == 2 {split($1, u, /[ms]/); split($2, s, /[ms]/)
        print int(1000 * (60 * (u[1] + s[1]) + u[2] + s[2]))}' "$dir/times")
}
n=256 took=0
while [ $took -lt 2000 ]; do
    "$BITSWEEP" synth gaussian --rows $n --columns $n -o "$dir/x.npy" || exit 1
    rm -f "$dir/whole.db"
    spent
    start=$ms
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/whole.db" --jobs 1 >/dev/null 2>"$dir/err" || exit 1
    spent
    took=$((ms - start))
    # to 3 seconds by what this one took, at least a third more
    n=$(awk -v n=$n -v ms=$((took + 1)) 'BEGIN {f = sqrt(3000 / ms); print int(n * (f < 4 / 3 ? 4 / 3 : f))}')
done
grep -q '96 computed' "$dir/err"
report $? 'the whole run'
show "$dir/whole.db" >"$dir/whole.csv"
[ "$(wc -l <"$dir/whole.csv")" -eq 193 ]
report $? 'the whole run: 96 cells of two metrics'

# interrupted NAME SIGNAL: what a run into NAME.db does at a signal once it has finished a cell; its exit status becomes rc
interrupted()
{
    ([ "$2" != KILL ] || uncounted && exec "$BITSWEEP" run "$dir/s.yaml" --db "$dir/$1.db" --jobs 1) 2>"$dir/err" >"$dir/out" &
    pid=$!
    wait_for_cell "$dir/$1.db"
    report $? "cells appear while the run goes on, before SIG$2"
    kill "-$2" $pid
    wait $pid 2>/dev/null
    rc=$?
}
# resumes NAME STATUS: it is in the database, and the same command goes on to the results of the whole run
resumes()
{
    expect 0 "$2" "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/$1.db"
    [ ! -e "$dir/$1.db-wal" ] || [ "$2" = running ]
    report $? "$1: one file, no log beside it"
    expect 0 '[1-9][0-9]* computed, [1-9][0-9]* cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/$1.db"
    show "$dir/$1.db" >"$dir/$1.csv"
    same "$dir/whole.csv" "$dir/$1.csv" "resumed after $1: the same results"
}

interrupted int INT
[ $rc -eq 130 ] || { echo "# exit status $rc"; cat "$dir/err"; }
[ $rc -eq 130 ]
report $? 'SIGINT: exit status 130'
grep -q 'not reached (the same command goes on)' "$dir/err"
report $? 'says what was not reached'
resumes int interrupted

interrupted kill KILL
[ $rc -eq 137 ]
report $? 'killed'
resumes kill running

# SIGTERM drains like SIGINT, by the same lines
if [ $watched -eq 0 ]; then
    interrupted term TERM
    [ $rc -eq 130 ]
    report $? 'SIGTERM: exit status 130'
    resumes term interrupted
fi

# The second signal does not wait for the cell under way, which is large here and taken whole; the database stays
# sound. A first signal that comes before the cell is under way ends the run by itself: then later ones are tried.
"$BITSWEEP" synth uniform --rows 4096 --columns 2048 -o "$dir/big.npy" || exit 1
printf 'name: big\ninputs: [{dump: big.npy}]\nformat: "e2m1,per=channel,axis=last,round=sr"\n' >"$dir/big.yaml"
status_of_run()
{
    "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/twice.db" --format csv 2>/dev/null | tail -n 1
}
two_signals() # FIRST SECOND: the exit status becomes rc
{
    for later in 0.1 0.4 1.5 4 10; do
        rm -f "$dir/twice.db"*
        "$BITSWEEP" run "$dir/big.yaml" --db "$dir/twice.db" --jobs 1 2>/dev/null >/dev/null &
        pid=$!
        i=0
        while [ $i -lt 400 ] && [ "$(status_of_run)" != running ]; do
            sleep 0.01
            i=$((i + 1))
        done
        sleep $later
        kill "-$1" $pid 2>/dev/null
        sleep 0.02
        kill "-$2" $pid 2>/dev/null
        wait $pid 2>/dev/null
        rc=$?
        [ "$(status_of_run)" = running ] && return
    done
}
two_signals INT INT
[ $rc -eq 130 ]
report $? 'two signals: exit status 130'
expect 0 'running' "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/twice.db"
two_signals INT TERM
[ $rc -eq 143 ]
report $? 'two signals of two kinds: the second ends it too'

# A plan that is killed takes the processes with it that measure cells for it.
(uncounted && exec "$BITSWEEP" plan "$dir/big.yaml" --db "$dir/none.db" --jobs 1) >/dev/null 2>&1 &
pid=$!
i=0 child=
while [ $i -lt 600 ] && [ -z "$child" ] && kill -0 $pid 2>/dev/null; do
    child=$(grep -lE "^PPid:[[:space:]]*$pid\$" /proc/[0-9]*/status 2>/dev/null | head -n 1)
    [ "$child" ] || sleep 0.05
    i=$((i + 1))
done
kill -KILL $pid
wait $pid 2>/dev/null
i=0
while [ $i -lt 40 ] && grep -qE '^State:[[:space:]]*[^XZ]' "${child:-/none}" 2>/dev/null; do
    sleep 0.05
    i=$((i + 1))
done
[ "$child" ] && [ $i -lt 40 ]
report $? 'a killed plan leaves no process behind'
finish
