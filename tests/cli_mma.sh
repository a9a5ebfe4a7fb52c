#!/bin/sh
# mma and units: rows of codes to results, files of real tensor cores, what users get wrong.
. tests/tap.sh

# npy FILE DTYPE SHAPE BYTE...: an array of raw bytes, octal.
npy()
{
    file=$1 header="{'descr': '$2', 'fortran_order': False, 'shape': $3, }"
    shift 3
    printf "\\223NUMPY\\001\\000\\166\\000%-117s\\n" "$header" >"$file"
    for byte; do printf "\\$byte"; done >>"$file"
}
# data FILE: its elements as hexadecimal bytes.
data()
{
    tail -c +129 "$1" | od -An -v -tx1 | tr -d ' \n'
}

# two rows of two: 1 * 1 + 2 * 2 = 5 and 1.5 * -1 + 0 = -1.5, in e4m3
npy "$dir/a.npy" '|u1' '(2, 2)' 70 100 74 0
npy "$dir/b.npy" '|u1' '(2, 2)' 70 100 270 70
expect 0 '^rows +2$' "$BITSWEEP" mma ada_fp8 --a "$dir/a.npy" --b "$dir/b.npy" --a-format e4m3 -o "$dir/d.npy"
[ "$(data "$dir/d.npy")" = 0000a0400000c0bf ]
report $? 'fp32 results: 5 and -1.5'
head -c 128 "$dir/d.npy" | grep -q "'descr': '<u4'.*'shape': (2,)"
report $? 'results are a vector of 32 bits'
expect 0 '"quantity": ?"inexact", ?"value": ?0' "$BITSWEEP" mma ada_fp8_f16 --a "$dir/a.npy" --b "$dir/b.npy" --b-format e4m3 -o "$dir/d.npy" --format jsonl
[ "$(data "$dir/d.npy")" = 004500be ]
report $? 'fp16 results, 16 bits'
npy "$dir/c.npy" '<u4' '(2,)' 0 0 200 77 0 0 200 277 # 1 and -1
expect 0 '' "$BITSWEEP" mma sequential --a "$dir/a.npy" --b "$dir/b.npy" --a-format e4m3 --c "$dir/c.npy" -o "$dir/d.npy"
[ "$(data "$dir/d.npy")" = 0000c040000020c0 ]
report $? 'with addends: 6 and -2.5'
expect 0 '^wrapped +3$' "$BITSWEEP" mma sequential,acc=int8 --a "$dir/a.npy" --b "$dir/b.npy" --a-format int8 -o "$dir/d.npy"
npy "$dir/v.npy" '|u1' '(2,)' 70 100
expect 0 '^rows +1$' "$BITSWEEP" mma exact --a "$dir/v.npy" --b "$dir/v.npy" --a-format e4m3 -o "$dir/d.npy"
[ "$(data "$dir/d.npy")" = 0000a040 ]
report $? 'a vector is a row'
npy "$dir/s.npy" '|u1' '(2, 1)' 201 177 # 4 and 1
expect 0 '' "$BITSWEEP" mma tcgen05_mxf8 --a "$dir/a.npy" --b "$dir/b.npy" --a-format e4m3 --a-scales "$dir/s.npy" --b-scales "$dir/s.npy" -o "$dir/d.npy"
[ "$(data "$dir/d.npy")" = 0000a0420000c0bf ]
report $? 'scales: 16 times 5'
expect 0 '' "$BITSWEEP" mma sequential,scales=partials --a "$dir/a.npy" --b "$dir/b.npy" --a-format e4m3 --a-scales "$dir/s.npy" --b-scales "$dir/s.npy" --a-second 0.5 --b-second 2 -o "$dir/e.npy"
same "$dir/d.npy" "$dir/e.npy" 'second levels of 1/2 and 2'

# random codes: jobs have no say; seeds do
"$BITSWEEP" synth gaussian --rows 700 --columns 40 -o "$dir/x.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 700 --columns 40 --seed 5 -o "$dir/y.npy" || exit 1
for i in x y; do
    "$BITSWEEP" quantize e4m3 "$dir/$i.npy" --codes "$dir/$i.codes.npy" >/dev/null || exit 1
done
sr="sequential,acc=bf16,round=sr"
for jobs in 1 3; do
    expect 0 '' "$BITSWEEP" mma $sr --a "$dir/x.codes.npy" --b "$dir/y.codes.npy" --a-format e4m3 -o "$dir/$jobs.npy" --jobs $jobs
    cp "$dir/out" "$dir/$jobs.out"
done
same "$dir/1.npy" "$dir/3.npy" 'the same results with any number of jobs'
same "$dir/1.out" "$dir/3.out" 'the same counts with any number of jobs'
expect 0 '' "$BITSWEEP" mma $sr --a "$dir/x.codes.npy" --b "$dir/y.codes.npy" --a-format e4m3 -o "$dir/7.npy" --seed 7
cmp -s "$dir/1.npy" "$dir/7.npy"
[ $? -eq 1 ]
report $? 'another seed, other results'

