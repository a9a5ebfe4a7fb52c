#!/bin/sh
# Help, usage, names and output formats of every sub-command; exit statuses of wrong usage.
. tests/tap.sh

expect 0 'Usage: bitsweep .*COMMAND' "$BITSWEEP" --help
expect 0 'Usage: bitsweep' "$BITSWEEP" --usage
expect 0 '^bitsweep [0-9]+\.[0-9]+\.[0-9]+ \(commit ([0-9a-f]{12}|unknown)' "$BITSWEEP" --version
expect 64 'a command is missing' "$BITSWEEP"
expect 64 "unknown command 'rnu'; did you mean 'run'\?" "$BITSWEEP" rnu
expect 64 "unknown command 'zzzzzzzz'; bitsweep --help" "$BITSWEEP" zzzzzzzz
expect 64 'unrecognized option' "$BITSWEEP" --nonsense
expect 64 "unknown command 'nonsense'" "$BITSWEEP" help nonsense
expect 64 "unknown command 'rnu'; did you mean 'run'\?" "$BITSWEEP" help rnu

commands=$("$BITSWEEP" help | awk '{print $1}')
expect 0 'Usage: bitsweep run' env ARGP_HELP_FMT=rmargin=1 timeout 20 "$BITSWEEP" run --help # glibc would never end
"$BITSWEEP" --help >"$dir/main"
[ "$(echo "$commands" | wc -l)" -ge 16 ]
report $? 'at least 16 commands'
for c in $commands; do
    expect 0 "Usage: bitsweep $c" "$BITSWEEP" "$c" --help
    # An example or an entry of a list that argp wraps goes on at column 0.
    awk '/^[^ ]/ && last ~ /^ / && last !~ /^ *or: / {print "# " $0; bad = 1} {last = $0} END {exit bad}' "$dir/out"
    report $? "the help of $c keeps its lines"
    grep -q '  bitsweep ' "$dir/out"
    report $? "the help of $c has an example"
    expect 0 "Usage: bitsweep $c" "$BITSWEEP" help "$c"
    expect 64 'unrecognized option .*--nonsense' "$BITSWEEP" "$c" --nonsense
    grep -q "^  $c " "$dir/main"
    report $? "--help lists $c"
done
"$BITSWEEP" --help | awk '/^[^ ]/ && last ~ /^ / {print "# " $0; bad = 1} {last = $0} END {exit bad}'
report $? 'the main help keeps its lines'

for c in formats schemes metrics transforms methods products analyses costs figures; do
    for f in table json jsonl csv md tsv html; do
        expect 0 '' "$BITSWEEP" "$c" --format "$f"
    done
    expect 64 "did you mean '?json" "$BITSWEEP" "$c" --format jsn
done
expect 0 '^e2m1 +4 +s1 e2 m1 ' "$BITSWEEP" formats
expect 0 '^0x7 +0 11 1 +normal +6 ' "$BITSWEEP" formats e2m1
expect 0 '^max +448$' "$BITSWEEP" formats e4m3
expect 0 '^aliases +float8_e4m3fn, e4m3fn, ' "$BITSWEEP" formats e4m3
expect 0 '^bias +3$' "$BITSWEEP" formats e3m3
expect 0 '^specials +ieee$' "$BITSWEEP" formats e3m3,specials=ieee
expect 2 "'e99m1': eXmY takes 0 to 11 exponent bits" "$BITSWEEP" formats e99m1
expect 0 '^canonical +e2m1,.*block=16.*scale=e8m0' "$BITSWEEP" schemes mxfp4,block=16
expect 2 "unknown key 'blok'" "$BITSWEEP" schemes mxfp4,blok=16
expect 0 '^block ' "$BITSWEEP" schemes --keys
expect 0 '^rceil +the least power of two' "$BITSWEEP" schemes --rules
expect 0 '^citation +OCP' "$BITSWEEP" schemes --rules floor
expect 64 '.--keys, --rules and --profiles: one of them' "$BITSWEEP" schemes --keys --profiles
expect 0 '^torchao:nvfp4 +nvfp4' "$BITSWEEP" schemes --profiles
expect 0 '^family +mxfp4' "$BITSWEEP" schemes --profiles ggml:mxfp4
expect 0 '^checked +vectors mx/mxfp4_e2m1$' "$BITSWEEP" schemes ocp:mxfp4
expect 0 '^note +amax below 2.-125 wraps' "$BITSWEEP" schemes ggml:mxfp4
expect 2 "did you mean 'torchao:mxfp4'" "$BITSWEEP" schemes torchao:mxpf4
expect 0 'sqnr_db' "$BITSWEEP" metrics
expect 0 '"property": ?"unit"' "$BITSWEEP" metrics sqnr_db --format json
expect 64 "unknown metric 'sqnr_bd'; did you mean 'sqnr_db'\?" "$BITSWEEP" metrics sqnr_bd
expect 64 "unknown cost model 'x'; allowed: storage" "$BITSWEEP" costs x
expect 64 "unknown figure 'nonsense'" "$BITSWEEP" figures nonsense
expect 64 "unknown figure 'nonsense'" "$BITSWEEP" plot nonsense
expect 64 "--width: unknown 'singel'; did you mean 'single'\\?; allowed: single, double" "$BITSWEEP" plot --width singel
expect 64 '--width is for --output' "$BITSWEEP" formats e2m1 --width single

