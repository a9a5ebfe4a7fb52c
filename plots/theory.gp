# A panel for each tensor: marks are measured, lines are what theory expects.
array tensor[6]; array off[6]; array lowest[6]; array highest[6]
array scheme[8]; array format[8]; array exponent[8]; array bits[8]; array variant[8]
do for [p = 1:6] { lowest[p] = 1e9; highest[p] = -1e9; off[p] = NaN }
do for [s = 1:8] { scheme[s] = "" }
widen(p, v) = v == v ? (lowest[p] = v < lowest[p] ? v : lowest[p], highest[p] = v > highest[p] ? v : highest[p], 1) : 1
stats data using (p = int($1), tensor[p] = strcol(2), off[p] = $17, widen(p, $11), widen(p, $12), $1) nooutput name "P"
stats data using (s = int($3), scheme[s] = strcol(4), format[s] = strcol(5), exponent[s] = $6, bits[s] = $7, variant[s] = $8, key_name = strcol(9), dump = strcol(13), tensors = int($14), schemes = int($15), largest = $16, lost = int($18), $3) nooutput name "S"
stats data using 10 nooutput name "X"
drawn_schemes = int(S_max)

said(d) = d == d ? sprintf("%.2g dB", d) : "no model"
left_out = joined(joined(tensors > 6 ? sprintf("6 of %d tensors", tensors) : "", schemes > 8 ? sprintf("8 of %d schemes", schemes) : ""), lost ? sprintf("%s left out: exact, or lost elements", one_or_many(lost, "cell")) : "")
width = page(7)
head = plan_head(width, sprintf("Measured and expected SQNR of %s over %s (marks and lines)", dump eq "synth" ? "synthetic data" : dump, key_name eq "block" ? "block size" : key_name), \
    joined(largest == largest ? sprintf("largest difference %.2g dB; above each panel its own", largest) : "no scheme has a model", left_out))
# The key stands beside the panels, in a column under them.
beside = is_column(width) ? (P_max < 2 ? 1 : 2) : P_max < 3 ? int(P_max) : P_max == 4 ? 2 : 3
below = int(ceil(P_max / (1.0 * beside)))
key_lines = int(ceil(drawn_schemes / 2.0))
key_wide = is_column(width) ? 0.16 : 1.5; key_high = is_column(width) ? 0.1 * key_lines + 0.05 : 0
above = head_high + 0.2; left = 0.46; between = 0.36
panel_wide = panel_share(key_wide); panel_high = is_column(width) ? 1.1 : 1.4; row_high = panel_high + 0.3
height = above + below * row_high + 0.18 + key_high
eval open_figure(width, height)
set multiplot
eval draw_head
if (key_name eq "block") { set logscale x 2; set xtics 4; set xrange [X_min / 1.25 : X_max * 1.25] } else { set xrange [X_min - 0.04 * (X_max - X_min) : X_max + 0.04 * (X_max - X_min)] }
unset key
colour(s) = color_of(format[s], kind_of(exponent[s] > 0 ? exponent[s] : -1))
mark(s) = mark_of(bits[s], variant[s] > 1)
do for [i = 1:int(P_max)] {
    p = i
    eval place_panel
    set label 2 cut(sprintf("%s (%s)", tensor[p], said(off[p])), letters(panel_wide + between, 6)) at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.08) / height center noenhanced font ",6"
    margin = 0.06 * (highest[p] - lowest[p] > 1 ? highest[p] - lowest[p] : 1)
    set yrange [lowest[p] - margin : highest[p] + margin]
    if ((i - 1) % beside == 0) { set ylabel "SQNR (dB)" offset 0.5, 0 } else { unset ylabel }
    if (p + beside > P_max) { set xlabel (key_name eq "block" ? "block size (elements)" : key_name) offset 0, 0.4; set format x "%g" } else { unset xlabel; set format x "" }
    plot for [s = 1:drawn_schemes] data using ($1 == p && $3 == s ? $10 : NaN):12 with lines dt variant[s] lw 1.1 lc rgb colour(s) notitle, \
        for [s = 1:drawn_schemes] data using ($1 == p && $3 == s ? $10 : NaN):11 with points pt mark(s) ps 0.55 lw 1 lc rgb colour(s) notitle \
        @tell ($1 == p ? $10 : NaN):11:(sprintf("%s, %s %g: %.5g dB, expected %.5g", strcol(4), key_name, $10, $11, $12))@told
    eval end_head
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale x
set xrange [0:1]; set yrange [0:1]
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
key_left(s) = is_column(width) ? 0.1 + (s > key_lines ? width / 2 : 0) : width - key_wide + 0.1
key_top(s) = is_column(width) ? key_high - 0.1 * ((s - 1) % key_lines) : height - above - 0.12 * (s - 1)
do for [s = 1:drawn_schemes] {
    set arrow s from screen key_left(s) / width, screen key_top(s) / height to screen (key_left(s) + 0.2) / width, screen key_top(s) / height nohead dt variant[s] lw 1.1 lc rgb colour(s)
    set label s cut(scheme[s], letters(is_column(width) ? width / 2 - 0.36 : key_wide - 0.36, 5)) at screen (key_left(s) + 0.25) / width, screen key_top(s) / height left noenhanced font ",5"
    set label 20 + s "" at screen (key_left(s) + 0.1) / width, screen key_top(s) / height point pt mark(s) ps 0.5 lc rgb colour(s)
}
plot NaN notitle
unset multiplot
