# Of each scheme two panels: the bias over random bits, marks measured and lines as theory expects, and below it the SQNR.
panels = 0; curves = 0
array scheme[4]; array used[8]; array nearest[4]
do for [p = 1:4] { nearest[p] = NaN }
stats data using (p = int($1), panels = p > panels ? p : panels, scheme[p] = strcol(2), k = int($3) > 8 ? 8 : int($3), curves = k > curves ? k : curves, used[k] = strcol(4), nearest[p] = $9, chance = $10, dump = strcol(11), tensors = int($12), ways = int($13), lost = int($14), $1) nooutput
stats data using 5 nooutput name "B"
stats data using 6 nooutput name "M"
stats data using 8 nooutput name "S"
costs = S_records > 0
largest = M_max > 0 ? M_max : 1
do for [p = 1:panels] { largest = nearest[p] > largest ? nearest[p] : largest }
low = 10.0 ** floor(log10(chance / 4))

width = page(7)
head = plan_head(width, sprintf("Stochastic rounding over its random bits, %s of %s", one_or_many(tensors, "tensor"), dump eq "synth" ? "synthetic data" : dump), \
    joined(joined("bias: |mean error| / rms error, marks measured, lines expected; dashed: rounding to nearest; grey: chance alone; at the foot: less", ways > panels ? sprintf("%d of %d schemes", panels, ways) : ""), lost ? sprintf("%s left out: exact, lost elements or other tensors", one_or_many(lost, "cell")) : ""))
beside = is_column(width) && panels > 2 ? 2 : panels
below = int(ceil(panels / (1.0 * beside)))
bias_high = 1.25; cost_high = costs ? 0.7 : 0; gap = costs ? 0.1 : 0
above = head_high + 0.22; left = 0.5; between = 0.2
panel_wide = panel_share(0.1); row_high = bias_high + gap + cost_high + 0.56
height = above + below * row_high + 0.02
eval open_figure(width, height)
set multiplot
eval draw_head
# Kinds that come to the same are seen through the dashes of the last.
dashes(k) = k > 1 && k == curves ? 2 : 1
set xrange [B_min - 0.6 : B_max + 0.6]
set xtics B_max - B_min > 8 ? 4 : 2
unset key
lowest = S_records > 0 ? S_min : 0; highest = S_records > 0 && S_max > 0 ? S_max : 0
margin = 0.08 * (highest - lowest > 0.5 ? highest - lowest : 0.5)
do for [i = 1:panels] {
    panel_high = bias_high
    eval place_panel
    first_column = (i - 1) % beside == 0
    set label 1 cut(scheme[i], letters(panel_wide + between, 6)) at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.08) / height center noenhanced font ",6"
    set logscale y
    set yrange [low : largest * 2]
    set format y first_column ? "10^{%T}" : ""
    if (costs) { set format x ""; unset xlabel } else { set format x "%g"; set xlabel "random bits" offset 0, 0.4 }
    if (first_column) { set ylabel "bias" offset 0, 0 } else { unset ylabel }
    set object 1 rectangle from graph 0, graph 0 to graph 1, first chance behind fc rgb "#eeeeee" fs solid 1 noborder
    unset arrow
    if (nearest[i] > low) { set arrow 1 from graph 0, first nearest[i] to graph 1, first nearest[i] nohead dt 2 lw 0.8 lc rgb "#606060" }
    plot for [k = 1:curves] data using ($1 == i && $3 == k ? $5 : NaN):($7 > low ? $7 : low) with lines dt dashes(k) lw 1.2 lc rgb series_color(k) notitle, \
        for [k = 1:curves] data using ($1 == i && $3 == k ? $5 : NaN):($6 > low ? $6 : low) with points pt series_mark(k) ps 0.45 lc rgb series_color(k) notitle \
        @tell ($1 == i ? $5 : NaN):($6 > low ? $6 : low):(sprintf("%s, kind %s, %d bits: bias %.3g, expected %.3g", strcol(2), strcol(4), $5, $6, $7))@told
    eval end_head
    unset object; unset label 1; unset arrow; unset logscale y
    if (costs) {
        set tmargin at screen (panel_top - bias_high - gap) / height; set bmargin at screen (panel_top - bias_high - gap - cost_high) / height
        set yrange [lowest - margin : highest + margin]
        set ytics tic_step(highest - lowest + 2 * margin, cost_high)
        set format y first_column ? "%g" : ""
        set format x "%g"; set xlabel "random bits" offset 0, 0.4
        if (first_column) { set ylabel "SQNR less\nto nearest (dB)" offset 0, 0 font ",6" } else { unset ylabel }
        plot for [k = 1:curves] data using ($1 == i && $3 == k ? $5 : NaN):8 with linespoints pt series_mark(k) ps 0.35 dt dashes(k) lw 1.2 lc rgb series_color(k) notitle
        unset ylabel; set ytics autofreq; set ylabel font ",7"
    }
}
# The key.
unset border; unset tics; unset xlabel; unset ylabel; unset grid
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0
do for [k = 1:curves] { set label k "kind ".used[k] at screen (left + 0.6 * (k - 1)) / width, screen 0.08 / height left offset 0.7, 0 font ",6" noenhanced point pt series_mark(k) ps 0.5 lc rgb series_color(k) }
set yrange [0:1]
plot NaN notitle
unset multiplot
