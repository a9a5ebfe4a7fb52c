#!/bin/sh
# The include law and the fences around third-party headers. Prints each offence as file:line: and fails.
set -u
cd "$(dirname "$0")/.." || exit 1
[ -n "$(git ls-files Makefile 2>/dev/null)" ] || { echo "include law: git knows no files here"; exit 69; }

git ls-files -co --exclude-standard '*.c' '*.h' '*.def' | xargs grep -nE '^ *# *include' | awk '
function folder(path) { return path ~ /\// ? substr(path, 1, match(path, /\/[^\/]*$/) - 1) : "." }
function offend(why) { print where ": includes " header ": " why; bad++ }
{
    split($0, part, ":"); file = part[1]; where = file ":" part[2]
    if (!match($0, /[<"][^>"]*[>"]/)) next
    header = substr($0, RSTART + 1, RLENGTH - 2); ours = substr($0, RSTART, 1) == "\""
    from = folder(file); top = from; sub(/\/.*/, "", top)
    if (top == "tests") next
    if (ours) {
        to = folder(header); totop = to; sub(/\/.*/, "", totop)
        if (header == "build_info.h") next # made by the Makefile
        if (header !~ /\//) { offend("paths are written from the root"); next }
        if (totop == "tests") offend("nothing includes tests")
        if (totop == "experiments" && top != "experiments") offend("nothing includes experiments")
        if (totop == "plots" && top != "plots" && top != "experiments") offend("nothing includes plots")
        if (from == "sim/base" && to != "sim/base") offend("sim/base includes nothing of ours")
        if (top == "formats" && totop != "formats") offend("formats includes nothing of ours")
        if (top == "results" && totop != "results" && to != "sim/base") offend("results includes sim/base only")
        if (top == "plots" && totop != "plots" && totop != "results" && to != "sim/base") offend("plots reads the database alone")
        if (top == "sim" && totop !~ /^(sim|formats)$/) offend("sim includes sim and formats only")
        stage = "^sim/(dump|transform|quant|arith|metric|cost|model|theory)$"
        recorder = from == "sim/model" && to == "sim/dump" # the model writes the bundled dump
        if (from == "sim/kernels" && totop != "formats" && to != "sim/kernels" && to != "sim/base") offend("kernels include formats and sim/base only")
        if (to == "sim/proof" && from != "sim/proof" && top != "experiments") offend("nothing relies on sim/proof")
        if (to == "sim/vectors" && from != "sim/vectors" && top != "experiments") offend("nothing relies on sim/vectors")
        if (to == "sim/rtl" && from != "sim/rtl" && top != "experiments") offend("nothing relies on sim/rtl")
        if (to == "sim/analysis" && from != "sim/analysis" && top != "experiments" && file !~ /^sim\/pipeline(_[a-z]+)?\.[ch]$/) offend("only sim/pipeline relies on sim/analysis")
        if (from ~ stage && to ~ stage && from != to && !recorder) offend("stages are siblings")
        if (from == "sim" && to ~ stage && file !~ /^sim\/pipeline(_[a-z]+)?\.[ch]$/) offend("only sim/pipeline joins the stages")
    } else {
        if (header ~ /^mpfr/ && file !~ /^sim\/(proof\/|arith\/exact_mpfr\.c$)/) offend("MPFR is fenced in sim/proof")
        if (header ~ /^gsl\// && file !~ /^(sim\/(metric|transform|quant|theory)\/|sim\/dump\/synth|experiments\/main\.c$)/) offend("GSL is fenced")
        if (header ~ /^sqlite3/ && top != "results") offend("SQLite is fenced in results")
        if (header ~ /^yaml/ && file != "experiments/yaml_parse.c") offend("libyaml is fenced in experiments/yaml_parse.c")
        if (header ~ /^jansson/ && file !~ /^(sim\/base\/json|sim\/dump\/(safetensors(_write)?|manifest)|sim\/pipeline(_analysis)?|sim\/model\/manifest|experiments\/(config|layers)|results\/table)\.c$/) offend("jansson is fenced")
        if (header ~ /^glpk/ && file != "experiments/knapsack.c") offend("GLPK is fenced in experiments/knapsack.c")
        if (header ~ /^argp/ && top != "experiments") offend("argp is for the command line")
        if (header ~ /^zip/ && file != "sim/dump/npz.c") offend("libzip is fenced in the npz reader")
        if (header ~ /^hdf5/ && file != "sim/dump/hdf5.c") offend("libhdf5 is fenced in the HDF5 reader")
        if (header ~ /^openssl\// && file != "sim/base/hash.c") offend("libcrypto is fenced in sim/base/hash.c")
        if (header ~ /^xxh/ && file != "sim/base/hash.c") offend("libxxhash is fenced in sim/base/hash.c")
        if (header ~ /^Random123/ && file != "sim/base/rng.c") offend("Random123 is fenced in sim/base/rng.c")
    }
}
END { exit bad > 0 }' || { echo "include law: broken"; exit 1; }
echo "include law: kept"
