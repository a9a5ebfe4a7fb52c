#!/bin/sh
# bitsweep report: one page, the same each time, whole without network and script; looked at by a browser where there is
# Debian's chromium.
. tests/tap.sh

cat >"$dir/s.yaml" <<EOF
name: small & <sharp>
inputs: [{dump: $PWD/experiments/dumps/tinylm.safetensors, select: "layers.2.*.input"}]
sweep: {grid: {format: [e2m1, e4m3, int4, int8], block: [16, 32, 64], scale: [e8m0, fp16]}}
EOF
expect 0 '' "$BITSWEEP" run -q "$dir/s.yaml" --db "$dir/r.db"
expect 0 "^$dir/one/index.html$" "$BITSWEEP" report --db "$dir/r.db" -o "$dir/one"
expect 0 '' "$BITSWEEP" report --db "$dir/r.db" -o "$dir/two"
same "$dir/one/index.html" "$dir/two/index.html" 'the same database gives the same page'
page=$dir/one/index.html
[ "$(ls -A "$dir/one")" = index.html ]
report $? 'nothing else is left in the folder'
for text in '<h2 id="best">' '<h4 id="sqnr_bits">' '<svg role="img"' 'small &amp; &lt;sharp&gt;' '<h2 id="runs">' 'v_best'; do
    grep -qF "$text" "$page"
    report $? "the page has $text"
done
! grep -qE '(src|href)="?(https?:|//)' "$page"
report $? 'no address of the network'

# FILE: each of its lines stands in the page.
all_in_page()
{
    while read -r line; do
        grep -qF "$line" "$page" || { echo "# not there: $line"; return 1; }
    done <"$1"
}

# The numbers are those of the database.
"$BITSWEEP" query 'SELECT sqnr_db FROM v_best' --db "$dir/r.db" --format csv | tail -n +2 >"$dir/numbers"
sed 's/.*/title="&"/' "$dir/numbers" >"$dir/wanted"
[ -s "$dir/wanted" ] && all_in_page "$dir/wanted"
report $? 'best schemes are there with all their digits'

# Marks of a figure say their values, without a script.
"$BITSWEEP" query "SELECT printf('<g><title>%s: %g bits, %.4g dB</title>', label, bits_per_element, sqnr_db) FROM v_scheme" --db "$dir/r.db" \
    --format tsv | tail -n +2 >"$dir/marks"
[ "$(wc -l <"$dir/marks")" -eq 24 ] && all_in_page "$dir/marks"
report $? 'each scheme has a mark that says its name and values'
! grep -q showHypertext "$page"
report $? 'none of them needs the script of gnuplot'

# Published numbers are those of `bitsweep published`; a database without their studies has none.
grep -A3 '<h2 id="published">' "$page" | grep -q '<p>None.</p>'
report $? 'no published numbers without their studies'
expect 0 '' "$BITSWEEP" run -q experiments/paper-capybara.yaml --db "$dir/p.db"
expect 0 '' "$BITSWEEP" report --db "$dir/p.db" -o "$dir/papers"
rows=$("$BITSWEEP" published capybara --all --present --format csv --db "$dir/p.db" | tail -n +2 | wc -l)
[ "$rows" -gt 20 ] && [ "$(grep -c '^<tr><td>capybara</td>' "$dir/papers/index.html")" -eq "$rows" ]
report $? 'published numbers are there, each a row'
[ "$(grep -c '<svg role="img" aria-label="Published numbers' "$dir/papers/index.html")" -eq 1 ] && ! grep -q '<svg role="img" aria-label="Published numbers' "$page"
report $? 'they are drawn where there are any'

expect 69 'no database' "$BITSWEEP" report --db "$dir/none.db" -o "$dir/three"
[ ! -e "$dir/three" ]
report $? 'without a database nothing is written'
: >"$dir/file"
expect 74 'is not a folder' "$BITSWEEP" report --db "$dir/r.db" -o "$dir/file"
expect 64 '' "$BITSWEEP" report extra --db "$dir/r.db"
mkdir "$dir/bin"
expect 69 'gnuplot is not on the PATH' env PATH="$dir/bin" "$BITSWEEP" report --db "$dir/r.db" -o "$dir/plain"
grep -q 'gnuplot is not on the PATH' "$dir/plain/index.html" && grep -q '</html>' "$dir/plain/index.html"
report $? 'without gnuplot the page says why it has no figures'

# WIDTH: as the script beside this one looks at it.
look()
{
    printf '<!DOCTYPE html><html><body><iframe width="%s" height="900" src="index.html"></iframe><script>' "$1" >"$dir/one/look.html"
    cat tests/report_page.js >>"$dir/one/look.html"
    printf '</script></body></html>\n' >>"$dir/one/look.html"
    HOME=$dir timeout 120 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --allow-file-access-from-files \
        --enable-logging=stderr --virtual-time-budget=20000 --dump-dom "file://$dir/one/look.html" >"$dir/dom" 2>"$dir/console"
    grep -q '^# end' "$dir/dom"
    report $? "a window of $1 pixels was looked at"
    ! grep -q CONSOLE "$dir/console"
    report $? 'nothing in the console'
    grep -oE '(not )?ok - .*' "$dir/dom" >"$dir/seen"
    while read -r line; do
        case $line in ok*) true ;; *) false ;; esac
        report $? "${line#*- }"
    done <"$dir/seen"
}
if [ $watched -eq 1 ]; then
    skip 1 'the page in a browser' 'a browser looks at the page, not at the program'
elif command -v chromium >/dev/null; then
    look 390
    look 1280
else
    skip 1 'the page in a browser' 'no chromium (make check-report installs it)'
fi
finish
