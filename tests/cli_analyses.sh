#!/bin/sh
# Quantities that belong to no tensor: listed, computed, and as cells of studies, with everything that reads cells.
. tests/tap.sh
db=$dir/a.db

expect 0 '^crossover +int, float, rho, block, steps +the crest factor' "$BITSWEEP" analyses
expect 0 '^rho +1\.\.16: how much larger' "$BITSWEEP" analyses crossover
expect 0 '^crossover\.crest +.*unless said: 7\.5459' "$BITSWEEP" analyses crossover
expect 0 '^crossover,int=int4,float=e2m1 +crest +2\.0415 +ratio' "$BITSWEEP" analyses crossover,int=int4,float=e2m1
expect 0 '^"aciq,bits=8",clip,3\.92403' "$BITSWEEP" analyses aciq,bits=4 aciq,bits=8 --format csv
expect 0 '^cost,scheme=int8 +fp8_vs_int8.mac_gates +727 +gate' "$BITSWEEP" analyses cost,scheme=int8
expect 2 "unknown analysis 'crosover' .did you mean 'crossover'" "$BITSWEEP" analyses crosover
expect 2 "unknown key 'roh' .did you mean 'rho'" "$BITSWEEP" analyses crossover,roh=2
expect 2 'cost: fp8_vs_int8: the model covers signed' "$BITSWEEP" analyses cost,scheme=e8m0

cat >"$dir/a.yaml" <<'END'
name: theory
op: analysis
rho: 1.5
sweep:
  - grid: {analysis: [crossover], int: [int8, int6], float: [e4m3, e2m3]}
    exclude: [{int: int8, float: e2m3}]
  - grid: {analysis: ["crossover,int=int4,float=e2m1,rho=1.05,block=16"]}
  - include:
      - {analysis: cost, model: "memory,level=dram", scheme: "int4,block=32", rho: ~}
      - {analysis: relative_error, scheme: int8, rho: ~}
END
sed 's/float: .e4m3, e2m3./flot: e4m3/' "$dir/a.yaml" >"$dir/b.yaml"
expect 2 "b.yaml:5:.*: grid: unknown 'flot'; did you mean 'float'. allowed: analysis, scheme, " "$BITSWEEP" validate "$dir/b.yaml"
expect 0 'ok: theory, 6 analyses' "$BITSWEEP" validate "$dir/a.yaml"
expect 0 '^  6 analyses, 0 in .* already, 6 to do$' "$BITSWEEP" plan "$dir/a.yaml" --db "$db"
expect 0 'done: 6 cells: 5 computed, 0 cached, 0 failed, 1 skipped; [^,]*$' "$BITSWEEP" run "$dir/a.yaml" --db "$db"
expect 0 '' "$BITSWEEP" plan "$dir/a.yaml" --db "$db"
grep -q '6 analyses, 5 in .* already, 0 to do' "$dir/out"
report $? 'nothing is left to do'
expect 0 '^crossover,crossover,crest,7\.54593627' "$BITSWEEP" query v_analysis --db "$db" --format csv
expect 0 'relative_error: int8 is no float' "$BITSWEEP" query v_failed --db "$db"
expect 0 '^0$' "$BITSWEEP" query "SELECT (SELECT count(*) FROM v_cell) + (SELECT count(*) FROM v_scheme) + (SELECT count(*) FROM v_study) +
  (SELECT count(*) FROM v_dump) + (SELECT count(*) FROM cell WHERE tensor_sha256 IS NOT NULL)" --db "$db" --format csv
expect 0 '^computed again +fine +5 cells have the same bits$' "$BITSWEEP" doctor --db "$db"
expect 0 '6 analyses' "$BITSWEEP" plan "$dir/a.yaml" --db "$dir/none.db"
[ ! -e "$dir/none.db" ]
report $? 'a plan makes no database'

