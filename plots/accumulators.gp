panels = 0; curves = 0
array way[4]; array mac[10]
stats data using (p = int($1), panels = p > panels ? p : panels, way[p] = strcol(2), c = int($3), curves = c > curves ? c : curves, mac[c] = strcol(4), dump = strcol(10), sites = int($11), ways = int($12), macs = int($13), lost = int($14), exact = int($15), $1) nooutput
stats data using 5 nooutput name "K"
stats data using 6 nooutput name "S"

width = page(panels > 1 ? 7 : 3.3)
beside = is_column(width) || panels == 1 ? 1 : 2
below = int(ceil(panels / (1.0 * beside)))
mac_lines = 0
do for [c = 1:curves] { mac[c] = wrapped_at(cut(mac[c], 220), letters(width - 0.5, 6)); mac_lines = mac_lines + lines_in(mac[c]) }
head = plan_head(width, sprintf("Error of dot products over their length, %s", dump eq "synth" ? one_or_many(sites, "drawn site") : sprintf("%s of %s", one_or_many(sites, "linear layer"), dump)), \
    joined(joined(joined("rounding of operands included", ways > panels ? sprintf("%d of %d ways", panels, ways) : ""), macs > curves ? sprintf("%d of %d accumulators", curves, macs) : ""), \
    joined(exact ? sprintf("%s without error not drawn", one_or_many(exact, "output")) : "", lost ? sprintf("%s left out: lost elements", one_or_many(lost, "output")) : "")))
foot = 0.12 + 0.11 * mac_lines
above = head_high + 0.22; left = 0.64; between = 0.3
panel_wide = panel_share(0.1); panel_high = is_column(width) && panels > 2 ? 1.25 : 1.8; row_high = panel_high + 0.62
height = above + below * row_high - 0.2 + foot
eval open_figure(width, height)
set multiplot
eval draw_head
error(db) = 10 ** (-db / 20.0)
set logscale xy
set logscale x 2
set xrange [K_min / 1.2 : K_max * 1.2]
set yrange [error(S_max) / 2 : error(S_min) * 2]
set format y "10^{%L}"
decades = log10(error(S_min) / error(S_max))
set ytics decades > 8 ? 100 : 10
set xtics (8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
if (K_max > 64 * K_min) { set xtics (8, 32, 128, 512, 2048, 8192, 32768) }
set xtics offset 0, 0.3
unset key
dash(c) = mac[c] eq "exact" ? 2 : 1
do for [i = 1:panels] {
    eval place_panel
    set label 1 cut(way[i], letters(panel_wide, 6)) at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.08) / height center noenhanced font ",6"
    set xlabel "length of the dot product" offset 0, 0.6
    if ((i - 1) % beside == 0) { set ylabel "rms error / rms of the output" offset 0.8, 0; set format y "10^{%L}" } else { unset ylabel; set format y "" }
    plot for [c = curves : 1 : -1] data using ($1 == i && $3 == c ? $5 : NaN):(error($6)) with linespoints pt series_mark(c) ps 0.45 lw 1 dt dash(c) lc rgb series_color(c) notitle \
        @tell ($1 == i ? $5 : NaN):(error($6)):(sprintf("%s, length %g: %.3g", strcol(4), $5, error($6)))@told
    unset label
}
unset tics; set border 0; unset xlabel; unset ylabel; unset grid; unset logscale
set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; set tmargin at screen foot / height
set xrange [0:1]; set yrange [0:1]
y = foot - 0.08
do for [c = 1:curves] {
    set arrow 10 + c from screen 0.1 / width, screen y / height to screen 0.32 / width, screen y / height nohead lw 1 dt dash(c) lc rgb series_color(c)
    set label 10 + c "" at screen 0.21 / width, screen y / height point pt series_mark(c) ps 0.45 lc rgb series_color(c)
    set label 30 + c mac[c] at screen 0.38 / width, screen y / height left noenhanced font ",6"
    y = y - 0.11 * lines_in(mac[c])
}
plot NaN notitle
unset multiplot
