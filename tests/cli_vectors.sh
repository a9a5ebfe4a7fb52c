#!/bin/sh
# bitsweep vectors: what it writes, what it refuses, and the check of somebody's file; codes and scales as packed bytes.
. tests/tap.sh

for what in mxfp4 e4m3 nvfp4 decode:e5m2 add:e4m3 fma:fp16,round=rtz exp2:bf16 minimum-number:e5m2 compare:e2m1; do
    expect 0 '' "$BITSWEEP" vectors "$what" -o "$dir/a" --count 20 --seed 3
    expect 0 '' "$BITSWEEP" vectors "$what" --count 20 --seed 3
    same "$dir/a" "$dir/out" "$what: the same bytes to a file and to standard output"
    expect 0 "cases, all as defined$" "$BITSWEEP" vectors --check "$dir/a"
    [ "$(grep -v '^//' "$dir/a" | sha256sum | cut -d' ' -f1)" = "$(sed -n 's|^// sha256: ||p' "$dir/a")" ]
    report $? "$what: the hash is that of the cases"
    [ "$(grep -vc '^//' "$dir/a")" = "$(sed -n 's|^// lines: ||p' "$dir/a")" ]
    report $? "$what: the header counts the cases"
    for key in vectors seed semantics element 'column 1' agreement random chosen lines sha256; do
        grep -q "^// $key: ." "$dir/a" || echo "# $what: no $key"
    done >"$dir/missing"
    cat "$dir/missing"
    [ ! -s "$dir/missing" ]
    report $? "$what: the header describes itself"
done
expect 0 '^// rounding: rtz: toward zero$' "$BITSWEEP" vectors add:e4m3,round=rtz
expect 0 '^// overflow: nan: ' "$BITSWEEP" vectors e4m3,overflow=nan --count 0
expect 0 '^// values of e2m1 by code: 0 0.5 1 1.5 2 3 4 6 -0 ' "$BITSWEEP" vectors decode:e2m1
expect 0 '^7 40c00000$' "$BITSWEEP" vectors decode:e2m1
expect 0 '^43e80000 7e 43e00000$' "$BITSWEEP" vectors e4m3
expect 0 '^43e80001 7f 7fc00000$' "$BITSWEEP" vectors e4m3,overflow=nan
expect 0 '^38 38 40$' "$BITSWEEP" vectors add:e4m3
expect 0 '^31 34$' "$BITSWEEP" vectors sqrt:e4m3
expect 0 '^7f 38 38$' "$BITSWEEP" vectors minimum-number:e4m3
expect 0 '^7f 38 7f$' "$BITSWEEP" vectors minimum:e4m3
expect 0 '^7f 38 3$' "$BITSWEEP" vectors compare:e4m3
expect 0 '^// column 2: result: .* 1 / a, rounded once$' "$BITSWEEP" vectors recip:fp32 --count 5
expect 0 '^// operand: fp16: ' "$BITSWEEP" vectors convert:e4m3 --from fp16
expect 0 '^3c40 38$' "$BITSWEEP" vectors convert:e4m3 --from fp16
expect 0 '^// column 1: a: 1 word of 32 bits, 8 digits; given: operand, code of fp32$' "$BITSWEEP" vectors convert:e4m3 --from fp32
expect 0 '^// column 1: x: 1 word of 16 bits, 4 digits; given: inputs, bf16$' "$BITSWEEP" vectors e4m3 --from bf16
expect 0 '^43e8 7e 43e00000$' "$BITSWEEP" vectors e4m3 --from bf16
expect 0 '^// column 3: bytes: 16 words of 8 bits' "$BITSWEEP" vectors mxfp4 --pack high-first
expect 0 '^// length: 5$' "$BITSWEEP" vectors mxfp4 --length 5
expect 0 '^// beside: 8 bits of a case' "$BITSWEEP" vectors mx9 --count 1
expect 0 "^// column 3: zero: 1 word of 32 bits" "$BITSWEEP" vectors int4,block=16,scale=fp16,zero_point=yes --count 1
"$BITSWEEP" vectors e4m3 --seed 1 >"$dir/one"
"$BITSWEEP" vectors e4m3 --seed 2 >"$dir/two"
cmp -s "$dir/one" "$dir/two"
[ $? -eq 1 ]
report $? 'another seed, other random cases'

