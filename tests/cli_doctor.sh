#!/bin/sh
# bitsweep doctor: a sound database; and everything that can be wrong with one, made wrong.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 1 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: sound
inputs: [{dump: x.npy}]
sweep: {grid: {format: [e2m1, e4m3, int8], block: [8, 16]}, include: [{format: e2m1, round: sr}, {format: fp32}]}
seed: 3
YAML
cat >"$dir/m.yaml" <<'YAML'
name: outputs
op: matmul
inputs: [{dump: tinylm.safetensors, select: layers.1.attn.q}]
sweep: {grid: {format: ['int8,per=token', mxfp4], transform: [none, hadamard]}}
YAML
cat >"$dir/a.yaml" <<'YAML'
name: attention
op: attention
inputs: [{dump: tinylm.safetensors, select: layers.1.*}]
format: int8,per=token
YAML
cp experiments/dumps/tinylm.safetensors "$dir"
db=$dir/r.db
expect 0 '' "$BITSWEEP" run "$dir/s.yaml" "$dir/m.yaml" "$dir/a.yaml" --db "$db"
expect 0 'computed again,fine,13 cells' "$BITSWEEP" doctor --db "$db" --cells 1000 --format csv
expect 0 'dumps,fine,3 tensors have' "$BITSWEEP" doctor --db "$db" --cells 0 --format csv
cp "$dir/out" "$dir/first"
! grep -q BAD "$dir/first"
report $? 'nothing is bad'
expect 0 'computed again,fine,2 cells' "$BITSWEEP" doctor --db "$db" --cells 2 --seed 9 --format csv

# broken SQL WANTED: the database with a change; WANTED is a finding
broken()
{
    cp "$db" "$dir/b.db"
    sqlite3 "$dir/b.db" "$1" || report 1 "$1"
    expect 1 "$2" "$BITSWEEP" doctor --db "$dir/b.db" --cells 1000 --format csv
}
broken "UPDATE value SET bits = bits + 1 WHERE cell_id = 2 AND metric_id = (SELECT metric_id FROM metric WHERE name = 'mse')" 'computed again,BAD,.*: mse'
broken "UPDATE cell SET result_hash = '00' WHERE cell_id = 3" 'computed again,BAD,.*has another result now'
broken "UPDATE cell SET seed = seed + 1, params = json_set(params, '\$.seed', 4) WHERE label LIKE '%sr%'" 'computed again,BAD,.*another key'
broken 'DELETE FROM run_cell WHERE cell_id = 1' 'cells,BAD,.cell .* belongs to no run'
expect 1 "computed again,note,.*no study of the database leads to its dump" "$BITSWEEP" doctor --db "$dir/b.db" --cells 1000 --format csv
broken 'DELETE FROM value WHERE cell_id = 1' 'values,BAD,.*is done without a value'
broken "UPDATE cell SET status = 'failed', error = 'x' WHERE cell_id = 1" 'values of failures,BAD,.*is failed and has values'
broken "UPDATE value SET class = '+inf' WHERE cell_id = 1 AND metric_id = 1" 'bits,BAD,'
broken "UPDATE value SET v = 2 * v + 1 WHERE cell_id = 1 AND metric_id = (SELECT metric_id FROM metric WHERE name = 'mse')" 'numbers,BAD,mse of cell'
broken "UPDATE value SET v = 2 * v + 1 WHERE class = 'finite'" 'numbers,BAD,and [0-9]* more'
broken "UPDATE tensor SET shape = '[1,1]' WHERE n = 640" 'dumps,BAD,.*has another type, shape'
# columns of a cell and its costs
for column in label format bits bias block scale; do
    broken "UPDATE cell SET $column = 77 WHERE cell_id = 1" "computed again,BAD,.*has another $column than"
done
broken 'UPDATE cost_value SET value = value + 1 WHERE cell_id = 1' 'computed again,BAD,.* of the model .* is another now'
broken 'DELETE FROM cost_value WHERE cell_id = 1 AND kind_id = (SELECT min(v.kind_id)
 FROM cost_value v JOIN cost_kind USING(kind_id) WHERE cell_id = 1 GROUP BY model HAVING count(*) > 1 LIMIT 1)' 'computed again,BAD,.*costs are in the database'
