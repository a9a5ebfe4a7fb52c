#!/bin/sh
# Breaks lines of the program one at a time (mutants.txt) and asks whether the tests notice: those that should, and, when
# they do not, all. In a copy of the working tree, which it keeps for the next time; all tests pass there before the first.
# Ends with the number caught.
# Usage: mutants.sh [FILE_OR_KIND_PATTERN]      a regular expression narrows them
set -eu
cd "$(dirname "$0")/.."
pattern=${1:-.}
root=$PWD tree=build/mutants
mkdir -p $tree
git ls-files -co --exclude-standard -z | tar -c --null -T - | tar -x -C $tree
cd $tree
# An interrupted run may have left the object of a mutant, newer than the source that came back.
sed -n 's/^file //p' tests/mutants.txt | sort -u | xargs touch
mutants=$(grep -c '^file ' tests/mutants.txt)
field() # RECORD NAME
{
    awk -v RS= -v want="$1" -v name="$2" '$0 !~ /^#/ && ++n == want {
        m = split($0, line, "\n")
        for (i = 1; i <= m; i++) if (index(line[i], name " ") == 1) { sub(/^[a-z]+ +/, "", line[i]); print line[i] }
    }' tests/mutants.txt
}
# Runs tests that stand in the log; a mutant may loop. No test of that name is no answer.
tests() # GLOBS
{
    TESTS=$1 timeout 1800 sh tests/run.sh release >../mutant.log 2>&1 && return 0
    grep -qE '^0 passed, 0 failed' ../mutant.log || return 1
    echo "no test is named $1" >&2
    exit 2
}
# All but those of texts: a mutant's layout is not what it is about, and this copy is no repository.
all='test_* cli_[!l]*'
make -s -j"$(nproc)" tests >/dev/null
tests "$all" || { grep -a -m 9 '^not ok' ../mutant.log; echo "the tests fail without a mutant"; exit 1; } >&2
caught=0 survived=0 stale=0 i=0
while [ $i -lt "$mutants" ]; do
    i=$((i + 1))
    file=$(field $i file) kind=$(field $i kind) from=$(field $i from) to=$(field $i to) globs=$(field $i test)
    echo "$file $kind" | grep -qE -e "$pattern" || continue
    if ! FROM=$from TO=$to awk -v RS='\001' '{
            from = ENVIRON["FROM"]; at = index($0, from)
            if (!at || index(substr($0, at + 1), from)) exit 1
            printf "%s%s%s", substr($0, 1, at - 1), ENVIRON["TO"], substr($0, at + length(from))
        }' "$file" >../mutant.c; then
        echo "stale     $i $file ($kind): '$from' is not there once"
        stale=$((stale + 1))
        continue
    fi
    cp ../mutant.c "$file"
    verdict=caught by=
    if ! make -s -j"$(nproc)" tests >../mutant.log 2>&1; then
        verdict='does not compile'
    else
        if ! tests "$globs"; then
            by=$globs
        elif ! tests "$all"; then
            by='another test'
        else
            verdict=SURVIVED
        fi
    fi
    cp "$root/$file" "$file"
    case $verdict in caught) caught=$((caught + 1)) ;; *) survived=$((survived + 1)) ;; esac
    printf '%-9s %2d %s (%s)%s\n' "$verdict" $i "$file" "$kind" "${by:+: $(grep -a -m 1 -oE '^not ok [0-9]+ - .*' ../mutant.log || echo "$by")}"
done
echo "$caught caught, $survived not caught, $stale stale"
[ $survived -eq 0 ] && [ $stale -eq 0 ]
