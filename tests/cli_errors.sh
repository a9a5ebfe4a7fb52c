#!/bin/sh
# What users get wrong: files, keys, dumps, databases.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/x.npy" || exit 1
"$BITSWEEP" synth student-t --param 4 --rows 16 --columns 32 -o "$dir/x.safetensors" || exit 1
study()
{
    printf 'name: t\ninputs: [{dump: %s}]\nformat: int8\n%s' "${1:-x.npy}" "${2:-}" >"$dir/s.yaml"
}

# configuration: 2; missing: 69
expect 69 'nowhere.yaml: No such file' "$BITSWEEP" run "$dir/nowhere.yaml"
study x.npy 'blok: 16
'
for c in run plan validate; do
    expect 2 "s.yaml:4:1: key: unknown 'blok'; did you mean 'block'\?" env BITSWEEP_DB="$dir/a.db" "$BITSWEEP" "$c" "$dir/s.yaml"
done
[ ! -e "$dir/a.db" ]
report $? 'a wrong file makes no database'
study
expect 2 "set metrics=ms: metrics: unknown 'ms'" "$BITSWEEP" validate "$dir/s.yaml" --set metrics=ms
expect 0 'ok: t, 1 inputs, 1 schemes' "$BITSWEEP" validate "$dir/s.yaml"
expect 0 '^\{"cost":.*"seed":7\}$' "$BITSWEEP" validate --resolved "$dir/s.yaml" --set seed=7
study nowhere.npy
expect 69 's.yaml:2:17: dump: .*nowhere.npy' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db"

# the examples of the documentation
awk -v dir="$dir" '/^```/ {on = /yaml/; file = ""; next}
    on && !file {file = dir "/readme-" ($1 == "name:" ? $2 : "nameless") ".yaml"}
    on {print > file}' experiments/README.md
for study in 'block-size, 2 inputs, 9 schemes' 'drawn, 2 inputs, 2 schemes' 'drawn-site, 1 inputs, 1 schemes' 'layers, 1 inputs, 8 schemes' \
    'elsewhere, 2 inputs, 1 schemes' 'kv-cache, 1 inputs, 18 schemes' 'caches-elsewhere, 1 inputs, 1 schemes' 'theory, 4 analyses'; do
    expect 0 "ok: $study" "$BITSWEEP" validate "$dir/readme-${study%%,*}.yaml"
done
[ "$(find "$dir" -name 'readme-*' | wc -l)" -eq 8 ]
report $? 'each example of the documentation was tried'

# dumps that lie
head -c 300 "$dir/x.npy" >"$dir/cut.npy"
study cut.npy
expect 69 'cut.npy' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db"
expect 69 'cut.npy' "$BITSWEEP" inspect "$dir/cut.npy"
sed 's/\[16,32\]/[99,32]/' "$dir/x.safetensors" >"$dir/lie.safetensors"
cmp -s "$dir/x.safetensors" "$dir/lie.safetensors"
[ $? -eq 1 ]
report $? 'the header was changed'
study lie.safetensors
expect 69 'lie.safetensors' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db"
expect 69 'lie.safetensors' "$BITSWEEP" quantize mxfp4 "$dir/lie.safetensors"
printf 'nothing of the kind' >"$dir/text.npy"
expect 69 'text.npy' "$BITSWEEP" inspect "$dir/text.npy"
head -c 2048 /dev/zero >"$dir/raw.bin"
expect 69 'raw.bin' "$BITSWEEP" inspect "$dir/raw.bin"
expect 0 '\[16,32\]' "$BITSWEEP" inspect "$dir/raw.bin" --dtype f32 --shape 16,32
expect 64 "dtype: unknown 'f31'" "$BITSWEEP" inspect "$dir/raw.bin" --dtype f31
expect 64 'shape: expected up to 8 lengths' "$BITSWEEP" inspect "$dir/raw.bin" --shape 16x32
for command in query 'export -o x.csv'; do
    # shellcheck disable=SC2086
    expect 64 "'SELECT 1' is not expected: one query, in quotes; the database is said by --db" \
        "$BITSWEEP" $command some.db 'SELECT 1'
done

