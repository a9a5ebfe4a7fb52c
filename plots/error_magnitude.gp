# Columns: format index exponent_bits bits binade mean max, a row a binade.
stats data using 2 nooutput name "F"
n = int(F_max)
array label[n]; array color[n]; array mark[n]; array dash[n]; array best[n]; array near[n]
do for [i = 1:n] { best[i] = 1e9; near[i] = 0 }
low = 1e9; first = 1e9; last = -1e9
stats data using (i = int($2), label[i] = strcol(1), color[i] = color_of(label[i], int($3)), mark[i] = mark_of(int($4), 0), dash[i] = dash_of(int($4)), best[i] = $6 < best[i] ? $6 : best[i], low = $6 < low ? $6 : low, first = $5 < first ? $5 : first, last = $5 > last ? $5 : last, 1) nooutput
stats data using (i = int($2), near[i] = near[i] + ($6 <= 2 * best[i]), 1) nooutput
# A format has its colour and mark of every figure, unless an earlier one here has them.
taken = ""
do for [i = 1:n] {
    color[i] = free(color[i], free_colors, 1)
    mark[i] = free(sprintf("%d", mark[i]), free_marks, 1)
    taken = taken." ".color[i]." ".mark[i]." "
}

# The key on the right, in a column below.
width = page(7)
column_wide = is_column(width)
longest = 6
do for [i = 1:n] { longest = strlen(label[i]) > longest ? strlen(label[i]) : longest }
longest = longest > 28 ? 28 : longest
key_wide = 0.25 + 0.0475 * longest + 1.3
key_wide = key_wide > 2.9 ? 2.9 : key_wide
head = plan_head(width, "Relative error of rounding to nearest, by binade", "lines: mean of |Q(x) - x| / x, all magnitudes of a binade alike; dots: the largest; what is beyond goes to the largest value")
above = head_high + 0.06; left = 0.56
key_high = 0.16 + 0.115 * n
panel_high = !column_wide && key_high > 2.4 ? key_high : column_wide ? 1.9 : 2.4
height = above + panel_high + 0.46 + (column_wide ? key_high + 0.02 : 0)
right = column_wide ? width - 0.1 : width - key_wide - 0.2
eval open_figure(width, height)
set lmargin at screen left / width; set rmargin at screen right / width
set tmargin at screen 1 - above / height; set bmargin at screen 1 - (above + panel_high) / height
eval draw_head
set logscale y
set yrange [low / 1.6 : 1.3]
set format y "10^{%L}"
span = (last - first + 1) * (column_wide ? 2 : 1.3)
set xtics offset 0, 0.2
set xtics span < 11 ? 1 : span < 22 ? 2 : span < 44 ? 4 : span < 88 ? 8 : span < 176 ? 16 : span < 352 ? 32 : 2 ** ceil(log(span / 11) / log(2)) format "2^{%g}"
set xrange [first : last + 1]
set xlabel "magnitude" offset 0, 0.6
set ylabel "relative error" offset 0.8, 0
unset key
key_left = column_wide ? left : right + 0.15
key_top = column_wide ? key_high : height - above - 0.02
set label 1 "least mean" at screen (key_left + key_wide - 0.82) / width, screen key_top / height right font ",5" textcolor rgb "#606060"
set label 2 "octaves within 2 x" at screen (key_left + key_wide - 0.08) / width, screen key_top / height right font ",5" textcolor rgb "#606060"
do for [i = 1:n] {
    y = key_top - 0.03 - 0.115 * i
    set label 10 + i "" at screen key_left / width, screen y / height point pt int(mark[i]) ps 0.5 lc rgb color[i]
    set label 30 + i cut(label[i], longest) at screen (key_left + 0.09) / width, screen y / height left noenhanced font ",6" textcolor rgb color[i]
    set label 50 + i sprintf("%.2g %%", 100 * best[i]) at screen (key_left + key_wide - 0.82) / width, screen y / height right font ",6"
    set label 70 + i sprintf("%d", near[i]) at screen (key_left + key_wide - 0.08) / width, screen y / height right font ",6"
}
plot for [i = 1:n] data using ($2 == i ? $5 + 0.5 : NaN):7 with lines lw 0.5 dt 3 lc rgb color[i] notitle, \
    for [i = 1:n] data using ($2 == i ? $5 + 0.5 : NaN):6 with linespoints pt int(mark[i]) ps (last - first > 60 ? 0 : 0.4) lw 1 dt dash[i] lc rgb color[i] notitle
