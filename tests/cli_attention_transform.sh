#!/bin/sh
# Transforms and methods of attention, from the experiment file to the rows.
. tests/tap.sh

study() # MORE
{
    printf 'name: t\nop: attention\ninputs: [{dump: %s, select: "layers.2.attn"}]\nmetrics: [sqnr_db]\n%s' \
        "$PWD/experiments/dumps/tinylm.safetensors" "$1" >"$dir/s.yaml"
}
db=$dir/a.db
rows() { "$BITSWEEP" query "$1" --db "$db" --format csv; }

expect 0 '^center_keys +queries, keys, values ' "$BITSWEEP" transforms
expect 0 '^kvquant,attention,"format: fp16; transform: before_rope \| first_tokens' "$BITSWEEP" methods --format csv

study 'sweep: {grid: {format: ["int4,per=token", fp32], transform: [~, none, center_keys, "center_keys , queries=00", "before_rope | rotate_heads"]}}
'
expect 0 '1 tensors x 6 schemes = 6 cells' "$BITSWEEP" plan "$dir/s.yaml" --db "$db"
expect 0 'done: 6 cells: 6 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'done: 6 cells: 0 computed, 6 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^3$' rows "SELECT count(*) FROM v_cell WHERE format = 'fp32' AND sqnr_db > 130"
expect 0 '^"?center_keys: int4,per=token \* int4,per=token @ exact,scales=dequantize; fp32 \* int4,per=token @ exact,scales=dequantize"?$' rows "SELECT label FROM v_cell WHERE transform = 'center_keys' AND format = 'int4'"
expect 0 '^1,1$' rows "SELECT a.sqnr_db > c.sqnr_db, b.sqnr_db > c.sqnr_db FROM v_cell a, v_cell b, v_cell c WHERE a.format = 'int4' AND a.transform = 'center_keys' AND b.format = 'int4' AND b.transform LIKE '%rotate_heads' AND c.format = 'int4' AND c.transform IS NULL"

# methods run as they are, and beside what they would be without steps
study 'sweep: [{grid: {method: [kvquant, rotatekv, qserve_kv4]}}, {grid: {method: [kvquant, rotatekv, qserve_kv4], transform: [none]}}]
'
expect 0 'done: 6 cells: 6 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^3,1$' rows "SELECT count(*), min(sqnr_db > plain_sqnr_db) FROM v_method WHERE method IN ('kvquant', 'rotatekv', 'qserve_kv4')"
study 'method: sageattention2
'
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^1$' rows "SELECT count(*) FROM v_cell WHERE label LIKE 'center_keys,queries=128 | per_thread: int4%@ ada_fp8,promote=64,scales=partials%' AND sqnr_db > 10"

# what does not fit is said where it stands
study 'format: int8
transform: "center_keys | smoth_keys"
'
expect 2 "s.yaml:6:12: transform: unknown transform 'smoth_keys'" "$BITSWEEP" plan "$dir/s.yaml"
study 'format: int8
transform: "before_rope | center_keys"
'
expect 1 '0 computed, 0 cached, 1 failed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'attention layers.2.attn: center_keys: a step before has turned the keys alone; allowed: in front of that step' rows 'SELECT error FROM v_failed'
study 'format: "int8,per=token"
transform: "before_rope"
mac: "fused,group=16"
'
expect 1 '0 computed, 0 cached, 1 failed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'a transform has quantized it, to values; allowed: scales=dequantize in mac' rows 'SELECT error FROM v_failed'
sed 's/op: attention/op: matmul/; s/layers.2.attn/layers.2.attn.k/' "$dir/s.yaml" >"$dir/m.yaml"
expect 2 'm.yaml:6:12: transform: before_rope acts on attention alone; allowed with op: matmul: .*hadamard' "$BITSWEEP" plan "$dir/m.yaml"

finish
