#!/bin/sh
# Dumps of other programs under every command that reads them; what is said beside a dump.
. tests/tap.sh

# A GGUF file: blk.0.w of 32 elements in one block of Q4_0, scale 1/2.
gguf()
{
    printf 'GGUF\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '\7\0\0\0\0\0\0\0blk.0.w\1\0\0\0\40\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '\0\70\360\1\043\105\147\211\253\315\357\0\21\42\63\104\125\146'
}
gguf >"$dir/a.gguf"
expect 0 'blk.0.w +Q4_0 +\[32\] +- +0 +w +4 ' "$BITSWEEP" inspect "$dir/a.gguf"
expect 0 'tensor +blk.0.w' "$BITSWEEP" quantize mxfp4 "$dir/a.gguf"
expect 0 '^blk.0.w +32 +0 ' "$BITSWEEP" diff mxfp4 mxfp4 "$dir/a.gguf"
expect 0 '^ +x +3.5 ' "$BITSWEEP" explain mxfp4 --dump "$dir/a.gguf" --element 16 # (15 - 8) / 2
head -c 70 "$dir/a.gguf" >"$dir/cut.gguf"
expect 69 'cut.gguf: tensor "blk.0.w": bytes 0 to 0 \+ 18 leave the 6 bytes of data' "$BITSWEEP" inspect "$dir/cut.gguf"
printf 'name: g\ninputs: [{dump: a.gguf, layer: 0, role: w, shapes: "32"}]\nformat: int8\nmetrics: [mse]\n' >"$dir/g.yaml"
expect 0 'ok: g, 1 inputs' "$BITSWEEP" validate "$dir/g.yaml"
expect 0 '1 computed' "$BITSWEEP" run "$dir/g.yaml" --db "$dir/g.db"
expect 0 'a.gguf,blk.0.w,0,w$' "$BITSWEEP" query v_layer --db "$dir/g.db" --format csv
expect 0 'dumps +fine +1 tensors have the bytes that were measured' "$BITSWEEP" doctor --db "$dir/g.db" --cells 1
gguf | sed 's/.$/g/' >"$dir/a.gguf"
expect 1 'dumps +BAD +.*blk.0.w: has other bytes now' "$BITSWEEP" doctor --db "$dir/g.db"

# Every packed type: what quantize writes is what it writes of the same values as binary32. 33 rows of 512.
packed()
{
    printf 'GGUF\3\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0w\2\0\0\0\0\2\0\0\0\0\0\0\41\0\0\0\0\0\0\0'
    printf "\\$(printf %o "$1")\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0                               "
    yes '!8"3#6$5%2&:0;' | head -c $((33 * 512 / $3 * $4))
}
sed -n 's/^BLOCKS(\([0-9]*\), \([A-Z0-9_]*\), \([0-9]*\), \([0-9]*\),.*/\1 \2 \3 \4/p' sim/dump/ggml.def >"$dir/types"
while read -r number name block bytes; do
    packed "$number" "$name" "$block" "$bytes" >"$dir/p.gguf"
    "$BITSWEEP" quantize f32 "$dir/p.gguf" -o "$dir/f.npy" >/dev/null
    for from in p.gguf f.npy; do
        "$BITSWEEP" quantize nvfp4 "$dir/$from" -o "$dir/v-$from" --codes "$dir/c-$from" --scales "$dir/s-$from"
    done >"$dir/out" && [ "$(grep -c "$(sed -n 's/tensor_sha256 *//p;T;q' "$dir/out")" "$dir/out")" = 2 ] &&
        cmp -s "$dir/v-p.gguf" "$dir/v-f.npy" && cmp -s "$dir/c-p.gguf" "$dir/c-f.npy" && cmp -s "$dir/s-p.gguf" "$dir/s-f.npy"
    report $? "quantize writes what $name stands for"
