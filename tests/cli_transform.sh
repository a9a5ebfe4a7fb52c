#!/bin/sh
# Transforms and methods: their lists, and sites that go through them.
. tests/tap.sh

study() # MORE
{
    printf 'name: t\nop: matmul\ninputs: [{dump: %s, select: "layers.2.attn.k"}]\nmetrics: [sqnr_db]\n%s' \
        "$PWD/experiments/dumps/tinylm.safetensors" "$1" >"$dir/s.yaml"
}
db=$dir/a.db
rows() { "$BITSWEEP" query "$1" --db "$db" --format csv; }

expect 0 '^hadamard ' "$BITSWEEP" transforms
expect 0 '^signs +none\|random\|nvfp4: ' "$BITSWEEP" transforms hadamard
expect 0 'smooth,alpha=0.5' "$BITSWEEP" transforms smooth --format csv
expect 64 "unknown transform 'smoth'" "$BITSWEEP" transforms smoth
expect 0 '^smoothquant,matmul,"format: int8,per=token; weight: int8,per=token; transform: smooth,alpha=0.5"' "$BITSWEEP" methods --format csv
expect 64 "unknown method 'awk'" "$BITSWEEP" methods awk

study 'sweep: {grid: {format: ["int4,per=token", fp32], transform: [~, none, smooth, "smooth , alpha=.50", "hadamard,block=16 | smooth"]}}
'
expect 0 '1 tensors x 6 schemes = 6 cells' "$BITSWEEP" plan "$dir/s.yaml" --db "$db"
expect 0 'done: 6 cells: 6 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'done: 6 cells: 0 computed, 6 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^3$' rows "SELECT count(*) FROM v_cell WHERE format = 'fp32' AND sqnr_db > 140"
expect 0 '^"?hadamard,block=16 \| smooth: int4,per=token \* int4,per=token @ exact,scales=dequantize"?$' rows "SELECT label FROM v_cell WHERE transform LIKE 'hadamard%' AND format = 'int4'"
expect 0 '^1$' rows "SELECT a.sqnr_db > b.sqnr_db FROM v_cell a, v_cell b WHERE a.format = 'int4' AND a.transform = 'smooth' AND b.format = 'int4' AND b.transform IS NULL"

# a method fills what the file leaves open, and the file wins
study 'sweep: {grid: {method: [smoothquant]}}
'
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^"smooth: int8,per=token \* int8,per=token @ exact,scales=dequantize"$' rows "SELECT label FROM v_method WHERE method = 'smoothquant'"
study 'method: smoothquant
format: "int4,per=token"
weight: mxfp4
'
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^1$' rows "SELECT count(*) FROM v_cell WHERE label LIKE 'smooth: int4,per=token * mxfp4 @ exact%'"
study 'method: smoothkwant
'
expect 2 "s.yaml:5:9: unknown method 'smoothkwant' \(did you mean 'smoothquant'\?\)" "$BITSWEEP" plan "$dir/s.yaml"
study 'format: int8
transform: "smooth | hadamard,block=5"
'
expect 1 '0 computed, 0 cached, 1 failed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'site layers.2.attn.k: hadamard: block=5: a row has 128 columns; allowed: a divisor of that' rows 'SELECT error FROM v_failed'
study 'format: int8
transform: "hadamard,block=-1"
'
expect 2 "s.yaml:6:12: transform: hadamard: block: '-1' is not one of whole numbers 0..1048576" "$BITSWEEP" plan "$dir/s.yaml"
printf 'name: t\ninputs: [{dump: %s}]\nformat: int8\ntransform: smooth\n' "$PWD/experiments/dumps/tinylm.safetensors" >"$dir/s.yaml"
expect 2 'transform: has no effect on op: quantize; allowed with op: matmul' "$BITSWEEP" plan "$dir/s.yaml"
printf 'name: t\ninputs: [{dump: %s}]\nmethod: smoothquant\n' "$PWD/experiments/dumps/tinylm.safetensors" >"$dir/s.yaml"
expect 2 's.yaml:3:9: method: smoothquant is of op: matmul, not of quantize' "$BITSWEEP" plan "$dir/s.yaml"

# weights rounded with data are values: better, and not codes
study 'format: fp32
sweep: {grid: {weight: [nvfp4], transform: [~, gptq, "gptq | bias_correction", coordinate_descent]}}
'
expect 0 'done: 4 cells: 4 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^3$' rows "SELECT count(*) FROM v_cell a, v_cell b WHERE a.format = 'fp32' AND a.weight = 'nvfp4' AND b.format = 'fp32' AND b.weight = 'nvfp4' AND b.transform IS NULL AND a.sqnr_db > b.sqnr_db + 3"
study 'format: "int8,per=token"
transform: gptq
mac: exact,scales=partials
'
expect 1 '0 computed, 0 cached, 1 failed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'a transform has quantized it, to values; allowed: scales=dequantize in mac' rows 'SELECT error FROM v_failed'
study 'format: "int8,per=token"
weight: q4_0
transform: gptq
'
expect 1 '0 computed, 0 cached, 1 failed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'site layers.2.attn.k: gptq: the codec q4_0 has no scales under which single elements are rounded' rows 'SELECT error FROM v_failed'
# settings that ask for nothing change nothing, bit for bit
study 'format: "int4,per=token"
weight: "int4,block=32,zero_point=yes"
sweep: {grid: {transform: [~, "awq,grid=1", "awq_clip,shrink=0.05", "clip_search,shrink=0.05", "os_plus,shift=no,low=1000000"]}}
'
db=$dir/same.db
expect 0 'done: 5 cells: 5 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^1$' rows "SELECT count(DISTINCT result_hash) FROM cell"

# what the scheme of a step draws or reads is part of a cell's key
db=$dir/keys.db
study 'format: int4
transform: "outliers,above=2,to=(int8,per=token,round=sr)"
'
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set seed=1
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set seed=2
expect 0 'done: 1 cells: 0 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set seed=2
printf -- '-4\n-1\n1\n4\n' >"$dir/levels"
study "format: int4
transform: \"outliers,above=2,to=book:$dir/levels\"
"
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
printf -- '-4\n-2\n2\n4\n' >"$dir/levels"
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^4$' rows 'SELECT count(DISTINCT result_hash) FROM cell'

# the gates of one scheme are told where steps leave it alone
db=$dir/gates.db
study 'format: "int8,per=token"
sweep: {grid: {transform: [hadamard, "outliers,above=1"]}}
'
expect 0 'done: 2 cells: 2 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^hadamard,1$' rows 'SELECT transform, mac_gates > 0 FROM v_cell WHERE mac_gates IS NOT NULL'
expect 0 '^2$' rows 'SELECT count(*) FROM v_cell WHERE bits_per_element > 8'

finish
