# What shell tests share: TAP lines, a folder that is removed at the end, expectations about commands.
# Use: . tests/tap.sh; then the checks; finish prints the plan. $BITSWEEP is the program.
set -u
count=0 bad=0
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
case ${BITSWEEP:=build/release/bitsweep} in /*) ;; *) BITSWEEP=$PWD/$BITSWEEP ;; esac
unset BITSWEEP_DB BITSWEEP_JOBS SLURM_ARRAY_TASK_ID SLURM_STEP_NUM_TASKS SLURM_PROCID OMPI_COMM_WORLD_RANK PMI_RANK PARALLEL_SEQ
export NO_COLOR=1
# 1 where the program is watched: it starts slowly, and what is looked for is wrong accesses, not wrong words.
case $BITSWEEP in */release/* | */clang/*) watched=0 ;; *) watched=1 ;; esac
newline='
'

# report STATUS NAME: one TAP line; 0 passed.
report()
{
    count=$((count + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2"
        bad=$((bad + 1))
    fi
}

# skip N WHAT WHY: N checks that cannot be made here.
skip()
{
    for _ in $(seq "$1"); do
        count=$((count + 1))
        echo "ok $count - $2 # SKIP skipped: $3"
    done
}

# catches_int PID: waits until the process catches SIGINT, which what a shell starts in the background ignores.
catches_int()
{
    while kill -0 "$1" 2>/dev/null && ! grep -qE '^SigCgt:.*[2367abef]$' "/proc/$1/status"; do sleep 0.05; done
}

# uncounted: for a subshell, before it starts what is killed or may not write its files: what gcov's counters of that program
# leave (`make coverage`), torn, is not added to those of the others.
uncounted()
{
    rm -rf "$dir/gcov"
    export GCOV_PREFIX="$dir/gcov"
}

# replace TEXT PART WITH: TEXT with each PART replaced becomes $replaced; no process is started.
replace()
{
    rest=$1 replaced=
    while :; do
        case $rest in *"$2"*) ;; *) break ;; esac
        replaced=$replaced${rest%%"$2"*}$3
        rest=${rest#*"$2"}
    done
    replaced=$replaced$rest
}

# expect RC PATTERN COMMAND...: the exit status, and an extended regular expression that stdout or stderr matches ('' = any).
expect()
{
    wanted=$1 pattern=$2
    shift 2
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    rc=$?
    replace "$*" "$dir" DIR
    replace "$replaced" "$BITSWEEP" bitsweep
    replace "$replaced" '#' .
    replace "$replaced" "$newline" ' '
    name=$replaced
    if [ "$rc" -ne "$wanted" ]; then
        echo "# exit status $rc, expected $wanted"
        sed 's/^/# /' "$dir/err" | head -n 20
        report 1 "$name"
    elif [ -n "$pattern" ] && ! grep -qE -e "$pattern" "$dir/out" "$dir/err"; then
        echo "# nothing matches: $pattern"
        cat "$dir/out" "$dir/err" | sed 's/^/# /' | head -n 20
        report 1 "$name"
    else
        report 0 "$name"
    fi
}

# same FILE FILE NAME
same()
{
    cmp -s "$1" "$2"
    report $? "$3"
}

finish()
{
    echo "1..$count"
    [ "$bad" -eq 0 ]
}