done <"$dir/types"
expect 0 '' "$BITSWEEP" quantize mxfp4 "$dir/p.gguf" --codes "$dir/c.npy" --pack low-first --scales "$dir/s.npy" --scale-layout 128x4
mv "$dir/c.npy" "$dir/c-p.npy"
expect 0 '' "$BITSWEEP" quantize mxfp4 "$dir/f.npy" --codes "$dir/c.npy" --pack low-first
same "$dir/c.npy" "$dir/c-p.npy" 'packed codes of packed elements'
# A folder of folders of arrays, and what is said of them.
mkdir -p "$dir/rec/layers/0" "$dir/rec/layers/1"
"$BITSWEEP" synth gaussian --rows 16 --columns 32 --seed 1 -o "$dir/rec/layers/0/q.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 16 --columns 64 --seed 2 -o "$dir/rec/layers/1/q.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 8 --columns 64 --seed 3 -o "$dir/rec/layers/1/down.npy" || exit 1
expect 0 'layers/0/q +F32 +\[16,32\] +[a-z,-]+ +0 +q ' "$BITSWEEP" inspect "$dir/rec"
printf '{"*/q": {"role": "query", "axes": ["token", "feature"]},\n "layers/1/down": {"layer": 5}}' >"$dir/rec/tensors.json"
expect 0 'layers/1/q +F32 +\[16,64\] +token,feature +1 +query ' "$BITSWEEP" inspect "$dir/rec"
expect 0 'layers/1/down .* 5 +down ' "$BITSWEEP" inspect "$dir/rec"
expect 0 'scheme +int8,per=channel,axis=feature' "$BITSWEEP" quantize int8,per=channel,axis=feature "$dir/rec" --name layers/0/q
expect 2 'axis=head' "$BITSWEEP" quantize int8,per=channel,axis=head "$dir/rec" --name layers/0/q
printf '{"*/k": {"role": "key"}}' >"$dir/other.json"
expect 69 'other.json: "\*/k" is no tensor of the dump' "$BITSWEEP" inspect "$dir/rec" --manifest "$dir/other.json"
printf '{"*/q": {"role": "other"}}' >"$dir/other.json"
expect 0 'layers/1/q .* other ' "$BITSWEEP" inspect "$dir/rec" --manifest "$dir/other.json"

study()
{
    printf 'name: r\ninputs: [{dump: rec%s}]\nformat: int8,per=token\nmetrics: [mse]\n' "$1" >"$dir/r.yaml"
}
study ', role: query, layer: 1-4'
expect 0 '1 computed' "$BITSWEEP" run "$dir/r.yaml" --db "$dir/r.db"
study ''
expect 0 '2 computed, 1 cached' "$BITSWEEP" run "$dir/r.yaml" --db "$dir/r.db"
expect 0 '^1,query,1$' "$BITSWEEP" query --format csv --db "$dir/r.db" \
    'SELECT layer, role, count(*) FROM v_cell JOIN v_layer USING(dump, tensor) GROUP BY layer, role ORDER BY layer'
expect 0 '^5,down,1$' "$BITSWEEP" query --format csv --db "$dir/r.db" \
    'SELECT layer, role, count(*) FROM v_cell JOIN v_layer USING(dump, tensor) GROUP BY layer, role ORDER BY layer'
study ', manifest: other.json, role: other'
expect 0 '2 cells: 0 computed, 2 cached' "$BITSWEEP" run "$dir/r.yaml" --db "$dir/r.db"
study ', role: [query, qeury]'
expect 2 "r.yaml:2:36: role: 'qeury' matches no tensor of .*rec; did you mean 'query'\? it has 2 roles: query, down" "$BITSWEEP" plan "$dir/r.yaml"
study ', shapes: "*,48"'
expect 2 "shapes: '\*,48' matches no tensor of .*it has 3 shapes: 16,32; 8,64; 16,64" "$BITSWEEP" plan "$dir/r.yaml"
study ', layer: 0, role: down'
expect 2 'no tensor of .* is one of those that layer, role select, all at once' "$BITSWEEP" plan "$dir/r.yaml"
finish
