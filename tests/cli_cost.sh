#!/bin/sh
# bitsweep cost: values of all models with units and sources, what they do not cover, pairs and layers; components; tables
# for Accelergy, read again by the rules of its table plug-in.
. tests/tap.sh

cost() { "$BITSWEEP" cost "$@"; }
# column SCHEME... -- MODEL QUANTITY: the value as csv has it
value() { "$BITSWEEP" cost $1 --model "$2" --format csv | awk -F, -v q="$3" 'NR > 1 && index($0, "," q ",") { n = split($0, f, ","); for (i = 1; i < n; i++) if (f[i] == q) print f[i + 1] }'; }
is() # VALUE WANTED NAME
{
    [ "$1" = "$2" ] || echo "# $1, expected $2"
    [ "$1" = "$2" ]
    report $? "$3"
}

# every model, told or refused with its reason
expect 0 '^scheme +weight +model +quantity +value +unit +node_nm +accuracy +source$' cost mxfp4
for m in $("$BITSWEEP" costs --format tsv | tail -n +2 | cut -f1); do
    grep -qE "^mxfp4 +- +$m +[a-z]" "$dir/out"
    report $? "mxfp4 by $m"
done
expect 0 '^mxfp4 .* not covered .* horowitz45: the table has int8' cost mxfp4
expect 0 '^int8 +- +horowitz45 +mac_energy +0.23 +pJ +45 ' cost int8
expect 0 '^int8 .* mac_gates +727 +gate +- +0.00414365 +van Baalen' cost int8 --model fp8_vs_int8
for f in table json jsonl csv md tsv html; do
    expect 0 'bits_per_element' cost nvfp4 --format "$f"
done
expect 0 '"node_nm": ?45' cost int8 --model horowitz45 --format json
expect 0 '"node_nm": ?null' cost int8 --model storage --format json

# scales and padding are counted: 100 elements in blocks of 32, 4 scales of 8 bits
expect 0 '^mxfp4 +- +storage +bits +432 ' cost mxfp4 --elements 100 --model storage
expect 0 '^"?mxfp4,tail=zero-pad"?,,storage,bits,544,' cost mxfp4,tail=zero-pad --elements 100 --model storage --format csv
expect 0 ',bits_per_element,4.5,' cost 'int4,block=32,scale=fp16' --model storage --format csv
# a layer: 8 x 64 and 32 x 64; channels are rows of the weight
expect 0 '^int8 +int4 +storage +bits +12288 ' cost int8 --weight int4 --shape 8x64x32 --model storage
expect 0 ' storage +weight_bits_per_element +4.5 ' cost int8 --weight int4,per=channel,axis=out --shape 8x64x32 --model storage
expect 0 '^int8 +int4 +bit_operations +bit_operations +524288 ' cost int8 --weight int4 --shape 8x64x32 --model bit_operations
expect 0 '^int8 +int4 +systolic +cycles +220 ' cost int8 --weight int4 --shape 8x64x32 --model systolic
expect 0 '^int8 +- +bit_operations +bit_operations +6400 ' cost int8 --mac exact --elements 100 --model bit_operations
expect 0 'fp8_vs_int8: the model does not cover operands under two schemes' cost int8 --weight int4
is "$(value int8 components mac_gates)" "$(value 'int8 --weight int8' components mac_gates)" 'a pair of one scheme is that scheme'

# what is stored of a row is what quantizing one stores, whatever its values
"$BITSWEEP" synth gaussian --rows 1 --columns 4096 -o "$dir/g.npy"
for s in nvfp4 mx9 q4_1 olive4 bitmod4 four_over_six mxfp4,or=int4 nf4,block=64,scale=fp32,fit=lloyd \
    int4,block=128,scale=fp16,zero_point=yes e2m1,block=48,scale=e8m0,tail=zero-pad; do
    "$BITSWEEP" quantize "$s" "$dir/g.npy" --format csv | grep '^bits_per_element,' | cut -d, -f2 >"$dir/quantized"
    "$BITSWEEP" cost "$s" --model storage --format csv | grep -o ',bits_per_element,[0-9.]*' | cut -d, -f3 >"$dir/told"
    same "$dir/quantized" "$dir/told" "bits per element of $s"
done

