#!/bin/sh
# kill -9 at random moments, spread over all of a run, of a merge and of an upgrade: the database is whole after each,
# the same command goes on, and its results are those of a run that nobody disturbed, to the bit.
# Usage: kill.sh KILLS TENSORS        moments of runs, a fifth as many of merges, and of upgrades; the study is of 145
# cells a tensor. SEED=N draws other moments.
. tests/tap.sh
kills=$1 tensors=$2
seed=${SEED:-1}

inputs=
for i in $(seq "$tensors"); do
    "$BITSWEEP" synth gaussian --rows 64 --columns 96 --seed "$i" -o "$dir/$i.npy" || exit 1
    inputs="$inputs{dump: $i.npy}, "
done
cat >"$dir/s.yaml" <<YAML
name: kill
inputs: [$inputs]
metrics: [mse, sqnr_db, codes_used]
cost: [storage, fp8_vs_int8]
sweep:
  - grid:
      format: [e2m1, e4m3, int8, int4, e3m2, "e2m3,round=sr", e5m2, "int6,quotient=divide,via=fp32"]
      block: [8, 16, 24, 32, 48, 96]
      scale: [e8m0, fp32, e4m3]
  - grid: {format: "int8,per=channel,axis=head"}
YAML
results="SELECT cell_sha256, params, scheme, label, status, error, result_hash, m.name, x.class, x.bits FROM cell c
 LEFT JOIN value x USING(cell_id) LEFT JOIN metric m USING(metric_id) ORDER BY 1, 8;
 SELECT cell_sha256, model, quantity, quote(value), unit, node_nm, accuracy, source FROM cell JOIN cost USING(cell_id)
 ORDER BY 1, 2, 3"
# Cells with part of what belongs to them.
broken="SELECT count(*) FROM cell c WHERE (status = 'done' AND ((SELECT count(*) FROM value v WHERE v.cell_id = c.cell_id)
 <> 3 OR (SELECT count(DISTINCT model) FROM cost o WHERE o.cell_id = c.cell_id) <> 2 OR result_hash IS NULL))
 OR NOT EXISTS (SELECT 1 FROM run_cell x WHERE x.cell_id = c.cell_id)"

milliseconds()
{
    echo $(($(date +%s%N) / 1000000))
}

# moments N MS: N moments in seconds, one drawn from each of N equal parts of MS milliseconds, in mixed order.
moments()
{
    awk -v n="$1" -v ms="$2" -v x="$seed" 'function draw() { x = x * 16807 % 2147483647; return x / 2147483647 }
        BEGIN { for (i = 0; i < 5; i++) draw()
                for (i = 0; i < n; i++) at[i] = (i + draw()) / n * ms / 1000
                for (i = n - 1; i > 0; i--) { j = int(draw() * (i + 1)); t = at[i]; at[i] = at[j]; at[j] = t }
                for (i = 0; i < n; i++) printf "%.4f\n", at[i] }'
}

# disturb SECONDS COMMAND...: kills the command then; 0 if it was still running.
disturb()
{
    after=$1
    shift
    (uncounted && exec "$@") >/dev/null 2>&1 &
    pid=$!
    sleep "$after"
    kill -KILL $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ $? -eq 137 ]
}

# whole DB SQL: looks at a copy, so that the program meets what the kill left. SQL prints 0.
whole()
{
    rm -f "$dir/look.db" "$dir/look.db-wal" "$dir/look.db-journal"
    [ -e "$1" ] || return 0
    for end in '' -wal -journal; do
        [ ! -e "$1$end" ] || cp "$1$end" "$dir/look.db$end" || return 1
    done
    found=$(sqlite3 "$dir/look.db" "PRAGMA integrity_check; PRAGMA foreign_key_check; SELECT count(*) FROM sqlite_schema") || return 1
    case $found in
    "ok${newline}0") return 0 ;; # killed before its schema was there
    "ok$newline"*) ;;
    *) return 1 ;;
    esac
    [ "$(sqlite3 "$dir/look.db" "$2")" = 0 ]
}

# --- runs ---

run()
{
    "$BITSWEEP" run "$dir/s.yaml" --jobs 2 --quiet --db "$@" >/dev/null 2>&1
}
start=$(milliseconds)
run "$dir/whole.db"
[ $? -eq 1 ] # the cells of an axis that is not there fail
report $? 'the whole run'
took=$(($(milliseconds) - start))
sqlite3 "$dir/whole.db" "$results" >"$dir/whole.txt"
rows=$(wc -l <"$dir/whole.txt")
[ "$rows" -eq $((1873 * tensors)) ]
report $? 'its values and costs'