# Tensors that cannot be read are named, with the reason. st FILE HEADER: a safetensors file with 16 bytes of data.
st()
{
    # shellcheck disable=SC2059
    printf "\\$(printf %03o ${#2})\\0\\0\\0\\0\\0\\0\\0%s0123456789abcdef" "$2" >"$1"
}
st "$dir/ints.safetensors" '{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}'
st "$dir/only.safetensors" '{"i":{"dtype":"I64","shape":[2],"data_offsets":[0,16]}}'
printf '\002\0\0\0\0\0\0\0{}' >"$dir/none.safetensors"
expect 0 '^i .*I64' "$BITSWEEP" inspect "$dir/ints.safetensors"
expect 0 '^x +F32 ' "$BITSWEEP" inspect "$dir/ints.safetensors"
expect 0 'none.safetensors: holds no tensor' "$BITSWEEP" inspect "$dir/none.safetensors"
expect 69 'tensor "i" cannot be read: .*I64' "$BITSWEEP" quantize int8 "$dir/ints.safetensors" --name i
expect 69 'tensor "i" cannot be read: .*I64' "$BITSWEEP" quantize int8 "$dir/only.safetensors"
expect 69 'holds no tensor$' "$BITSWEEP" quantize int8 "$dir/none.safetensors"
study 'ints.safetensors, select: i'
expect 69 "select: tensor 'i' of .*ints.safetensors cannot be read: .*I64" "$BITSWEEP" run "$dir/s.yaml" --db "$dir/i.db"
study ints.safetensors
expect 0 "ints.safetensors: tensor 'i' is left out: .*I64" "$BITSWEEP" run "$dir/s.yaml" --db "$dir/i.db"
study only.safetensors
expect 69 "no tensor that can be read; 'i': .*I64" "$BITSWEEP" run "$dir/s.yaml" --db "$dir/i.db"
study none.safetensors
expect 69 'none.safetensors holds no tensor$' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/i.db"

# What the metrics leave out and what binary32 does not hold is counted.
printf '\0\0\300\177\0\0\200\377\0\0\200\077' >"$dir/nan.bin"
expect 0 '"excluded": 2,' "$BITSWEEP" inspect "$dir/nan.bin" --dtype f32 --shape 3 --format json
expect 0 '"changed": 0,' "$BITSWEEP" inspect "$dir/nan.bin" --dtype f32 --shape 3 --format json
printf '\232\231\231\231\231\231\271\077\0\0\0\0\0\0\370\077\0\0\0\0\0\0\370\177' >"$dir/double.bin"
expect 0 '"changed": 1,' "$BITSWEEP" inspect "$dir/double.bin" --dtype f64 --shape 3 --format json
printf '\001\0\0\001\377\377\377\377' >"$dir/int.bin"
expect 0 '"changed": 1,' "$BITSWEEP" inspect "$dir/int.bin" --dtype i32 --shape 2 --format json
expect 0 '"changed": 2,' "$BITSWEEP" inspect "$dir/int.bin" --dtype u32 --shape 2 --format json