# models with keys, several at once, all of one name's keys
expect 0 'memory,level=hbm2 +energy_per_bit +3.92' cost int8 --model storage,memory,level=hbm2,horowitz45
expect 0 ' horowitz45 +mac_energy' cost int8 --model storage,memory,level=hbm2,horowitz45
expect 0 'components,guard=8,node=sky130 +delay ' cost e4m3 --model components,node=sky130,guard=8
expect 0 ' finish_gates ' cost e4m3 --mac fused,group=16,fraction=25,acc=fp32 --model components
expect 2 "memory: level: 'tape' is not one of" cost int8 --model memory,level=tape
expect 2 "unknown cost model 'storge' .did you mean 'storage'" cost int8 --model storge
expect 2 "memory: unknown key 'levl'" cost int8 --model memory,levl=dram
expect 2 'nosuch' cost nosuch
expect 2 'nosuch' cost int8 --weight nosuch
expect 2 'nosuch' cost int8 --mac nosuch
expect 2 'axis=head: a tensor here has the axes token,channel' cost int8,per=channel,axis=head
expect 64 'a scheme is missing' cost
expect 64 'is not MxKxN' cost int8 --shape 8x64
expect 64 'is not MxKxN' cost int8 --shape 0x64x8
expect 64 'one of them' cost int8 --shape 8x64x8 --elements 5
expect 64 'at least 1' cost int8 --elements 0
[ ! -s "$dir/out" ]
report $? 'nothing is printed before an error'

# components
expect 0 '^full_adder +8 cells$' "$BITSWEEP" costs --components multiplier,a=4,b=4
expect 0 '^appendix_b +84 gates$' "$BITSWEEP" costs --components multiplier,a=4,b=4
expect 0 '^nangate45, adders mapped +80 gates$' "$BITSWEEP" costs --components multiplier,a=4,b=4
expect 0 '^area at sky130 +310.2976 um2$' "$BITSWEEP" costs --components multiplier,a=4,b=4
expect 0 '^delay at sky130 +1360 ps' "$BITSWEEP" costs --components multiplier,a=4,b=4 # 17 levels of 80 ps
expect 0 '^energy at sky130 +661.3333333 fJ' "$BITSWEEP" costs --components multiplier,a=4,b=4 # 310.2976 / 3.7536 gates of 8 fJ
expect 0 '^area at 7nm +3.641008 um2 .scaled.$' "$BITSWEEP" costs --components multiplier,a=4,b=4
expect 0 '^appendix_b +cells appendix_b: there is no inverter' "$BITSWEEP" costs --components normaliser
for c in $("$BITSWEEP" costs --components --format tsv | tail -n +2 | cut -f1); do
    expect 0 '^depth ' "$BITSWEEP" costs --components "$c"
done
expect 2 "did you mean 'multiplier'" "$BITSWEEP" costs --components multiplyer
expect 2 "unknown key 'c'" "$BITSWEEP" costs --components multiplier,c=4

# --- tables for Accelergy ---

# set FILE: the four keys of a table set; prints "NAME TECHNOLOGY ACCURACY FOLDER", or fails
read_set()
{
    awk -v folder="$(dirname "$1")" '
        /^#/ { next }
        match($0, /^[a-z_]+: /) { key = substr($0, 1, RLENGTH - 2); set[key] = substr($0, RLENGTH + 1); n++ }
        END {
            if (n != 4 || set["name"] == "" || set["technology"] == "" || set["path_to_data_dir"] == "") exit 1
            if (set["accuracy"] !~ /^[0-9.]+$/ || set["accuracy"] + 0 <= 0 || set["accuracy"] + 0 > 100) exit 1
            path = set["path_to_data_dir"]
            print set["name"], set["technology"], set["accuracy"], path ~ /^\// ? path : folder "/" path
        }' "$1"
}