results="SELECT cell_sha256, label, status, result_hash, name, x.bits FROM cell LEFT JOIN value x USING(cell_id)
 LEFT JOIN metric USING(metric_id) ORDER BY 1, 5"
for i in 0 1 2; do
    "$BITSWEEP" run "$dir/a.yaml" --db "$dir/s.db" --shard $i/3 -q || exit 1
done
expect 0 '' "$BITSWEEP" merge "$dir/s.db" "$dir/s.0-of-3.db" "$dir/s.1-of-3.db" "$dir/s.2-of-3.db"
"$BITSWEEP" query "$results" --db "$db" --format csv >"$dir/one.csv"
"$BITSWEEP" query "$results" --db "$dir/s.db" --format csv >"$dir/three.csv"
same "$dir/one.csv" "$dir/three.csv" 'three shards merged are the one run'
expect 0 '0 differ; 0 cells in a alone' "$BITSWEEP" diff 1 1 --db "$db"

# A value that was changed is found, by bits and by computing again; a failed cell goes.
cp "$db" "$dir/b.db"
sqlite3 "$dir/b.db" "UPDATE value SET v = v + 1, bits = bits + 1 WHERE metric_id = (SELECT metric_id FROM metric
 WHERE name = 'crossover.crest')"
expect 1 'computed again +BAD .*crossover.crest' "$BITSWEEP" doctor --db "$dir/b.db"
expect 1 '4 differ' "$BITSWEEP" diff 1 "$dir/b.db:1" --db "$db"
expect 0 '' "$BITSWEEP" gc --failed --db "$dir/b.db"
expect 0 '^5,0$' "$BITSWEEP" query "SELECT count(*), sum(status <> 'done') FROM cell" --db "$dir/b.db" --format csv
expect 0 '6 analyses, 5 in .* already, 1 to do' "$BITSWEEP" plan "$dir/a.yaml" --db "$dir/b.db"
expect 0 '' "$BITSWEEP" export v_analysis --db "$db" -o "$dir/x.csv"

# --only and --force; what has no effect on analyses.
expect 0 '3 analyses|1 computed' "$BITSWEEP" run "$dir/a.yaml" --db "$db" --only 'crossover,int=int6' --force
expect 2 "--only zz: matches none" "$BITSWEEP" plan "$dir/a.yaml" --db "$db" --only zz
wrong()
{
    expect 2 "$1" "$BITSWEEP" validate "$dir/a.yaml" --set "$2"
}
wrong 'inputs: has no effect on op: analysis' 'inputs=[{dump: x.npy}]'
wrong 'metrics: has no effect on op: analysis' 'metrics=mse'
wrong 'cost: has no effect on op: analysis' 'cost=none'
wrong 'seed: has no effect on op: analysis' 'seed=1'
wrong 'mac: has no effect on op: analysis; allowed with op: matmul' 'mac=exact'
wrong "unknown key 'block_scale'|unknown 'block_scale'" 'block_scale=1'
wrong "analysis: crossover: unknown key 'sigma'" 'sigma=1'
wrong 'sweep.select: has no effect' 'sweep={select: x, include: [{analysis: aciq, rho: ~}]}'
wrong 'no analysis: give' 'sweep={include: [{rho: 2}]}'
wrong 'rho is given twice: here and in .crossover,rho=2.' 'sweep={grid: {analysis: "crossover,rho=2", rho: [1, 2]}}'
wrong "unknown analysis 'crosover'" 'sweep={grid: {analysis: crosover}}'
printf 'name: t\nop: analysis\nanalysis: crossover\nrho: 99\n' >"$dir/w.yaml"
expect 2 'w.yaml:3:11: analysis: crossover: rho: .99. is not one of 1..16' "$BITSWEEP" validate "$dir/w.yaml"
printf 'name: t\ninputs: [{dump: x.npy}]\nformat: int8\nrho: 2\n' >"$dir/w.yaml"
expect 2 "unknown key 'rho'" "$BITSWEEP" validate "$dir/w.yaml"
finish
