# A row for each method: a line from the schemes alone (open) to the method (filled), small marks for its tensors.
rows_shown = 0; lowest = 1e9; highest = -1e9
array method[400]; array op[400]; array plain[400]; array mean[400]; array compared[400]; array bits[400]; array counted[400]
widen(v) = (lowest = v < lowest ? v : lowest, highest = v > highest ? v : highest, 1)
stats data using (r = int($2) > 400 ? 400 : int($2), method[r] = strcol(3), op[r] = strcol(1), mean[r] = $6, plain[r] = $7, compared[r] = int($8), bits[r] = $9, counted[r] = int($11), dump = strcol(10), usual = int($12), exact = int($13), lost = int($14), rows_shown = r > rows_shown ? r : rows_shown, widen($5), widen($7), $2) nooutput
# Below 0 dB zeros in place of the outputs would be nearer: what lies there is told by an arrow and its number.
floor = -2
lowest = lowest < floor && highest > floor + 1 ? floor : lowest
wide = highest - lowest > 1 ? highest - lowest : 1

width = page(7)
column_wide = is_column(width)
longest = 0
do for [i = 1:rows_shown] { method[i] = method[i].(counted[i] == usual ? "" : sprintf(" (%d)", counted[i])); longest = strlen(method[i]) > longest ? strlen(method[i]) : longest }
row_high = 0.135; below = 0.42
head = plan_head(width, sprintf("Mean SQNR over %s of %s, by method", one_or_many(usual, "tensor"), dump), \
    joined(joined("open: the schemes alone; filled: with the method; small: each tensor; what learns, learns from the tokens measured", exact_note(exact)), lost ? sprintf("%s left out: lost elements", one_or_many(lost, "method")) : ""))
above = head_high + 0.17
height = above + below + row_high * rows_shown
# Names as large as their column allows; numbers on the right.
name_room = column_wide ? 1.12 : 1.7
name_size = letters(name_room, 5.5) < longest ? 5 : 6
number_size = column_wide ? 5 : 6
left = (name_room + 0.05) / width; right = (width - (column_wide ? 1.2 : 1.4)) / width
of_plain = (width - (column_wide ? 0.84 : 1)) / width; of_mean = (width - (column_wide ? 0.52 : 0.64)) / width; of_gain = (width - (column_wide ? 0.22 : 0.26)) / width; of_bits = (width - 0.04) / width
eval open_figure(width, height)
set lmargin at screen left; set rmargin at screen right
set tmargin at screen 1 - above / height; set bmargin at screen below / height
eval draw_head
set label 3 "alone" at screen of_plain, screen 1 - (above - 0.08) / height right font sprintf(",%d", number_size) textcolor rgb "#606060"
set label 4 "method" at screen of_mean, screen 1 - (above - 0.08) / height right font sprintf(",%d", number_size) textcolor rgb "#606060"
set label 5 "gain" at screen of_gain, screen 1 - (above - 0.08) / height right font sprintf(",%d", number_size) textcolor rgb "#606060"
set label 6 "bits" at screen of_bits, screen 1 - (above - 0.08) / height right font sprintf(",%d", number_size) textcolor rgb "#606060"
set yrange [rows_shown + 0.5 : 0.5]
set xrange [lowest - 0.03 * wide : highest + 0.03 * wide]
set border 1; unset ytics; unset key; set grid xtics noytics
set xlabel "SQNR (dB)" offset 0, 0.4
set xtics tic_step(wide, (right - left) * width)
seen(v) = v < lowest ? lowest : v
colour(i) = op[i] eq "matmul" ? "#0072b2" : op[i] eq "attention" ? "#d55e00" : "#009e73"
do for [i = 1:rows_shown] {
    if (i % 2 == 0) { set object 1000 + i rectangle from screen 0.005, first i - 0.5 to screen 0.998, first i + 0.5 behind fc rgb "#f3f3f3" fs solid 1 noborder }
    set label 1000 + i cut(method[i], letters(name_room, name_size * 0.92)) at screen left - 0.05 / width, first i right noenhanced font sprintf(",%d", name_size)
    set label 2000 + i sprintf("%.2f", mean[i]) at screen of_mean, first i right font sprintf(",%d", number_size)
    if (mean[i] < lowest) { set arrow 5000 + i from first lowest + 0.03 * wide, first i to first lowest, first i lw 1 lc rgb colour(i) head size screen 0.008, 25 filled }
    if (compared[i]) {
        set label 3000 + i sprintf("%.2f", plain[i]) at screen of_plain, first i right font sprintf(",%d", number_size)
        set label 4000 + i sprintf("%+.2f", mean[i] - plain[i]) at screen of_gain, first i right font sprintf(",%d", number_size)
        set arrow 1000 + i from first seen(plain[i]), first i to first seen(mean[i]), first i nohead lw 1.2 lc rgb colour(i)
    }
    if (bits[i] > 0) { set label 5000 + i sprintf("%.2g", bits[i]) at screen of_bits, first i right font sprintf(",%d", number_size) }
    if (i > 1 && op[i] ne op[i - 1]) { set arrow 3000 + i from screen 0.005, first i - 0.5 to screen 0.998, first i - 0.5 nohead lw 0.7 lc rgb "#9a9a9a" }
}
plot data using ($5 < lowest ? NaN : $5):($2 - 0.25):(0):(0.5) with vectors nohead lw 0.5 lc rgb "#b5b5b5" notitle, \
    for [i = 1:rows_shown] "+" using (compared[i] && plain[i] >= lowest ? plain[i] : NaN):(i) every ::0::0 with points pt 6 ps 0.6 lw 1 lc rgb colour(i) notitle, \
    for [i = 1:rows_shown] "+" using (mean[i] >= lowest ? mean[i] : NaN):(i) every ::0::0 with points pt 7 ps 0.6 lc rgb colour(i) notitle
