#!/bin/sh
# bitsweep allocate: against all choices, which SQL can list; its options, and what it refuses.
. tests/tap.sh

db=$dir/a.db
printf 'name: t\ninputs: [{dump: %s, select: [layers.2.attn.q.weight, layers.2.attn.k.weight, layers.4.mlp.down.input]}]\nsweep: {grid: {format: [int2, "int4,per=token", mxfp4, nvfp4, mxfp6_e2m3, mxfp8_e4m3, "int8,per=token"]}}\nmetrics: [mse, nmse, sqnr_db, absmax]\n' \
    "$PWD/experiments/dumps/tinylm.safetensors" >"$dir/s.yaml"
printf 'name: t\nop: matmul\ninputs: [{dump: %s, select: [layers.2.attn.q, layers.2.attn.k]}]\nsweep: {grid: {format: [mxfp4, mxfp8_e4m3], weight: [mxfp4, mxfp8_e4m3]}}\nmetrics: [mse, sqnr_db]\n' \
    "$PWD/experiments/dumps/tinylm.safetensors" >"$dir/m.yaml"
expect 0 'done: 21 cells: 21 computed' "$BITSWEEP" run "$dir/s.yaml" --db "$db"

allocate() { "$BITSWEEP" allocate --db "$db" --format csv "$@"; }
ask() { "$BITSWEEP" query "$1" --db "$db" --format csv; }
totals() { sed -n 's/^(all),[^,]*,[^,]*,[^,]*,//p' "$1"; } # "cost,METRIC,error"

# the least error of all 343 choices, in the words of SQL
brute() # METRIC WEIGHT LIMIT
{
    ask "WITH t AS (SELECT v.tensor, $1 * $2 AS e, bits_per_element * n AS b, n FROM v_cell v JOIN tensor USING(tensor_sha256))
      SELECT min(x.e + y.e + z.e) AS e FROM t x JOIN t y ON x.tensor < y.tensor JOIN t z ON y.tensor < z.tensor
      WHERE x.b + y.b + z.b <= $3" | tail -n 1
}
near() # A B NAME
{
    awk -v a="$1" -v b="$2" 'BEGIN { d = a - b; d = d < 0 ? -d : d; exit !(a != "" && b != "" && d <= 1e-9 * (b < 0 ? -b : b)) }'
    report $? "$3: $1 $2"
}
n=$(ask 'SELECT sum(n) FROM tensor' | tail -n 1)
for budget in 2 3.7 4.5 6.25; do
    allocate --budget $budget >"$dir/out.csv"
    near "$(totals "$dir/out.csv" | cut -d, -f3)" "$(brute mse n "$budget * $n")" "mse within $budget bits"
    budget_bytes=$(awk "BEGIN { print int($budget * $n / 8) }")
    allocate --bytes $budget_bytes --metric sqnr_db --weight equal >"$dir/out.csv"
    near "$(totals "$dir/out.csv" | cut -d, -f3)" "$(brute -sqnr_db 1 "8 * $budget_bytes")" "sqnr_db within $budget_bytes bytes"
done
echo "# covered allocate: 8 budgets against all 343 choices"

# gates, on average over elements, and the front
expect 0 '^layers.2.attn.k.weight,mxfp6_e2m3,8192,6.25,583,' allocate --cost mac_gates --budget 600
expect 0 '^layers.2.attn.k.weight,mxfp6_e2m3,8192,6.25,583,' allocate --cost fp8_vs_int8.mac_gates --budget 600
expect 0 '^budget,cost,error,schemes$' allocate --front
allocate --front >"$dir/front.csv"
awk -F, 'NR > 1 { if (NR > 2 && ($3 >= e || $2 <= c)) bad = 1; c = $2; e = $3 } END { exit bad || NR < 8 }' "$dir/front.csv"
report $? "errors of the front fall while costs grow"
expect 0 '^3,' allocate --front --budget 4,3

# candidates
expect 0 '"mxfp4 x 3"|mxfp4 x 3' allocate --front --budget 9 --only mxfp4
expect 0 '^\(all\),1 tensors,' allocate --budget 4.5 --name '*.q.weight'
expect 0 '^\(all\),2 tensors,' allocate --budget 4.5 --where "tensor LIKE '%weight'"
expect 1 'no choice keeps the budget of 1.5: the least possible is 2$' allocate --budget 1.5
expect 2 'no finished cell has the metric mse and the cost storage.bits_per_element' allocate --budget 9 --only nothing
expect 2 "the database has no metric 'msee'; did you mean 'mse'\?; it has: mse, nmse" allocate --budget 4 --metric msee
expect 2 'metric absmax is neither better high nor low' allocate --budget 4 --metric absmax
expect 2 "no cost quantity 'gates'; it has: .*mac_gates" allocate --budget 4 --cost gates
expect 2 'no such column: tenso; did you mean tensor' allocate --budget 4 --where "tenso = 'x'"
expect 2 'syntax error' allocate --budget 4 --where "1) ; DELETE FROM cell; --"
expect 64 'one budget is needed' allocate
expect 64 'one budget is needed' allocate --budget 3,4
expect 64 'not a (finite )?number|expected' allocate --budget x
expect 69 'no database here' "$BITSWEEP" allocate --db "$dir/none.db" --budget 4

