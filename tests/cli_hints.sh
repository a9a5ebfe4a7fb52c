#!/bin/sh
# "Did you mean": wherever a name is wrong, the nearest right one is said.
. tests/tap.sh
dump=experiments/dumps/tinylm.safetensors

# hint RC WORD ARGUMENT...: the message of the program asks whether WORD was meant
hint()
{
    wanted_rc=$1 word=$2
    shift 2
    expect "$wanted_rc" "did you mean ['\"]?$word['\"]?\?|did you mean $word " "$BITSWEEP" "$@"
}

# commands, options and their values
hint 64 run rnu
hint 64 run help rnu
hint 64 --color --colr=never formats
hint 64 --jobs plan --jbos 3 experiments/quickstart.yaml
hint 64 --format query --fromat=csv
hint 64 json formats --format jsn
hint 64 BF16 inspect $dump --dtype BF166
hint 64 low-first quantize mxfp4 $dump --pack low-frist
hint 64 128x4 quantize mxfp4 $dump --scale-layout 128x44
hint 64 counts diff mxfp4 nvfp4 $dump --part count
hint 64 rne formats e4m3 --via bf16 --to e4m3 --round rnee
hint 64 quantize allocate --op quantise --budget 4
hint 64 matmul sensitivity --op matmull
expect 64 "did you mean 'avx2'\?" env BITSWEEP_ISA=avx22 "$BITSWEEP" formats
# formats, schemes, profiles, their keys and values
hint 2 fp16 formats fp166
hint 2 fp16 formats e4m3 --contains fp166
hint 2 mxfp4 schemes mxpf4
hint 2 ocp:mxfp4 explain ocp:mxfp44 1
hint 2 mxfp4 quantize mxfp44 $dump
hint 2 mxfp4 diff mxfp4 mxfp44 $dump
hint 64 mxfp4 diff --matrix --family mxfp44 $dump
hint 2 block schemes int8,blok=16
hint 2 channel schemes int8,per=chanel
hint 2 rne schemes int8,round=rnee
hint 2 floor schemes e4m3,block=32,scale_rule=flor
hint 2 e8m0 schemes e4m3,block=32,scale=e8m00
hint 2 saturate schemes e4m3,overflow=satrate
hint 64 floor schemes --rules flor
hint 64 ocp:mxfp4 schemes --profiles ocp:mxfp44
# metrics, transforms, methods, products, costs, components, units, MAC texts, designs
hint 64 mse metrics mes
hint 64 sqnr_db metrics sqnr
hint 64 gptq transforms gptqq
hint 64 smoothquant methods smoothqant
hint 64 lmul_bits products lmul_bit
hint 64 storage costs storge
hint 2 multiplier costs -k multiplir
hint 2 storage cost int8 --model storge
hint 2 level cost int8 --model memory,lvel=1
hint 2 hbm2 cost int8 --model memory,level=hbm22
hint 2 fused cost int8 --mac fusd
hint 2 group cost int8 --mac fused,grop=3
hint 2 h100 units h1000
hint 2 rne units fused,align=rnee
hint 64 product rtl e4m3 -o "$dir/rtl" --design prodct
hint 2 decode vectors decod:e4m3
hint 64 gaussian synth gausian -o "$dir/x.npy"
hint 64 read bench --only readd
# figures, views, tables, columns
hint 64 pareto figures parto
hint 64 pareto plot parto
# tensors of dumps
hint 69 layers.0.mlp.down.input quantize mxfp4 $dump --name layers.0.mlp.down.inptu
hint 69 layers.0.mlp.down.input explain mxfp4 --dump $dump --name layers.0.mlp.down.inptu
hint 69 layers.0.mlp.down.input diff mxfp4 nvfp4 $dump --name layers.0.mlp.down.inptu

