# A row for each format, a panel for each density; marks are formats, as in every figure.
rows_shown = 0; panels = 0
array format[40]; array bits[40]; array density[3]
eval no_formats
stats data using (r = int($1), rows_shown = r > rows_shown ? r : rows_shown, format[r] = strcol(2), bits[r] = int($5), p = int($7), panels = p > panels ? p : panels, density[p] = strcol(8), formats = int($12), note_format($4, $5), $1) nooutput
stats data using 9 nooutput name "A"

width = page(7)
column_wide = is_column(width)
longest = 0
do for [r = 1:rows_shown] { longest = strlen(format[r]) > longest ? strlen(format[r]) : longest }
head = plan_head(width, "Accuracy of element formats at their best scale", \
    joined("bits of accuracy: log2(standard deviation / root mean squared error); rings: best of equal width; open: codebooks and variants", formats > rows_shown ? sprintf("%d of %d formats", rows_shown, formats) : ""))
name_size = column_wide ? 5 : 6
name_room = 0.57 * name_size / 72 * (longest < 20 ? longest : 20)
left = name_room + 0.14; between = column_wide ? 0.1 : 0.16
beside = panels
step = 0.12
above = head_high + 0.46; panel_wide = panel_share(0.08); panel_high = step * (rows_shown + 0.4); row_high = panel_high
height = above + panel_high + 0.36 + key_height(width)
eval open_figure(width, height)
set multiplot
eval draw_head
# Numbers stand to the right of their marks where there is room.
numbers = !column_wide
low = A_min < 0 ? floor(A_min) : 0
room = numbers ? 0.3 / (panel_wide - 0.3) : 0.06
high = A_max + room * (A_max - low > 1 ? A_max - low : 1)
set xrange [low : high]
set x2range [6.0206 * low : 6.0206 * high]
set yrange [rows_shown + 0.7 : 0.3]
set border 5; unset ytics; unset key
# Numbers of one digit stand closer.
close = tic_step(high - low, 2 * panel_wide)
close = close < 1 ? tic_step(high - low, panel_wide) : close
set xtics close offset 0, 0.3
set x2tics tic_step(6.0206 * (high - low), 1.5 * panel_wide) offset 0, -0.3 font ",6"
set grid xtics noytics
shade = 0
do for [r = 1:rows_shown] {
    # A shade is a width.
    shade = r > 1 && bits[r] != bits[r > 1 ? r - 1 : 1] ? !shade : shade
    if (shade) { set object 100 + r rectangle from screen 0.005, first r - 0.5 to screen 0.995, first r + 0.5 behind fc rgb "#f3f3f3" fs solid 1 noborder }
}
do for [i = 1:panels] {
    eval place_panel
    if (i == 1) { do for [r = 1:rows_shown] { set label 100 + r cut(format[r], 20) at screen (left - 0.06) / width, first r right noenhanced font sprintf(",%d", name_size) } }
    set label 1 density[i] at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.4) / height center noenhanced
    set label 2 "SQNR (dB)" at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.25) / height center font ",6" textcolor rgb "#606060"
    set xlabel column_wide ? "bits" : "bits of accuracy" offset 0, 0.6
    plot for [v = 0:1] for [b in widths] data using ($7 == i && $5 == int(b) && $6 == v ? $9 : NaN):1:(variable_color($4)) with points pt mark_of(int(b), v) ps 0.5 lc rgb variable notitle, \
        data using ($7 == i && $11 == 1 ? $9 : NaN):1 with points pt 6 ps 1 lw 1 lc rgb "#404040" notitle, \
        data using (numbers && $7 == i ? $9 : NaN):1:(sprintf("%.2f", $9)) with labels left offset 0.9, 0 font ",5" notitle \
        @tell ($7 == i ? $9 : NaN):1:(sprintf("%s, %s: %.4g bits, %.4g dB", strcol(2), strcol(8), $9, $10))@told
    eval end_head
    unset label; unset object
}
unset x2tics
eval format_key
unset multiplot
