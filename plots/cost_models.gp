panels = 0
array model[6]; array quantity[6]; array reference[6]; array least[6]; array middle[6]; array most[6]; array formats[6]; array reference_unit[6]; array unit[6]; array lowest[6]; array highest[6]
array least_x[6]; array least_y[6]; array least_name[6]; array most_x[6]; array most_y[6]; array most_name[6]
eval no_formats
smaller(a, b) = a < b ? a : b
larger(a, b) = a > b ? a : b
see(p, x, y) = p > panels ? (panels = p, lowest[p] = smaller(x, y), highest[p] = larger(x, y)) : (lowest[p] = smaller(lowest[p], smaller(x, y)), highest[p] = larger(highest[p], larger(x, y)))
stats data using (p = int($1), see(p, $9, $10), model[p] = strcol(2), quantity[p] = strcol(3), reference[p] = strcol(4), note_format($6, $7), least[p] = $12, middle[p] = $13, most[p] = $14, formats[p] = int($15), dump = strcol(16), all = int($17), reference_unit[p] = strcol(18), unit[p] = strcol(19), $11 == $12 ? (least_x[p] = $9, least_y[p] = $10, least_name[p] = strcol(5)) : 0, $11 == $14 ? (most_x[p] = $9, most_y[p] = $10, most_name[p] = strcol(5)) : 0, $1) nooutput

width = page(panels == 1 ? 3.3 : panels == 2 || panels == 4 ? 5 : 7)
column_wide = is_column(width)
beside = panels == 1 ? 1 : column_wide || panels == 4 || panels == 2 ? 2 : 3
below = int(ceil(panels / (1.0 * beside)))
left = (column_wide ? 0.46 : 0.56) / width; right = 1 - 0.12 / width; between = 0.5 / width
wide = (right - left - (beside - 1) * between) / beside
plot_high = wide * width
# Where panels are narrow, what they say of ratios takes two lines.
narrow = plot_high < 1.6
above = narrow ? 0.39 : 0.24
row_high = plot_high + 0.42 + above
foot = key_height(width)
head = plan_head(width, width < 5 ? sprintf("Cost models, formats of %s", dump) : sprintf("Cost models against each other, formats measured on %s", dump), \
    joined(all > panels ? sprintf("%d of %d quantities and models", panels, all) : "", "solid: equal; dashed: the middle ratio; grey: all ratios"))
height = head_high + 0.03 + below * row_high + foot
eval open_figure(width, height)
set multiplot
eval draw_head
set logscale xy
unset key
set style fill solid 1 noborder
do for [p = 1:panels] {
    column = (p - 1) % beside; line = (p - 1) / beside
    upper = height - head_high - 0.03 - line * row_high - above
    set lmargin at screen left + column * (wide + between)
    set rmargin at screen left + column * (wide + between) + wide
    set tmargin at screen upper / height
    set bmargin at screen (upper - plot_high) / height
    x0 = lowest[p] / 1.2; x1 = highest[p] * 1.2
    set xrange [x0 : x1]; set yrange [x0 : x1]
    unset xtics; unset ytics
    set xtics nomirror scale 0.5 offset 0, 0.3 font ",6"; set ytics nomirror scale 0.5 offset 0.4, 0 font ",6"
    set xtics (); set ytics ()
    span = log(x1 / x0); last = x0 / 10
    do for [k = -3:9] { do for [m in (x1 > 100 * x0 ? "1" : "1 2 5")] {
        t = int(m) * 10.0 ** k
        if (t >= x0 && t <= x1 / 1.05 && log(t / last) / span * plot_high > 0.05 * strlen(sprintf("%g", t)) + 0.06) { last = t; set xtics add (sprintf("%g", t) t); set ytics add (sprintf("%g", t) t) }
    } }
    set xlabel cut(reference[p], letters(plot_high - 0.3, 7))." (".reference_unit[p].")" noenhanced offset 0, 0.7
    set ylabel cut(model[p], letters(plot_high - 0.3, 7))." (".unit[p].")" noenhanced offset 0.7, 0
    set label 3 quantity[p] at graph 0.5, 1 center offset 0, narrow ? 2.5 : 1.4 noenhanced font ",6"
    set label 4 (narrow ? sprintf("%s: %.2f (%s) to\n%.2f (%s), middle %.2f", one_or_many(formats[p], "format"), least[p], least_name[p], most[p], most_name[p], middle[p]) : \
        sprintf("%s: ratios %.2f to %.2f, middle %.2f", one_or_many(formats[p], "format"), least[p], most[p], middle[p])) at graph 0.5, 1 center offset 0, narrow ? 1.5 : 0.45 noenhanced font ",6" textcolor rgb "#606060"
    # The ends of the band are told by name, on the side where nothing else is; above a narrow panel.
    if (!narrow) {
        if (log(most_x[p] / x0) / span * plot_high > 0.07 + 0.045 * strlen(most_name[p])) {
            set label 5 most_name[p] at most_x[p], most_y[p] right offset -0.6, (log(x1 / most_y[p]) / span * plot_high < 0.13 ? 0 : 0.4) noenhanced front font ",5"
        } else {
            set label 5 most_name[p] at most_x[p], most_y[p] left offset -0.8, 1.5 noenhanced front font ",5"
        }
        if (log(x1 / least_x[p]) / span * plot_high > 0.07 + 0.045 * strlen(least_name[p])) {
            set label 6 least_name[p] at least_x[p], least_y[p] left offset 0.6, (log(least_y[p] / x0) / span * plot_high < 0.13 ? 0 : -0.4) noenhanced front font ",5"
        } else {
            set label 6 least_name[p] at least_x[p], least_y[p] right offset 0, -1 noenhanced front font ",5"
        }
    }
    plot [x0:x1] "+" using 1:($1 * least[p]):($1 * most[p]) with filledcurves lc rgb "#eeeeee" notitle, \
        x with lines lw 0.8 lc rgb "#404040" notitle, middle[p] * x with lines lw 0.8 dt 2 lc rgb "#9a9a9a" notitle, \
        data using ($1 == p ? $9 : NaN):10:(mark_of(int($7), int($8))):(variable_color($6)) with points pt variable ps 0.5 lw 0.7 lc rgb variable notitle \
        @tell ($1 == p ? $9 : NaN):10:(sprintf("%s: %g %s, %g %s", strcol(5), $9, strcol(18), $10, strcol(19)))@told
    unset label
}
eval format_key
unset multiplot
