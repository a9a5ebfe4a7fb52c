#!/bin/sh
# Synthetic inputs of studies: the bits of `bitsweep synth`; plan, validate, run, shards, merge, doctor; what is refused.
. tests/tap.sh

cat >"$dir/s.yaml" <<'YAML'
name: drawn
inputs:
  - {synth: student-t, rows: 48, columns: 64, seed: 7, param: 5, scale: 0.5, outlier_share: 0.125, outlier_factor: 20}
  - synth: "gaussian,rows=32,columns=64"
sweep: {grid: {format: [e2m1, int8], block: [16, 32]}, include: [{format: e2m1, round: sr}]}
seed: 3
YAML
cat >"$dir/f.yaml" <<'YAML'
name: recorded
inputs: [{dump: t.npy}, {dump: g.npy}]
sweep: {grid: {format: [e2m1, int8], block: [16, 32]}, include: [{format: e2m1, round: sr}]}
seed: 3
YAML
"$BITSWEEP" synth student-t -r 48 -c 64 --seed 7 --param 5 --scale 0.5 --outlier-share 0.125 --outlier-factor 20 -o "$dir/t.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 32 --columns 64 -o "$dir/g.npy" || exit 1

# The same tensors, so the same cells, whichever way they come.
expect 0 '10 cells, 0 in .* already, 10 to do' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/a.db"
expect 0 '10 cells' "$BITSWEEP" run -v "$dir/s.yaml" --db "$dir/a.db"
expect 0 '10 cells, 10 in .* already, 0 to do' "$BITSWEEP" plan "$dir/f.yaml" --db "$dir/a.db"
"$BITSWEEP" run -q "$dir/f.yaml" --db "$dir/b.db"
cells="SELECT cell_sha256, result_hash FROM cell ORDER BY 1"
[ "$(sqlite3 "$dir/a.db" "$cells")" = "$(sqlite3 "$dir/b.db" "$cells")" ] && [ -n "$(sqlite3 "$dir/a.db" "$cells")" ]
report $? 'synthetic inputs have the bits of bitsweep synth'
text='student-t,rows=48,columns=64,param=5,scale=0.5,seed=7,outlier_share=0.125,outlier_factor=20'
[ "$(sqlite3 "$dir/a.db" "SELECT group_concat(path || ' ' || member, ' | ') FROM (SELECT * FROM tensor_name WHERE path = 'synth' ORDER BY member)")" = \
    "synth gaussian,rows=32,columns=64 | synth $text" ]
report $? 'a tensor is called by its text'
expect 0 "\"synth\":\"$text\"" "$BITSWEEP" validate --resolved "$dir/s.yaml"
cp "$dir/out" "$dir/resolved"
printf 'name: drawn\ninputs: [{synth: "%s"}, {synth: gaussian, seed: 0, columns: 64, rows: 32}]\nseed: 3\nsweep: {grid: {format: [e2m1, int8], block: [16, 32]}, include: [{format: e2m1, round: sr}]}\n' \
    "$text" >"$dir/again.yaml"
"$BITSWEEP" validate --resolved "$dir/again.yaml" | cmp -s - "$dir/resolved"
report $? 'a text and its keys resolve to one study'
expect 0 'computed again,fine,10 cells' "$BITSWEEP" doctor --db "$dir/a.db" --cells 100 --format csv
expect 0 'dumps,fine,2 tensors have' "$BITSWEEP" doctor --db "$dir/a.db" --cells 0 --format csv

# Sites.
cat >"$dir/m.yaml" <<'YAML'
name: sites
op: matmul
inputs:
  - synth: {input: gaussian, weight: "student-t,param=5", rows: 8, inner: 64, columns: 16, seed: 4}
sweep: {grid: {format: ['int8,per=token', mxfp4], mac: [exact, 'sequential,acc=fp16']}}
YAML
expect 0 '' "$BITSWEEP" run -q "$dir/m.yaml" --db "$dir/a.db"
[ "$(sqlite3 "$dir/a.db" "SELECT DISTINCT member FROM tensor_name WHERE path = 'synth' AND member LIKE '% x %'")" = \
    'gaussian,rows=8,columns=64,seed=4 x student-t,rows=16,columns=64,param=5,seed=5' ]
report $? 'a site is called by both texts'
expect 0 'computed again,fine,14 cells' "$BITSWEEP" doctor --db "$dir/a.db" --cells 100 --format csv
cp "$dir/out" "$dir/doctor"
! grep -qE 'BAD|note' "$dir/doctor"
report $? 'doctor draws sites again'
"$BITSWEEP" synth gaussian -r 8 -c 64 --seed 4 -o "$dir/x.npy"
"$BITSWEEP" synth student-t --param 5 -r 16 -c 64 --seed 5 -o "$dir/w.npy"
mkdir "$dir/folder" && mv "$dir/x.npy" "$dir/folder/l.input.npy" && mv "$dir/w.npy" "$dir/folder/l.weight.npy"
sed '/synth/s/.*/  - dump: folder/' "$dir/m.yaml" >"$dir/mf.yaml"
"$BITSWEEP" run -q "$dir/mf.yaml" --db "$dir/b.db"
outputs="SELECT label, result_hash FROM cell WHERE op = 'matmul' ORDER BY 1"
[ "$(sqlite3 "$dir/a.db" "$outputs")" = "$(sqlite3 "$dir/b.db" "$outputs")" ] && [ -n "$(sqlite3 "$dir/a.db" "$outputs")" ]
report $? 'sites have the bits of bitsweep synth'

