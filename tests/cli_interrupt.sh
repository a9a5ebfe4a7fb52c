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

# Large enough, on this machine, that a run by far outlasts the first commit, a second after its start.
n=256 ms=0
while [ $ms -lt 3500 ]; do
    "$BITSWEEP" synth gaussian --rows $n --columns $n -o "$dir/x.npy" || exit 1
    rm -f "$dir/whole.db"
    start=$(date +%s%N)
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/whole.db" --jobs 1 >/dev/null 2>"$dir/err" || exit 1
    ms=$((($(date +%s%N) - start) / 1000000))
    # to 5 seconds by what this one took, at least a third more
    n=$(awk -v n=$n -v ms=$((ms + 1)) 'BEGIN {f = sqrt(5000 / ms); print int(n * (f < 4 / 3 ? 4 / 3 : f))}')
done
grep -q '96 computed' "$dir/err"
report $? 'the whole run'
show "$dir/whole.db" >"$dir/whole.csv"
[ "$(wc -l <"$dir/whole.csv")" -eq 193 ]
report $? 'the whole run: 96 cells of two metrics'

# SIGINT
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/int.db" --jobs 1 2>"$dir/err" >"$dir/out" &
pid=$!
wait_for_cell "$dir/int.db"
report $? 'cells appear while the run goes on'
kill -INT $pid
wait $pid
rc=$?
[ $rc -eq 130 ] || { echo "# exit status $rc"; cat "$dir/err"; }
[ $rc -eq 130 ]
report $? 'SIGINT: exit status 130'
grep -q 'not reached (the same command goes on)' "$dir/err"
report $? 'says what was not reached'
expect 0 'interrupted' "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/int.db"
[ ! -e "$dir/int.db-wal" ]
report $? 'one file, no log beside it'
expect 0 '[1-9][0-9]* computed, [1-9][0-9]* cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/int.db"
show "$dir/int.db" >"$dir/int.csv"
same "$dir/whole.csv" "$dir/int.csv" 'resumed after SIGINT: the same results'

# kill -9
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/kill.db" --jobs 1 2>/dev/null >/dev/null &
pid=$!
wait_for_cell "$dir/kill.db"
kill -KILL $pid
wait $pid 2>/dev/null
[ $? -eq 137 ]
report $? 'killed'
expect 0 'running' "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/kill.db"
expect 0 '[1-9][0-9]* computed, [1-9][0-9]* cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/kill.db"
show "$dir/kill.db" >"$dir/kill.csv"
same "$dir/whole.csv" "$dir/kill.csv" 'resumed after kill -9: the same results'

# SIGTERM drains like SIGINT, by the same lines
if [ $watched -eq 0 ]; then
    "$BITSWEEP" run "$dir/s.yaml" --db "$dir/term.db" --jobs 1 2>/dev/null >/dev/null &
    pid=$!
    wait_for_cell "$dir/term.db"
    kill -TERM $pid
    wait $pid
    [ $? -eq 130 ]
    report $? 'SIGTERM: exit status 130'
    expect 0 'interrupted' "$BITSWEEP" query 'SELECT status FROM run' --db "$dir/term.db"
    expect 0 '[1-9][0-9]* computed, [1-9][0-9]* cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/term.db"
    show "$dir/term.db" >"$dir/term.csv"
    same "$dir/whole.csv" "$dir/term.csv" 'resumed after SIGTERM: the same results'
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
finish
