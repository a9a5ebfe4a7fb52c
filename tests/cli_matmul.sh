#!/bin/sh
# Sites: outputs of linear layers, from the experiment file to the rows.
. tests/tap.sh

study() # SELECT MORE
{
    printf 'name: t\nop: matmul\ninputs: [{dump: %s, select: "%s"}]\nmetrics: [sqnr_db, acc_overflow, acc_overflow_rate]\n%s' \
        "$PWD/experiments/dumps/tinylm.safetensors" "$1" "$2" >"$dir/s.yaml"
}
db=$dir/a.db
rows() { "$BITSWEEP" query "$1" --db "$db" --format csv; }

study 'layers.2.attn.k' 'sweep: {grid: {format: ["int8,per=token", mxfp4], mac: [exact, "sequential,acc=int18,overflow=wrap"]}}
'
expect 0 '1 tensors x 4 schemes = 4 cells' "$BITSWEEP" plan "$dir/s.yaml" --db "$db"
expect 0 'done: 4 cells: 4 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'done: 4 cells: 0 computed, 4 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^layers.2.attn.k,matmul,"int8,per=token","exact,scales=dequantize",6144$' rows "SELECT c.tensor, op, weight, mac, n FROM v_cell c JOIN tensor USING(tensor_sha256) WHERE label LIKE 'int8%@ exact%'"
expect 0 '^4$' rows "SELECT count(*) FROM v_scheme WHERE op = 'matmul' AND mac LIKE '%scales=%'"
expect 0 '^1,1$' rows "SELECT count(*), sum(value BETWEEN 1 AND 1e9) FROM v_value WHERE metric = 'acc_overflow' AND label LIKE 'int8%int18%'"
expect 0 'done: 2 cells: 0 computed, 2 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --only '*mxfp4*'

# the input of q, k and v is one tensor; the metadata say so
study 'layers.0.attn.*' 'format: e4m3
mac: "sequential,acc=fp16"
weight: int4
output: bf16
'
expect 0 'done: 4 cells: 4 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'e4m3 \* int4 @ .*acc=fp16 -> bf16' rows "SELECT DISTINCT label FROM v_cell WHERE output = 'bf16'"
# how outputs were made, and by which accumulator
study 'layers.0.attn.q' 'weight: e5m2
output: bf16
sweep: {grid: {format: [e4m3], mac: [exact, "sequential,product=truncated,dropped=2,acc=fp16"]}}
'
expect 0 'done: 2 cells: 2 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
made() { rows "SELECT way, accumulator FROM v_output WHERE label LIKE 'e4m3 * e5m2%'"; }
expect 0 '^e4m3 \* e5m2 -> bf16,exact$' made
expect 0 '^"e4m3 \* e5m2 -> bf16, truncated","sequential,dropped=2,acc=fp16"$' made
expect 0 '^mxfp4,exact$' rows "SELECT way, accumulator FROM v_output WHERE label LIKE 'mxfp4 %' AND NOT accumulator LIKE '%int18%'"
study 'layers.0.attn.qkv' 'format: e4m3
'
expect 2 "select: 'layers.0.attn.qkv' matches no site of .*; did you mean 'layers.0.attn.[qkv]'\?" "$BITSWEEP" run "$dir/s.yaml" --db "$db"
study '*' 'format: e4m3
mac: a100
'
expect 2 's.yaml:6:6: mac: a100 multiplies fp16\+bf16, and no e4m3' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/x.npy" || exit 1
printf 'name: t\nop: matmul\ninputs: [{dump: x.npy}]\nformat: int8\n' >"$dir/s.yaml"
expect 69 's.yaml:3:17: dump: .*x.npy holds no site' "$BITSWEEP" run "$dir/s.yaml" --db "$db"

# sites by the names that the input gives, in a folder of arrays
mkdir "$dir/net" || exit 1
"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/net/a.in.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 8 --columns 32 -o "$dir/net/a.weight.npy" || exit 1
printf 'name: t\nop: matmul\ninputs:\n  - dump: net\n    sites: {weight: "*.weight", input: "*.in"}\nformat: int8\ncost: none\n' >"$dir/s.yaml"
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 '^a,128$' rows "SELECT c.tensor, n FROM v_cell c JOIN tensor USING(tensor_sha256) WHERE c.tensor = 'a'"
expect 2 'sites: input of a.weight: .*no tensor "a.out" among 2' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set 'inputs.0.sites={weight: "*.weight", input: "*.out"}'
shared=${BITSWEEP_SHARED:-../shared}/data
if [ -d "$shared" ]; then
    cat >"$dir/s.yaml" <<END
name: t
op: matmul
inputs:
  - dump: $(cd "$shared" && pwd)/babyllama105/babyllama105.safetensors
    sites: [{weight: "layers.*.weight.attn.[qkv]", input: layers.*.act.attn_qkv_in}, {weight: layers.*.weight.mlp.down, input: layers.*.act.mlp_down_in}]
  - dump: $(cd "$shared" && pwd)/silero_vad16k
    sites: {weight: "*.weight", input: "*.act.in"}
format: int8,per=token
metrics: [sqnr_db]
END
    expect 0 'done: 18 cells: 18 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
    expect 0 '^18$' rows "SELECT sum(sqnr_db > 15) FROM v_cell WHERE tensor GLOB 'layers.?.weight*' OR tensor GLOB 'conv?' OR tensor GLOB 'lstm.?h'"
else
    skip 1 'sites of ../shared/data' 'no ../shared'
fi

# the figures of tensors leave sites alone
rm -f "$dir"/figures/*
expect 0 '' "$BITSWEEP" plot sqnr_bits --db "$db" -o "$dir/figures"
[ "$(wc -l <"$dir/figures/sqnr_bits.tsv")" -le 1 ]
report $? 'sqnr_bits has no row of a site'

finish
