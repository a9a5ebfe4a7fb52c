panels = 0; total = 0
array where[2]; array curves[2]; array scheme[16]
stats data using (p = int($1), panels = p > panels ? p : panels, where[p] = strcol(2), curves[p] = int($3), scheme[8 * (p - 1) + int($3)] = strcol(4), dump = strcol(10), sites = int($11), dropped = int($12), exact = int($13), lost = int($14), $1) nooutput
array least[2]; array most[2]
do for [p = 1:2] { least[p] = 1; most[p] = 0 }
stats data using (p = int($1), least[p] = $5 > 0 && $5 < least[p] ? $5 : least[p], most[p] = $5 > most[p] ? $5 : most[p], $1) nooutput
stats data using 6 nooutput name "S"

width = page(panels > 1 ? 7 : 3.3)
beside = is_column(width) || panels == 1 ? 1 : 2
left = 0.46; between = 0.4; below = int(ceil(panels / (1.0 * beside)))
panel_wide = panel_share(0.1); panel_high = 1.6
# Schemes are named under each panel.
key_high = 0
do for [p = 1:panels] {
    high_of = 0
    do for [c = 1:curves[p]] { k = 8 * (p - 1) + c; scheme[k] = wrapped_at(cut(scheme[k], 160), letters(panel_wide, 6)); high_of = high_of + 0.11 * lines_in(scheme[k]) }
    key_high = high_of > key_high ? high_of : key_high
}
head = plan_head(width, sprintf("Bit flips: mean SQNR over %s of %s", one_or_many(sites, "output"), dump), \
    joined(joined("0: no faults; means over outputs that every point of a curve has; grey: their range", dropped ? sprintf("%s not drawn", one_or_many(dropped, "scheme")) : ""), joined(exact_note(exact), lost ? sprintf("%s left out: lost elements", one_or_many(lost, "output")) : "")))
above = head_high + 0.22; row_high = panel_high + 0.62 + key_high
height = above + below * row_high - 0.12 - (below > 1 ? key_high - high_of : 0)
eval open_figure(width, height)
set multiplot
eval draw_head
# Without faults stands a step to the left of the least probability.
none(p) = least[p] / 10
place(p, f) = f > 0 ? f : none(p)
margin = S_max > S_min ? 0.05 * (S_max - S_min) : 1
set logscale x
set yrange [S_min - margin : S_max + margin]
set ylabel "mean SQNR (dB)" offset 1, 0
set xlabel "probability that a bit flips" offset 0, 0.4
unset key
do for [i = 1:panels] {
    eval place_panel
    set xrange [none(i) / 2 : most[i] * 2]
    set xtics offset 0, 0.1
    set xtics ("0" none(i))
    do for [k = -18:0] { if (10.0 ** k >= least[i] / 1.01 && 10.0 ** k <= most[i] * 1.01) { set xtics add (sprintf("10^{%d}", k) 10.0 ** k) } }
    set label 1 "flips in ".where[i] at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.08) / height center noenhanced font ",6"
    y = panel_top - panel_high - 0.42
    do for [c = 1:curves[i]] {
        set label 10 + c "" at screen (panel_left - 0.1) / width, screen y / height point pt series_mark(c) ps 0.45 lc rgb series_color(c)
        set label 30 + c scheme[8 * (i - 1) + c] at screen panel_left / width, screen y / height left noenhanced font ",6"
        y = y - 0.11 * lines_in(scheme[8 * (i - 1) + c])
    }
    plot for [c = 1:curves[i]] data using ($1 == i && $3 == c && $5 > 0 ? $5 : NaN):6 with linespoints pt series_mark(c) ps 0.45 lw 1 lc rgb series_color(c) notitle, \
        for [c = 1:curves[i]] data using ($1 == i && $3 == c && $5 == 0 ? none(i) : NaN):6 with points pt series_mark(c) ps 0.45 lc rgb series_color(c) notitle, \
        data using ($1 == i ? place(i, $5) : NaN):7:(0):($8 - $7) with vectors nohead lw 0.4 lc rgb "#c0c0c0" notitle \
        @tell ($1 == i ? place(i, $5) : NaN):6:(sprintf("%s, %g: %.4g dB", strcol(4), $5, $6))@told
    unset label
}
unset multiplot
