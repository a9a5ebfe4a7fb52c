#!/bin/sh
# Layout and words: what a reader should never meet. Prints each offence and fails.
set -u
cd "$(dirname "$0")/.." || exit 1
[ -n "$(git ls-files Makefile 2>/dev/null)" ] || { echo "style: git knows no files here"; exit 69; }
bad=0
offend() { [ -z "$2" ] || { printf '%s:\n%s\n' "$1" "$2"; bad=1; }; }

files=$(git ls-files -co --exclude-standard | grep -vE '\.(safetensors|npy|npz|bin|svg|png)$|^LICENSE$|^tests/data/|^tests/fuzz/corpus/')
offend "trailing white space" "$(echo "$files" | xargs grep -nE '[[:space:]]+$' | head)"
offend "tabs in C" "$(git ls-files -co --exclude-standard '*.c' '*.h' | xargs grep -nP '\t' | head)"
offend "unfinished work" "$(git ls-files -co --exclude-standard '*.c' '*.h' '*.sql' '*.gp' '*.yaml' | xargs grep -nE '\b(TODO|FIXME|XXX)\b' | head)"
[ -z "$(echo "$files" | xargs tail -q -c1 | tr -d '\n')" ] || # one by one only to tell which
    offend "no newline at the end" "$(for f in $files; do [ -z "$(tail -c1 "$f")" ] || echo "$f"; done)"
offend "SQL over 118 columns" "$(git ls-files -co --exclude-standard '*.sql' | xargs grep -nE '.{119}' | head)"
offend "typedef of a struct" "$(git ls-files -co --exclude-standard '*.c' '*.h' | xargs grep -nE '^typedef struct' | head)"
offend "a floating-point mode that changes bits" \
    "$(grep -nE -e '-ffast-math|-Ofast|-ffp-contract=(fast|on)|-funsafe' Makefile | head)"
offend "libm decides a bit" \
    "$(git ls-files -co --exclude-standard 'formats/*.c' 'sim/quant/*.c' | xargs grep -nE '\b(log2|log|exp2|exp|pow|ldexp|frexp|rint|nearbyint|round|floor|ceil)f?\(' | grep -vE ':[0-9]+: *(/?\*|\.doc)' | head)"
offend "hidden state or clocks below the metrics" \
    "$(git ls-files -co --exclude-standard 'formats/*.c' 'sim/quant/*.c' | xargs grep -nE '\b(rand|srand|time|clock|fesetround)\(' | head)"
offend "outside the agreed top level" "$(git ls-files | grep -vE '^(Makefile|README\.md|LICENSE|CHANGELOG\.md|\..*|(sim|formats|experiments|results|plots|tests)/.*)$')"
cformat=$(git ls-files -co --exclude-standard '*.c' '*.h' | xargs -n 64 -P "$(nproc)" clang-format --dry-run -Werror 2>&1 | grep -E 'error:' | head)
offend "clang-format" "$cformat"
for s in $(git ls-files -co --exclude-standard '*.sh' .ci/run); do sh -n "$s" || bad=1; done
offend "README shows another formats/e3m2.c" "$(sed -n '/^```c$/,/^```$/p' README.md | sed '1d;$d' | diff - formats/e3m2.c)"
[ $bad -eq 0 ] && echo "style: clean"
exit $bad
