#!/bin/sh
# bitsweep diff of two runs, and gc: what they find and leave, against counts by SQL.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 1 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: compared
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
sweep: {grid: {format: [e2m1, e4m3, int8], block: [8, 16]}}
YAML
db=$dir/r.db
"$BITSWEEP" run "$dir/s.yaml" --db "$db" -q || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$db" -q --set seed=5 || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$db" -q --set 'sweep.grid.format=[e2m1,e4m3,int4]' --tag who=me || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/other.db" -q || exit 1

expect 0 '6 cells and 12 metrics in both: 0 differ; 0 cells in a alone, 0 in b alone; 0 metrics of cells in both in one alone; 0 settings differ' "$BITSWEEP" diff 1 "$dir/other.db:1" --db "$db"
expect 0 'setting,study: seed,0,5' "$BITSWEEP" diff 1 2 --db "$db" --format csv
expect 1 '4 cells and 8 metrics in both: 0 differ; 2 cells in a alone, 2 in b alone; .*; 2 settings differ' "$BITSWEEP" diff 1 3 --db "$db"
expect 1 'only b,.*int4' "$BITSWEEP" diff 1 3 --db "$db" --format csv
expect 1 'setting,tag: who,,me' "$BITSWEEP" diff 1 3 --db "$db" --format csv

# a thousandth more in one metric of one cell, a NaN in another, a failure
cp "$dir/other.db" "$dir/b.db"
sqlite3 "$dir/b.db" "UPDATE value SET v = v * 1.001, bits = bits + 4503599627370 WHERE cell_id = 2 AND metric_id = (SELECT
 metric_id FROM metric WHERE name = 'mse')"
expect 1 '12 metrics in both: 1 differ' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db"
expect 1 '^mse,.*,0\.000[4-9]' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --format csv
expect 0 '0 differ' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --tolerance 0.01
expect 1 '1 differ' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --tolerance 1e-4
expect 0 '6 metrics in both: 0 differ' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --metric 'sqnr*'
sqlite3 "$dir/b.db" "UPDATE value SET v = NULL, class = 'nan', bits = 9221120237041090560 WHERE cell_id = 3 AND metric_id = 1;
 UPDATE cell SET status = 'failed', error = 'x' WHERE cell_id = 4"
expect 1 ',inf$' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --tolerance 0.5 --format csv
expect 1 '^status,.*,done,failed' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --tolerance 0.5 --format csv
expect 0 '0 differ' "$BITSWEEP" diff "$dir/b.db:1" "$dir/b.db:1"
expect 2 'no run 9' "$BITSWEEP" diff 1 9 --db "$db"
expect 69 'no database here' "$BITSWEEP" diff 1 "$dir/none.db:1" --db "$db"
expect 64 'are compared by' "$BITSWEEP" diff 1 2 --matrix
expect 64 'go with two runs' "$BITSWEEP" diff e4m3 e5m2 "$dir/x.npy" --tolerance 1

# equal member names in two dumps, in another order; a tensor with a further name
"$BITSWEEP" synth gaussian --rows 4 --columns 40 --seed 7 -o "$dir/y.npy" && cp "$dir/y.npy" "$dir/a.npy" || exit 1
two="sweep.grid={format: [int8], block: [8]}"
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/1.db" -q --set "$two" --set "inputs=[{dump: $dir/x.npy}, {dump: $dir/y.npy}]" || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/2.db" -q --set "$two" --set "inputs=[{dump: $dir/y.npy}, {dump: $dir/x.npy}, {dump: $dir/a.npy}]" || exit 1
expect 0 '2 cells and 4 metrics in both: 0 differ; 0 cells in a alone, 0 in b alone' "$BITSWEEP" diff "$dir/1.db:1" "$dir/2.db:1"

# a tensor of the same name and member that one run alone has
mkdir "$dir/d" && cp "$dir/y.npy" "$dir/d/x.npy" || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/3.db" -q --set "$two" --set "inputs=[{dump: $dir/x.npy}, {dump: $dir/d/x.npy}]" || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/3.db" -q --set "$two" --set "inputs=[{dump: $dir/d/x.npy}]" || exit 1
expect 1 '^1 cells and 2 metrics in both: 0 differ; 1 cells in a alone, 0 in b alone; 0 metrics' "$BITSWEEP" diff 1 2 --db "$dir/3.db"

