#!/bin/sh
# bitsweep formats: the list and its search, the page of one format, several beside each other, codes, the figure.
. tests/tap.sh

# the list
expect 0 '^float: sign, exponent, fraction; any eXmY' "$BITSWEEP" formats
expect 0 '^int: ' "$BITSWEEP" formats
expect 0 '^e5m2,8,s1 e5 m2,57344,1.52587890625e-05,' "$BITSWEEP" formats --format csv
"$BITSWEEP" formats --format tsv >"$dir/list"
[ "$(tail -n +2 "$dir/list" | cut -f1 | sort -u | wc -l)" -eq "$(tail -n +2 "$dir/list" | wc -l)" ]
report $? 'every format is listed once'
[ "$(awk -F'\t' 'NR > 1 && !seen[$9]++ {n++} NR > 1 && last != $9 {runs++} {last = $9} END {print runs - n}' "$dir/list")" -eq 0 ]
report $? 'formats stand by family'
[ "$("$BITSWEEP" formats | awk '{if (length > most) most = length} END {print most}')" -le 160 ]
report $? 'the list fits a wide terminal'

# its search: names, aliases, description, citation; capitals and separators do not count in names
expect 0 '^e4m3 ' "$BITSWEEP" formats --find FLOAT8_E4M3FN
expect 0 '^e4m3 ' "$BITSWEEP" formats --find 'fp8 e4m3'
expect 0 '^e2m1 ' "$BITSWEEP" formats --find nvfp4
expect 0 '^e8m0 ' "$BITSWEEP" formats --find 'section 5.4.1'
[ "$("$BITSWEEP" formats --find bfloat16 --format tsv | wc -l)" -eq 2 ]
report $? 'one format is found by its published name'
# Every name and alias finds its format; under sanitizers those of one format in eight.
tab=$(printf '\t')
tail -n +2 "$dir/list" | cut -f1 >"$dir/names"
[ $watched -eq 0 ] || { awk 'NR % 8 == 1' "$dir/names" >"$dir/some" && mv "$dir/some" "$dir/names"; }
while read -r name; do
    for alias in $name $("$BITSWEEP" formats "$name" --format tsv | awk -F'\t' '$1 == "aliases" {gsub(/,/, ""); print $2}'); do
        case $newline$("$BITSWEEP" formats --find "$alias" --format tsv) in
        *"$newline$name$tab"*) ;;
        *) echo "# $alias does not find $name" ;;
        esac
    done
done <"$dir/names" >"$dir/lost"
cat "$dir/lost"
[ ! -s "$dir/lost" ]
report $? "every name and alias of $(wc -l <"$dir/names") formats finds it"
expect 2 "no name, alias, description or citation has 'zzz'" "$BITSWEEP" formats --find zzz
expect 2 "no listed format has 'e3m9', but it is a name by the rule" "$BITSWEEP" formats --find e3m9
expect 64 '--find searches the list' "$BITSWEEP" formats --find fp8 e4m3

# the page
expect 0 '^octaves +17.8074$' "$BITSWEEP" formats e4m3
expect 0 '^octaves of normals +14.8074$' "$BITSWEEP" formats e4m3
expect 0 '^finite values +253$' "$BITSWEEP" formats e4m3
expect 0 '^codes wasted +2$' "$BITSWEEP" formats e4m3
expect 0 '^unit roundoff at 1 +2\^-24$' "$BITSWEEP" formats fp32
expect 0 '^integers without a gap up to +16777216$' "$BITSWEEP" formats fp32
expect 0 '^max +1.9921875\*2\^127$' "$BITSWEEP" formats bf16
expect 0 '"property": "min positive", "value": 0.001953125' "$BITSWEEP" formats e4m3 --format json
expect 0 '^0x7e +0 1111 110 +normal +448 +0x1.cp\+8$' "$BITSWEEP" formats e4m3
expect 0 '^0xff +1 1111 111 +NaN +NaN +nan$' "$BITSWEEP" formats e4m3
expect 0 '^0x01 +0 0000 001 +subnormal +0.001953125 +0x1p-9$' "$BITSWEEP" formats e4m3
expect 0 '^0x1f,11111,finite,-1,-0x1p\+0$' "$BITSWEEP" formats int5 --codes --format csv
[ "$("$BITSWEEP" formats fp16 --codes --format csv | wc -l)" -eq 65537 ]
report $? 'all codes of fp16'
"$BITSWEEP" formats e4m3 --codes --format csv | awk -F, 'NR > 1 && $4 != "NaN" {printf "%s %s\n", $4, $5}' >"$dir/values"
[ "$(wc -l <"$dir/values")" -eq 254 ]
report $? 'e4m3 has 254 codes of numbers'
expect 0 '^bits +8 +4$' "$BITSWEEP" formats e4m3 int4
expect 0 '^property,e4m3,"e3m3,specials=ieee"$' "$BITSWEEP" formats e4m3 e3m3,specials=ieee --format csv
for f in table json jsonl csv md tsv html; do
    expect 0 448 "$BITSWEEP" formats e4m3 --format $f
    expect 0 57344 "$BITSWEEP" formats e4m3 e5m2 --format $f
    expect 0 0x1.cp "$BITSWEEP" formats e4m3 --codes --format $f
