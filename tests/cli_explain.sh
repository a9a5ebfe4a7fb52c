#!/bin/sh
# explain: values and elements of dumps, every output format, what users get wrong.
. tests/tap.sh

# values
expect 0 '^    quotient +8.5 +0x1.1p\+3 +0x41080000 +x itself$' "$BITSWEEP" explain e4m3 8.5
expect 0 '^    below +8 +0x1p\+3 +0x50: 0 1010 000$' "$BITSWEEP" explain e4m3 8.5
expect 0 '^    rule +rne: tie, to the even code$' "$BITSWEEP" explain e4m3 8.5
expect 0 '^    error +-0.5 +-0x1p-1 +0xbf000000 +y - x$' "$BITSWEEP" explain e4m3 8.5
for value in 0x1.1p3 bits:41080000 BITS:0x41080000 +8.5 85e-1; do
    expect 0 '^    x +8.5 +0x1.1p\+3 +0x41080000$' "$BITSWEEP" explain e4m3 $value
done
expect 0 '^    x +-0 +-0x0p\+0 +0x80000000$' "$BITSWEEP" explain e4m3 -0
expect 0 '^    x +-0.5 ' "$BITSWEEP" explain e4m3 -.5
expect 0 '^    x +-0.5 ' "$BITSWEEP" explain e4m3 --format table -- -.5
expect 0 '^    x +-Inf +-inf +0xff800000$' "$BITSWEEP" explain e4m3 -inf
expect 0 '^    x +NaN +nan +0x7fc00001$' "$BITSWEEP" explain e4m3 bits:7fc00001
expect 0 '^    x +NaN ' "$BITSWEEP" explain e4m3 -nan
# values share scales
expect 0 '^    elements +3 .*share scale 0$' "$BITSWEEP" explain mxfp4 1 -2 3
expect 0 '^values\[33\]$' "$BITSWEEP" explain mxfp4 $(seq 34)
expect 0 '^    elements +2 .*share scale 1$' "$BITSWEEP" explain mxfp4 $(seq 34)
expect 0 '^    rule +beyond the range: saturates at its end \(overflow=saturate\)$' "$BITSWEEP" explain ocp:mxfp4 7.5
expect 0 '^    scale +2 +0x1p\+1 +0x80: 10000000 +e8m0, rne: exact$' "$BITSWEEP" explain torchao:mxfp4_rceil 7.5
expect 0 '^    multiplier +3 ' "$BITSWEEP" explain nvfp4 1 2 .375
# stochastic rounding takes the bits that quantize takes
"$BITSWEEP" explain e2m1,round=sr .3 .3 .3 .3 --seed 1 >"$dir/one"
"$BITSWEEP" explain e2m1,round=sr .3 .3 .3 .3 --seed 1 >"$dir/again"
same "$dir/one" "$dir/again" 'a seed gives the same steps again'
expect 0 '32 bits of number 3 of stream [0-9a-f]{16} under seed 1$' "$BITSWEEP" explain e2m1,round=sr .3 .3 .3 .3 --seed 1

# output formats
expect 0 '^"0",?"?rounding"?,quotient,8.5,' sh -c '"$1" explain e4m3 8.5 --format csv | sed "s/^0/\"0\"/"' sh "$BITSWEEP"
expect 0 '^\{"element": ?"0", ?"section": ?"rounding", ?"step": ?"quotient", ?"value": ?8.5, ?"hex": ?"0x1.1p\+3", ?"bits": ?"0x41080000"' \
    "$BITSWEEP" explain e4m3 8.5 --format jsonl
expect 0 '"step": ?"rule", ?"value": ?null, ?"hex": ?null, ?"bits": ?null, ?"note": ?"rne: tie' "$BITSWEEP" explain e4m3 8.5 --format json
expect 0 '^element	section	step	value	hex	bits	note$' "$BITSWEEP" explain e4m3 8.5 --format tsv
expect 0 '^\| *element *\| *section *\| *step *\|' "$BITSWEEP" explain e4m3 8.5 --format md

# dumps
"$BITSWEEP" synth gaussian --rows 4 --columns 96 -o "$dir/x.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 1 --columns 48 -o "$dir/short.npy" || exit 1
expect 0 '^[^ ]+\[2,40\]$' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --element 2,40
expect 0 '^    elements +32 .*share scale 7$' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --element 2,40
expect 0 '^[^ ]+\[2,40\]$' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --element 232
"$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --row 3 --format tsv >"$dir/row"
[ "$(cut -f1 "$dir/row" | sort -u | grep -c '^3,')" -eq 96 ]
report $? 'all elements of a row'
"$BITSWEEP" quantize nvfp4 "$dir/x.npy" -o "$dir/y.npy" --codes "$dir/c.npy" --second "$dir/z.npy" >/dev/null
for row in 0 1 2 3; do
    "$BITSWEEP" explain nvfp4 --dump "$dir/x.npy" --row $row --format tsv
