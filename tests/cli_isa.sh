#!/bin/sh
# BITSWEEP_ISA: results do not depend on it, to the bit; a run records what it used; unknown names are refused.
. tests/tap.sh
unset BITSWEEP_ISA

"$BITSWEEP" synth gaussian --rows 512 --columns 512 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: isa
inputs: [{dump: x.npy}]
sweep:
  grid:
    format: [e4m3, bf16, mxfp8_e4m3, mxfp4, mxint8, nvfp4, "int8,per=tensor", "int4,block=32,scale=fp16", "nf4,block=64", "e4m3,round=sr"]
metrics: all
seed: 3
YAML
"$BITSWEEP" run "$dir/s.yaml" --db "$dir/unset.db" --quiet || exit 1
best=$("$BITSWEEP" query 'SELECT isa FROM v_run' --db "$dir/unset.db" --format csv | tail -n 1)
[ "$("$BITSWEEP" bench --quick --only read --jobs 1 --format csv | tail -n 1 | cut -d, -f12)" = "$best" ]
report $? "a run records its instruction set: $best"
! grep -qw avx2 /proc/cpuinfo || [ "$best" != scalar ]
report $? 'which is more than scalar where the CPU has AVX2'
rows="SELECT label, metric, value, class, bits FROM v_value ORDER BY label, metric"
hashes='SELECT cell_sha256, result_hash FROM cell ORDER BY cell_sha256'
"$BITSWEEP" query "$rows" --db "$dir/unset.db" --format csv >"$dir/unset.rows"
"$BITSWEEP" query "$hashes" --db "$dir/unset.db" --format csv >"$dir/unset.hashes"
[ "$(wc -l <"$dir/unset.rows")" -gt 300 ] && [ "$(wc -l <"$dir/unset.hashes")" -eq 11 ]
report $? 'ten cells with their metrics'
covered=
for isa in scalar avx2 avx512; do
    expect 0 '' env BITSWEEP_ISA=$isa "$BITSWEEP" run "$dir/s.yaml" --db "$dir/$isa.db" --quiet
    used=$("$BITSWEEP" query 'SELECT isa FROM v_run' --db "$dir/$isa.db" --format csv | tail -n 1)
    # What the CPU does not have is what it has at most.
    [ "$used" = "$isa" ] || { [ "$used" = "$best" ] && [ "$isa" != scalar ]; }
    report $? "$isa: the record says $used"
    "$BITSWEEP" query "$rows" --db "$dir/$isa.db" --format csv >"$dir/$isa.rows"
    "$BITSWEEP" query "$hashes" --db "$dir/$isa.db" --format csv >"$dir/$isa.hashes"
    same "$dir/unset.rows" "$dir/$isa.rows" "$isa: the same rows"
    same "$dir/unset.hashes" "$dir/$isa.hashes" "$isa: the same results"
    covered="$covered $used"
done
BITSWEEP_ISA=scalar sh tests/golden/run.sh "$BITSWEEP" >"$dir/golden" 2>&1
same tests/golden/mini.csv "$dir/golden" 'scalar: the golden mini-sweep'
expect 64 "^bitsweep: BITSWEEP_ISA: unknown 'sse'; allowed: scalar, avx2, avx512$" env BITSWEEP_ISA=sse "$BITSWEEP" formats
expect 64 "BITSWEEP_ISA: unknown 'AVX2'" env BITSWEEP_ISA=AVX2 "$BITSWEEP" run "$dir/s.yaml"
expect 0 '' env BITSWEEP_ISA= "$BITSWEEP" metrics
expect 0 'BITSWEEP_ISA' env BITSWEEP_ISA=sse "$BITSWEEP" --help
echo "# covered instruction sets:$covered"
finish
