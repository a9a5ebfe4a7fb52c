#!/bin/sh
# bitsweep diff.
. tests/tap.sh
dump=experiments/dumps/tinylm.safetensors
q=layers.0.attn.q.weight

# two schemes on a dump
expect 0 "^$q +16384 +0 +0 +512 +0 " "$BITSWEEP" diff ocp:mxfp4 torchao:mxfp4 $dump --name $q
expect 0 '^a +ocp:mxfp4 +=  mxfp4$' "$BITSWEEP" diff ocp:mxfp4 torchao:mxfp4 $dump --name $q
expect 1 "^$q +16384 +115 +0.701904 +512 +100 +0 +0 +0 +0 +115 +0$" "$BITSWEEP" diff ocp:mxfp4 microxcaling:mxfp4 $dump --name $q
expect 1 'ocp:mxfp4 and microxcaling:mxfp4 differ: 115 of 16384 elements$' \
    "$BITSWEEP" diff ocp:mxfp4 microxcaling:mxfp4 $dump --name $q
expect 1 "^First difference: layers.0.attn.q.weight\[0,109\]$" "$BITSWEEP" diff ocp:mxfp4 microxcaling:mxfp4 $dump --name $q
expect 1 '^rounding +rule +rne: tie, to the even code +- +rna: tie, away from zero +- +<>$' \
    "$BITSWEEP" diff ocp:mxfp4 microxcaling:mxfp4 $dump --name $q
expect 1 '^flushed +1211 +1206 +-5 +count$' "$BITSWEEP" diff ocp:mxfp4 microxcaling:mxfp4 $dump --name $q
expect 1 '^all +[0-9]+ +[1-9]' "$BITSWEEP" diff ocp:mxfp4 ggml:mxfp4 $dump --name 'layers.0.*.weight'
expect 1 '^tensor,elements,differ,percent,regions,regions_differ,nan,zero_sign,scale,saturated,tie,other$' \
    "$BITSWEEP" diff e4m3 e5m2 $dump --name $q --format csv
[ "$("$BITSWEEP" diff e4m3 e5m2 $dump --name $q --format csv 2>/dev/null | wc -l)" -eq 2 ]
report $? 'programs get the counts alone'
expect 1 '^sqnr_db,' "$BITSWEEP" diff e4m3 e5m2 $dump --name $q --format csv --part metrics
expect 1 '"step": "quotient"' "$BITSWEEP" diff e4m3 e5m2 $dump --name $q --format json --part first
expect 0 '' "$BITSWEEP" diff e4m3 e4m3 $dump --name $q --part first
expect 1 ',zero_sign,' "$BITSWEEP" diff e4m3,round=sr e4m3,round=sr,neg_zero=drop $dump --name $q --format csv --seed 3

# as many differences as the arrays have
"$BITSWEEP" quantize te:nvfp4 $dump --name $q -o "$dir/a.npy" >"$dir/out" && "$BITSWEEP" quantize ggml:nvfp4 $dump --name $q -o "$dir/b.npy" >"$dir/out"
tail -c 65536 "$dir/a.npy" | od -An -v -tx4 -w4 >"$dir/a"
tail -c 65536 "$dir/b.npy" | od -An -v -tx4 -w4 >"$dir/b"
wanted=$(paste "$dir/a" "$dir/b" | awk '$1 != $2' | wc -l)
found=$("$BITSWEEP" diff te:nvfp4 ggml:nvfp4 $dump --name $q --format csv 2>/dev/null | tail -n 1 | cut -d, -f3)
[ "$wanted" -gt 0 ] && [ "$wanted" = "$found" ]
report $? "elements that differ in the arrays: $wanted, counted: $found"

# the matrix
expect 0 '^ *2 +microxcaling:mxfp4 +18.89[0-9]* +0.702 +- ' "$BITSWEEP" diff --matrix ocp:mxfp4 microxcaling:mxfp4 ggml:mxfp4 $dump --name $q
expect 0 '^n,scheme,sqnr_db,e4m3,e5m2$' "$BITSWEEP" diff --matrix e4m3 e5m2 $dump --name $q --format csv
expect 0 'te:nvfp4_16x16' "$BITSWEEP" diff --matrix --family nvfp4 $dump --name $q
[ "$("$BITSWEEP" diff --matrix --family mxfp4 $dump --name $q --format csv | wc -l)" -eq \
    $(($("$BITSWEEP" schemes --profiles --format tsv | awk -F'\t' '$2 == "mxfp4"' | wc -l) + 1)) ]
report $? 'a row for each profile of the family'

# wrong usage
expect 64 'two schemes and a dump are expected' "$BITSWEEP" diff e4m3 $dump
expect 64 'two schemes and a dump are expected' "$BITSWEEP" diff e4m3 e5m2 int8 $dump
expect 64 'two schemes are expected' "$BITSWEEP" diff e4m3 --all-float32
expect 64 'takes two schemes and no dump' "$BITSWEEP" diff e4m3 e5m2 --all-float32 --name x
for option in '--dtype f64' '--shape 4' '--offset 4'; do
    # shellcheck disable=SC2086
    expect 64 'takes two schemes and no dump' "$BITSWEEP" diff e4m3 e5m2 --all-float32 $option
done
expect 64 'at least two schemes' "$BITSWEEP" diff --matrix e4m3 $dump
expect 64 '.--family goes with --matrix' "$BITSWEEP" diff e4m3 e5m2 $dump --family mxfp4
expect 64 "no profile is of family 'mxfp5'" "$BITSWEEP" diff --matrix --family mxfp5 $dump
expect 64 'part' "$BITSWEEP" diff e4m3 e5m2 $dump --part all
expect 2 "unknown profile 'ocp:mxfp5' .*; allowed: ocp:mxfp4" "$BITSWEEP" diff ocp:mxfp5 e5m2 $dump
expect 2 "vendors with profiles: ocp, microxcaling" "$BITSWEEP" diff nobody:mxfp4 e5m2 $dump
expect 69 'no tensor matches nosuch' "$BITSWEEP" diff e4m3 e5m2 $dump --name nosuch
expect 69 'nosuch.npy' "$BITSWEEP" diff e4m3 e5m2 nosuch.npy
expect 2 'scales for more than a row' "$BITSWEEP" diff nvfp4 e5m2 --all-float32
expect 2 'drawn or fitted' "$BITSWEEP" diff e4m3,round=sr e5m2 --all-float32
finish