done | awk -F'\t' '$3 == "code" {sub(/:.*/, "", $6); printf "%02x", substr($6, 3)}' >"$dir/codes"
[ "$(cat "$dir/codes")" = "$(tail -c 384 "$dir/c.npy" | od -An -v -tx1 | tr -d ' \n' | sed 's/0\(.\)/\1 /g' |
    awk '{for (i = 1; i <= NF; i++) printf "%02x", $i}')" ]
report $? 'the codes of quantize'
"$BITSWEEP" explain nvfp4 --dump "$dir/x.npy" --element 0,0 --format tsv |
    awk -F'\t' '$3 == "outer scale" {print $6}' | grep -qx "0x$(tail -c 4 "$dir/z.npy" | od -An -tx4 | tr -d ' ')"
report $? 'the second level of quantize'
expect 0 '^[^ ]+\[0,47\]$' "$BITSWEEP" explain mxfp4 --dump "$dir/short.npy"
expect 0 'layers.0.mlp.down.input\[5,7\]' "$BITSWEEP" explain int8,per=channel,axis=channel --element 5,7 \
    --dump experiments/dumps/tinylm.safetensors --name layers.0.mlp.down.input
head -c 16 /dev/zero >"$dir/raw.bin"
expect 0 '^    code +0 ' "$BITSWEEP" explain e4m3 --dump "$dir/raw.bin" --dtype f32 --shape 4

# what users get wrong
expect 64 'a scheme is missing' "$BITSWEEP" explain
expect 64 'values, or --dump FILE, are missing' "$BITSWEEP" explain mxfp4
expect 2 'nosuch' "$BITSWEEP" explain nosuch 1
expect 2 "unknown key 'blok'" "$BITSWEEP" explain mxfp4,blok=16 1
expect 2 'tail=refuse: the axis has 1 elements' "$BITSWEEP" explain hif4 1
for value in one 1.5x '' ' 1' 0x1.8p 1,5; do
    expect 64 "'$value' is no value; expected a decimal number" "$BITSWEEP" explain e4m3 "$value"
done
expect 64 "'0x3f800000' may be bits or a number: write bits:3f800000 or 0x10p0" "$BITSWEEP" explain e4m3 0x3f800000
for value in bits:1 bits:3f80000g bits:0x3f8000001; do
    expect 64 "'$value': expected 8 hexadecimal digits" "$BITSWEEP" explain e4m3 $value
done
expect 64 "'1e40' lies beyond binary32; say inf" "$BITSWEEP" explain e4m3 1e40
expect 64 'values and --dump: one of them' "$BITSWEEP" explain mxfp4 1 --dump "$dir/x.npy"
for option in '--row 1' '--element 1' '--name x' '--shape 4'; do
    # shellcheck disable=SC2086
    expect 64 'options that choose elements need --dump FILE' "$BITSWEEP" explain mxfp4 1 $option
done
expect 64 'and --row: one of them' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --row 1 --element 1
expect 64 '4 rows of 96 elements: give --element or --row' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy"
for element in 4,0 0,96 384 1,2,3 x 1, -1; do
    expect 64 "element: found '$element'; allowed: 2 indices within \[4,96\], or one below 384" \
        "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --element $element
done
expect 64 'row: found 4; .* has 4 rows' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --row 4
expect 64 '--row: expected a whole number' "$BITSWEEP" explain mxfp4 --dump "$dir/x.npy" --row one
expect 64 'give --name' "$BITSWEEP" explain mxfp4 --dump experiments/dumps/tinylm.safetensors
expect 69 'no tensor "nosuch"' "$BITSWEEP" explain mxfp4 --dump experiments/dumps/tinylm.safetensors --name nosuch
expect 69 'nowhere.npy' "$BITSWEEP" explain mxfp4 --dump "$dir/nowhere.npy"
expect 2 'axis=head' "$BITSWEEP" explain int8,per=channel,axis=head 1 2
expect 74 'writing to standard output failed' sh -c '"$1" explain mxfp4 1 >/dev/full' sh "$BITSWEEP"
finish
