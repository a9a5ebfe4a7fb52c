#!/bin/sh
# make install into an empty folder: the program runs from there, the headers stand alone, and the example of
# experiments/library links to the library and prints what the program prints.
. tests/tap.sh
root=$dir/root prefix=/opt/bits
make -s --no-print-directory VARIANT="${BITSWEEP_VARIANT:-release}" DESTDIR="$root" PREFIX=$prefix install >"$dir/log" 2>&1
report $? 'make install'
at=$root$prefix
[ "$("$at/bin/bitsweep" --version)" = "$("$BITSWEEP" --version)" ]
report $? 'the installed program is this one'
"$at/bin/bitsweep" --version | head -n 1 | grep -qE '^bitsweep [0-9]+\.[0-9]+\.[0-9]+ \(commit '
report $? '--version: a semantic version and the commit'
for f in share/man/man1/bitsweep.1 share/bash-completion/completions/bitsweep share/bitsweep/README.md \
    share/bitsweep/experiments/quickstart.yaml share/bitsweep/experiments/dumps/tinylm.safetensors lib/libbitsweep.a; do
    [ -s "$at/$f" ]
    report $? "installed: $f"
done
(cd "$dir" && "$at/bin/bitsweep" validate "$at/share/bitsweep/experiments/quickstart.yaml" >/dev/null 2>"$dir/err")
report $? 'an installed study is valid where it lies'

dead=$(cd "$at/share/bitsweep" && find . -name '*.md' | while read -r page; do
    grep -oE '\]\([^)#]+' "$page" | cut -c 3- | grep -v '^http' | sort -u | while read -r link; do
        [ -e "${page%/*}/$link" ] || echo "$page: $link"
    done
done)
[ -s "$at/share/bitsweep/tests/README.md" ] && [ -z "$dead" ]
report $? 'what installed documents link to is installed'
[ -z "$dead" ] || echo "$dead" | sed 's/^/# /'

# pkg-config as a user asks it, with the folder of the installation in front of what it says
export PKG_CONFIG_PATH="$at/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR=
sed -i "s|^prefix=.*|prefix=$at|" "$at/lib/pkgconfig/bitsweep.pc"
[ "$(pkg-config --modversion bitsweep)" = "$("$BITSWEEP" --version | sed -n '1s/bitsweep \([^ ]*\).*/\1/p')" ]
report $? 'pkg-config knows the version'
cc=${CC:-gcc}
# shellcheck disable=SC2046
$cc -std=c11 -Wall -Wextra -Werror -pedantic "$at/share/bitsweep/experiments/library/example.c" \
    $(pkg-config --cflags --libs --static bitsweep) -o "$dir/example" 2>"$dir/err"
compiled=$?
report $compiled 'the example compiles against the installed library'
[ $compiled -eq 0 ] || sed 's/^/# /' "$dir/err"
[ $compiled -eq 0 ] && "$dir/example" >"$dir/out"
report $? 'the example runs'

# The same by the program, and the sum of squares nearly by awk.
values=$(awk 'BEGIN { for (i = 0; i < 32; i++) printf "%.9g ", (i * i % 23 - 11) / 7 }')
# shellcheck disable=SC2086
"$BITSWEEP" explain mxfp4 $values >"$dir/explained"
awk 'NR == FNR { if ($1 == "scale" && NF > 2) scale = $2; if ($1 == "code" && n < 4) code[++n] = substr($4, 3, 1); next }
    FNR == 1 { print (index($0, "scale " scale ", first codes " code[1] " " code[2] " " code[3] " " code[4] ",") > 0) }' \
    "$dir/explained" "$dir/out" | grep -qx 1
report $? 'the example has the scale and the codes that explain shows'
awk 'NR == 2 { for (i = 0; i < 32; i++) { x = (i * i % 23 - 11) / 7; s += x * x }; print $2, s; exit !($2 > .96 * s && $2 < 1.04 * s) }' \
    "$dir/out" >"$dir/sums"
report $? 'the example sums squares'

# Each installed header compiles as the only one.
find "$at/include/bitsweep" -name '*.h' | sort >"$dir/headers"
bad_headers=$(while read -r h; do
    echo "#include \"${h#"$at/include/bitsweep/"}\"" | $cc -std=c11 -fsyntax-only -I"$at/include/bitsweep" -x c - 2>"$dir/err" ||
        echo "$h"
done <"$dir/headers")
[ -s "$dir/headers" ] && [ -z "$bad_headers" ]
report $? "each of $(wc -l <"$dir/headers") headers stands alone"
[ -z "$bad_headers" ] || echo "$bad_headers" | sed 's/^/# /'
make -s --no-print-directory DESTDIR="$root" PREFIX=$prefix uninstall
[ -z "$(find "$root" -type f)" ]
report $? 'make uninstall leaves no file'
finish
