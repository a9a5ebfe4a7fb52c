# A row is all profiles of a family with equal bits; y is inches from the top of the plot.
stats data using (dump = strcol(12), exact = int($16), left_out = int($17), $1) nooutput name "P"
stats data using 3 nooutput name "R"
stats data using 13 nooutput name "T"
most = int(P_max * R_max)
array family[P_max]; array counted[P_max]; array top[P_max]; array bottom[P_max]
array panel[most]; array nth[most]; array names[most]; array mean[most]; array less[most]; array alike[most]; array lost[most]; array shade[most]
array color[most]; array mark[most]; array y[most]; array low[most]; array high[most]
n = 0; last = ""
begin(at) = at eq last ? 0 : (last = at, n = n + 1, low[n] = 1e9, high[n] = -1e9, 1)
span(i, v) = (low[i] = v < low[i] ? v : low[i], high[i] = v > high[i] ? v : high[i], 1)
place(p, r) = sum [i = 1:n] (panel[i] == p && nth[i] == r ? i : 0)
stats data using (begin(strcol(1)."/".strcol(3)), panel[n] = int($1), nth[n] = int($3), family[panel[n]] = strcol(2), counted[panel[n]] = $13, \
    names[n] = strcol(4), alike[n] = int($14), lost[n] = int($15), \
    color[n] = color_of(strcol(9), int($10)), mark[n] = mark_of(int($11), 0), 1) nooutput
# Rows without lost elements: those with them have no numbers.
stats data using (i = place(int($1), int($3)), mean[i] = $7, less[i] = $8, span(i, $6), 1) nooutput

# Names stand at the left, broken after a comma where they are many.
width = page(7)
column_wide = is_column(width)
name_size = column_wide ? 5 : 6
width_of_names = column_wide ? 30 : 66
comma(t, k) = k < 1 ? 0 : t[k:k + 1] eq ", " ? k : comma(t, k - 1)
broken(t) = strlen(t) <= width_of_names || comma(t, width_of_names) == 0 ? t : \
    t[1:comma(t, width_of_names)]."\n".broken(t[comma(t, width_of_names) + 2:*])
line = column_wide ? 0.085 : 0.1; row = 0.135; head_of_panel = 0.24
depth = 0; odd = 0
do for [i = 1:n] {
    p = panel[i]
    if (i == 1 || panel[i - 1] != p) { depth = depth + head_of_panel; top[p] = depth; odd = 0 }
    names[i] = broken(names[i])
    y[i] = depth + (row + line * (lines_in(names[i]) - 1)) / 2
    depth = 2 * y[i] - depth
    bottom[p] = depth
    odd = !odd
    shade[i] = odd
}

# The scale is for means that are near: those far below are told by a number, tensors beyond it by an arrow.
far = -8
lowest = 0; highest = 0
do for [i = 1:n] {
    if (lost[i] == 0 && less[i] >= far) {
        lowest = less[i] < lowest ? less[i] : lowest
        highest = high[i] > highest ? high[i] : highest
    }
}
wide = highest - lowest > 0.01 ? highest - lowest : 0.01
lowest = lowest - 0.04 * wide; highest = highest + 0.04 * wide
step = 10.0 ** floor(log10(wide))
step = wide / step > 5 ? step : wide / step > 2 ? step / 2 : step / 5

below = 0.42
head = plan_head(width, sprintf("Mean SQNR over %s of %s", one_or_many(T_max, "tensor"), dump), \
    joined(joined("one row: equal bits on every tensor; =: the SQNR of the row above by other bits (ties, signs of zeros)", exact_note(exact)), \
    left_out ? sprintf("%s left out: other tensors", one_or_many(left_out, "profile")) : ""))