# Read by what a hardware team has: words alone, in columns.
"$BITSWEEP" vectors mul:e2m1 -o "$dir/mul"
awk '!/^\/\// {n++; if (NF != 3 || !/^[0-9a-f] [0-9a-f] [0-9a-f]$/) bad++} END {exit !(n == 256 && !bad)}' "$dir/mul"
report $? 'a case is three digits of four bits'
if command -v iverilog >/dev/null; then
    printf 'module m; reg [3:0] w [0:767]; initial begin $readmemh("%s", w); $display("%%h %%h %%h", w[51], w[52], w[53]); end endmodule\n' \
        "$dir/mul" >"$dir/m.v"
    iverilog -o "$dir/m" "$dir/m.v" && [ "$("$dir/m")" = "$(grep -v '^//' "$dir/mul" | sed -n 18p)" ]
    report $? 'Verilog reads the file as it is'
else
    skip 1 'Verilog reads the file as it is' 'no iverilog'
fi

# somebody else's
"$BITSWEEP" vectors mxfp4 --count 5 -o "$dir/theirs"
line=$(grep -n '^3f800000' "$dir/theirs" | head -n 1 | cut -d: -f1)
[ -n "$line" ]
report $? 'there is a case to change'
sed "${line}s/ [0-9a-f]\{8\}\$/ 12345678/" "$dir/theirs" >"$dir/wrong"
expect 1 "^$dir/wrong:$line: y\[31\] differs$" "$BITSWEEP" vectors --check "$dir/wrong"
expect 1 '^  given     x\[31\] [0-9a-f]{8} \(' "$BITSWEEP" vectors --check "$dir/wrong"
expect 1 '^  expected  scale [0-9a-f]{2} \(.*y\[31\] [0-9a-f]{8} \(' "$BITSWEEP" vectors --check "$dir/wrong"
expect 1 '^  found     scale .*y\[31\] 12345678 \(' "$BITSWEEP" vectors --check "$dir/wrong"
expect 1 "wrong: 1 of [0-9]+ cases differ" "$BITSWEEP" vectors --check "$dir/wrong"
sed "${line}s/ / x/" "$dir/theirs" >"$dir/broken"
expect 2 "broken:$line: word 2, x\[1\]: found 'x.*'; allowed: hexadecimal digits of at most 32 bits" "$BITSWEEP" vectors --check "$dir/broken"
sed '$d' "$dir/theirs" >"$dir/cut"
expect 2 'cut: holds [0-9]+ cases; its header says' "$BITSWEEP" vectors --check "$dir/cut"
sed 's/^\([0-9a-f]\)/ \1/' "$dir/theirs" >"$dir/spaced"
expect 1 'every case agrees, but these are not the lines that the header hashed' "$BITSWEEP" vectors --check "$dir/spaced"
sed '/sha256/d' "$dir/spaced" >"$dir/own"
expect 0 'all as defined' "$BITSWEEP" vectors --check "$dir/own"
expect 69 'nowhere: No such file' "$BITSWEEP" vectors --check "$dir/nowhere"
printf 'hello\n' >"$dir/hello"
expect 2 "hello:1: found a case before a line '// vectors: SCHEME'" "$BITSWEEP" vectors --check "$dir/hello"

# usage
expect 64 'a scheme, decode:SCHEME or OPERATION:SCHEME is missing' "$BITSWEEP" vectors
expect 64 '--check FILE stands alone' "$BITSWEEP" vectors e4m3 --check "$dir/theirs"
expect 64 '--check FILE stands alone' "$BITSWEEP" vectors --seed 1 --check "$dir/theirs"
expect 64 'one scheme or operation at a time' "$BITSWEEP" vectors e4m3 e5m2
expect 64 '--count: expected a whole number of 0..1048576' "$BITSWEEP" vectors e4m3 --count many
expect 64 '--length: expected at least 1' "$BITSWEEP" vectors mxfp4 --length 0
expect 64 "--pack: unknown 'nibbles'; allowed: low-first, high-first, halves, split" "$BITSWEEP" vectors mxfp4 --pack nibbles
expect 2 "unknown operation 'ad'; did you mean 'add'\?; allowed: decode, compare, add, sub, mul, div, fma, sqrt, recip, exp2, minimum, maximum, minimum-number, maximum-number, convert" "$BITSWEEP" vectors ad:e4m3
expect 2 "unknown key 'blok'" "$BITSWEEP" vectors mxfp4,blok=16
expect 2 "add takes an element without a scale" "$BITSWEEP" vectors add:mxfp4
expect 2 "compare rounds nothing: rounding keys have no effect" "$BITSWEEP" vectors compare:e4m3,round=rtz
expect 2 "--from: unknown format 'fp31'" "$BITSWEEP" vectors e4m3 --from fp31
expect 2 '--pack: split packs codes of 6 bits' "$BITSWEEP" vectors mxfp4 --pack split
expect 74 'No such file' "$BITSWEEP" vectors e4m3 -o "$dir/no/where"
mkdir "$dir/folder"
expect 74 'is a directory' "$BITSWEEP" vectors e4m3 -o "$dir/folder"
expect 74 'writing to standard output failed' sh -c '"$1" vectors add:e4m3 >/dev/full' sh "$BITSWEEP"

