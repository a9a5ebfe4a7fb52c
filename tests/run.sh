#!/bin/sh
# Runs test programs (cmocka, TAP output) and shell tests (tests/cli_*.sh, TAP too), shows what fails, and ends with
# "N passed, N failed, N skipped". Usage: run.sh LOGDIR TEST...   TESTS=glob narrows by name.
set -u
logdir=$1
shift
mkdir -p "$logdir"
passed=0 failed=0 skipped=0
for t in "$@" tests/cli_*.sh; do
    [ -e "$t" ] || continue
    name=$(basename "$t" .sh)
    case $name in ${TESTS:-*}) ;; *) continue ;; esac
    log=$logdir/$name.log
    case $t in
    *.sh) sh "$t" >"$log" 2>&1 ;;
    *) CMOCKA_MESSAGE_OUTPUT=TAP "$t" >"$log" 2>&1 ;;
    esac
    rc=$?
    p=$(grep -cE '^ok ' "$log")
    s=$(grep -cE '^ok .*# SKIP' "$log")
    f=$(grep -cE '^not ok ' "$log")
    plan=$(sed -n 's/^1\.\.\([0-9][0-9]*\).*/\1/p' "$log" | awk '{n += $1} END {print n + 0}')
    # A program that dies, or runs fewer tests than it planned, failed.
    if [ "$f" -eq 0 ] && { [ $rc -ne 0 ] || [ "$plan" -eq 0 ] || [ "$plan" -ne "$p" ]; }; then
        f=1
        echo "$name: exit status $rc after $p of $plan tests"
    fi
    p=$((p - s))
    printf '%-24s %4d passed %4d failed %4d skipped\n' "$name" "$p" "$f" "$s"
    [ "$f" -eq 0 ] || tail -n 60 "$log"
    grep -hE '^# covered' "$log"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