done
for name in $(cat "$dir/names"); do
    "$BITSWEEP" formats "$name" >"$dir/out" 2>&1 || echo "# $name"
    grep -q '^citation' "$dir/out" || echo "# $name does not cite"
done >"$dir/failed"
cat "$dir/failed"
[ ! -s "$dir/failed" ]
report $? 'every format has a page'
expect 2 "nosuch" "$BITSWEEP" formats e4m3 nosuch
expect 64 "'E4M3' is named twice" "$BITSWEEP" formats e4m3 E4M3
expect 64 'at most 12 formats' "$BITSWEEP" formats int2 int3 int4 int5 int6 int7 int8 int9 int10 int11 int12 int13 int14
expect 64 '--codes takes one NAME' "$BITSWEEP" formats e4m3 e5m2 --codes
expect 64 '--codes takes one NAME' "$BITSWEEP" formats --codes
expect 2 'fp32 has 32 bits; --codes prints formats of at most 20' "$BITSWEEP" formats fp32 --codes

# questions
expect 0 '^every value of b is one of a +yes$' "$BITSWEEP" formats fp16 --contains e4m3
expect 0 '^every value of b, -0, Inf and NaN is one of a +yes$' "$BITSWEEP" formats fp32 --contains bf16 --specials
expect 0 '^NaN +lost$' "$BITSWEEP" formats e5m3,specials=none --contains e4m3
expect 1 'of e4m3 is no value of e5m3,specials=none' "$BITSWEEP" formats e5m3,specials=none --contains e4m3 --specials
expect 1 '^first value that a lacks +0x01 = 0.001953125$' "$BITSWEEP" formats int8 --contains e4m3
expect 1 '^which a rounds to +0x00 = 0$' "$BITSWEEP" formats int8 --contains e4m3
expect 1 '0x00000001 = 2\^-149 of fp32 is no value of e8m22' "$BITSWEEP" formats e8m22 --contains fp32
expect 1 '0x0000003 = 1.5\*2\^-144 of e8m19 is no value of e9m0' "$BITSWEEP" formats e9m0 --contains e8m19
expect 0 '"value": "yes"' "$BITSWEEP" formats fp32 --contains fp16 --format json
expect 2 'not covered: posit32 has 32 bits; beyond 20 bits only a float is decided' "$BITSWEEP" formats fp32 --contains posit32
expect 2 "'mxfp4' has scales" "$BITSWEEP" formats fp16 --contains mxfp4
expect 1 '^rne +rne +no +0x3a800001 = [^ ]+ +0x3a80 = 0.0009765625 +0x00 = 0 +0x01 = 0.001953125$' "$BITSWEEP" formats fp32 --via bf16 --to e4m3
expect 0 '^rne +rne +yes ' "$BITSWEEP" formats fp16 --via fp32 --to e4m3
expect 0 '^odd +rne +yes ' "$BITSWEEP" formats fp32 --via bf16,round=odd --to e4m3
expect 0 '^rtz +rtz +yes ' "$BITSWEEP" formats fp32 --via bf16 --to e4m3 --round rtz
expect 1 'fp32: 0x3a80 = 0.0009765625 then 0x00 = 0 \(rne\), but 0x01 = 0.001953125 \(rne\) at once' "$BITSWEEP" formats fp32 --via bf16 --to e4m3 --round all
[ "$(grep -c ' yes ' "$dir/out") $(grep -c ' no ' "$dir/out")" = '5 4' ]
report $? 'all nine modes, five of them safe'
expect 2 'not covered: fp32 has 32 bits' "$BITSWEEP" formats fp32 --via bf16 --to fp32
expect 2 'round=sr is no function of the value' "$BITSWEEP" formats fp16 --via bf16,round=sr --to e4m3
expect 64 "--round: unknown 'sr'; allowed: all, rne" "$BITSWEEP" formats fp32 --via bf16 --to e4m3 --round sr
expect 0 '^as a format here +e4m3,specials=none$' "$BITSWEEP" formats e2m1 --exact-product
expect 0 '^integer of least bits +42 bits, two.s complement$' "$BITSWEEP" formats e4m3 --exact-product --exact-sum 32
expect 0 '^integer of least bits +31 bits, ' "$BITSWEEP" formats int8 --exact-product --exact-sum 65536
expect 0 '^integer of least bits +20 bits, unsigned$' "$BITSWEEP" formats ue4m3 --exact-sum 4
expect 0 '^float of least bits +57 bits: sign, 9 exponent, 47 fraction, bias 255$' "$BITSWEEP" formats fp32 --exact-product
expect 2 'not covered: lns4f3 has values of more than 32 significant bits' "$BITSWEEP" formats lns4f3 --exact-product
expect 64 '--exact-sum: expected at least 1' "$BITSWEEP" formats e4m3 --exact-sum 0
expect 64 '--via and --to go together' "$BITSWEEP" formats e4m3 --via fp16
expect 64 '--via and --to go together' "$BITSWEEP" formats e4m3 --to fp16
expect 64 '--round is for --via' "$BITSWEEP" formats e4m3 --round rne
expect 64 '--specials is for --contains' "$BITSWEEP" formats e4m3 --specials
expect 64 'one question at a time' "$BITSWEEP" formats e4m3 --contains e2m1 --exact-product
expect 64 'a question takes one NAME' "$BITSWEEP" formats e4m3 e5m2 --contains e2m1
expect 64 'a question takes one NAME' "$BITSWEEP" formats --exact-product
expect 64 'a question takes one NAME' "$BITSWEEP" formats e4m3 --contains e2m1 --codes