cp "$db" "$dir/n.db"
sqlite3 "$dir/n.db" "UPDATE cost_value SET value = value + 1 WHERE cell_id = 1; UPDATE build SET git_commit = 'other'"
expect 0 'computed again,note,.* of the model .* is another now' "$BITSWEEP" doctor --db "$dir/n.db" --cells 1000 --format csv
# values, classes and bits that contradict each other in each way
one='WHERE cell_id = 1 AND metric_id = 1'
broken "UPDATE value SET v = 9e999, bits = 0x7ff0000000000000 $one" 'bits,BAD,.*is said to be finite and has the bits 7ff0000000000000'
broken "UPDATE value SET v = 1, class = '-0', bits = -9223372036854775808 $one" 'numbers,BAD,'
broken "UPDATE value SET v = 1, class = '+inf', bits = 0x7ff0000000000000 $one" 'numbers,BAD,'
broken "UPDATE value SET v = NULL, class = 'nan' $one" 'bits,BAD,'
broken "UPDATE cell SET cell_sha256 = replace(cell_sha256, substr(cell_sha256, 1, 4), 'ffff') WHERE cell_id = 2" 'keys,BAD,.cell ffff'
broken "UPDATE config SET resolved = json_set(resolved, '\$.doc', 'other')" 'studies,BAD,.study .*its text is not that of its key'
broken 'DROP INDEX cell_tensor' 'tables and views,BAD,index cell_tensor is missing'
broken 'DROP VIEW v_run; CREATE VIEW v_run AS SELECT * FROM run' 'tables and views,BAD,view v_run is not as the program makes it'
cp "$db" "$dir/n.db"
sqlite3 "$dir/n.db" "CREATE TABLE mine(x); UPDATE cell SET result_hash = NULL WHERE cell_id = 2"
expect 0 'further,note,table mine' "$BITSWEEP" doctor --db "$dir/n.db" --cells 0 --format csv
expect 0 'results,note,1 finished cells have no hash' "$BITSWEEP" doctor --db "$dir/n.db" --cells 0 --format csv
sqlite3 "$dir/n.db" "UPDATE meta SET value = 'x' WHERE key = 'views_sha256'; DROP VIEW v_run"
expect 0 'further,note,views are those of another version' "$BITSWEEP" doctor --db "$dir/n.db" --cells 0 --format csv
cp "$db" "$dir/b.db"
sqlite3 "$dir/b.db" "ALTER TABLE metric RENAME COLUMN name TO other"
expect 1 'numbers,BAD,no such column: name' "$BITSWEEP" doctor --db "$dir/b.db" --cells 0 --format csv
broken 'PRAGMA foreign_keys = OFF; DELETE FROM metric WHERE metric_id = 1' 'foreign keys,BAD,row .* of value refers to nothing in metric'
broken "PRAGMA foreign_keys = OFF; DELETE FROM tensor_name" 'tensors,BAD,tensor .* has no name'
cp "$db" "$dir/n.db"
sqlite3 "$dir/n.db" "UPDATE run SET status = 'running', finished_at = NULL WHERE run_id = 1"
expect 0 'runs,note,.run 1 .* never ended' "$BITSWEEP" doctor --db "$dir/n.db" --cells 0 --format csv
# pages overwritten: SQLite notices
cp "$db" "$dir/p.db"
dd if=/dev/zero of="$dir/p.db" bs=4096 seek=6 count=3 conv=notrunc 2>/dev/null
"$BITSWEEP" doctor --db "$dir/p.db" --cells 0 --no-dumps --format csv >"$dir/out" 2>"$dir/err"
[ $? -ne 0 ]
report $? 'overwritten pages are found'

# dumps under other names than the study says: a link, a folder with a slash at its end
ln -s x.npy "$dir/latest.npy" && mkdir "$dir/fold" && cp "$dir/x.npy" "$dir/fold/a.npy" || exit 1
printf 'name: l\ninputs: [{dump: latest.npy}, {dump: fold/}]\nformat: int8\nmetrics: mse\n' >"$dir/l.yaml"
expect 0 '1 computed' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/l.db"
expect 0 'dumps,fine,2 tensors have' "$BITSWEEP" doctor --db "$dir/l.db" --cells 0 --format csv
expect 0 'computed again,fine,1 cells' "$BITSWEEP" doctor --db "$dir/l.db" --format csv
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 8 -o "$dir/fold/a.npy" || exit 1
expect 1 'dumps,BAD,.*fold: a: has other bytes now' "$BITSWEEP" doctor --db "$dir/l.db" --cells 0 --format csv
# links of inputs that are read in two ways
tail -c +129 "$dir/x.npy" >"$dir/x.bin" && ln -s x.bin "$dir/latest.bin" || exit 1
expect 0 '' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/l2.db" --set "inputs=[{dump: $dir/latest.npy}, {dump: $dir/latest.bin, dtype: F32, shape: [16, 40]}]"
expect 0 'dumps,note,2 tensors were not looked at' "$BITSWEEP" doctor --db "$dir/l2.db" --cells 0 --format csv

