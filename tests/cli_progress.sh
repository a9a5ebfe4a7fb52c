#!/bin/sh
# What a run says of itself: on a terminal, into a file, under -q and -v; colours.
. tests/tap.sh

"$BITSWEEP" synth gaussian --rows 16 --columns 64 -o "$dir/x.npy" || exit 1
cat >"$dir/s.yaml" <<'YAML'
name: said
inputs: [{dump: x.npy}]
metrics: [mse, sqnr_db]
sweep: {grid: {format: [e2m1, e4m3, int8], block: [8, 16]}}
YAML
escape=$(printf '\033')

# term COLUMNS COMMAND: what a terminal of that width shows, into $dir/tty
term()
{
    printf '#!/bin/sh\nstty cols %s\n%s\n' "$1" "$2" >"$dir/term.sh"
    # shellcheck disable=SC2086
    env -u NO_COLOR -u CLICOLOR_FORCE ${term_environment:-TERM=xterm} script -qec "sh '$dir/term.sh'" /dev/null >"$dir/tty" </dev/null 2>&1
}
# told RC NAME: reports, with the terminal where it is not what was expected
told()
{
    [ "$1" -eq 0 ] || sed 's/^/# /' "$dir/tty" | tr '\r\033' '^!' | head -n 20
    report "$1" "$2"
}
# shown PATTERN NAME: the terminal showed it
shown()
{
    grep -qE -e "$1" "$dir/tty"
    told $? "$2"
}
# hidden PATTERN MARK NAME: it did not, and it did show MARK
hidden()
{
    grep -qE -e "$2" "$dir/tty" && ! grep -qE -e "$1" "$dir/tty"
    told $? "$3"
}

if command -v script >/dev/null; then
    term 200 "'$BITSWEEP' run '$dir/s.yaml' --db '$dir/1.db' --jobs 1"
    shown '0/6 cells \(0%\), 0\.0 cells/s, 0 ?elements/s, ETA [a-z0-9 ]+' 'the line: cells, rates, time to go'
    shown "^.*cells.*${escape}\[K.*done: 6 cells: 6 computed" 'the line is gone at the end'
    term 24 "'$BITSWEEP' run '$dir/s.yaml' --db '$dir/2.db' --jobs 1 -q"
    rc=$?
    [ $rc -eq 0 ] && [ -s "$dir/2.db" ] && [ ! -s "$dir/tty" ]
    told $? '-q shows nothing on a terminal'
    term 200 "'$BITSWEEP' run '$dir/s.yaml' --db '$dir/3.db' --jobs 1 -v"
    shown 'cells/s, .*elements/s, ETA [^:]*: .*e2m1,block=8 and 5 more' 'the line names what is under way'
    [ "$(grep -cE '[0-9a-f]{12} +[0-9.]+ m?s  ' "$dir/tty")" -eq 6 ]
    report $? '-v: a line for each of 6 cells on a terminal'
    term 30 "'$BITSWEEP' run '$dir/s.yaml' --db '$dir/4.db' --jobs 1 -v"
    tr '\r' '\n' <"$dir/tty" | grep "cells (" | sed "s/${escape}\[K.*//" | awk 'length($0) > 29 {bad = 1} {n++} END {exit bad || !n}'
    report $? 'the line is cut to the width'
    term_environment='TERM=dumb'
    term 200 "'$BITSWEEP' run '$dir/s.yaml' --db '$dir/5.db' --jobs 1"
    hidden "$escape" 'done: 6 cells' 'TERM=dumb: no escapes'

    # colours
    term_environment='TERM=xterm'
    term 80 "'$BITSWEEP' rnu"
    shown "^${escape}\[1;31mbitsweep:${escape}\[0m unknown command" 'an error in red on a terminal'
    term 80 "'$BITSWEEP' formats"
    hidden "$escape" '^e4m3 ' 'tables have no colours'
    term 80 "'$BITSWEEP' --color=never rnu"
    hidden "$escape" 'unknown command' '--color=never'
    for environment in 'TERM=xterm NO_COLOR=1' 'TERM=dumb' 'TERM=' 'TERM=xterm NO_COLOR=1 CLICOLOR_FORCE=1'; do
        term_environment=$environment
        term 80 "'$BITSWEEP' rnu"
        hidden "$escape" 'unknown command' "no colours with $environment"
    done
    term_environment='TERM=xterm NO_COLOR='
    term 80 "'$BITSWEEP' rnu"
    shown "$escape" 'an empty NO_COLOR says nothing'
else
    skip 1 'on a terminal' 'no script'
fi

# never in files or pipes, unless that was asked for
no_escape()
{
    ! grep -q "$escape" "$dir/out" "$dir/err"
    report $? "$1"
}
expect 64 'unknown command' env -u NO_COLOR TERM=xterm "$BITSWEEP" rnu
no_escape 'no colours in files'
expect 64 "^${escape}\[1;31mbitsweep:" env -u NO_COLOR TERM=xterm CLICOLOR_FORCE=1 "$BITSWEEP" rnu
expect 64 'unknown command' env -u NO_COLOR TERM=xterm CLICOLOR_FORCE=0 "$BITSWEEP" rnu
no_escape 'CLICOLOR_FORCE=0 forces nothing'
expect 64 "^${escape}\[1;31mbitsweep:" env NO_COLOR=1 "$BITSWEEP" --color=always rnu
expect 64 "color: unknown 'alwys'; did you mean 'always'\?" "$BITSWEEP" --color=alwys rnu

# files
expect 0 '^done: 6 cells: 6 computed' env -u NO_COLOR TERM=xterm "$BITSWEEP" run "$dir/s.yaml" --db "$dir/f.db"
no_escape 'no escapes in files'
grep -q 'cells/s' "$dir/err"
[ $? -eq 1 ]
report $? 'no progress of a short run in files'
expect 0 '' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/g.db" --quiet
[ ! -s "$dir/out" ] && [ ! -s "$dir/err" ]
report $? '--quiet says nothing'
expect 0 '^[0-9a-f]{12} +[0-9.]+ m?s  x  e2m1,block=8' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/h.db" --verbose
[ "$(grep -cE '^[0-9a-f]{12} ' "$dir/err")" -eq 6 ]
report $? '--verbose: a line for each of 6 cells'
"$BITSWEEP" query "SELECT substr(cell_sha256, 1, 12) FROM cell ORDER BY 1" --db "$dir/h.db" --format tsv | tail -n +2 >"$dir/keys"
grep -oE '^[0-9a-f]{12} ' "$dir/err" | tr -d ' ' | sort >"$dir/said"
same "$dir/keys" "$dir/said" 'their keys are those of the database'
expect 1 'failed: .*axis' "$BITSWEEP" run "$dir/s.yaml" --db "$dir/h.db" -v --set 'sweep.grid={format: ["int8,per=channel,axis=head"]}'
expect 64 '--quiet and --verbose: one of them' "$BITSWEEP" run "$dir/s.yaml" -qv
for c in run bench selftest record diff; do
    expect 0 '-q, --quiet' "$BITSWEEP" $c --help
done
finish
