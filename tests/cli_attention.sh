#!/bin/sh
# Attention from the experiment file to the rows, and faults of accumulators, which do not depend on --jobs.
. tests/tap.sh

dump=$PWD/experiments/dumps/tinylm.safetensors
study() # DUMP SELECT MORE
{
    printf 'name: t\nop: attention\ninputs: [{dump: %s, select: "%s"}]\nmetrics: [sqnr_db, acc_flipped]\n%s' \
        "$1" "$2" "$3" >"$dir/s.yaml"
}
db=$dir/a.db
rows() { "$BITSWEEP" query "$1" --db "${2:-$db}" --format csv; }

study "$dump" 'layers.[1].attn' 'format: fp32
sweep: [{grid: {format: [fp32, "int8,per=token"]}}, {grid: {format: [mxfp8_e4m3], p: [none, e4m3], mac_pv: ["fused,group=16"]}}]
'
expect 0 '1 tensors x 4 schemes = 4 cells' "$BITSWEEP" plan "$dir/s.yaml" --db "$db"
expect 0 'done: 4 cells: 4 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'done: 4 cells: 0 computed, 4 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
# binary32 throughout is off by the rounding of scores and probabilities alone
expect 0 '^1,1$' rows "SELECT count(*), sum(value BETWEEN 130 AND 160) FROM v_value WHERE metric = 'sqnr_db' AND label = 'fp32 * fp32 @ exact; fp32 * fp32 @ exact'"
expect 0 '^1,1$' rows "SELECT count(*), sum(value BETWEEN 30 AND 60) FROM v_value WHERE metric = 'sqnr_db' AND label LIKE 'int8%'"
expect 0 '^attention,k: mxfp8_e4m3; p: e4m3; v: mxfp8_e4m3,"exact,scales=dequantize; fused,scales=partials",12288$' rows "SELECT DISTINCT op, weight, mac, n FROM v_cell c JOIN tensor USING(tensor_sha256) WHERE weight LIKE '%p: e4m3%'"
expect 0 '^layers.1.attn$' rows "SELECT DISTINCT tensor FROM v_cell ORDER BY 1"
expect 0 'done: 1 cells: 0 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --only 'int8*'

# gates follow the MAC; with one for each product there is no such unit
study "$dump" 'layers.0.attn' 'format: "int8,per=token"
cost: components
sweep: {include: [{mac: exact}, {mac: "fused,group=16,fraction=25,acc=fp32"}, {mac: exact, mac_pv: "sequential,acc=fp32"}]}
'
expect 0 'done: 3 cells: 3 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/cost.db"
expect 0 '^2,2$' rows "SELECT count(*), count(DISTINCT value) FROM v_cost WHERE quantity = 'mac_gates' AND model = 'components'" "$dir/cost.db"
expect 0 '^1$' rows "SELECT count(*) FROM v_cost WHERE quantity = 'none' AND model = 'components'" "$dir/cost.db"

# faults: the same bits for any number of threads, others for another seed
study "$dump" 'layers.0.attn' 'format: int8
sweep: {grid: {mac: ["sequential,acc=int20,flip=1e-4", "sequential,acc=int20", "sequential,acc=int20,flip=0"]}}
'
expect 0 '1 tensors x 2 schemes = 2 cells' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/one.db"
expect 0 'done: 2 cells: 2 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/one.db" --jobs 1
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/two.db" --jobs 4 --only '*flip*'
rows "SELECT label, result_hash FROM cell WHERE label LIKE '%flip%'" "$dir/one.db" >"$dir/one"
rows "SELECT label, result_hash FROM cell WHERE label LIKE '%flip%'" "$dir/two.db" >"$dir/two"
same "$dir/one" "$dir/two" 'faults do not depend on --jobs'
# 1191936 terms and as many roundings of 20 bits: 2384 flips expected, standard deviation 49
expect 0 '^0$' rows "SELECT value FROM v_value WHERE metric = 'acc_flipped' AND label NOT LIKE '%flip%'" "$dir/one.db"
expect 0 '^1,1$' rows "SELECT count(*), sum(value BETWEEN 2100 AND 2700) FROM v_value WHERE metric = 'acc_flipped' AND label LIKE '%flip%'" "$dir/one.db"
expect 0 'done: 2 cells: 1 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/one.db" --set seed=1

# what the dump must hold and say
study "$dump" 'layers.0.attn.q' 'format: e4m3
'
expect 2 "select: 'layers.0.attn.q' matches no attention of .*; did you mean 'layers.0.attn'\?" "$BITSWEEP" run "$dir/s.yaml" --db "$db"
"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/x.npy" || exit 1
study "$dir/x.npy" '*' 'format: e4m3
'
expect 69 's.yaml:3:17: dump: .*x.npy holds no attention: NAME.q.output, NAME.k_cache and NAME.v_cache' "$BITSWEEP" run "$dir/s.yaml" --db "$db"

# A dump of two tokens, two heads over one, with or without metadata.
bytes() # ROTARY CHANNELS
{
    header="{${1:+\"__metadata__\":{\"rotary\":\"$1\"\},}\"a.q.output\":{\"dtype\":\"F32\",\"shape\":[2,$2],\"data_offsets\":[0,64]},\"a.k_cache\":{\"dtype\":\"F32\",\"shape\":[2,1,4],\"data_offsets\":[64,96]},\"a.v_cache\":{\"dtype\":\"F32\",\"shape\":[2,1,4],\"data_offsets\":[96,128]}}"
    while [ $((${#header} % 8)) -ne 0 ]; do header="$header "; done
    {
        printf "\\$(printf %o $((${#header} % 256)))\\$(printf %o $((${#header} / 256)))\\0\\0\\0\\0\\0\\0"
        printf %s "$header"
        head -c 128 /dev/zero
    } >"$dir/x.safetensors"
}
study "$dir/x.safetensors" a 'format: e4m3
'
bytes '' 8
expect 2 's.yaml:3:17: .*x.safetensors does not say which rotary embedding its queries lack; give rotary: none, or its base' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set inputs.0.rotary=none
expect 0 'done: 1 cells: 1 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set inputs.0.rotary=10000
bytes none 8
expect 0 'done: 1 cells: 0 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
bytes 10000 8
expect 0 'done: 1 cells: 0 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
bytes yes 8
expect 2 'queries lack: its metadata have rotary=yes; give rotary: none' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
sed 's/\[2,8\]/[8,2]/' "$dir/x.safetensors" >"$dir/y.safetensors"
study "$dir/y.safetensors" a 'format: e4m3
'
expect 2 'attention a: queries a.q.output have shape \[8,2\], keys a.k_cache \[2,1,4\]' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set inputs.0.rotary=none

finish
