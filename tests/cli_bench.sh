#!/bin/sh
# bitsweep bench: what it prints, in which formats; arguments. No check depends on a time.
. tests/tap.sh
unset BITSWEEP_ISA

expect 0 '^name +size +elements +threads +ns/element +min +max +GB/s +ratio +Gelements/s +isa *$' \
    "$BITSWEEP" bench --quick --only e4m3 --jobs 2
number='[0-9.]+(e[+-][0-9]+)?'
for row in 'L2 +[0-9]+ +1' 'L2 +[0-9]+ +2' 'DRAM +[0-9]+ +1' 'DRAM +[0-9]+ +2'; do
    grep -qE "^e4m3 +$row( +$number){6} +(scalar|avx2|avx512) *\$" "$dir/out"
    report $? "e4m3 $row"
done
[ "$(grep -c '^e4m3' "$dir/out")" -eq 4 ]
report $? 'four rows of e4m3 alone'
grep -q '2 of [0-9]* processors; bitsweep [0-9.]* (commit .*), [gc]' "$dir/out" && grep -q 'compare within a run' "$dir/out"
report $? 'machine, compiler and clock are named'

# Every row of every format for programs stands for itself.
header='name,size,elements,threads,ns,ns_min,ns_max,elements_per_s,bytes_per_s,ratio,ratio_to,isa,schemes,repetitions,cpu,compiler,version,git_commit'
expect 0 "^$header\$" env BITSWEEP_ISA=scalar BITSWEEP_JOBS=1 "$BITSWEEP" bench --quick --only '[rca][eod][apd]*' --format csv
awk -F, 'NR > 1 && !($3 > 0 && $4 == 1 && $6 > 0 && $6 <= $5 && $5 <= $7 && $10 > 0 && $12 == "scalar" && $14 >= 7) {bad = 1}
    NR > 1 && $1 == "add" && !($10 == 1 && $11 == "add") {bad = 1}
    NR > 1 && $9 / $8 - ($1 == "read" ? 4 : 8) > 1e-9 {bad = 1}
    END {exit bad || NR != 7}' "$dir/out"
report $? 'the limits of one thread: six rows; least, median and greatest in order; bytes of an element'
cut -d, -f1 "$dir/out" | uniq | tr '\n' ' ' | grep -q '^name read copy add $'
report $? 'read, copy, add'
for f in json jsonl md tsv; do
    expect 0 avx2 env BITSWEEP_ISA=avx2 "$BITSWEEP" bench --quick --only read --jobs 1 --format $f
done
expect 0 '' "$BITSWEEP" bench --quick --only 'mxfp4' --jobs 1 --json
value='("[^"\\]*"|-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?)'
sed -n '2,$p' "$dir/out" | sed '$d' | grep -vE "^ *\{(\"[a-z_]+\": $value, ){17}\"[a-z_]+\": $value\},?\$" >"$dir/odd"
[ ! -s "$dir/odd" ] && [ "$(grep -c '"name": "mxfp4"' "$dir/out")" -eq 2 ] &&
    [ "$(head -n 1 "$dir/out" | tr -d ' ')" = '[' ] && [ "$(tail -n 1 "$dir/out" | tr -d ' ')" = ']' ]
report $? '--json: an array of objects of 18 members'

# Every benchmark runs; each name says what it is.
expect 0 '^sweep,one tensor,[0-9]+,2,.*,its cells alone in L2,.*,20,7,' "$BITSWEEP" bench --quick --only sweep --jobs 2 --format csv
expect 0 '' "$BITSWEEP" bench --quick --only '*+metrics' --jobs 1 --format tsv
[ "$(cut -f1 "$dir/out" | sort -u | tr '\n' ' ')" = 'e4m3+metrics mxfp8_e4m3+metrics name nvfp4+metrics ' ]
report $? 'three cells with metrics'

expect 0 '' "$BITSWEEP" bench --quick --only 'gemm:*' --jobs 1 --format csv
awk -F, 'NR > 1 && !($1 ~ /^gemm:[a-z0-9_-]+:[a-z0-9]+$/ && $2 == "64x64x512" && $3 == 64 * 64 * 512 && $4 == 1 && $6 > 0 &&
        $6 <= $5 && $5 <= $7 && $8 > 0 && $9 == 0 && $10 > 0 && $11 == "the definition" && $13 == 1) {bad = 1}
    END {exit bad || (NR != 12 && $1 !~ /openblas/)}' "$dir/out"
report $? 'products of matrices: eleven rows beside the definition, and OpenBLAS where it is installed'
expect 0 '^gemm:exact:e4m3 +64x64x512 +4194304 +2 ' "$BITSWEEP" bench --quick --only 'gemm:exact:e4m3' --jobs 2
expect 0 '"ratio_to": "the definition"' "$BITSWEEP" bench --quick --only 'gemm:h100_wgmma_fp8:*' --jobs 1 --json

# arguments
expect 64 "unknown benchmark 'raed'; did you mean 'read'\?; allowed: read, copy, add, e4m3, .*, posit8, .*, sweep$" \
    "$BITSWEEP" bench --only raed
[ ! -s "$dir/out" ]
report $? 'and nothing is printed'
expect 64 "unknown benchmark 'x\*'; allowed: read" "$BITSWEEP" bench --only 'x*' --json
[ ! -s "$dir/out" ]
report $? 'and nothing is printed'
expect 64 '--jobs: expected at least 1' "$BITSWEEP" bench --jobs 0
expect 64 'BITSWEEP_JOBS: expected a whole number' env BITSWEEP_JOBS=two "$BITSWEEP" bench
expect 64 "did you mean json" "$BITSWEEP" bench --format jsn
expect 64 '' "$BITSWEEP" bench e4m3
expect 64 "BITSWEEP_ISA: unknown 'mmx'" env BITSWEEP_ISA=mmx "$BITSWEEP" bench --quick
# A sanitizer reserves more than such a limit.
if sh -c 'ulimit -v 300000 && "$1" metrics; exit $?' sh "$BITSWEEP" >/dev/null 2>&1; then
    expect 70 'out of memory for two arrays of 256 MiB; --quick takes less' \
        sh -c 'ulimit -v 300000; "$1" bench --only read --jobs 1' sh "$BITSWEEP"
    expect 70 'cannot start thread [0-9]+ of 64' \
        sh -c 'ulimit -v 300000; ulimit -s 8192; "$1" bench --quick --only read --jobs 64' sh "$BITSWEEP"
fi
"$BITSWEEP" bench >"$dir/out" 2>"$dir/err" &
pid=$!
catches_int $pid
sleep 0.5
kill -INT $pid
wait $pid
[ $? -eq 130 ] && grep -q 'bench: stopped' "$dir/err"
report $? 'SIGINT: exit status 130'
finish
