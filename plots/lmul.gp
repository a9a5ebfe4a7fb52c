rows_shown = 0; models = 0; sites = 0
array way[24]; array product[24]; array format[24]; array exponent[24]; array exact_db[24]; array lmul_db[24]
array model[2]; array most[2]; array exact_gates[48]; array lmul_gates[48]; array exact_error[48]; array lmul_error[48]
most[1] = 0; most[2] = 0
note_gates(k, r, name, a, b, c, d) = a < 0 ? (exact_gates[24 * (k - 1) + r] = -1, 0) : (model[k] = name, models = models < k ? k : models, exact_gates[24 * (k - 1) + r] = a, lmul_gates[24 * (k - 1) + r] = b, exact_error[24 * (k - 1) + r] = c, lmul_error[24 * (k - 1) + r] = d, most[k] = a > most[k] ? a : most[k], most[k] = b > most[k] ? b : most[k])
stats data using (r = int($1), rows_shown = r > rows_shown ? r : rows_shown, way[r] = strcol(2).(strcol(3) eq "exact" ? "" : " @ ".strcol(3)), product[r] = strcol(4), exact_db[r] = $8, lmul_db[r] = $9, format[r] = strcol(10), exponent[r] = int($11), note_gates(1, r, strcol(12), $13, $14, $22, $23), note_gates(2, r, strcol(15), $16, $17, $24, $25), dump = strcol(18), sites = sites > $19 ? sites : int($19), exact = int($20), lost = int($21), $1) nooutput
stats data using 6 nooutput name "E"
stats data using 7 nooutput name "L"

# Rows of two lines of text; accuracy, then a panel for each model that knows gates of both products: beside it, and in
# a column below it under names of their own.
width = page(3.4 + 1.62 * models)
column_wide = is_column(width) && models > 0
row_high = 0.34; below = 0.42
low = L_min < E_min ? L_min : E_min
high = L_max > E_max ? L_max : E_max
span = high - low > 1 ? high - low : 1
head = plan_head(width, sprintf("L-Mul and exact products, outputs of %s of %s", one_or_many(sites, "linear layer"), dump), \
    joined(joined("filled: exact, open: L-Mul; lines: all layers".(models ? "; bars: largest known error" : ""), exact_note(exact)), lost ? sprintf("%s left out: lost elements", one_or_many(lost, "output")) : ""))
above = head_high + 0.3
block = row_high * rows_shown + below + 0.2
height = column_wide ? above - 0.2 + (1 + models) * block : above + below + row_high * rows_shown
# Of a page the panels share what the names leave.
first_left = 1.15
share = column_wide ? 0 : (width - 3.4 - 1.62 * models) / (2 + models)
first_right = column_wide ? width - 0.65 : 2.85 + (models ? share : width - 3.4)
upper = height - above
eval open_figure(width, height)
set multiplot
eval draw_head
set yrange [rows_shown + 0.5 : 0.5]
set tmargin at screen upper / height; set bmargin at screen (upper - row_high * rows_shown) / height
set border 1; unset ytics; unset key; set grid xtics noytics
set xtics offset 0, 0.3 font ",6"
of(r) = color_of(format[r], exponent[r])
set lmargin at screen first_left / width; set rmargin at screen first_right / width
set xrange [low - 0.05 * span : high + 0.05 * span]
set label 3 "mean SQNR" at screen (first_left + first_right) / 2 / width, screen (upper + 0.1) / height center font ",6"
set xtics span > 40 ? 20 : span > 15 ? 10 : span > 6 ? 5 : span > 2 ? 1 : 0.5
set xlabel "SQNR (dB)" offset 0, 0.6
do for [r = 1:rows_shown] {
    set label 100 + r cut(way[r], 24) at screen (first_left - 0.08) / width, first r - 0.15 right noenhanced font ",6"
    set label 200 + r product[r] at screen (first_left - 0.08) / width, first r + 0.18 right noenhanced font ",5" textcolor rgb "#606060"
    set label 300 + r sprintf("%+.1f dB", lmul_db[r] - exact_db[r]) at screen (first_right + 0.5) / width, first r right font ",6"
    set arrow 100 + r from first exact_db[r], first r to first lmul_db[r], first r nohead lw 1 lc rgb of(r)
}
plot data using 6:($1 - 0.27):(0):(0.14) with vectors nohead lw 0.5 lc rgb "#9a9a9a" notitle, \
    data using 7:($1 + 0.13):(0):(0.14) with vectors nohead lw 0.5 lc rgb "#9a9a9a" notitle, \
    for [r = 1:rows_shown] "+" using (exact_db[r]):(r) every ::0::0 with points pt 7 ps 0.6 lc rgb of(r) notitle, \
    for [r = 1:rows_shown] "+" using (lmul_db[r]):(r) every ::0::0 with points pt 7 ps 0.6 lc rgb "#ffffff" notitle, \
    for [r = 1:rows_shown] "+" using (lmul_db[r]):(r) every ::0::0 with points pt 6 ps 0.6 lw 1 lc rgb of(r) notitle
