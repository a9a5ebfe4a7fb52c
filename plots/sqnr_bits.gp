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

# The plot, and on the right the key of formats above the list of the front, whose points carry its numbers.
columns = words(formats) > 36 ? 4 : words(formats) > 10 ? 3 : 1
lines = int(ceil(words(formats) / (1.0 * columns)))
listed = F_max > 24 ? 24 : int(F_max)
height = 0.75 + 0.104 * lines + 0.092 * (listed + 1) + (P_max ? 0.092 * P_max + 0.2 : 0)
height = height < 3.6 ? 3.6 : height
# Long labels narrow the plot; those still too long are cut in the middle, where labels differ least.
longest = 0
do for [i = 1:listed] { longest = strlen(front[i]) > longest ? strlen(front[i]) : longest }
right = longest > 40 ? 4.25 : 4.9
small = longest > 54 ? 4 : 5
most = small == 4 ? 68 : 54
shown(t) = strlen(t) > most ? t[1:most / 2 - 2]."...".t[strlen(t) - most / 2 + 2:*] : t
notes = joined(exact_note(exact), left_note(lost))
top = notes eq "" ? 0.28 : 0.4
eval open_figure(7, height)
set lmargin at screen 0.5 / 7
set rmargin at screen right / 7
set tmargin at screen 1 - top / height
set bmargin at screen 0.45 / height
set title sprintf("Mean SQNR over %d tensor%s of %s%s", tensors, tensors == 1 ? "" : "s", dump, dumps > 1 ? sprintf(" (1 of %d dumps)", dumps) : "") noenhanced offset 0, notes eq "" ? -0.5 : 0.4
set label notes at screen (0.5 + right) / 14, screen 1 - 0.3 / height center noenhanced font ",6" textcolor rgb "#606060"
set xlabel "storage (bits per element, scales included)" offset 0, 0.3
set ylabel "mean SQNR (dB)" offset 1, 0
set key at screen (right + 0.12) / 7, screen 1 - 0.22 / height left top Left reverse maxrows lines font ",6" samplen 1 width 0.5
low = 5 * floor((Y_min - 1) / 5)
high = 5 * ceil((Y_max + 3) / 5)
set xrange [X_min / 1.08 : X_max * 1.08]
set yrange [low : high]
if (X_max > 3 * X_min) {
    set logscale x 2
    set xtics (1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)
}
do for [i = 1:listed] {
    set label sprintf("%2d  %s", i, shown(front[i])) at screen (right + 0.2) / 7, screen 1 - (0.42 + 0.104 * lines + 0.092 * i) / height noenhanced font sprintf(",%d", small)
}
set label (F_max > listed ? sprintf("Pareto front (first %d of %d)", listed, F_max) : "Pareto front") at screen (right + 0.2) / 7, screen 1 - (0.4 + 0.104 * lines) / height font ",6"

below = 0.42 + 0.104 * lines + 0.092 * listed + 0.2
if (P_max) { set label "Published schemes" at screen (right + 0.2) / 7, screen 1 - below / height font ",6" }
do for [i = 1:P_max] {
    set label sprintf("%c  %s", 96 + i, published[i]) at screen (right + 0.2) / 7, screen 1 - (below + 0.02 + 0.092 * i) / height noenhanced font ",5"
    set label sprintf("%c", 96 + i) at published_x[i], published_y[i] left offset 0.5, -0.4 font ",5"
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
rise = (end_y - start_y) / (high - low) * (height - 0.45 - top)
seen = end_y > low && share(end_x) > 0.03
if (seen && share(end_x) > 0.25 && rise > 0.4 * run) {
    set label "6.02 dB a bit" at end_x, end_y right offset -0.8, 0 font ",6" textcolor rgb "#7f7f7f"
} else { if (seen && share(end_x) < 0.75) {
    set label "6.02 dB a bit" at end_x, end_y left offset 0.8, -0.7 font ",6" textcolor rgb "#7f7f7f"
} }

# A number that would touch the last one drawn is left out: numbers follow the front upward.
last_x = X_min / 1e3; last_y = low - high
far(x, y) = abs(log(x / last_x)) / log(X_max / X_min * 1.17) * (right - 0.5) < 0.14 && abs(y - last_y) / (high - low) * (height - 0.45 - top) < 0.095 \
    ? 0 : (last_x = x, last_y = y, 1)
do for [i = 1:listed] {
    if (far(front_x[i], front_y[i])) { set label sprintf("%d", i) at front_x[i], front_y[i] right offset -0.5, 0.4 font ",5" }
}
plot 6.0206 * x with lines dt 3 lw 0.8 lc rgb "#9a9a9a" notitle, \
    data using 7:($9 > 0 ? $8 : NaN) smooth unique with steps lw 0.8 lc rgb "#9a9a9a" notitle, \
    for [i = 1:words(formats)] data using (strcol(2) eq word(formats, i) ? $7 : NaN):8 with points \
        pt mark_of(int(word(widths, i)), int(word(variants, i))) \
        lc rgb color_of(word(formats, i), int(word(exponents, i))) title word(formats, i)