# quantize
expect 64 'one file for two of them' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" -o "$dir/o.npy" --codes "$dir/./o.npy"
expect 64 'one file for two of them' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --scales "$dir/o.npy" --codes "$dir/o.npy"
expect 64 'one file for two of them' "$BITSWEEP" quantize nvfp4 "$dir/x.npy" --second "$dir/o.npy" --codes "$dir/o.npy"
expect 64 '^bitsweep: --second: the scheme has no second level' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" --second "$dir/o.npy"
ln -s tgt.npy "$dir/l.npy"; : >"$dir/tgt.npy"
expect 64 'one file for two of them' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" -o "$dir/l.npy" --codes "$dir/tgt.npy"
[ ! -e "$dir/o.npy" ]
report $? 'and nothing is written'
expect 0 '' "$BITSWEEP" quantize e2m1,block=32,round=sr "$dir/x.npy" --seed 18446744073709551615
expect 0 '^sqnr_db ' "$BITSWEEP" quantize mxfp4 "$dir/x.npy" -o "$dir/y.npy" --codes "$dir/c.npy" --scales "$dir/k.npy"
expect 0 '^[^ ]+ +U8 +\[16,32\]' "$BITSWEEP" inspect "$dir/c.npy"
expect 0 '^[^ ]+ +U8 +\[16,1\]' "$BITSWEEP" inspect "$dir/k.npy"
expect 0 '^[^ ]+ +F32 +\[16,32\]' "$BITSWEEP" inspect "$dir/y.npy"
"$BITSWEEP" quantize mxfp4 "$dir/y.npy" -o "$dir/z.npy" >"$dir/out"
same "$dir/y.npy" "$dir/z.npy" 'quantizing quantized values changes nothing'
grep -qE '^mse +0( |$)' "$dir/out"
report $? 'and has no error'
expect 0 '' "$BITSWEEP" quantize e2m1,block=32,round=sr "$dir/x.npy" --seed 3 --codes "$dir/c1.npy"
expect 0 '' "$BITSWEEP" quantize e2m1,block=32,round=sr "$dir/x.npy" --seed 3 --codes "$dir/c2.npy"
same "$dir/c1.npy" "$dir/c2.npy" 'a seed gives the same codes again'
expect 0 '' "$BITSWEEP" quantize bf16,per=none "$dir/x.npy" --codes "$dir/c16.npy"
expect 0 '^[^ ]+ +U16 +\[16,32\]' "$BITSWEEP" inspect "$dir/c16.npy"
expect 64 'the scheme has no scales' "$BITSWEEP" quantize bf16,per=none "$dir/x.npy" --scales "$dir/k.npy"
expect 69 'no tensor "studnt-t" among [0-9]+; did you mean "student-t"\?' "$BITSWEEP" quantize int8 "$dir/x.safetensors" --name studnt-t
expect 64 'give --name' "$BITSWEEP" quantize int8 experiments/dumps/tinylm.safetensors
expect 2 'nosuch' "$BITSWEEP" quantize nosuch "$dir/x.npy"
printf '%s\n' '# my values' -1 -0.25 0 0.5 1 >"$dir/mine.txt"
expect 0 '^sqnr_db ' "$BITSWEEP" quantize nf4,block=16 "$dir/x.npy"
expect 0 '^sqnr_db ' "$BITSWEEP" quantize af4_16,block=16 "$dir/x.npy"
expect 0 'book:.*mine.txt,book_hash=[0-9a-f]{16},fit=none,or=none,round=rne' "$BITSWEEP" quantize "book:$dir/mine.txt,block=16" "$dir/x.npy" --format csv
expect 2 'book_hash: .*mine.txt holds the codebook [0-9a-f]{16}, and 0 was asked for' "$BITSWEEP" quantize "book:$dir/mine.txt,book_hash=0" "$dir/x.npy"
expect 69 'nomine.txt: No such file' "$BITSWEEP" quantize "book:$dir/nomine.txt" "$dir/x.npy"
expect 0 '^0x3 +[01]+ +finite +0.5 ' "$BITSWEEP" formats "book:$dir/mine.txt"
expect 0 '^0xe +1110 +finite +0.72424864' "$BITSWEEP" formats af4_64
echo x >>"$dir/mine.txt"
expect 2 "mine.txt:7: found 'x'" "$BITSWEEP" formats "book:$dir/mine.txt"
expect 2 'axis=head' "$BITSWEEP" quantize int8,per=channel,axis=head "$dir/x.npy"
expect 74 '/nonexistent/y.npy' "$BITSWEEP" quantize int8 "$dir/x.npy" -o /nonexistent/y.npy

# synthetic dumps: the same seed gives the same bytes
"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/again.npy"
same "$dir/x.npy" "$dir/again.npy" 'synth repeats itself'
"$BITSWEEP" synth gaussian --rows 16 --columns 32 --seed 1 -o "$dir/other.npy"
cmp -s "$dir/x.npy" "$dir/other.npy"
[ $? -eq 1 ]
report $? 'another seed, other bytes'
expect 2 'param' "$BITSWEEP" synth student-t --param -1 -o "$dir/t.npy"
expect 74 '/nonexistent' "$BITSWEEP" synth gaussian -o /nonexistent/t.npy

# databases
study
for db in '' ':memory:' 'file:m?mode=memory'; do
    for c in "run $dir/s.yaml" "plan $dir/s.yaml" 'query v_cell'; do
        # shellcheck disable=SC2086
        expect 64 'path of the database is empty|results in memory|found a URI' "$BITSWEEP" $c --db "$db"
    done