for c in run plan validate; do
    expect 64 'an experiment file is missing' "$BITSWEEP" "$c"
done
for c in run plan; do
    expect 64 '--jobs: expected a whole number' "$BITSWEEP" "$c" x.yaml --jobs many
    expect 64 '--jobs: expected at least 1' "$BITSWEEP" "$c" x.yaml --jobs 0
done
# An option without effect is refused.
for option in --db=x.db --jobs=2 --only=int8 --force --quiet; do
    expect 64 'unrecognized option' "$BITSWEEP" validate x.yaml "$option"
done
expect 64 'unrecognized option' "$BITSWEEP" plan x.yaml --quiet
expect 2 "unknown.* 'nosuch'|nosuch" "$BITSWEEP" formats nosuch
expect 2 'nosuch' "$BITSWEEP" schemes nosuch
expect 64 '^bitsweep plan: BITSWEEP_JOBS: expected a whole number' env BITSWEEP_JOBS=two "$BITSWEEP" plan x.yaml
expect 64 'a scheme and a dump are expected' "$BITSWEEP" quantize mxfp4
expect 64 'a dump is missing' "$BITSWEEP" inspect
expect 64 '-o FILE is missing' "$BITSWEEP" export v_cell
expect 64 '--out DIR is missing' "$BITSWEEP" record
expect 64 '-o FILE is missing' "$BITSWEEP" synth gaussian
expect 64 "unknown distribution 'gausian'; did you mean 'gaussian'\?" "$BITSWEEP" synth gausian -o "$dir/x.npy"
expect 64 'allowed: FILE.npy, FILE.safetensors' "$BITSWEEP" synth gaussian -o "$dir/x.bin"
expect 64 '--rows times --columns must be' "$BITSWEEP" synth gaussian --rows 0 -o "$dir/x.npy"
expect 64 '--scale: expected a number' "$BITSWEEP" synth gaussian --scale big -o "$dir/x.npy"
expect 64 '--timeout: expected 0 or more' "$BITSWEEP" query --timeout -1

# Completion: what the last word can become.
if command -v bash >/dev/null; then
    complete()
    {
        PATH=$(dirname "$BITSWEEP"):$PATH bash -c '. experiments/bitsweep.bash && COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) &&
            _bitsweep && printf "%s\n" "${COMPREPLY[*]}"' bash "$@"
    }
    expect 0 '^quantize query$' complete bitsweep qu
    expect 0 '^e2m3 e2m1$' complete bitsweep formats e2
    expect 0 '^lmul_real lmul_bits lmul_fpga$' complete bitsweep products lmul_
    expect 0 '^e2m3 e2m1$' complete bitsweep products exact e2
    expect 0 '^nvfp4_2d$' complete bitsweep explain nvfp4_2
    expect 0 '^e2m3 e2m1$' complete bitsweep rtl e2
    expect 0 '^--timeout$' complete bitsweep query --ti
    expect 0 '^mxfp8_e4m3 mxfp8_e5m2$' complete bitsweep cost e4m3 mxfp8
    expect 0 '^horowitz45$' complete bitsweep cost e4m3 --model horo
    expect 0 '^json jsonl$' complete bitsweep query v_cell --format j
    expect 0 '^block_size$' complete bitsweep plot bl
    expect 0 '^sqnr_bits pareto cost_models em_split block_size profiles outputs lmul methods theory crossover layers spread outliers clip scale_rules accumulators faults random_bits accuracy_bits recall scaling_law all$' complete bitsweep plot ''
    expect 0 '^single double$' complete bitsweep plot --width ''
    expect 0 '^value_spacing$' complete bitsweep figures value
    expect 0 '^aciq$' complete bitsweep analyses aci
    expect 0 '^capybara$' complete bitsweep published cap
    expect 0 '^mxfp4 mxfp4$|^mxfp4$' complete bitsweep explain ocp : mxfp4
    expect 0 '^json jsonl$' complete bitsweep query --format = j
    expect 0 '^storage,horowitz45$' complete bitsweep cost e4m3 --model = storage,horo
    expect 0 '^json jsonl$' complete bitsweep --color always query --format j
    expect 0 'experiments/quickstart.yaml' complete bitsweep run --db = experiments/qui
    expect 0 '^layers.0.mlp.norm.weight$' complete bitsweep quantize mxfp4 experiments/dumps/tinylm.safetensors --name layers.0.mlp.n
    expect 0 'experiments/quickstart.yaml' complete bitsweep run experiments/qui
    expect 0 '^experiments/dumps$' complete bitsweep plot -o experiments/du
