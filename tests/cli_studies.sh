#!/bin/sh
# --study: queries, figures and the report of some studies of a database, and the figures that files name.
. tests/tap.sh

study() # NAME SELECT FORMATS MORE
{
    printf 'name: "%s"\ndoc: about %s\ninputs: [{dump: %s, select: "%s"}]\nsweep: {grid: {format: [%s], block: [16, 32]}}\nmetrics: [sqnr_db]\n%s\n' \
        "$1" "$1" "$PWD/experiments/dumps/tinylm.safetensors" "$2" "$3" "$4"
}
db=$dir/s.db
study one layers.2.attn.qkv.input 'e2m1, int4' 'figures: [block_size, sqnr_bits]' >"$dir/one.yaml"
study two layers.3.attn.qkv.input 'e2m1, e4m3, int8' 'figures: none' >"$dir/two.yaml"
study 'o[n]e*' layers.3.attn.qkv.input 'e3m2' '' >"$dir/three.yaml"
expect 0 '' "$BITSWEEP" run -q "$dir/one.yaml" "$dir/two.yaml" "$dir/three.yaml" --db "$db"

# counts GLOB NUMBER: cells of the studies that GLOB takes, by views and tables.
counts()
{
    for from in v_cell v_measured cell value run_cell cost_value; do
        id=cell_id
        [ "${from#v_}" = "$from" ] || id=cell_sha256
        "$BITSWEEP" query --db "$db" --format csv --study "$1" "SELECT count(DISTINCT $id) FROM $from" | tail -n 1
    done | sort -u >"$dir/got"
    [ "$(cat "$dir/got")" = "$2" ]
    report $? "$2 cells of the studies $1"
}
counts one 4
counts two 6
counts 'o*' 6
counts '*' 12
expect 0 '^one' "$BITSWEEP" query --db "$db" --study one 'SELECT DISTINCT study FROM v_study'
expect 0 '^ *1$' "$BITSWEEP" query --db "$db" --study one 'SELECT count(*) FROM v_run'
expect 0 '^ *1$' "$BITSWEEP" query --db "$db" --study two 'SELECT count(*) FROM config'
"$BITSWEEP" query --db "$db" --format csv 'SELECT study, figure, said FROM v_study_figure' | tail -n +2 | tr -d '\r' >"$dir/got"
printf 'o[n]e*,,0\none,sqnr_bits,1\none,block_size,1\ntwo,,1\n' >"$dir/wanted"
same "$dir/got" "$dir/wanted" 'figures are those that the files name'

# A study is what its last run had; a file that changed leaves its earlier cells to the whole database.
study one layers.2.attn.qkv.input 'int4' 'figures: [block_size]' >"$dir/one.yaml"
expect 0 '' "$BITSWEEP" run -q "$dir/one.yaml" --db "$db"
counts one 2
expect 0 '^ *12$' "$BITSWEEP" query --db "$db" 'SELECT count(*) FROM cell'
# Parts of one run are one study.
expect 0 '' "$BITSWEEP" run -q "$dir/two.yaml" --shard 0/2 --db "$dir/t.db"
expect 0 '' "$BITSWEEP" run -q "$dir/two.yaml" --shard 1/2 --db "$dir/t.db"
expect 0 '' "$BITSWEEP" merge "$dir/m.db" "$dir/t.0-of-2.db" "$dir/t.1-of-2.db"
db=$dir/m.db
counts two 6
db=$dir/s.db

expect 2 'no study is named tow; did you mean two\? \(studies: o\[n\]e\*, one, two\)' "$BITSWEEP" query --db "$db" --study tow v_cell
expect 2 'may only read' "$BITSWEEP" query --db "$db" --study one 'CREATE TEMP TABLE t(a)'
expect 2 'may only read|cannot modify' "$BITSWEEP" query --db "$db" --study one 'DELETE FROM cell'
expect 2 'may only read' "$BITSWEEP" query --db "$db" --study one 'DELETE FROM main.cell'
expect 2 "figures: unknown.*'sqnr_bit'.*sqnr_bits" "$BITSWEEP" validate "$dir/one.yaml" --set 'figures=[sqnr_bit]'
expect 2 'named twice' "$BITSWEEP" validate "$dir/one.yaml" --set 'figures=[lmul, lmul]'
expect 2 'an empty list' "$BITSWEEP" validate "$dir/one.yaml" --set 'figures=[]'
expect 0 '"figures":\["sqnr_bits","block_size"\]' "$BITSWEEP" validate "$dir/one.yaml" --resolved --set 'figures=[block_size, sqnr_bits]'

if command -v gnuplot >/dev/null; then
    expect 0 'fig/one/block_size.svg' "$BITSWEEP" plot --db "$db" --study '*' -o "$dir/fig"
    (cd "$dir/fig" && ls) >"$dir/got" && [ "$(cat "$dir/got")" = one ]
    report $? 'studies without figures have no folder'
    # The rows are those of the study alone.
    ! grep -q e2m1 "$dir/fig/one/block_size.tsv"
    report $? 'a figure of a study has nothing of the others'
    expect 0 '' "$BITSWEEP" plot sqnr_bits --db "$db" --study 'o[[]n]e[*]' -o "$dir/fig"
    grep -q e3m2 "$dir/fig/o[n]e*/sqnr_bits.tsv" && ! grep -qE 'e2m1|int4' "$dir/fig/o[n]e*/sqnr_bits.tsv"
    report $? 'names that look like globs are names'
    expect 2 'names a figure; say which' "$BITSWEEP" plot --db "$db" --study two -o "$dir/fig"
    expect 2 'no study is named six' "$BITSWEEP" plot --db "$db" --study six -o "$dir/fig"
    expect 0 '' "$BITSWEEP" run -q "$dir/one.yaml" --set name=../up --db "$dir/u.db"
    expect 2 'no name for a folder' "$BITSWEEP" plot --db "$dir/u.db" --study '*' -o "$dir/fig"
    [ ! -e "$dir/up" ]
    report $? 'nothing is drawn beside the folder'
    # The report has what files name, and of a study that says nothing all that has rows.
    expect 0 '' "$BITSWEEP" report --db "$db" -o "$dir/rep"
    grep -oE '<h[34] id="[^"]*">[^<]*' "$dir/rep/index.html" | grep -A 99 study- | sed 's/<h. id=//; s/">.*//; s/"//' >"$dir/got"
    printf '%s\n' study-1 sqnr_bits pareto em_split block_size layers spread study-2 block_size-2 >"$dir/wanted"
    diff "$dir/wanted" "$dir/got" | sed 's/^/# /'
    same "$dir/got" "$dir/wanted" 'the report has the figures of each study under its name'
else
    skip 12 'figures of studies' 'no gnuplot'
fi
finish