unsound=0 other=0 left=0 running=0 n=0 compared=0 kept=0
for moment in $(moments "$kills" $((took * 21 / 20))); do
    n=$((n + 1))
    ! disturb "$moment" "$BITSWEEP" run "$dir/s.yaml" --jobs 2 --quiet --db "$dir/k.db" || running=$((running + 1))
    whole "$dir/k.db" "$broken" || { unsound=$((unsound + 1)); echo "# not whole: moment $n, $moment s"; }
    here=$([ ! -e "$dir/look.db" ] || sqlite3 "$dir/look.db" 'SELECT count(*) FROM cell' 2>/dev/null)
    kept=$((kept + ${here:-0}))
    [ $((n % 4)) -ne 3 ] || [ "$n" -eq "$kills" ] || continue # what is left is killed once more
    run "$dir/k.db"
    [ $? -eq 1 ] || { other=$((other + 1)); echo "# does not go on: moment $n, $moment s"; }
    sqlite3 "$dir/k.db" "$results" >"$dir/k.txt"
    compared=$((compared + rows))
    cmp -s "$dir/whole.txt" "$dir/k.txt" || { other=$((other + 1)); echo "# other results: moment $n, $moment s"; }
    whole "$dir/k.db" "$broken" || unsound=$((unsound + 1))
    [ ! -e "$dir/k.db-wal" ] || left=$((left + 1))
    rm -f "$dir"/k.db*
done
[ "$unsound" -eq 0 ]
report $? 'killed runs: the database is whole, and so are its cells'
[ "$other" -eq 0 ]
report $? 'killed runs: gone on with, the same results to the bit'
[ "$left" -eq 0 ]
report $? 'killed runs: one file in the end'
[ "$running" -gt 0 ] && [ "$kept" -gt 0 ]
report $? 'runs were killed under way, and cells found after them'
echo "# covered kills of runs: $n, of them under way $running, cells found after them $kept, rows compared $compared"

# under_way: of a few kills none may have found the command under way; of many, some have.
under_way()
{
    [ "$running" -gt 0 ] || [ "$few" -lt 5 ]
}

# --- merges: all of a file or nothing ---

few=$(((kills + 4) / 5))
for i in 0 1; do
    run "$dir/part.db" --shard $i/2
done
"$BITSWEEP" merge "$dir/parts.db" "$dir"/part.?-of-2.db >/dev/null 2>&1
sqlite3 "$dir/parts.db" "$results" >"$dir/parts.txt"
same "$dir/whole.txt" "$dir/parts.txt" 'two shards merged are the whole'
start=$(milliseconds)
cp "$dir/part.0-of-2.db" "$dir/m.db"
"$BITSWEEP" merge "$dir/m.db" "$dir/part.1-of-2.db" >/dev/null 2>&1
took=$(($(milliseconds) - start))
half=$(sqlite3 "$dir/part.0-of-2.db" 'SELECT count(*) FROM cell')
partial="SELECT count(*) NOT IN ($half, 145 * $tensors) FROM cell"
unsound=0 other=0 running=0 n=0
for moment in $(moments $few $((took * 21 / 20))); do
    n=$((n + 1))
    rm -f "$dir"/m.db*
    cp "$dir/part.0-of-2.db" "$dir/m.db"
    ! disturb "$moment" "$BITSWEEP" merge "$dir/m.db" "$dir/part.1-of-2.db" || running=$((running + 1))
    whole "$dir/m.db" "$partial" || { unsound=$((unsound + 1)); echo "# merge not whole: $moment s"; }
    "$BITSWEEP" merge "$dir/m.db" "$dir/part.1-of-2.db" >/dev/null 2>&1 || other=$((other + 1))
    sqlite3 "$dir/m.db" "$results" >"$dir/m.txt"
    cmp -s "$dir/whole.txt" "$dir/m.txt" || { other=$((other + 1)); echo "# other results of a merge: $moment s"; }
done
[ $((unsound + other)) -eq 0 ] && under_way
report $? 'killed merges: all or nothing, and all the second time'
! ls "$dir"/m.db.merge-* >/dev/null 2>&1
report $? 'killed merges: nothing stays beside the database'
echo "# covered kills of merges: $n, of them under way $running"

# --- upgrades: the old schema or the new one ---

sqlite3 "$dir/old.db" <tests/old/5.dump
cp "$dir/old.db" "$dir/new.db"
start=$(milliseconds)
"$BITSWEEP" gc --db "$dir/new.db" >/dev/null || exit 1
took=$(($(milliseconds) - start))
costs='SELECT cell_id, model, quantity, quote(value), unit, source FROM cost ORDER BY 1, 2, 3'
sqlite3 "$dir/old.db" "$costs" >"$dir/old.txt"
unsound=0 other=0 running=0 n=0
for moment in $(moments $few $((took * 21 / 20))); do
    n=$((n + 1))
    rm -f "$dir"/u.db*
    cp "$dir/old.db" "$dir/u.db"
    ! disturb "$moment" "$BITSWEEP" gc --db "$dir/u.db" || running=$((running + 1))
    whole "$dir/u.db" "SELECT (SELECT user_version FROM pragma_user_version) - 5 <>
        (SELECT count(*) FROM sqlite_schema WHERE name = 'cost_kind')" ||
        { unsound=$((unsound + 1)); echo "# upgrade not whole: $moment s"; }
    "$BITSWEEP" gc --db "$dir/u.db" >/dev/null 2>&1 || other=$((other + 1))
    sqlite3 "$dir/u.db" "$costs" >"$dir/u.txt"
    cmp -s "$dir/old.txt" "$dir/u.txt" || { other=$((other + 1)); echo "# an upgrade lost costs: $moment s"; }
done
[ $((unsound + other)) -eq 0 ] && under_way
report $? 'killed upgrades: the old schema or the new one, with all values'
echo "# covered kills of upgrades: $n, of them under way $running"
finish