# changed SQL: what is done to a copy; then b.db:1 is compared
changed()
{
    cp "$dir/other.db" "$dir/b.db"
    sqlite3 "$dir/b.db" "$1" || report 1 "$1"
}
mse="cell_id = 2 AND metric_id = (SELECT metric_id FROM metric WHERE name = 'mse')"
# a metric that one alone has; 0 and -0; NaN of two bit patterns
changed "DELETE FROM value WHERE $mse"
expect 1 '^mse,.*,absent,$' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db" --format csv
expect 1 '^6 cells and 11 metrics in both: 0 differ; .*; 1 metrics' "$BITSWEEP" diff "$dir/b.db:1" 1 --db "$db"
expect 0 '' "$BITSWEEP" diff "$dir/b.db:1" 1 --db "$db" --metric 'sqnr*'
changed "UPDATE value SET v = 0, class = '-0', bits = -9223372036854775808 WHERE $mse"
cp "$dir/b.db" "$dir/c.db"
sqlite3 "$dir/c.db" "UPDATE value SET class = 'finite', bits = 0 WHERE $mse"
expect 1 '^mse,.*,-0,0,0$' "$BITSWEEP" diff "$dir/b.db:1" "$dir/c.db:1" --format csv
expect 0 '' "$BITSWEEP" diff "$dir/b.db:1" "$dir/c.db:1" --tolerance 1e-9
sqlite3 "$dir/b.db" "UPDATE value SET v = NULL, class = 'nan', bits = 9221120237041090560 WHERE $mse"
sqlite3 "$dir/c.db" "UPDATE value SET v = NULL, class = 'nan', bits = 9221120237041090561 WHERE $mse"
expect 1 '^mse,.*,nan 7ff8000000000000,nan 7ff8000000000001,0$' "$BITSWEEP" diff "$dir/b.db:1" "$dir/c.db:1" --format csv
# a result that a later run replaced
changed "UPDATE cell SET result_hash = '00' WHERE cell_id = 2"
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/b.db" -q --force 2>/dev/null
expect 1 '^replaced,.*,replaced by run 2,done,$' "$BITSWEEP" diff 1 2 --db "$dir/b.db" --format csv
expect 1 '10 metrics in both: 1 differ' "$BITSWEEP" diff 1 2 --db "$dir/b.db"
expect 1 '^replaced,.*,replaced by run 2,done,$' "$BITSWEEP" diff "$dir/b.db:1" 1 --db "$db" --format csv
expect 0 '' "$BITSWEEP" diff "$dir/b.db:2" 1 --db "$db"
expect 0 '' "$BITSWEEP" diff 1 1 --db "$dir/b.db"

# a line break in the name of a tensor
header='{"a\nb":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}'
printf "\\$(printf %o ${#header})\0\0\0\0\0\0\0%sAAAABBBBAAAACCCC" "$header" >"$dir/nl.safetensors"
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/nl.db" -q --set "inputs=[{dump: $dir/nl.safetensors}]" || exit 1
expect 0 '^6 cells and 12 metrics in both: 0 differ' "$BITSWEEP" diff 1 1 --db "$dir/nl.db"

# gc
ask()
{
    sqlite3 "$dir/g.db" "$1"
}
cp "$db" "$dir/g.db"
expect 0 'cells,0' "$BITSWEEP" gc --db "$dir/g.db" --format csv
[ "$(ask 'SELECT count(*) FROM cell')" -eq 8 ]
report $? 'gc leaves what is of use'
# a failed cell, cells of older semantics, of bytes that a name had before; a run without cells
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/g.db" -q --set 'sweep.grid.format=["int8,per=channel,axis=head"]' --set 'sweep.grid.block=[none]' >/dev/null 2>&1
ask "UPDATE cell SET params = json_set(params, '\$.semantics', 1) WHERE cell_id IN (1, 2)"
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 2 -o "$dir/x.npy" || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/g.db" -q || exit 1
before=$(ask 'SELECT group_concat(cell_sha256) FROM cell')
expect 0 'cells,1$' "$BITSWEEP" gc --db "$dir/g.db" --dry-run --failed --format csv
expect 0 'cells,2$' "$BITSWEEP" gc --db "$dir/g.db" --dry-run --superseded --format csv
expect 0 'cells,9$' "$BITSWEEP" gc --db "$dir/g.db" --dry-run --changed --format csv
[ "$before" = "$(ask 'SELECT group_concat(cell_sha256) FROM cell')" ]
report $? 'a dry run changes nothing'
cp "$dir/g.db" "$dir/older.db"
sqlite3 "$dir/older.db" 'PRAGMA user_version = 5'
cp "$dir/older.db" "$dir/older.copy"
expect 2 'older.db: schema version 5, and counting needs version 6; bitsweep gc without --dry-run' "$BITSWEEP" gc --db "$dir/older.db" --dry-run
same "$dir/older.db" "$dir/older.copy" 'nor does it bring an older file up to date'
expect 0 'cells,1$' "$BITSWEEP" gc --db "$dir/g.db" --failed --format csv
expect 0 'cells,2$' "$BITSWEEP" gc --db "$dir/g.db" --superseded --format csv
expect 0 'tensors,1$' "$BITSWEEP" gc --db "$dir/g.db" --changed --format csv
# what a name means now stays known when its cells go
cp "$dir/g.db" "$dir/h.db"
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 3 -o "$dir/x.npy" || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/h.db" -q 2>/dev/null || exit 1
sqlite3 "$dir/h.db" "UPDATE cell SET status = 'failed', error = 'x' WHERE run_id = (SELECT max(run_id) FROM run)"
expect 0 'cells,6$' "$BITSWEEP" gc --db "$dir/h.db" --failed --format csv
[ "$(sqlite3 "$dir/h.db" 'SELECT count(*) FROM v_scheme')" -eq 0 ]
report $? 'bytes that a name meant before do not come back'
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 2 -o "$dir/x.npy" || exit 1
[ "$(ask 'SELECT count(*) FROM cell')" -eq 6 ] && [ "$(ask 'SELECT count(*) FROM v_cell')" -eq 6 ]
report $? 'six cells of the bytes of now are left'
expect 0 'runs,4$' "$BITSWEEP" gc --db "$dir/g.db" --empty-runs --format csv
[ "$(ask 'SELECT count(*) FROM run')$(ask 'PRAGMA integrity_check')$(ask 'PRAGMA foreign_key_check')" = 1ok ]
report $? 'what is left is sound'
expect 0 '' "$BITSWEEP" doctor --db "$dir/g.db"
expect 69 'no database here' "$BITSWEEP" gc --db "$dir/none.db"
[ ! -e "$dir/none.db" ]
report $? 'gc makes no database'

finish
