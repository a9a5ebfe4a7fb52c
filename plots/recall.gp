# Letters at marks name the schemes of the list, beside the plot or, in a column, below it.
shown = 0
array scheme[26]; array bits[26]; array recall[26]; array color[26]; array mark[26]
stats data using (i = int($1), shown = i, scheme[i] = strcol(2), color[i] = color_of(strcol(3), exponent_of(strcol(3))), mark[i] = mark_of(bits_of(strcol(3)), int($4)), bits[i] = $5, recall[i] = $6, dump = strcol(8), products = int($9), schemes = int($10), lost = int($11), $1) nooutput
stats data using 5 nooutput name "X"
stats data using 6 nooutput name "R"
# The few that good formats miss are apart under the root.
up(r) = -sqrt(r < 1 ? 1 - r : 0)

width = page(7)
column_wide = is_column(width)
list_wide = column_wide ? width - 0.1 : 3
plot_wide = column_wide ? width : width - list_wide - 0.1
head = plan_head(plot_wide, sprintf("Recall at 10 over stored bits, %s of %s", one_or_many(products, "product"), dump), \
    joined(joined("stored: the second operand, scales included; line: front; recalls are spaced by the root of what is missed", schemes > shown ? sprintf("%d of %d schemes", shown, schemes) : ""), left_note(lost)))
line_high = 0.115
list_high = 0.26 + line_high * shown
plot_high = 2.3
above = head_high + 0.06
height = column_wide ? above + plot_high + 0.42 + list_high : above + plot_high + 0.42
height = height > list_high + 0.1 ? height : list_high + 0.1
plot_high = column_wide ? plot_high : height - above - 0.42
left = 0.5; right = plot_wide - 0.1
eval open_figure(width, height)
set lmargin at screen left / width; set rmargin at screen right / width
set tmargin at screen 1 - above / height; set bmargin at screen 1 - (above + plot_high) / height
eval draw_head
set label 90001 head_title at screen plot_wide / 2 / width, screen 1 - 0.12 / height
set label 90002 head_notes at screen plot_wide / 2 / width, screen 1 - (0.13 + 0.13 * lines_in(head_title)) / height
span = up(R_max) - up(R_min) > 0.05 ? up(R_max) - up(R_min) : 0.05
low = up(R_min) - 0.08 * span; high = up(R_max) + 0.08 * span
set yrange [low : high]
set ylabel "recall at 10" offset 0.2, 0
set ytics (1)
last = high + 1; first_tic = 1
do for [t in "1 0.999 0.995 0.99 0.98 0.95 0.9 0.8 0.6 0.4 0.2 0"] {
    y = up(real(t))
    if (y <= high && y >= low && (last - y) / (high - low) * plot_high > 0.16) {
        if (first_tic) { set ytics (t y) } else { set ytics add (t y) }
        last = y; first_tic = 0
    }
}
set xrange [X_min / 1.2 : X_max * 1.12]
if (X_max > 3 * X_min) {
    set logscale x 2
    set xtics (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)
}
set xlabel "bits per stored element" offset 0, 0.3
unset key

# Letters stand to the upper left of marks, where the front is not; marks that would touch others add theirs to those.
across(x) = (X_max > 3 * X_min ? log(x / X_min * 1.2) / log(X_max / X_min * 1.344) : (x - X_min / 1.2) / (X_max * 1.12 - X_min / 1.2)) * (right - left)
upward(r) = (up(r) - low) / (high - low) * plot_high
array letters_of[26]; array holder[26]
do for [i = 1:shown] {
    holder[i] = i; letters_of[i] = sprintf("%c", 96 + i)
    do for [k = 1:i - 1] {
        if (holder[i] == i && holder[k] == k && across(bits[i]) - across(bits[k]) < 0.18 && abs(upward(recall[i]) - upward(recall[k])) < 0.09) { holder[i] = k; letters_of[k] = letters_of[k].letters_of[i] }
    }
}
do for [i = 1:shown] {
    if (holder[i] == i) { set label 100 + i letters_of[i] at bits[i], up(recall[i]) right offset -0.5, 0.5 front font ",5" }
}
list_left = column_wide ? 0.1 : plot_wide + 0.05
list_top = column_wide ? above + plot_high + 0.5 : 0.16
list_right = list_left + list_wide - 0.1
set label 91 "scheme" at screen list_left / width, screen 1 - list_top / height font ",5" textcolor rgb "#606060"
set label 92 "bits" at screen (list_right - 0.36) / width, screen 1 - list_top / height right font ",5" textcolor rgb "#606060"
set label 93 "recall" at screen list_right / width, screen 1 - list_top / height right font ",5" textcolor rgb "#606060"
do for [i = 1:shown] {
    y = 1 - (list_top + line_high * i) / height
    set label 200 + i sprintf("%c", 96 + i) at screen list_left / width, screen y font ",5"
    set label 300 + i "" at screen (list_left + 0.15) / width, screen y point pt mark[i] ps 0.5 lc rgb color[i]
    set label 400 + i cut(scheme[i], letters(list_wide - 0.95, 5)) at screen (list_left + 0.24) / width, screen y noenhanced font ",5"
    set label 500 + i sprintf("%.3g", bits[i]) at screen (list_right - 0.36) / width, screen y right font ",5"
    set label 600 + i sprintf("%.4f", recall[i]) at screen list_right / width, screen y right font ",5"
}
plot data using 5:($7 == 1 ? up($6) : NaN) smooth unique with steps lw 0.8 lc rgb "#9a9a9a" notitle, \
    for [i = 1:shown] "+" using (bits[i]):(up(recall[i])) every ::0::0 with points pt mark[i] ps 0.6 lc rgb color[i] notitle \
    @tell 5:(up($6)):(sprintf("%s: %.3g bits, recall %.4f", strcol(2), $5, $6))@told