# files of real tensor cores, whose bytes the results are
silicon=${BITSWEEP_SHARED:-../shared}/silicon
if [ -d "$silicon" ]; then
    expect 0 '' "$BITSWEEP" mma h100_wgmma_fp8 --a "$silicon/H100/e4m3/a.npy" --b "$silicon/H100/e4m3/b.npy" --a-format e4m3 -o "$dir/d.npy"
    same "$dir/d.npy" "$silicon/H100/e4m3/d_f32.npy" 'H100 wgmma e4m3: every byte'
    expect 0 '' "$BITSWEEP" mma v100 --a "$silicon/V100/fp16/a.npy" --b "$silicon/V100/fp16/b.npy" --c "$silicon/V100/fp16/c.npy" -o "$dir/d.npy"
    same "$dir/d.npy" "$silicon/V100/fp16/d_f32.npy" 'V100 fp16: every byte'
else
    skip 1 'files of real tensor cores' 'no ../shared'
fi

# wrong
mma() { expect "$1" "$2" "$BITSWEEP" mma "$3" --a "$dir/a.npy" --b "$dir/b.npy" -o "$dir/d.npy" ${4:-}; }
mma 2 '^bitsweep: --a-format is missing; ada_fp8 takes e4m3\+e5m2$' ada_fp8
mma 2 '^bitsweep: --a-format is missing; a MAC text takes any format$' sequential
mma 2 "^bitsweep: --a-format: 'fp16' is no operand of ada_fp8; allowed: e4m3\+e5m2$" ada_fp8 '--a-format fp16'
mma 2 "^bitsweep: --b-format: unknown format 'e4m4m'" ada_fp8 '--a-format e4m3 --b-format e4m4m'
mma 2 'found elements of U8; codes of fp16 have 16 bits' v100
mma 2 "unknown order or unit 'adda_fp8' \(did you mean 'ada_fp8'\?\)" adda_fp8 '--a-format e4m3'
mma 2 "unknown key 'grup'" ada_fp8,grup=3 '--a-format e4m3'
mma 2 "acc=int8 contradicts the order fused" ada_fp8,acc=int8 '--a-format e4m3'
mma 2 '^bitsweep: --a: element 0 is 0x38; codes of e2m1 have 4 bits$' sequential '--a-format e2m1'
npy "$dir/seven.npy" '<u4' '(7,)' $(yes 0 | head -n 28)
mma 2 "^bitsweep: --c has 7 rows, --a 2" sequential "--a-format e4m3 --c $dir/seven.npy"
mma 2 'found elements of F32; codes are U8, U16 or U32' sequential "--a-format e4m3 --c $dir/x.npy"
mma 2 'found shape \[2,2\]; allowed: \[rows\]' sequential "--a-format e4m3 --c $dir/a.npy"
mma 2 "e4m3: scales=none takes no scales" sequential "--a-format e4m3 --a-scales $dir/s.npy --b-scales $dir/s.npy"
mma 2 'scales of both operands are missing' tcgen05_mxf8 '--a-format e4m3'
mma 2 'scales=unit has no second level' tcgen05_mxf8 "--a-format e4m3 --a-scales $dir/s.npy --b-scales $dir/s.npy --a-second 2"
mma 69 'nowhere.npy: No such file' sequential "--a-format e4m3 --c $dir/nowhere.npy"
mma 74 'No such file' sequential "--a-format e4m3 -o $dir/no/where.npy"
mma 64 'both or none of them' sequential "--a-format e4m3 --a-scales $dir/s.npy"
mma 64 'say what scales mean' sequential '--a-format e4m3 --b-second 2'
mma 64 '--b-second: ' sequential '--a-format e4m3 --b-second two'
mma 64 "unexpected 'more'" sequential more
npy "$dir/three.npy" '|u1' '(2, 3)' 0 0 0 0 0 0
expect 2 '^bitsweep: --b has rows of 3 codes, --a of 2$' "$BITSWEEP" mma exact --a "$dir/a.npy" --b "$dir/three.npy" --a-format e4m3 -o "$dir/d.npy"
expect 2 '--b has 1 rows, --a 2' "$BITSWEEP" mma exact --a "$dir/a.npy" --b "$dir/v.npy" --a-format e4m3 -o "$dir/d.npy"
expect 2 '--a-scales: 2 scales a row do not divide its 3 elements' "$BITSWEEP" mma tcgen05_mxf8 --a "$dir/three.npy" --b "$dir/three.npy" --a-format e4m3 --a-scales "$dir/a.npy" --b-scales "$dir/a.npy" -o "$dir/d.npy"
expect 64 'a matrix unit or a MAC text is missing' "$BITSWEEP" mma
expect 64 '--a FILE and --b FILE are expected' "$BITSWEEP" mma exact --a "$dir/a.npy"
expect 64 '-o FILE is missing' "$BITSWEEP" mma exact --a "$dir/a.npy" --b "$dir/b.npy"

# units
expect 0 '^v100 .* V100/fp16 d_f32$' "$BITSWEEP" units
expect 0 '^tcgen05 .* no measured rows$' "$BITSWEEP" units
expect 0 '^short +h100_deepseek$' "$BITSWEEP" units h100_wgmma_fp8,promote=128,outer=fp32,outer_round=rne
expect 0 '^checked +A100/tf32 d_f32$' "$BITSWEEP" units a100_tf32
expect 0 '^promote +128$' "$BITSWEEP" units h100_deepseek
expect 0 '^fraction +exact or 1..48 ' "$BITSWEEP" units --keys
expect 2 "unknown order or unit 'nothing'" "$BITSWEEP" units nothing
finish