# a tensor as packed bytes
data() { tail -c "$2" "$1" | od -An -v -tx1 | tr -d ' \n'; }
"$BITSWEEP" synth gaussian --rows 3 --columns 32 -o "$dir/x.npy" || exit 1
expect 0 '' "$BITSWEEP" quantize mxfp4,block=16 "$dir/x.npy" --codes "$dir/c.npy" --scales "$dir/s.npy"
for order in low-first high-first halves; do
    expect 0 '' "$BITSWEEP" quantize mxfp4,block=16 "$dir/x.npy" --codes "$dir/$order.npy" --pack $order
    head -c 128 "$dir/$order.npy" | grep -q "'shape': (3, 16)"
    report $? "$order: sixteen bytes a row"
    data "$dir/c.npy" 96 | sed 's/\(..\)/\1\n/g' | awk -v order=$order '
        /./ {code[n++] = substr($0, 2)}
        END {
            for (i = 0; i < n; i += order == "halves" ? 1 : 2) {
                if (order == "low-first") printf "%s%s", code[i + 1], code[i]
                if (order == "high-first") printf "%s%s", code[i], code[i + 1]
                if (order == "halves" && i % 16 < 8) printf "%s%s", code[i + 8], code[i]
            }
        }' >"$dir/want"
    [ "$(data "$dir/$order.npy" 48)" = "$(cat "$dir/want")" ]
    report $? "$order: the nibbles of the codes"
done
expect 0 '' "$BITSWEEP" quantize mxfp6_e3m2,block=16 "$dir/x.npy" --codes "$dir/split.npy" --pack split
head -c 128 "$dir/split.npy" | grep -q "'shape': (3, 24)"
report $? 'split: four codes in three bytes'
expect 0 '' "$BITSWEEP" quantize mxfp4,block=16 "$dir/x.npy" --scales "$dir/tiles.npy" --scale-layout 128x4
head -c 128 "$dir/tiles.npy" | grep -q "'shape': (1, 1, 32, 4, 4)"
report $? '128x4: one tile'
# Row r stands at 16 r (r < 32), its two scales first; all else is padding.
[ "$(data "$dir/tiles.npy" 512 | cut -c1-96)" = "$(data "$dir/s.npy" 6 | sed 's/\(....\)/\1\n/g' | awk '/./ {printf "%s0000000000000000000000000000", $0}')" ]
report $? '128x4: the scales in their places'
[ "$(data "$dir/tiles.npy" 512 | cut -c97- | tr -d 0)" = '' ]
report $? '128x4: padding is zero'
expect 2 '--pack: split packs codes of 6 bits; found runs of 32 codes of 4 bits' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --codes "$dir/y.npy" --pack split
expect 2 '--pack halves takes schemes with blocks along the last axis' "$BITSWEEP" quantize int4 "$dir/x.npy" --codes "$dir/y.npy" --pack halves
expect 2 '--scale-layout 128x4 takes schemes with blocks along the last axis' "$BITSWEEP" quantize mxfp4,axis=first "$dir/x.npy" --scales "$dir/y.npy" --scale-layout 128x4
expect 2 '128x4 holds a matrix of scales of at most 8 bits; found 2 axes, 32 bits' "$BITSWEEP" quantize int8,block=16 "$dir/x.npy" --scales "$dir/y.npy" --scale-layout 128x4
expect 2 '--pack: split packs codes of 6 bits' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" -o "$dir/no.npy" --codes "$dir/y.npy" --pack split
expect 2 '--scale-layout 128x4 takes schemes with blocks' "$BITSWEEP" quantize mxfp4,axis=first "$dir/x.npy" -o "$dir/no.npy" --codes "$dir/no.npy2" \
    --scales "$dir/y.npy" --scale-layout 128x4
[ ! -e "$dir/no.npy" ] && [ ! -e "$dir/no.npy2" ]
report $? 'what cannot be written is known before anything is'
expect 64 '--pack says how --codes are written' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --pack low-first
expect 64 '--scale-layout says how --scales are written' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --scale-layout 128x4
expect 64 "--scale-layout: unknown '4x128'; allowed: linear, 128x4" "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --scales "$dir/y.npy" --scale-layout 4x128
finish
