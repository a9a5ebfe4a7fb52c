# A row for each scheme: a box between the quartiles with the median in it, whiskers to the ends, ticks for tensors.
rows_shown = 0
array scheme[24]; array color[24]; array q0[24]; array q1[24]; array q2[24]; array q3[24]; array q4[24]; array mean[24]; array bits[24]
stats data using (r = int($1), rows_shown = r > rows_shown ? r : rows_shown, scheme[r] = strcol(2), color[r] = color_of(strcol(3), int($4)), bits[r] = $6, q0[r] = $9, q1[r] = $10, q2[r] = $11, q3[r] = $12, q4[r] = $13, mean[r] = $14, dump = strcol(15), tensors = int($16), schemes = int($17), exact = int($18), lost = int($19), what = strcol(20) eq "quantize" ? "tensor" : "output", $1) nooutput
stats data using 8 nooutput name "S"

width = page(7)
column_wide = is_column(width)
longest = 0
do for [r = 1:rows_shown] { longest = strlen(scheme[r]) > longest ? strlen(scheme[r]) : longest }
few = tensors <= 40
row_high = 0.19
head = plan_head(width, sprintf("SQNR over %s of %s, by scheme", one_or_many(tensors, what), dump), \
    joined(joined(sprintf("box: quartiles; line: median; ends: least and largest; ring: mean%s", few ? "; ticks: every " . what : ""), schemes > rows_shown ? sprintf("%d of %d schemes", rows_shown, schemes) : ""), joined(exact_note(exact), left_note(lost))))
above = head_high + 0.16; below = 0.42
height = above + below + row_high * rows_shown
name_room = column_wide ? 1.15 : 1.9
name_size = letters(name_room, 6) < longest ? 5 : 6
left = name_room + 0.1; right = width - 0.72
eval open_figure(width, height)
set lmargin at screen left / width; set rmargin at screen right / width
set tmargin at screen 1 - above / height; set bmargin at screen below / height
eval draw_head
wide = S_max - S_min > 1 ? S_max - S_min : 1
set xrange [S_min - 0.03 * wide : S_max + 0.03 * wide]
set yrange [rows_shown + 0.5 : 0.5]
set border 1; unset ytics; unset key; set grid xtics noytics
set xlabel "SQNR (dB)" offset 0, 0.4
set xtics tic_step(wide, right - left)
set label 1 "median" at screen (width - 0.36) / width, screen 1 - (above - 0.07) / height right font ",6" textcolor rgb "#606060"
set label 2 "bits" at screen (width - 0.05) / width, screen 1 - (above - 0.07) / height right font ",6" textcolor rgb "#606060"
do for [r = 1:rows_shown] {
    if (r % 2 == 0) { set object 100 + r rectangle from screen 0.005, first r - 0.5 to screen 0.995, first r + 0.5 behind fc rgb "#f3f3f3" fs solid 1 noborder }
    set object 200 + r rectangle from first q1[r], first r - 0.26 to first q3[r], first r + 0.26 fc rgb "#ffffff" fs solid 1 border lc rgb color[r] lw 1.2
    set arrow 100 + r from first q2[r], first r - 0.26 to first q2[r], first r + 0.26 nohead lw 1.8 lc rgb color[r] front
    set arrow 200 + r from first q0[r], first r to first q1[r], first r nohead lw 0.9 lc rgb color[r]
    set arrow 300 + r from first q3[r], first r to first q4[r], first r nohead lw 0.9 lc rgb color[r]
    set arrow 400 + r from first q0[r], first r - 0.13 to first q0[r], first r + 0.13 nohead lw 0.9 lc rgb color[r]
    set arrow 500 + r from first q4[r], first r - 0.13 to first q4[r], first r + 0.13 nohead lw 0.9 lc rgb color[r]
    set label 100 + r cut(scheme[r], letters(name_room, name_size)) at screen (left - 0.06) / width, first r right noenhanced font sprintf(",%d", name_size)
    set label 200 + r sprintf("%.1f", q2[r]) at screen (width - 0.36) / width, first r right font ",6"
    if (bits[r] > 0) { set label 300 + r sprintf("%.3g", bits[r]) at screen (width - 0.05) / width, first r right font ",6" }
}
plot data using (few ? $8 : NaN):($1 - 0.42):(0):(0.12) with vectors nohead lw 0.5 lc rgb "#8a8a8a" notitle, \
    for [r = 1:rows_shown] "+" using (mean[r]):(r) every ::0::0 with points pt 7 ps 0.45 lc rgb "#ffffff" notitle, \
    for [r = 1:rows_shown] "+" using (mean[r]):(r) every ::0::0 with points pt 6 ps 0.45 lw 0.9 lc rgb color[r] notitle