done
expect 0 '"seed":"18446744073709551615"' "$BITSWEEP" validate --resolved "$dir/s.yaml" --set seed=18446744073709551615
expect 2 'seed: expected a whole number of 0..18446744073709551615' "$BITSWEEP" validate "$dir/s.yaml" --set seed=18446744073709551616
expect 69 'no.db' "$BITSWEEP" query v_cell --db "$dir/no.db"
expect 0 '1 computed, 0 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db"
expect 0 '0 computed, 1 cached' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/a.db"
cp "$dir/a.db" "$dir/before.db"
expect 0 '1 in .*a.db already, 0 to do' "$BITSWEEP" plan "$dir/s.yaml" --db "$dir/a.db"
same "$dir/before.db" "$dir/a.db" 'a plan leaves the database as it is'
expect 0 '^sqnr_db$' "$BITSWEEP" query "SELECT sqnr_db FROM v_cell" --db "$dir/a.db" --format csv
expect 2 'a query may only read: DELETE cell is refused' "$BITSWEEP" query 'DELETE FROM cell' --db "$dir/a.db"
expect 2 'no view or table is named v_cel; did you mean v_cell\?' "$BITSWEEP" query v_cel --db "$dir/a.db"
expect 0 'v_cell' env BITSWEEP_DB="$dir/a.db" "$BITSWEEP" query
expect 0 '' "$BITSWEEP" export --db "$dir/a.db" -o "$dir/cells.csv"
"$BITSWEEP" query v_cell --db "$dir/a.db" --format csv >"$dir/cells2.csv"
same "$dir/cells.csv" "$dir/cells2.csv" 'export writes what query prints'
# what is read is not written over
cp "$dir/a.db" "$dir/own.db" && ln -s own.db "$dir/link.db" || exit 1
for out in own.db ./own.db link.db; do
    expect 64 '^bitsweep: --output .*: it is the file that is read' "$BITSWEEP" export --db "$dir/own.db" -o "$dir/$out"
done
expect 64 'it is the file that is read' "$BITSWEEP" allocate --budget 8 --db "$dir/own.db" --yaml "$dir/own.db"
same "$dir/a.db" "$dir/own.db" 'the database is as it was'
"$BITSWEEP" synth gaussian --rows 4 --columns 8 -o "$dir/own.npy" && cp "$dir/own.npy" "$dir/own2.npy" || exit 1
for option in --output --codes --scales --second; do
    expect 64 "^bitsweep: $option .*: it is the file that is read" "$BITSWEEP" quantize nvfp4 "$dir/own.npy" $option "$dir/own.npy"
done
expect 64 'it is the file that is read' "$BITSWEEP" mma a100_f16 --a "$dir/x.npy" --b "$dir/own.npy" -o "$dir/own.npy"
same "$dir/own.npy" "$dir/own2.npy" 'the dump is as it was'
expect 2 'nothing' "$BITSWEEP" export nothing --db "$dir/a.db" -o "$dir/half.csv"
! ls "$dir" | grep -q half.csv
report $? 'a failed export leaves nothing'
expect 74 '/nonexistent' "$BITSWEEP" export --db "$dir/a.db" -o /nonexistent/cells.csv
head -c 4096 /dev/zero | tr '\0' x >"$dir/garbage.db"
expect 74 'garbage.db' "$BITSWEEP" query v_cell --db "$dir/garbage.db"
expect 74 'garbage.db' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/garbage.db"
expect 74 'nonexistent' "$BITSWEEP" run "$dir/s.yaml" --db /nonexistent/a.db

# A read-only database can be queried and not written. Root writes everywhere: be nobody where possible.
chmod 755 "$dir" && mkdir "$dir/ro" && cp "$dir/a.db" "$dir/x.npy" "$dir/s.yaml" "$dir/ro" && cp "$BITSWEEP" "$dir/ro/bitsweep" &&
    chmod 555 "$dir/ro/bitsweep" && chmod 444 "$dir/ro/a.db" && chmod 555 "$dir/ro"
as=
[ "$(id -u)" -ne 0 ] || as='setpriv --reuid=65534 --regid=65534 --clear-groups'
if [ -z "$as" ] || $as true 2>/dev/null; then
    # shellcheck disable=SC2086
    expect 0 'int8' $as "$dir/ro/bitsweep" query 'SELECT label FROM v_cell' --db "$dir/ro/a.db"
    # shellcheck disable=SC2086
    expect 0 '1 in .*a.db already' $as "$dir/ro/bitsweep" plan "$dir/ro/s.yaml" --db "$dir/ro/a.db"
    # shellcheck disable=SC2086
    expect 74 'a.db' $as "$dir/ro/bitsweep" run "$dir/ro/s.yaml" --db "$dir/ro/a.db" --force
