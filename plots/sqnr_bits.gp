formats = ""; exponents = ""; widths = ""; variants = ""
note(f, e, b, v) = strstrt(" ".formats, " ".f." ") ? 0 : \
    (formats = formats.f." ", exponents = exponents.sprintf("%d ", e), widths = widths.sprintf("%d ", b), variants = variants.sprintf("%d ", v), 1)
stats data using (dump = strcol(10), tensors = $11, dumps = $12, exact = int($14), lost = int($15), note(strcol(2), $4, $5, $6)) nooutput
stats data using 7 nooutput name "X"
stats data using 8 nooutput name "Y"
stats data using 9 nooutput name "F"
array front[F_max]; array front_x[F_max]; array front_y[F_max]
# Published schemes get a letter: their names stand under the front.
P_max = 0
array published[26]; array published_x[26]; array published_y[26]
stats data using (strcol(13) eq "-" || P_max == 26 ? 0 : (P_max = P_max + 1, published[P_max] = strcol(13), published_x[P_max] = $7, published_y[P_max] = $8, 1)) nooutput
stats data using ($9 > 0 ? (front[int($9)] = strcol(1), front_x[int($9)] = $7, front_y[int($9)] = $8, 1) : 0) nooutput

# The plot, and on the right, in a column below, the key of formats above the list of the front, whose points carry its
# numbers.
width = page(7)
column_wide = is_column(width)
columns = column_wide ? 5 : words(formats) > 36 ? 4 : words(formats) > 10 ? 3 : 1
broadest = 0
do for [i = 1:words(formats)] { broadest = strlen(word(formats, i)) > broadest ? strlen(word(formats, i)) : broadest }
fitting = int((column_wide ? width - 0.1 : 2.2) / (0.3 + 0.055 * broadest))
columns = columns > fitting ? (fitting > 0 ? fitting : 1) : columns
lines = int(ceil(words(formats) / (1.0 * columns)))
listed = F_max > 24 ? 24 : int(F_max)
# Long labels narrow the plot; those still too long are cut in the middle, where labels differ least.
longest = 0
do for [i = 1:listed] { longest = strlen(front[i]) > longest ? strlen(front[i]) : longest }
# In a column the published schemes stand beside the front if that is narrow.
aside = column_wide && longest <= 34
lists = 0.75 + 0.104 * lines + (aside && P_max > listed ? 0.092 * (P_max + 1) : 0.092 * (listed + 1)) + (P_max && !aside ? 0.092 * P_max + 0.2 : 0)
right = column_wide ? width - 0.1 : longest > 40 ? 4.25 : 4.9
small = !column_wide && longest > 54 ? 4 : 5
most = letters(column_wide ? width - 0.4 : width - right - 0.4, small)
head = plan_head(column_wide ? width : right - 0.5, sprintf("Mean SQNR over %s of %s%s", one_or_many(tensors, "tensor"), dump, dumps > 1 ? sprintf(" (1 of %d dumps)", dumps) : ""), \
    joined(exact_note(exact), left_note(lost)))