unset label; unset arrow
do for [k = 1:models] {
    start = column_wide ? first_left : 3.52 + share + (1.62 + share) * (k - 1)
    end = column_wide ? width - 1.15 : start + 0.9 + share
    upper = column_wide ? upper - block : upper
    set lmargin at screen start / width; set rmargin at screen end / width
    set tmargin at screen upper / height; set bmargin at screen (upper - row_high * rows_shown) / height
    set xrange [0 : most[k] * 1.02]
    set xtics autofreq offset 0, 0.3 font ",6"
    step = 10 ** floor(log10(most[k]))
    set xtics 0, most[k] / step > 4 ? 2 * step : most[k] / step > 2 ? step : step / 2
    set label 3 "a product, ".cut(model[k], 24) at screen (start + end) / 2 / width, screen (upper + 0.1) / height center noenhanced font ",6"
    set xlabel "gates" offset 0, 0.6
    do for [r = 1:rows_shown] {
        i = 24 * (k - 1) + r
        if (column_wide) {
            set label 500 + r cut(way[r], 24) at screen (first_left - 0.08) / width, first r - 0.15 right noenhanced font ",6"
            set label 600 + r product[r] at screen (first_left - 0.08) / width, first r + 0.18 right noenhanced font ",5" textcolor rgb "#606060"
        }
        if (exact_gates[i] >= 0) {
            set object 100 + r rectangle from first 0, first r - 0.3 to first exact_gates[i], first r - 0.04 fc rgb of(r) fs solid 1 noborder
            set object 200 + r rectangle from first 0, first r + 0.04 to first lmul_gates[i], first r + 0.3 fc rgb "#ffffff" fs solid 1 border lc rgb of(r)
            exact_end = exact_gates[i] * (1 + exact_error[i]); lmul_end = lmul_gates[i] * (1 + lmul_error[i])
            set arrow 300 + r from first exact_gates[i] * (1 - exact_error[i]), first r - 0.17 to first exact_end, first r - 0.17 heads size screen 0.004, 90 lw 0.6 lc rgb "#404040" front
            set arrow 400 + r from first lmul_gates[i] * (1 - lmul_error[i]), first r + 0.17 to first lmul_end, first r + 0.17 heads size screen 0.004, 90 lw 0.6 lc rgb "#404040" front
            set label 100 + r sprintf("%.4g", exact_gates[i]) at first exact_end, first r - 0.17 left offset 0.4, 0 font ",5"
            set label 200 + r sprintf("%.4g, %+.0f %%", lmul_gates[i], 100 * (lmul_gates[i] / exact_gates[i] - 1)) at first lmul_end, first r + 0.17 left offset 0.4, 0 font ",5"
        } else {
            set label 100 + r "not covered" at first 0, first r left offset 0.4, 0 font ",5" textcolor rgb "#606060"
        }
    }
    plot NaN notitle
    unset label; unset object; unset arrow
}
unset multiplot
