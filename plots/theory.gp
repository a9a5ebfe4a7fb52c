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

columns = P_max < 3 ? int(P_max) : P_max == 4 ? 2 : 3
lines = int(ceil(P_max / (1.0 * columns)))
height = 0.95 + 1.75 * lines
left = 0.5 / 7; right = 5.5 / 7; between = 0.35 / 7
bottom = 0.42 / height; top = 1 - 0.56 / height; gap = 0.3 / height
wide = (right - left - (columns - 1) * between) / columns
high = (top - bottom - (lines - 1) * gap) / lines
eval open_figure(7, height)
set multiplot
set label 1 sprintf("Measured and expected SQNR of %s over %s (marks and lines)", dump, key_name eq "block" ? "block size" : key_name) at screen (left + right) / 2, 1 - 0.12 / height center noenhanced
said(d) = d == d ? sprintf("%.2g dB", d) : "no model"
left_out = joined(joined(tensors > 6 ? sprintf("6 of %d tensors", tensors) : "", schemes > 8 ? sprintf("8 of %d schemes", schemes) : ""), lost ? sprintf("%d cell%s left out: exact, or lost elements", lost, lost == 1 ? "" : "s") : "")
set label 3 joined(largest == largest ? sprintf("largest difference %.2g dB; above each panel its own", largest) : "no scheme has a model", left_out) at screen (left + right) / 2, 1 - 0.27 / height center noenhanced font ",6" textcolor rgb "#606060"
if (key_name eq "block") { set logscale x 2; set xtics 4; set xrange [X_min / 1.25 : X_max * 1.25] } else { set xrange [X_min - 0.04 * (X_max - X_min) : X_max + 0.04 * (X_max - X_min)] }
unset key
colour(s) = color_of(format[s], kind_of(exponent[s] > 0 ? exponent[s] : -1))
mark(s) = mark_of(bits[s], variant[s] > 1)
do for [p = 1:P_max] {
    column = (p - 1) % columns
    line = (p - 1) / columns
    set lmargin at screen left + column * (wide + between)
    set rmargin at screen left + column * (wide + between) + wide
    set tmargin at screen top - line * (high + gap)
    set bmargin at screen top - line * (high + gap) - high
    set label 2 sprintf("%s (%s)", tensor[p], said(off[p])) at graph 0.5, 1 center offset 0, 0.5 noenhanced font ",6.5"
    margin = 0.06 * (highest[p] - lowest[p] > 1 ? highest[p] - lowest[p] : 1)
    set yrange [lowest[p] - margin : highest[p] + margin]
    if (column == 0) { set ylabel "SQNR (dB)" offset 0.5, 0 } else { unset ylabel }
    if (p + columns > P_max) { set xlabel (key_name eq "block" ? "block size (elements)" : key_name) offset 0, 0.4; set format x "%g" } else { unset xlabel; set format x "" }
    plot for [s = 1:drawn_schemes] data using ($1 == p && $3 == s ? $10 : NaN):12 with lines dt variant[s] lw 1.1 lc rgb colour(s) notitle, \
        for [s = 1:drawn_schemes] data using ($1 == p && $3 == s ? $10 : NaN):11 with points pt mark(s) ps 0.55 lw 1 lc rgb colour(s) notitle
    unset label 1; unset label 3
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale x
set xrange [0:1]; set yrange [0:1]
set lmargin at screen right; set rmargin at screen 1; set tmargin at screen top; set bmargin at screen bottom
longest = 0
do for [s = 1:drawn_schemes] { longest = strlen(scheme[s]) > longest ? strlen(scheme[s]) : longest }
key_font = longest > 24 ? ",5" : ",6"
set key at screen right + 0.08 / 7, screen top left top Left reverse samplen 2 font key_font noenhanced
plot NaN notitle, for [s = 1:drawn_schemes] keyentry with linespoints pt mark(s) ps 0.55 dt variant[s] lw 1.1 lc rgb colour(s) title scheme[s]
unset multiplot