# experiment files
"$BITSWEEP" synth gaussian --rows 16 --columns 64 -o "$dir/x.safetensors" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: hints
inputs: [{dump: x.safetensors}]
metrics: [mse, sqnr_db]
cost: all
sweep: {grid: {format: [mxfp4, e4m3, int8]}}
YAML
# set WORD KEY=VALUE
set_hint()
{
    expect 2 "did you mean '$1'\?" "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/none.db" --set "$2"
}
set_hint metrics metrcs=mse
set_hint select inputs.0.selct=x
set_hint gaussian inputs.0.select=gausian
set_hint F32 inputs.0.dtype=F322
set_hint grid 'sweep={gird: {format: int8}}'
set_hint block sweep.grid.blok=16
set_hint mxfp4 sweep.grid.format=mxpf4
set_hint sqnr_db metrics=[sqnr_bd]
set_hint storage cost=storge
set_hint level 'cost=[{model: memory, levl: hbm2}]'
set_hint matmul op=matmull
set_hint floor scale_rule=flor
cat >"$dir/m.yaml" <<YAML
name: sites
op: matmul
inputs: [{dump: $PWD/$dump, select: layers.0.mlp.down}]
sweep: {grid: {format: [mxfp8_e4m3], mac: [exact]}}
YAML
site_hint()
{
    expect 2 "did you mean '$1'\?" "$BITSWEEP" plan "$dir/m.yaml" --db "$dir/none.db" --set "$2"
}
site_hint layers.0.mlp.down inputs.0.select=layers.0.mlp.dwon
site_hint sequential sweep.grid.mac=sequental
site_hint smooth transform=smoth
site_hint alpha 'transform="smooth,alpa=1"'
site_hint smoothquant method=smoothqant
site_hint bf16 output=bf166
site_hint weight "inputs.0={dump: $PWD/$dump, sites: {wieght: \"*\"}}"
only_hint()
{
    expect "$1" "did you mean '$2'\?" "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/none.db" --only "$3"
}
only_hint 64 format fromat=mxfp4
only_hint 2 mxfp4 format=mxfp44
only_hint 2 gaussian tensor=gausian
only_hint 2 mxfp4 mxfp44
only_hint 2 block per=blok

# databases
db=$dir/a.db
"$BITSWEEP" run "$dir/s.yaml" --db "$db" -q || exit 1
"$BITSWEEP" run "$dir/s.yaml" --db "$db" -q --set seed=1 || exit 1
hint 2 v_best query v_bset --db "$db"
hint 2 v_best export v_bset -o "$dir/x.csv" --db "$db"
hint 2 v_cell query 'SELECT * FROM v_cel' --db "$db"
hint 2 label query 'SELECT labl FROM v_cell' --db "$db"
hint 2 sqnr_db allocate --budget 4 --metric sqnr --db "$db"
hint 2 storage.bits_per_element allocate --budget 4 --cost storage.bits_per_elment --db "$db"
hint 2 mxfp4 allocate --budget 4 --only mxfp44 --db "$db"
hint 2 gaussian allocate --budget 4 --name gausian --db "$db"
hint 2 gaussian allocate --budget 8 --together gausian --db "$db"
hint 2 components.mac_gates sensitivity --cost components.mac_gate --db "$db"
hint 2 int8 sensitivity --cost components.mac_gates --only int88 --db "$db"
hint 2 x.safetensors sensitivity --cost components.mac_gates --dump x.safetensor --db "$db"
hint 2 add_gates sensitivity --cost components.mac_gates --part ad_gates --db "$db"
hint 2 sqnr_db diff 1 2 --metric sqnr_bd --db "$db"
# Of names that are alike for long, the whole ones are compared and shown.
long=$(head -c 170 /dev/zero | tr '\0' n)
mkdir "$dir/long"; "$BITSWEEP" synth gaussian --rows 2 --columns 2 -o "$dir/one.npy"
for end in a.in b.in; do cp "$dir/one.npy" "$dir/long/$long.$end.npy"; done
printf 'name: l\ninputs: [{dump: long, select: "%s"}]\nformat: int8\n' "$long.b.on" >"$dir/l.yaml"
expect 2 "did you mean '$long.b.in'\? it has 2: $long.a.in, $long.b.in$" "$BITSWEEP" plan "$dir/l.yaml" --db "$dir/no.db"
# What is near nothing gets no guess.
expect 64 "unknown command 'zzzzzzzz'; bitsweep --help" "$BITSWEEP" zzzzzzzz
expect 64 "unrecognized option '--zzzzzz'" "$BITSWEEP" run --zzzzzz
finish