# a dump that was recorded anew, and measured: what it was is no fault
cp "$dir/x.npy" "$dir/anew.npy"
expect 0 '' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/anew.db" --set "inputs=[{dump: $dir/anew.npy}]"
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 9 -o "$dir/anew.npy" || exit 1
expect 0 '' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/anew.db" --set "inputs=[{dump: $dir/anew.npy}]"
expect 0 'computed again,note,.*its dump was recorded anew' "$BITSWEEP" doctor --db "$dir/anew.db" --format csv
expect 0 'computed again,fine,1 cells' "$BITSWEEP" doctor --db "$dir/anew.db" --format csv

# names of tensors with a line break, with nothing in them, with what globs mean
header='{"a\nb":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]},"":{"dtype":"F32","shape":[2,2],"data_offsets":[16,32]},"[x] *?\\":{"dtype":"F32","shape":[4],"data_offsets":[32,48]}}'
printf "\\$(printf %o ${#header})\0\0\0\0\0\0\0" >"$dir/nl.safetensors"
printf '%sAAAABBBBAAAACCCCAAAABBBBAAAACCCCAAAABBBBAAAACCCC' "$header" >>"$dir/nl.safetensors"
expect 0 '3 computed' "$BITSWEEP" run "$dir/l.yaml" --db "$dir/nl.db" --set "inputs=[{dump: $dir/nl.safetensors}]"
expect 0 'dumps,fine,3 tensors have' "$BITSWEEP" doctor --db "$dir/nl.db" --format csv
expect 0 'computed again,fine,3 cells' "$BITSWEEP" doctor --db "$dir/nl.db" --format csv

# of a file one tensor is gone, another changed, a third as it was
for k in 1 2 3; do "$BITSWEEP" synth gaussian --rows 4 --columns 8 --seed $k -o "$dir/t$k.npy" || exit 1; done
(cd "$dir" && zip -q -0 z.npz t1.npy t2.npy t3.npy)
printf 'name: z\ninputs: [{dump: z.npz}]\nformat: int8\nmetrics: mse\n' >"$dir/z.yaml"
expect 0 '3 computed' "$BITSWEEP" run "$dir/z.yaml" --db "$dir/z.db"
cp "$dir/t1.npy" "$dir/t2.npy"
(cd "$dir" && rm z.npz && zip -q -0 z.npz t2.npy t3.npy)
expect 1 'dumps,BAD,.*z.npz: t1: is not there any more' "$BITSWEEP" doctor --db "$dir/z.db" --cells 0 --format csv
expect 1 'dumps,BAD,.*z.npz: t2: has other bytes now' "$BITSWEEP" doctor --db "$dir/z.db" --cells 0 --format csv
expect 1 'dumps,fine,1 tensors' "$BITSWEEP" doctor --db "$dir/z.db" --cells 0 --format csv

# a dump that changed, and one that is gone
"$BITSWEEP" synth gaussian --rows 16 --columns 40 --seed 2 -o "$dir/x.npy" || exit 1
expect 1 'dumps,BAD,.*x.npy: .*has other bytes now' "$BITSWEEP" doctor --db "$db" --cells 0 --format csv
expect 1 'computed again,BAD,.*another key' "$BITSWEEP" doctor --db "$db" --cells 1000 --no-dumps --format csv
rm "$dir/x.npy"
expect 0 'dumps,note,.*x.npy: its dump is not there any more' "$BITSWEEP" doctor --db "$db" --cells 0 --format csv
expect 0 'computed again,note,.*its dump is not there any more' "$BITSWEEP" doctor --db "$db" --cells 1000 --format csv
expect 69 'no database here' "$BITSWEEP" doctor --db "$dir/none.db"
expect 64 'is not expected' "$BITSWEEP" doctor "$db"
expect 64 '' "$BITSWEEP" doctor --cells x

finish
