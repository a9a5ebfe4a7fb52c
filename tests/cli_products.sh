#!/bin/sh
# bitsweep products: the list, error tables of products, digits of recodings, what is refused.
. tests/tap.sh

expect 0 '^lmul_bits +product ' "$BITSWEEP" products
expect 0 '^exact +product +the product itself' "$BITSWEEP" products
expect 0 '^dyadic,requantizer,' "$BITSWEEP" products --format csv
expect 0 '^ent,recoding,' "$BITSWEEP" products --format csv
for p in $("$BITSWEEP" products --format tsv | tail -n +2 | cut -f1); do
    expect 0 '.' "$BITSWEEP" products "$p"
    grep -qE "^citation +[^ ]" "$dir/out"
    report $? "$p cites"
    expect 0 '.' "$BITSWEEP" products "$p" --format json
done

# published figures, as people see them
expect 0 '^bf16 +bf16 +16384 +16379 +0.408463 +3.09601 +2.65547 +7.28837 ' "$BITSWEEP" products lmul_bits bf16
expect 0 ' 0x3f78$' "$BITSWEEP" products lmul_bits bf16
expect 0 ' 0x37$' "$BITSWEEP" products lmul_bits e4m3
expect 0 ' yes +0x3f780000$' "$BITSWEEP" products lmul_bits fp32
expect 0 '^e4m3,e4m3,64,62,-0.96' "$BITSWEEP" products lmul_real e4m3 --format csv
expect 0 '^int8 .* -1.25 +1.25 +3.75 +5 ' "$BITSWEEP" products truncated int8,codes=twos --dropped 2
expect 0 '^e4m3 +e5m2 ' "$BITSWEEP" products mitchell e4m3 e5m2
expect 0 '^bf16,bf16,16384,0,0,' "$BITSWEEP" products rounded bf16 --into e9m15 --format csv
expect 0 '^8,256,4,4,2.91796875$' "$BITSWEEP" products ent int8 --format csv
expect 0 '^ +8 +256 +4 +4 +3$' "$BITSWEEP" products booth4

# options reach the product
for o in '--offset 1' '--into e4m3,round=rtz' '--subnormal normalise'; do
    # shellcheck disable=SC2086
    expect 0 '.' "$BITSWEEP" products lmul_bits e4m3 $o --format csv
done
"$BITSWEEP" products lmul_real e4m3 --format csv >"$dir/paper"
"$BITSWEEP" products lmul_real e4m3 --offset paper --format csv >"$dir/said"
"$BITSWEEP" products lmul_real e4m3 --offset 4 --format csv >"$dir/four"
same "$dir/paper" "$dir/said" 'the offset of the paper is the default'
! cmp -s "$dir/paper" "$dir/four"
report $? 'another offset, other errors'

# a table of the user
"$BITSWEEP" synth gaussian --rows 256 --columns 256 -o "$dir/t.npy"
"$BITSWEEP" synth gaussian --rows 256 --columns 255 -o "$dir/short.npy"
expect 0 '^int8 +int8 +65536 +65[0-9]+ ' "$BITSWEEP" products table int8 --table "$dir/t.npy"
expect 0 '^e2m1,e2m1,4,' "$BITSWEEP" products table e2m1 --table "$dir/t.npy" --format csv
expect 2 'expected one tensor of 65536 products' "$BITSWEEP" products table int8 --table "$dir/short.npy"
expect 69 'nowhere.npy' "$BITSWEEP" products table int8 --table "$dir/nowhere.npy"

# what is refused, and wrong usage
expect 2 'lmul_bits of int8 and int8: operands must be floats' "$BITSWEEP" products lmul_bits int8
expect 2 'below the last bit of the fraction' "$BITSWEEP" products lmul_bits e4m3 --offset 4
expect 2 'rounded of e4m3 and e4m3: it needs a format' "$BITSWEEP" products rounded e4m3
expect 2 'table of int8 and int8: it needs a table' "$BITSWEEP" products table int8
expect 2 'no random numbers' "$BITSWEEP" products rounded e4m3 --into bf16,round=sr
expect 2 'dropped columns: from 0' "$BITSWEEP" products truncated e4m3 --dropped 7
expect 2 '^bitsweep: products: --offset has no effect on mitchell; allowed: --subnormal, --into$' "$BITSWEEP" products mitchell --offset 3
expect 2 'has no effect on exact; allowed: no such options' "$BITSWEEP" products exact --dropped 3
expect 2 'products: .mxfp4. has scales' "$BITSWEEP" products exact mxfp4
expect 2 'nosuch' "$BITSWEEP" products exact nosuch
expect 2 'a requantizer takes no formats' "$BITSWEEP" products single int8
expect 2 'a recoding takes one format' "$BITSWEEP" products ent int8 int4
expect 2 'recodes two.s complement integers' "$BITSWEEP" products ent e4m3
expect 64 "unknown product 'lmul_bit'; did you mean 'lmul_bits'\?" "$BITSWEEP" products lmul_bit
expect 64 "expected NAME and at most two formats, found 'int8' too" "$BITSWEEP" products exact int8 int8 int8
expect 64 'NAME is missing' "$BITSWEEP" products --offset 3
expect 64 '--offset' "$BITSWEEP" products lmul_bits --offset 25
expect 64 '--subnormal' "$BITSWEEP" products lmul_bits --subnormal maybe
[ ! -s "$dir/out" ]
report $? 'nothing is printed before an error'
finish