# tensors that go together have one scheme; weights turn the choice round
allocate --budget 4.6 --together '*.weight' | awk -F, '/weight/ { l[++i] = $2 } END { exit !(i == 2 && l[1] == l[2]) }'
report $? "q and k have one scheme"
allocate --budget 4.6 --together '*.q.weight' --together '*.[qk].weight' | awk -F, '/weight/ { l[++i] = $2 } END { exit !(i == 2 && l[1] == l[2]) }'
report $? "globs that share a tensor are one unit"
expect 64 'without --budget and --cost' allocate --budget 5 --bytes 100000 --front
expect 64 'without --budget and --cost' allocate --cost bits_per_element --bytes 100000
printf '# traces\nlayers.2.attn.q.weight 0\nlayers.2.attn.k.weight,1e6\nlayers.4.mlp.down.input 0\n' >"$dir/w"
expect 0 '^layers.2.attn.k.weight,"?int8' allocate --budget 4 --weight "$dir/w"
printf 'layers.2.attn.q.weight 1\n' >"$dir/w"
expect 64 'no weight for layers.2.attn.k.weight' allocate --budget 4 --weight "$dir/w"
printf 'layers.2.attn.q 1\n' >"$dir/w"
expect 64 'w:1: no candidate is of a tensor layers.2.attn.q$' allocate --budget 4 --weight "$dir/w"
expect 69 '\(--weight: elements, equal, or a file\)' allocate --budget 4 --weight element

# the choice as an experiment file: the same cells
expect 0 '' allocate --budget 4.5 --yaml "$dir/chosen.yaml"
expect 0 'done: 3 cells: 0 computed, 3 cached' "$BITSWEEP" run "$dir/chosen.yaml" --db "$db" --set 'metrics=[mse]'
expect 2 "sweep.select: 'x' matches none of 3 tensors, which leaves scheme int8" "$BITSWEEP" plan "$dir/chosen.yaml" --set 'sweep=[{grid: {format: [int8]}, select: x}]'

# a quantity of two models: which is said
expect 0 'done: 21 cells' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/two.db" --set 'cost=[storage, fp8_vs_int8, "fp8_vs_int8,guard=2"]' --set 'metrics=[mse]'
two() { "$BITSWEEP" allocate --db "$dir/two.db" --format csv --budget 600 "$@"; }
expect 2 "several models have a cost 'mac_gates'; say which: fp8_vs_int8.mac_gates, fp8_vs_int8,guard=2.mac_gates$" two --cost mac_gates
expect 0 '^layers.2.attn.k.weight,mxfp6_e2m3,8192,6.25,583,' two --cost fp8_vs_int8.mac_gates
expect 0 '^layers.2.attn.q.weight,mxfp6_e2m3,16384,6.25,493,' two --cost fp8_vs_int8,guard=2.mac_gates
expect 2 "no cost quantity 'fp8_vs_int8.mac'; did you mean 'fp8_vs_int8.mac_gates'\?; it has: .*storage.bits_per_element" two --cost fp8_vs_int8.mac
expect 0 '^layers.2.attn.k.weight,"?int8' two --cost storage.bits_per_element

# sites: bits of both operands; bit operations in all
expect 0 'done: 8 cells: 8 computed' "$BITSWEEP" run "$dir/m.yaml" --db "$db"
expect 2 'say which with --op' allocate --budget 5
expect 0 '^"?mxfp8_e4m3 \* mxfp4' ask "SELECT label FROM v_pareto WHERE op = 'matmul' AND cost = 'bits_per_element' AND value > 4.25 AND value < 8.25"
expect 0 '^\(all\),2 tensors,' allocate --op matmul --budget 6
macs=$((96 * 128 * 128 + 96 * 64 * 128))
expect 1 "least possible is $((16 * macs))" allocate --op matmul --cost bit_operations --total --budget 1
expect 0 "^\(all\),2 tensors,49152,[^,]*,$((32 * macs)),," allocate --op matmul --cost bit_operations --total --budget $((32 * macs))
expect 0 '' allocate --op matmul --budget 6 --yaml "$dir/chosen.yaml"
expect 0 'done: 2 cells: 0 computed, 2 cached' "$BITSWEEP" run "$dir/chosen.yaml" --db "$db" --set 'metrics=[mse]'
finish
