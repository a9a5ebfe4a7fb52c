# On the left the best split over total bits, on the right critical tokens over the values that share a scale.
splits = 0; layouts = 0; groups = " "
array name_of[8]; array e_of[8]; array b_of[8]; array end_x[8]; array end_y[8]
do for [k = 1:8] { end_x[k] = 0 }
stats data using ($1 == 1 ? (splits = splits + 1) : (k = int($2), layouts = k > layouts ? k : layouts, name_of[k] = strcol(3), e_of[k] = $4, b_of[k] = int($6), groups = has(groups, $8) ? groups : groups.sprintf("%d ", $8), $8 >= end_x[k] ? (end_x[k] = $8, end_y[k] = $9) : 0), parameters = $10, known = int($11), $1) nooutput
if (splits) {
    stats data using ($1 == 1 ? $6 : NaN) nooutput name "B"
    stats data using ($1 == 1 ? ($4 > $5 ? $4 : $5) : NaN) nooutput name "P"
}
if (layouts) {
    stats data using ($1 == 2 ? $8 : NaN) nooutput name "G"
    stats data using ($1 == 2 ? $9 : NaN) nooutput name "T"
}

plain(n) = n == 10 ** floor(log10(n) + 0.5) ? sprintf("10^%d", floor(log10(n) + 0.5)) : sprintf("%.3g", n)
width = page(splits && layouts ? 7 : 3.3)
panels = (splits > 0) + (layouts > 0)
beside = is_column(width) ? 1 : panels
below = int(ceil(panels / (1.0 * beside)))
head = plan_head(width, "A scaling law of training in floats", \
    joined(layouts ? sprintf("critical: more tokens make a model of %s parameters worse", plain(parameters)) : "", known > layouts ? sprintf("%d of %d layouts", layouts, known) : ""))
above = head_high + 0.26; left = 0.56; between = 0.66
panel_wide = panel_share(layouts ? 0.5 : 0.1); panel_high = 1.9; row_high = panel_high + 0.7
height = above + below * row_high - 0.22
eval open_figure(width, height)
set multiplot
eval draw_head
i = 0
if (splits) {
    i = i + 1
    eval place_panel
    set label 1 "best split of bits" at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.1) / height center
    set xlabel "total bits, with the sign" offset 0, 0.4
    set ylabel "bits" offset 0.5, 0
    set xrange [B_min - 0.6 : B_max + 0.6]
    set yrange [0 : P_max + 1]
    set xtics B_max - B_min > 4 ? 2 : 1
    set ytics P_max > 10 ? ceil(P_max / 8) : 1
    set key left top Left reverse font ",6"
    plot data using ($1 == 1 ? $6 : NaN):7 with lines dt 2 lw 1 lc rgb series_color(3) title "mantissa, in fractions of bits", \
        data using ($1 == 1 ? $6 : NaN):4 with points pt 4 ps 0.75 lw 1.2 lc rgb series_color(2) title "exponent", \
        data using ($1 == 1 ? $6 : NaN):5 with points pt 9 ps 0.5 lc rgb series_color(3) title "mantissa" \
        @tell ($1 == 1 ? $6 : NaN):4:(sprintf("%d bits: %s, mantissa %.4g", $6, strcol(3), $7))@told
    eval end_head
    unset label 1
}
if (layouts) {
    i = i + 1
    eval place_panel
    set label 1 "critical tokens" at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.1) / height center
    set xlabel "values that share a scale" offset 0, 0.4
    set ylabel "tokens" offset 0, 0
    set logscale x 2
    set logscale y
    set format y "10^{%T}"
    set xrange [G_min / 1.2 : G_max * 1.2]
    set yrange [10 ** floor(log10(T_min)) : 10 ** (floor(log10(T_max)) + 1)]
    set ytics auto
    # Tics are at the marks, where numbers do not touch.
    across(n) = panel_wide * log(1.2 * n / G_min) / log(1.44 * G_max / G_min)
    set xtics (G_min)
    placed = sprintf(" %d ", G_min)
    do for [n in groups] {
        free = 1
        do for [k in placed] { free = free && abs(across(real(n)) - across(real(k))) > 0.3 }
        if (free) { set xtics add (real(n)); placed = placed.n." " }
    }
    unset key
    # Names of curves from the top down; those that would touch the last stand lower.
    upward(t) = (log10(t) - floor(log10(T_min))) / (floor(log10(T_max)) + 1 - floor(log10(T_min))) * panel_high
    last = panel_high + 1
    do for [k = 1:layouts] {
        y = upward(end_y[k]); y = y < last - 0.11 ? y : last - 0.11; last = y
        set label 10 + k name_of[k] at screen (panel_left + panel_wide + 0.06) / width, screen (panel_top - panel_high + y) / height left noenhanced font ",6" textcolor rgb color_of("", kind_of(e_of[k]))
    }
    plot for [k = 1:layouts] data using ($1 == 2 && $2 == k ? $8 : NaN):9 with linespoints pt mark_of(b_of[k], 0) ps 0.55 lw 1.1 dt dash_of(b_of[k]) lc rgb color_of("", kind_of(e_of[k])) notitle \
        @tell ($1 == 2 ? $8 : NaN):9:(sprintf("%s, %d values a scale: %.4g tokens", strcol(3), $8, $9))@told
    eval end_head
}
unset multiplot
