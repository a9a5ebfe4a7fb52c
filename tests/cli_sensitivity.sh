#!/bin/sh
# bitsweep sensitivity: a study's front just before and behind each factor, recomputed by SQL; its options and refusals.
. tests/tap.sh

db=$dir/s.db
expect 0 'done: 198 cells: 198 computed' "$BITSWEEP" run experiments/cost.yaml --db "$db" --set 'inputs.0.select=[layers.2.*.weight]' --only 'tensor=*.[qd]*.weight' --set 'cost=[storage, fp8_vs_int8]'
expect 0 '4 tensors x 99 schemes = 396 cells, 0 in' "$BITSWEEP" plan experiments/cost.yaml --db "$dir/none.db"
expect 0 '7 tensors x 9 schemes = 63 cells, 0 in' "$BITSWEEP" plan experiments/paper-lmul.yaml --db "$dir/none.db"
sensitivity() { "$BITSWEEP" sensitivity --db "$db" --format csv "$@"; }
rows() { sensitivity "$@" 2>"$dir/said"; }

# How many schemes are on the front and were not, or the reverse, where a part has a factor.
changed() # PART FACTOR
{
    "$BITSWEEP" query "WITH p AS (SELECT s.scheme, s.sqnr_db, sum(c.value * iif(c.quantity = 'mac_gates', 1, 0)) AS c,
        sum(c.value * iif(c.quantity = '$1', 1, 0)) AS x FROM v_scheme s JOIN v_scheme_cost c USING(dump, op, scheme)
        WHERE s.complete AND c.model = 'fp8_vs_int8' GROUP BY s.scheme),
      f AS (SELECT *, c + ($2 - 1) * x AS moved FROM p),
      r AS (SELECT *, max(sqnr_db) OVER (ORDER BY c, sqnr_db DESC, scheme ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS b,
        max(sqnr_db) OVER (ORDER BY moved, sqnr_db DESC, scheme ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS d FROM f)
      SELECT sum((b IS NULL OR sqnr_db > b) <> (d IS NULL OR sqnr_db > d)) AS n FROM r" --db "$db" --format csv | tail -n 1
}
rows >"$dir/rows"
grep -qx 'part,share,direction,factor,enters,leaves' "$dir/rows"
report $? 'columns'
found=0
tail -n +2 "$dir/rows" >"$dir/data"
while IFS=, read -r part _ direction factor rest; do
    if [ -z "$factor" ]; then
        case $direction in up) far=1e6 ;; *) far=1e-6 ;; esac
        [ "$(changed "$part" $far)" = 0 ] && [ "$rest" = '-,-' ]
        report $? "$part $direction: never"
        continue
    fi
    found=$((found + 1))
    case $direction in up) step=1e-6 ;; *) step=-1e-6 ;; esac
    [ "$(changed "$part" "$(awk "BEGIN { printf \"%.17g\", $factor * (1 - $step) }")")" = 0 ]
    report $? "$part $direction: the front of today just before $factor"
    [ "$(changed "$part" "$(awk "BEGIN { printf \"%.17g\", $factor * (1 + $step) }")")" -gt 0 ]
    report $? "$part $direction: another just behind $factor"
done <"$dir/data"
[ $found -ge 3 ] && [ "$(wc -l <"$dir/data")" -eq 6 ]
report $? "three parts, $found factors"
awk -F, 'NR > 1 && $3 == "up" { s += $2 } END { exit !(s > 0.999999 && s < 1.000001) }' "$dir/rows"
report $? 'shares add up to 1'

# Draws: wider is never safer; nothing changes within what no part alone and no two together can do.
expect 0 '^0.01,1000,1,1,0$' sensitivity --within 0.01 --draws 1000
rows --within 1,5,20,60 --draws 2000 --seed 7 | awk -F, 'NR > 1 { if ($3 > last + 0) bad = 1; last = $3 } BEGIN { last = 1 } END { exit bad || NR != 5 || last > 0.9 }'
report $? 'shares fall'
rows --within 20 --seed 7 >"$dir/a" && rows --within 20 --seed 7 >"$dir/b"
same "$dir/a" "$dir/b" 'the same seed, the same draws'

# Margins: the front has 1 or more, others 1 or less.
rows --margins >"$dir/m"
[ "$(grep -c . "$dir/m")" -eq 100 ]
report $? 'a margin for each of 99 schemes'
"$BITSWEEP" sensitivity --db "$db" --margins --format json 2>"$dir/said" | grep '"front"' | awk '{ match($0, /"front": [01]/); on = substr($0, RSTART + 9, 1); match($0, /"factor": [^,]*/); f = substr($0, RSTART + 10, RLENGTH - 10); n++
    if (f != "null" && (on == 1 ? f + 0 < 1 : f + 0 > 1)) bad = 1; if (f == "null") none++ } END { exit bad || none != 1 || n != 99 }'
report $? 'one scheme is on the front at any cost'

expect 0 '^multiply_gates,' sensitivity --part multiply_gates
expect 0 '^rest,' sensitivity --part multiply_gates
expect 0 '^scale_bits_per_element,' sensitivity --cost storage.bits_per_element --only 'mx*'
expect 0 'of 99 schemes are on the front of SQNR against fp8_vs_int8.mac_gates \(gate\)' sensitivity --dump tinylm.safetensors
expect 0 '^\|' "$BITSWEEP" sensitivity --db "$db" --format md
expect 2 "'align' is no part of mac_gates; did you mean 'align_add_gates'\?; there are: accumulate_gates, align_add_gates, multiply_gates" sensitivity --part align
expect 2 "no cost quantity 'mac_area'; it has: fp8_vs_int8.accumulate_gates" sensitivity --cost mac_area
expect 2 'no dump other.npy has the cost fp8_vs_int8.mac_gates; those that have: /.*tinylm' sensitivity --dump other.npy
expect 2 'no complete scheme of .* has the cost' sensitivity --only nothing
expect 64 'percentages above 0 and below 100' sensitivity --within 100
expect 64 'are of --within' sensitivity --draws 5
expect 64 'without --within and --part' sensitivity --margins --within 5
expect 69 'no database here' "$BITSWEEP" sensitivity --db "$dir/none.db"
finish