# ask ROOT CLASS COLUMN ATTRIBUTE=VALUE...: the first row, in the set of the largest accuracy that has one, whose cells
# equal the attributes as strings; columns that only one side has are passed over
ask()
{
    root=$1 class=$2 column=$3
    shift 3
    find "$root" -type f -name '*table.yaml*' | while read -r file; do
        read_set "$file" || echo "bad set $file" >&2
    done | sort -k3,3 -rg | while read -r _ _ _ folder; do
        [ -e "$folder/$class.csv" ] || continue
        found=$(printf '%s\n' "$@" | awk -F, -v column="$column" '
            FILENAME == "-" { split($0, pair, "="); want[pair[1]] = pair[2]; next }
            FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
            {
                hit = 1
                for (i = 1; i <= NF; i++) if (name[i] in want && want[name[i]] "" != $i "") hit = 0
                if (hit) { for (i = 1; i <= NF; i++) if (name[i] == column) print $i; exit }
            }' - "$folder/$class.csv")
        [ -z "$found" ] || { echo "$found"; break; }
    done
}

# Every cell of a class is there, action, energy and area are what they must be.
well_formed()
{
    awk -F, '
        NR == 1 { columns = NF; for (i = 1; i <= NF; i++) at[$i] = i; if (!at["action"] || !at["energy"]) exit 1; next }
        { if (NF != columns) exit 1
          for (i = 1; i <= NF; i++) if ($i == "") exit 1
          if ($at["energy"] !~ /^[0-9.]+(e-?[0-9]+)?$/ || $at["energy"] <= 0) exit 1
          if (at["area"] && ($at["area"] !~ /^[0-9.]+(e-?[0-9]+)?$/ || $at["area"] <= 0)) exit 1
          for (i = 1; i <= NF; i++) if (i != at["energy"] && i != at["area"] && $i ~ /\./) exit 1 # 16, never 16.0
        }
        END { exit NR < 2 }' "$1"
}

expect 0 '^horowitz45 +45nm +fpmac +2 +energy$' cost int8 fp16 fp32 --model horowitz45,published_28nm --accelergy "$dir/acc"
expect 0 '^components.* +130nm +fpmac +2 +energy, area$' cost e4m3 e2m1 int8 --model components,node=sky130,activity=0.1 --accelergy "$dir/acc"
sets=$(find "$dir/acc" -name '*.table.yaml' | wc -l)
is "$sets" 3 'three table sets'
find "$dir/acc" -name '*.table.yaml' >"$dir/sets"
while read -r file; do
    read_set "$file" >>"$dir/names"
    report $? "$(basename "$file") has the four keys, and an accuracy that is ever selected"
done <"$dir/sets"
is "$(cut -d' ' -f1 "$dir/names" | sort -u | wc -l)" 3 'names are unique'
for file in "$dir"/acc/*/data/*.csv; do
    well_formed "$file"
    report $? "$(basename "$(dirname "$(dirname "$file")")") $(basename "$file") is well formed"
done
same_number() # FOUND WANTED NAME
{
    awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 == b + 0) }'
    report $? "$3"
}
same_number "$(ask "$dir/acc" intmac energy technology=45nm datawidth=8 action=mac_random)" 0.23 'intmac of int8 at 45 nm'
same_number "$(ask "$dir/acc" fpmac energy technology=45nm exponent=5 mantissa=10 sign=1 action=mac_random)" 1.5 'fpmac of fp16'
same_number "$(ask "$dir/acc" fpmultiplier energy technology=45nm exponent=8 mantissa=23 action=mult_random latency=5ns)" 3.7 'an attribute that the table lacks is passed over'
same_number "$(ask "$dir/acc" fpmac area technology=28nm exponent=5 mantissa=10 sign=1 action=mac_random)" 1968.7 'area of fp16 at 28 nm'
model=components,activity=0.1,node=sky130
for s in e4m3:4:3 e2m1:2:1; do
    IFS=: read -r scheme exponent mantissa <<END
$s
END
    same_number "$(ask "$dir/acc" fpmac energy technology=130nm exponent="$exponent" mantissa="$mantissa" action=mac_random)" \
        "$(value "$scheme" $model mac_energy)" "energy of $scheme is that of the table of costs"
    same_number "$(ask "$dir/acc" fpmac area technology=130nm exponent="$exponent" mantissa="$mantissa" action=mac_random)" \
        "$(value "$scheme" $model mac_area)" "area of $scheme likewise"
done
is "$(ask "$dir/acc" intmac energy technology=45nm datawidth=8.0 action=mac_random)" '' 'strings are compared, not numbers'
is "$(ask "$dir/acc" intmac energy technology=45nm datawidth=4 action=mac_random)" '' 'what no model covers has no row'

expect 0 '^horowitz45 +45nm' cost int8 --accelergy "$dir/every" # what has nothing to export is passed over
[ ! -e "$dir/every/fp8_vs_int8" ]
report $? 'and leaves no folder'
expect 2 'nothing to export' cost lns4f3 --accelergy "$dir/none"
expect 2 'fp8_vs_int8 cannot be exported: it has neither' cost int8 --model fp8_vs_int8 --accelergy "$dir/none"
expect 2 'horowitz45 cannot be exported' cost e4m3 --model horowitz45 --accelergy "$dir/none"
[ ! -e "$dir/none" ]
report $? 'nothing is written for them'
expect 2 'no --weight' cost int8 --weight int4 --model horowitz45 --accelergy "$dir/none"
expect 2 'e4m3ieee has the attributes of another scheme' cost e4m3 e4m3ieee --model components,node=sky130,activity=1 --accelergy "$dir/none"
expect 74 'nowhere' cost int8 --model horowitz45 --accelergy "$dir/nowhere/acc"
finish