else
    skip 1 'completion of bash' 'no bash'
fi
if command -v fish >/dev/null; then
    offers()
    {
        PATH=$(dirname "$BITSWEEP"):$PATH fish -c 'source experiments/bitsweep.fish; complete -C $argv[1]' "$1" | cut -f1 | tr '\n' ' '
    }
    expect 0 '^quantize query $' offers 'bitsweep qu'
    expect 0 '^json jsonl $' offers 'bitsweep query v_cell --format j'
    expect 0 'experiments/quickstart.yaml' offers 'bitsweep run experiments/qui'
    expect 0 '^--db=experiments/quickstart.yaml' offers 'bitsweep run --db=experiments/qui'
else
    skip 1 'completion of fish' 'no fish'
fi
if command -v zsh >/dev/null; then
    expect 0 '' zsh -n experiments/bitsweep.zsh
    # Its words are what is offered; compadd and _files are replaced by what prints them.
    offers()
    {
        PATH=$(dirname "$BITSWEEP"):$PATH zsh -fc 'compadd() { print -r -- $names }; _files() { print -r -- files $@ $PREFIX }
            compset() { PREFIX=${PREFIX#*=} }
            words=("$@"); CURRENT=$#words; PREFIX=$words[-1]; . experiments/bitsweep.zsh' zsh "$@"
    }
    expect 0 '^quantize query$' offers bitsweep qu
    expect 0 '^files -/$' offers bitsweep plot -o ''
    expect 0 '^files -/ fi$' offers bitsweep plot --output=fi
else
    skip 1 'completion of zsh' 'no zsh'
fi

# The manual: a page for each command, of which groff says nothing.
expect 0 '^.TH BITSWEEP 1 ' "$BITSWEEP" man
expect 0 '^.TH BITSWEEP-RUN 1 ' "$BITSWEEP" man run
expect 64 "unknown command 'rnu'; did you mean 'run'" "$BITSWEEP" man rnu
expect 0 'bitsweep diff.* RUN RUN$' "$BITSWEEP" man diff
expect 0 'or: *bitsweep diff .*RUN RUN$' "$BITSWEEP" diff --help
if command -v groff >/dev/null; then
    for c in '' $commands; do
        # shellcheck disable=SC2086
        "$BITSWEEP" man $c | groff -man -ww -Tutf8 >"$dir/page" 2>"$dir/err"
        [ -s "$dir/page" ] && [ ! -s "$dir/err" ]
        report $? "the page of bitsweep $c is fine for groff"
    done
else
    skip 1 'pages' 'no groff'
fi
# Variables that the program reads are in the manual.
"$BITSWEEP" man >"$dir/page"
read_ones=$(grep -ohE '(cli_environment|getenv)\("[A-Z_]+"' experiments/*.c sim/kernels/*.c | cut -d '"' -f 2 | sort -u)
[ "$(echo "$read_ones" | wc -l)" -ge 6 ]
report $? 'variables are read'
for v in $read_ones; do
    grep -qF "\fB$v\fR" "$dir/page"
    report $? "the manual names $v"
done

# Output that does not arrive is an error, wherever it comes from.
for args in 'formats' '--help' '--version' 'run --help' 'formats --format json'; do
    # shellcheck disable=SC2086
    "$BITSWEEP" $args >/dev/full 2>"$dir/err"
    rc=$?
    [ $rc -eq 74 ] || echo "# exit status $rc"
    [ $rc -eq 74 ]
    report $? "$args > /dev/full"
done
# Once, with its reason, also where the first of several pieces failed.
for args in 'formats' '--help' 'formats --format json' 'man' 'validate --help' 'vectors e4m3'; do
    # shellcheck disable=SC2086
    "$BITSWEEP" $args 2>"$dir/err" >/dev/full
    [ "$(grep -c . "$dir/err")" -eq 1 ] && grep -q 'No space left' "$dir/err"
    report $? "$args > /dev/full says why, once"
done
"$BITSWEEP" formats >&- 2>"$dir/err"
[ $? -eq 74 ]
report $? 'formats with stdout closed'
finish