# the figure
expect 0 'value_spacing +Values and their spacing.*given' "$BITSWEEP" figures
expect 0 '^# how it draws' "$BITSWEEP" figures value_spacing
expect 64 'value_spacing draws given rows, not the database: .*bitsweep formats NAME' "$BITSWEEP" plot value_spacing
expect 64 'NAME is missing' "$BITSWEEP" formats -o "$dir/figures"
expect 2 'fp32 has 32 bits; the figure shows formats of at most 20' "$BITSWEEP" formats e4m3 fp32 -o "$dir/figures"
expect 2 'nosuch' "$BITSWEEP" formats nosuch -o "$dir/figures"
[ ! -e "$dir/figures" ]
report $? 'a wrong name makes no folder'
printf 'a file' >"$dir/file"
expect 74 'is not a folder' "$BITSWEEP" formats e4m3 -o "$dir/file"
expect 74 'cannot make the folder' "$BITSWEEP" formats e4m3 -o "$dir/file/x"
mkdir "$dir/bin"
expect 69 'gnuplot is not on the PATH' env PATH="$dir/bin" "$BITSWEEP" formats e4m3 -o "$dir/without"
[ -s "$dir/without/value_spacing.tsv" ] && [ -s "$dir/without/value_spacing.gp" ] && [ ! -e "$dir/without/value_spacing.svg" ]
report $? 'without gnuplot, data and script'
if command -v gnuplot >/dev/null; then
    for d in a b; do
        expect 0 "$dir/$d/value_spacing.svg" "$BITSWEEP" formats e2m1 e4m3 int8 fp16 e3m3,specials=ieee -o "$dir/$d"
    done
    for s in tsv gp svg pdf png; do
        same "$dir/a/value_spacing.$s" "$dir/b/value_spacing.$s" "the same $s twice"
        same "$dir/a/error_magnitude.$s" "$dir/b/error_magnitude.$s" "the same $s of the second figure"
    done
    for name in e2m1 e4m3 int8 fp16 'e3m3,specials=ieee'; do
        grep -q ">$name<" "$dir/a/value_spacing.svg"
        report $? "$name is named in the figure"
    done
    grep -q '253 values, 17.8 octaves' "$dir/a/value_spacing.svg"
    report $? 'values and octaves of e4m3 are in the figure'
    [ "$(wc -c <"$dir/a/value_spacing.svg")" -lt 300000 ]
    report $? 'sixteen bits do not swell the figure'
    mkdir "$dir/alone"
    cp "$dir/a/value_spacing.gp" "$dir/a/value_spacing.tsv" "$dir/alone"
    (cd "$dir/alone" && LC_ALL=C.UTF-8 gnuplot value_spacing.gp) >"$dir/words" 2>&1
    report $? 'redrawn by gnuplot alone'
    same "$dir/a/value_spacing.svg" "$dir/alone/value_spacing.svg" 'redrawn the same'
    # E2M1 by hand: gap / value is .5/.5 .5/1 .5/1.5, then 1/2 1/3, then 2/4, from each value to the next.
    expect 0 '' "$BITSWEEP" formats e2m1 -o "$dir/hand"
    awk -F'\t' 'NR > 1 && $7 == 1 {printf "%.3f:%.3f ", $8, $9}' "$dir/hand/value_spacing.tsv" >"$dir/corners"
    echo "-1.000:0.000 0.000:0.000 0.000:-1.000 0.585:-1.000 0.585:-1.585 1.000:-1.585 1.000:-1.000 1.585:-1.000" \
        "1.585:-1.585 2.000:-1.585 2.000:-1.000 2.585:-1.000" | diff -bw - "$dir/corners"
    report $? 'the steps of E2M1'
    [ "$(awk -F'\t' 'NR > 1 && $7 == 0 {printf "%g%s ", 2 ^ $8, $11 ? "s" : ""}' "$dir/hand/value_spacing.tsv")" = '0.5s 1 1.5 2 3 4 6 ' ]
    report $? 'the values of E2M1, the first subnormal'
    expect 0 '' "$BITSWEEP" formats int2 -o "$dir/one"
    grep -q '4 values, 0.0 octaves' "$dir/one/value_spacing.svg"
    report $? 'a format of one positive value is drawn'
fi
finish