top = head_high + 0.03
height = column_wide ? top + 2.55 + lists - 0.62 : lists
height = height < 3.6 ? 3.6 : height
bottom = column_wide ? height - top - 2.05 : 0.45
# Where key and lists stand, in inches from the left and from the top.
list_left = column_wide ? 0.1 : right + 0.2
list_top = column_wide ? top + 2.46 : 0.22
eval open_figure(width, height)
set lmargin at screen 0.5 / width
set rmargin at screen right / width
set tmargin at screen 1 - top / height
set bmargin at screen bottom / height
eval draw_head
head_x = column_wide ? 0.5 : (0.5 + right) / 2 / width
set label 90001 head_title at screen head_x, screen 1 - 0.12 / height
set label 90002 head_notes at screen head_x, screen 1 - (0.13 + 0.13 * lines_in(head_title)) / height
set xlabel "storage (bits per element, scales included)" offset 0, 0.3
set ylabel "mean SQNR (dB)" offset 1, 0
set key at screen (list_left - 0.08) / width, screen 1 - list_top / height left top Left reverse maxrows lines font ",6" samplen 1 width (column_wide ? 1.5 : 0.5)
low = 5 * floor((Y_min - 1) / 5)
high = 5 * ceil((Y_max + 3) / 5)
set xrange [X_min / 1.08 : X_max * 1.08]
set yrange [low : high]
if (X_max > 3 * X_min) {
    set logscale x 2
    set xtics (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
}
do for [i = 1:listed] {
    set label sprintf("%2d  %s", i, cut(front[i], most)) at screen list_left / width, screen 1 - (list_top + 0.2 + 0.104 * lines + 0.092 * i) / height noenhanced font sprintf(",%d", small)
}
set label (F_max > listed ? sprintf("Pareto front (first %d of %d)", listed, F_max) : "Pareto front") at screen list_left / width, screen 1 - (list_top + 0.18 + 0.104 * lines) / height font ",6"

published_left = aside ? 1.85 : list_left
below = list_top + 0.2 + 0.104 * lines + (aside ? 0 : 0.092 * listed + 0.2)
if (P_max) { set label "Published schemes" at screen published_left / width, screen 1 - (below - (aside ? 0.02 : 0)) / height font ",6" }
do for [i = 1:P_max] {
    set label sprintf("%c  %s", 96 + i, published[i]) at screen published_left / width, screen 1 - (below + (aside ? 0 : 0.02) + 0.092 * i) / height noenhanced font ",5"
}

# The slope's label stands above the upper end of its line, to the left. Where the line is flat, or its end near the
# axis, it stands below and to the right, and nowhere where there is too little of the line.
log_x = X_max > 3 * X_min
share(x) = log_x ? log(x * 1.08 / X_min) / log(X_max * 1.1664 / X_min) : (x - X_min / 1.08) / (X_max * 1.08 - X_min / 1.08)
end_y = low + 0.97 * (high - low)
end_y = end_y < 6.0206 * X_max * 1.04 ? end_y : 6.0206 * X_max * 1.04
end_x = end_y / 6.0206
start_y = 6.0206 * X_min / 1.08 > low ? 6.0206 * X_min / 1.08 : low
run = (share(end_x) - (share(start_y / 6.0206) > 0 ? share(start_y / 6.0206) : 0)) * (right - 0.5)
rise = (end_y - start_y) / (high - low) * (height - bottom - top)
seen = end_y > low && share(end_x) > 0.03
if (seen && share(end_x) > 0.25 && rise > 0.4 * run) {
    set label "6.02 dB a bit" at end_x, end_y right offset -0.8, 0 font ",6" textcolor rgb "#7f7f7f"
} else { if (seen && share(end_x) < 0.75) {
    set label "6.02 dB a bit" at end_x, end_y left offset 0.8, -0.7 font ",6" textcolor rgb "#7f7f7f"
} }

# A number that would touch the last one drawn is left out: numbers follow the front upward. So is a letter that would
# touch another or the label of the slope.
near(x, y, of_x, of_y) = abs(log(x / of_x)) / log(X_max / X_min * 1.17) * (right - 0.5) < 0.14 && abs(y - of_y) / (high - low) * (height - bottom - top) < 0.095
last_x = X_min / 1e3; last_y = low - high
far(x, y) = near(x, y, last_x, last_y) ? 0 : (last_x = x, last_y = y, 1)
do for [i = 1:P_max] {
    free = seen ? !near(published_x[i], published_y[i], end_x, end_y) : 1
    do for [k = 1:i - 1] { if (near(published_x[i], published_y[i], published_x[k], published_y[k])) { free = 0 } }
    if (free) { set label sprintf("%c", 96 + i) at published_x[i], published_y[i] left offset 0.5, -0.4 front font ",5" }
}
do for [i = 1:listed] {
    if (far(front_x[i], front_y[i])) { set label sprintf("%d", i) at front_x[i], front_y[i] right offset -0.5, 0.4 front font ",5" }
}
plot 6.0206 * x with lines dt 3 lw 0.8 lc rgb "#9a9a9a" notitle, \
    data using 7:($9 > 0 ? $8 : NaN) smooth unique with steps lw 0.8 lc rgb "#9a9a9a" notitle, \
    for [i = 1:words(formats)] data using (strcol(2) eq word(formats, i) ? $7 : NaN):8 with points \
        pt mark_of(int(word(widths, i)), int(word(variants, i))) \
        lc rgb color_of(word(formats, i), int(word(exponents, i))) title word(formats, i) \
    @tell 7:8:(sprintf("%s: %g bits, %.4g dB", strcol(1), $7, $8))@told