above = head_high + 0.05
height = above + depth + below
left = (column_wide ? 1.27 : 2.8) / width; right = (column_wide ? 2.2 : 5.45) / width
of_mean = (column_wide ? 2.5 : 5.95) / width; of_less = (column_wide ? 2.87 : 6.42) / width; of_above = (column_wide ? 3.26 : 6.92) / width
eval open_figure(width, height)
set lmargin at screen left; set rmargin at screen right
set tmargin at screen 1 - above / height; set bmargin at screen below / height
eval draw_head
set xrange [lowest:highest]; set yrange [depth:0]
set border 1; unset ytics; unset key
set xtics column_wide ? 2 * step : step
set grid xtics noytics
set xlabel (column_wide ? "SQNR less that of the best (dB)" : "SQNR less that of the best of the panel (dB): mean, and each tensor") offset 0, 0.4
set label 3 "mean" at screen of_mean, first top[1] - 0.07 right font sprintf(",%d", name_size) textcolor rgb "#606060"
set label 4 "to best" at screen of_less, first top[1] - 0.07 right font sprintf(",%d", name_size) textcolor rgb "#606060"
set label 5 "to above" at screen of_above, first top[1] - 0.07 right font sprintf(",%d", name_size) textcolor rgb "#606060"
do for [p = 1:P_max] {
    set label 100 + p family[p].(counted[p] == T_max ? "" : sprintf(" (%d tensors)", counted[p])) at screen left - (column_wide ? 0.05 : 0.1) / width, first top[p] - 0.07 right noenhanced
    set arrow 100 + p from 0, first top[p] to 0, first bottom[p] nohead lw 0.7 lc rgb "#9a9a9a" dt 2
}
difference(d) = d == 0 ? "0" : sprintf(d > -0.0005 ? "%.0e" : "%.3f", d)
to_above(i) = nth[i] == 1 ? "" : alike[i] ? "=" : difference(less[i] - less[i - 1])
do for [i = 1:n] {
    half = (row + line * (lines_in(names[i]) - 1)) / 2
    if (shade[i]) { set object 1000 + i rectangle from screen 0.03 / width, first y[i] - half to screen 1 - 0.03 / width, first y[i] + half behind fc rgb "#f3f3f3" fs solid 1 noborder }
    set label 1000 + i names[i] at screen left - (column_wide ? 0.05 : 0.1) / width, first y[i] - line * (lines_in(names[i]) - 1) / 2 right noenhanced font sprintf(",%d", name_size)
    if (lost[i]) {
        set label 3000 + i sprintf("lost elements on %d of %d tensors", lost[i], counted[panel[i]]) at first lowest, first y[i] left offset 0.5, 0 font sprintf(",%d", name_size) textcolor rgb "#606060"
    } else {
        set label 5000 + i sprintf("%.2f", mean[i]) at screen of_mean, first y[i] right font sprintf(",%d", name_size)
        set label 7000 + i difference(less[i]) at screen of_less, first y[i] right font sprintf(",%d", name_size)
        set label 9000 + i to_above(i) at screen of_above, first y[i] right font sprintf(",%d", name_size)
        if (less[i] < far) { set arrow 3000 + i from first lowest + 0.06 * wide, first y[i] to first lowest, first y[i] lw 1 lc rgb color[i] head size screen 0.008, 25 filled }
    }
}
inside(i) = lost[i] == 0 && less[i] >= far
near(i, v) = inside(i) && v >= lowest
plot data using (near(place(int($1), int($3)), $6) ? $6 : NaN):(y[place(int($1), int($3))] - 0.035):(0):(0.07) with vectors nohead lw 0.6 lc rgb "#9a9a9a" notitle, \
    for [i = 1:n] "+" using (inside(i) && low[i] < lowest ? lowest + 0.03 * wide : NaN):(y[i]):(-0.03 * wide):(0) every ::0::0 with vectors head size screen 0.006, 25 filled lw 0.6 lc rgb "#9a9a9a" notitle, \
    for [i = 1:n] "+" using (inside(i) ? less[i] : NaN):(y[i]) every ::0::0 with points pt mark[i] ps 0.6 lc rgb color[i] notitle