"$BITSWEEP" synth half-normal -r 8 -c 64 --element e4m3 -o "$dir/e.npy"
expect 0 '^sqnr_db +inf' "$BITSWEEP" quantize e4m3 "$dir/e.npy"
expect 64 "element: expected a format of .bitsweep formats., found 'e4m33'" "$BITSWEEP" synth gaussian --element e4m33 -o "$dir/e.npy"

# Shards and merge.
for i in 0 1; do expect 0 '' "$BITSWEEP" run -q "$dir/s.yaml" --shard $i/2 --db "$dir/shards.db"; done
expect 0 '' "$BITSWEEP" merge "$dir/merged.db" "$dir"/shards*.db
[ "$(sqlite3 "$dir/merged.db" "$cells")" = "$(sqlite3 "$dir/a.db" "SELECT cell_sha256, result_hash FROM cell WHERE op = 'quantize' ORDER BY 1")" ]
report $? 'shards come to the same cells'
expect 0 'computed again,fine,10 cells' "$BITSWEEP" doctor --db "$dir/merged.db" --cells 100 --format csv

# What theory expects: beside what is measured, under one key; what has no model is said, and undefined.
cat >"$dir/e.yaml" <<'YAML'
name: expected
inputs: [{synth: gaussian, rows: 64, columns: 512, seed: 9}]
sweep: {grid: {format: [e2m1, int4, four_over_six], block: 16}}
metrics: [sqnr_db, expected_sqnr_db, expected_mse, expected_bits]
YAML
expect 0 'expected_mse of .* \(on gaussian,rows=64,columns=512,seed=9\) is left out: blocks that choose between peaks have no model' \
    "$BITSWEEP" run "$dir/e.yaml" --db "$dir/e.db"
[ "$(grep -c 'is left out' "$dir/err")" = 1 ]
report $? 'one scheme has no model'
expect 0 '^3,1,2$' "$BITSWEEP" query --db "$dir/e.db" --format csv \
    "SELECT count(*), sum(x.class = 'nan'), sum(abs(x.v - m.v) < 0.1) FROM value x JOIN value m USING(cell_id)
     WHERE x.metric_id = (SELECT metric_id FROM metric WHERE name = 'expected_sqnr_db')
       AND m.metric_id = (SELECT metric_id FROM metric WHERE name = 'sqnr_db')"
expect 0 'computed again,fine,3 cells' "$BITSWEEP" doctor --db "$dir/e.db" --cells 10 --format csv
sed '/^metrics/d' "$dir/e.yaml" >"$dir/plain.yaml"
expect 0 '' "$BITSWEEP" validate --resolved "$dir/plain.yaml"
! grep -q expected_ "$dir/out"
report $? 'nobody gets expected errors unasked'
expect 0 '' "$BITSWEEP" run -q "$dir/plain.yaml" --db "$dir/e.db"
[ "$(sqlite3 "$dir/e.db" 'SELECT count(*) FROM cell')" = 3 ]
report $? 'they are no part of the key'

printf 'name: t\ninputs: [{synth: gaussian, element: e4m3}]\nformat: mxfp4\nmetrics: [expected_mse]\n' >"$dir/e.yaml"
expect 0 'no model of values that are rounded to an element' "$BITSWEEP" run "$dir/e.yaml" --db "$dir/e.db"

# refused OP INPUT WHERE: what is said of an input
refused()
{
    printf 'name: t\nop: %s\nformat: e2m1\ninputs: [%s]\n' "$1" "$2" >"$dir/w.yaml"
    expect 2 "w\\.yaml:4:$3" "$BITSWEEP" validate "$dir/w.yaml"
}
refused quantize '{synth: gausian}' '18: synth: unknown distribution .gausian., did you mean .gaussian.'
refused quantize '{synth: gaussian, param: 2}' '18: synth: gaussian has no parameter'
refused quantize '{synth: gaussian, rows: 0}' '34: rows: expected a whole number of 1\.\.'
refused quantize '{synth: gaussian, rows: [1]}' '34: rows: expected a number, found a list'
refused quantize '{synth: "gaussian,rows=2", rows: 2}' '43: rows: the text .gaussian.*has rows=, too'
refused quantize '{synth: gaussian, scale: -1}' '18: synth: scale -1; allowed are positive numbers'
refused quantize '{synth: gaussian, outlier_factor: 3}' '18: synth: outlier factor 3 has no effect'
refused quantize '{synth: gaussian, select: x}' '28: inputs: synth: unknown .select.;.* allowed: synth, rows'
refused quantize '{synth: {input: gaussian, weight: gaussian}}' '18: synth: expected a distribution, found a mapping'
refused quantize '{synth: "gaussian,row=2"}' '18: synth: .*row'
refused matmul '{synth: gaussian}' '18: synth: expected \{input, weight'
refused matmul '{synth: {input: gaussian}}' "18: synth: key .weight. is missing"
refused matmul '{synth: {input: gaussian, weight: "gaussian,seed=0"}}' '18: synth: input and weight have the seed 0'
refused matmul '{synth: {input: gaussian, weight: "gaussian,columns=8"}}' '18: synth: rows of the input have 256 values'
refused attention '{synth: gaussian}' '18: synth: has no effect on op: attention'
refused quantize '{select: x}' "10: inputs: key 'dump' is missing"
finish
