#!/bin/sh
# What a run prints at its end, and that the database alone says it again.
. tests/tap.sh

"$BITSWEEP" synth student-t --param 4 --rows 16 --columns 256 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: best
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
sweep: {grid: {format: [e2m1, e3m0, int4, e4m3, int8, e5m2], block: [8, 32], scale: [e8m0, fp16]}}
YAML
db=$dir/a.db
rows()
{
    "$BITSWEEP" query "SELECT budget, label, round(bits_per_element, 3) AS bits, printf('%.2f', $2) AS v FROM $1 WHERE budget IS NOT NULL
 ORDER BY budget" --db "$db" --format tsv | tail -n +2
}
# 24 schemes: all of them, the best within a budget marked
expect 0 '^budget +scheme +bits +sqnr_db +gates +tensors$' "$BITSWEEP" run "$dir/s.yaml" --db "$db"
[ "$(grep -c ' 1$' "$dir/out")" -eq 24 ]
report $? 'all of 24 schemes'
grep -q 'Again: bitsweep query v_study' "$dir/out"
report $? 'it says where the rows are'
rows v_study value >"$dir/study"
rows v_best sqnr_db >"$dir/best"
[ "$(wc -l <"$dir/best")" -ge 3 ] && cmp -s "$dir/study" "$dir/best"
report $? 'of one dump, v_study says what v_best does'
awk '$1 ~ /^[0-9.]+$/ && NF == 6 {printf "%g %s %g %.2f\n", $1, $2, $3, $4}' "$dir/out" >"$dir/got"
awk -F'\t' '{printf "%g %s %g %.2f\n", $1, $2, $3, $4}' "$dir/best" >"$dir/wanted"
same "$dir/wanted" "$dir/got" 'the marked rows are those of v_best'
# formats
expect 0 '^budget,scheme,bits,sqnr_db,gates,tensors$' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --format csv
[ "$(wc -l <"$dir/out")" -eq 25 ]
report $? 'csv: rows alone'
expect 0 '"scheme": ?"e2m1,block=32' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --format jsonl
expect 64 'did you mean json' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --format jsn
# more schemes: the best alone
expect 0 'the others are left out' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --set 'sweep.grid.block=[8,16,32]'
[ "$(grep -cE '^ *[0-9.]+ .* 1$' "$dir/out")" -eq "$(rows v_best sqnr_db | wc -l)" ]
report $? 'of 36 schemes the best within each budget'
# of the run alone, not of what else is in the database
expect 0 '^ +8\.5 +int8' "$BITSWEEP" run "$dir/s.yaml" --db "$db" --only 'int*'
grep -q 'e4m3' "$dir/out"
[ $? -eq 1 ]
report $? 'schemes of other runs are left out'
# by the first metric where there is no SQNR, the right way round
expect 0 '^budget +scheme +bits +mse ' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/m.db" --set 'metrics=[mse, cosine]'
expect 0 '^0$' "$BITSWEEP" query 'SELECT count(*) FROM v_study b WHERE budget IS NOT NULL AND value > (SELECT min(value)
 FROM v_study s WHERE round(s.bits_per_element, 2) <= b.budget)' --db "$dir/m.db" --format tsv
expect 0 'mse' "$BITSWEEP" query 'SELECT metric FROM v_study WHERE budget IS NOT NULL' --db "$dir/m.db" --format tsv
finish
