# A row for each role, a panel for each metric: a tick for each tensor, a mark at the median.
panels = 0; rows_shown = 0; longest = 0
array metric[3]; array role[32]; array least[3]; array most[3]
do for [p = 1:3] { least[p] = 1e300; most[p] = -1e300 }
stats data using (p = int($1), panels = p > panels ? p : panels, metric[p] = strcol(2), r = int($3), rows_shown = r > rows_shown ? r : rows_shown, role[r] = strcol(4), longest = strlen(strcol(4)) > longest ? strlen(strcol(4)) : longest, least[p] = $6 < least[p] ? $6 : least[p], most[p] = $6 > most[p] ? $6 : most[p], dump = strcol(10), tensors = int($11), roles = int($12), lost = int($13), $1) nooutput

width = page(7)
column_wide = is_column(width)
head = plan_head(width, sprintf("Outliers in %s of %s, by role", one_or_many(tensors, "tensor"), dump), \
    joined(joined("lines: every tensor; marks: medians; dashed: a normal distribution", roles > rows_shown ? sprintf("%d of %d roles, those of the largest kurtosis", rows_shown, roles) : ""), lost ? sprintf("%s left out: not finite", one_or_many(lost, "value")) : ""))
line_high = 0.12
above = head_high + 0.18
longest = longest > (column_wide ? 24 : 36) ? (column_wide ? 24 : 36) : longest
left = 0.14 + 0.0475 * longest; between = column_wide ? 0.1 : 0.2; beside = panels
panel_wide = panel_share(0.12); panel_high = line_high * rows_shown; row_high = panel_high
height = above + panel_high + 0.42
eval open_figure(width, height)
set multiplot
eval draw_head
set yrange [rows_shown + 0.5 : 0.5]
set border 1; unset ytics; unset key; set grid xtics noytics
set xtics offset 0, 0.35 font ",6"
title_of(m) = m eq "outlier_channels" ? "outlier channels" : m
axis_of(m) = m eq "crest" ? "largest / rms" : m eq "kurtosis" ? (column_wide ? "normal: 3" : "E x^4 / (E x^2)^2") : "channels"
linear(p) = metric[p] eq "outlier_channels" || least[p] <= 0
do for [i = 1:panels] {
    eval place_panel
    set label 1 title_of(metric[i]) at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.08) / height center noenhanced font ",6"
    if (i == 1) { do for [r = 1:rows_shown] { set label 100 + r cut(role[r], longest) at screen (left - 0.06) / width, first r right noenhanced font ",6" } }
    do for [r = 2 : rows_shown : 2] { set object 100 + r rectangle from graph 0, first r - 0.5 to graph 1, first r + 0.5 behind fc rgb "#f3f3f3" fs solid 1 noborder }
    if (linear(i)) {
        unset logscale x
        span = most[i] > 0 ? most[i] : 1
        set xrange [-0.04 * span : 1.05 * span]
        step = 10.0 ** floor(log10(span))
        step = step < 1 ? 1 : step
        set xtics 0, span / step > 5 ? 2 * step : span / step > 2 || step <= 1 ? step : step / 2
        set format x "%g"
    } else {
        set logscale x
        set xrange [least[i] / 1.15 : most[i] * 1.15]
        set xtics (1, 2, 5, 10, 20, 50, 100, 1000, 10000, 100000)
        if (panel_wide * log(10) / log(most[i] / least[i] * 1.32) < 0.6) { set xtics (1, 10, 100, 1000, 10000, 100000) }
    }
    set xlabel axis_of(metric[i]) offset 0, 0.7 font ",6" noenhanced
    unset arrow
    if (metric[i] eq "kurtosis" && 3 > least[i] / 1.15 && 3 < most[i] * 1.15) { set arrow 1 from first 3, graph 0 to first 3, graph 1 nohead front dt 2 lw 0.8 lc rgb "#606060" }
    plot data using ($1 == i ? $6 : NaN):($3 - 0.3):(0):(0.6) with vectors nohead lw 0.7 lc rgb "#8a8a8a" notitle, \
        data using ($1 == i ? $9 : NaN):3 with points pt 7 ps 0.4 lc rgb "#0072b2" notitle
    unset label; unset object
}
unset multiplot