else
    skip 3 'read-only database' 'cannot become another user'
fi
chmod 755 "$dir/ro"

# failed cells: the rest is done, the exit status says it
study x.npy 'sweep: {grid: {axis: [last, head], per: channel}}
'
expect 1 "1 of 2 cells failed; bitsweep query v_failed --db $dir/f.db says why" "$BITSWEEP" run "$dir/s.yaml" --db "$dir/f.db"
expect 0 'head' "$BITSWEEP" query v_failed --db "$dir/f.db"
expect 0 'axis=head' "$BITSWEEP" query 'SELECT error FROM v_failed' --db "$dir/f.db"

# A scheme that failed on a tensor is not compared with those that have all.
"$BITSWEEP" synth student-t --param 3 --rows 16 --columns 32 -o "$dir/heavy.npy" || exit 1
"$BITSWEEP" synth gaussian --rows 16 --columns 32 -o "$dir/light.safetensors" || exit 1
cat >"$dir/w.yaml" <<'YAML'
name: w
inputs: [{dump: heavy.npy}, {dump: light.safetensors}]
sweep:
  grid: {format: [e2m1, e3m2, e2m3, e3m0, e5m2, int4, int5, int6], block: [8, 16, 32]}
  include: [{format: "int8,per=token"}, {format: "int8,per=token,axis=channel"}]
YAML
expect 1 'int8,per=token +9 .* 2$' "$BITSWEEP" run "$dir/w.yaml" --db "$dir/w.db"
grep -q 'the others are left out' "$dir/out" && ! grep -q 'axis=channel' "$dir/out"
report $? 'the mean over one tensor stands beside no mean over two'
# --only knows a format as exclude does: by its element, by the text of the sweep and by what that starts with.
printf 'name: o\ninputs: [{dump: x.npy}]\nsweep: {grid: {format: [mxfp4, nvfp4, int8, "e2m1,bias=0,block=8"]}}\n' >"$dir/o.yaml"
expect 0 '= 1 cells' "$BITSWEEP" plan "$dir/o.yaml" --only format=mxfp4 --db "$dir/no.db"
expect 0 '= 2 cells' "$BITSWEEP" plan "$dir/o.yaml" --only 'format=*fp4' --db "$dir/no.db"
expect 0 '= 1 cells' "$BITSWEEP" plan "$dir/o.yaml" --only 'format=e2m1,bias=0*' --db "$dir/no.db"
expect 0 '= 3 cells' "$BITSWEEP" plan "$dir/o.yaml" --only format=e2m1 --db "$dir/no.db"

# The value of an option is no option, whatever it looks like; a stream that is closed matters where something is printed.
expect 69 'no tensor "--outptu"' "$BITSWEEP" quantize mxfp4 "$dir/light.safetensors" -n --outptu
expect 64 "unrecognized option '--outptu'; did you mean" "$BITSWEEP" quantize mxfp4 "$dir/light.safetensors" --outptu
expect 0 '' sh -c '"$0" synth gaussian --rows 2 --columns 2 -o "$1" >&-' "$BITSWEEP" "$dir/c.npy"
expect 74 'Bad file descriptor' sh -c '"$0" formats >&-' "$BITSWEEP"

# What a file says does not command the terminal of who reads it.
escape=$(printf '\033')
mkdir "$dir/names"
cp "$dir/c.npy" "$dir/names/${escape}[31mred.npy"
printf 'name: n\ninputs: [{dump: names}]\nformat: int8\n' >"$dir/n.yaml"
expect 0 '  \\x1b\[31mred  int8' "$BITSWEEP" run -v "$dir/n.yaml" --db "$dir/n.db"
expect 69 'did you mean "\\x1b\[31mred"' "$BITSWEEP" quantize int8 "$dir/names" -n '[31mred'
! grep -q "$escape" "$dir/err"
report $? 'names are shown without control characters'

# A folder that takes no files is found before the training, which takes minutes.
expect 74 '/proc' timeout 20 "$BITSWEEP" record --out /proc --jobs 1
finish
