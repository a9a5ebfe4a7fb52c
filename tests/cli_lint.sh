#!/bin/sh
# The include law and the style, as tests.
set -u
echo "1..2"
n=0
for lint in lint_includes lint_style; do
    n=$((n + 1))
    out=$(sh tests/$lint.sh 2>&1)
    case $? in
    0) echo "ok $n - $lint" ;;
    69) echo "ok $n - $lint # SKIP skipped: git knows no files here" ;; # an unpacked tarball
    *)
        echo "not ok $n - $lint"
        echo "$out" | sed 's/^/# /'
        ;;
    esac
done
