# Rows of kind 0 are values (x0 to x1: too close to be told apart), of kind 1 corners of gap / value over value, of
# kind 2 the ends of that curve. x and y are log2. Columns: format index exponent_bits bits values octaves kind x0 y0 x1 subnormal.
stats data using 2 nooutput name "F"
stats data using 8 nooutput name "L"
stats data using 10 nooutput name "H"
corners = 0; lowest = 1e9; highest = -1e9
stats data using ($7 == 1 ? (corners = corners + 1, lowest = $9 < lowest ? $9 : lowest, highest = $9 > highest ? $9 : highest, 1) : 0) nooutput
n = int(F_max)
array label[n]; array exponent[n]; array width[n]; array values[n]; array octaves[n]
stats data using (i = int($2), label[i] = strcol(1), exponent[i] = $3, width[i] = $4, values[i] = $5, octaves[i] = $6, 1) nooutput

# A format has its colour and mark of every figure, unless an earlier one here has them: then the next that is free.
taken = ""
array color[n]; array mark[n]
do for [i = 1:n] {
    color[i] = free(color_of(label[i], int(exponent[i])), free_colors, 1)
    mark[i] = free(sprintf("%d", mark_of(int(width[i]), 0)), free_marks, 1)
    taken = taken." ".color[i]." ".mark[i]." "
}

# Strips above, gaps below, on one axis; names to the left, as long as they are, and counts to the right; in a column names
# and counts stand above their strips.
width = page(7)
column_wide = is_column(width)
longest = 4
do for [i = 1:n] { longest = strlen(label[i]) > longest ? strlen(label[i]) : longest }
size = longest > 24 ? 5 : 7
left = 0.33 + longest * size * 0.62 / 72; left = left < 0.75 ? 0.75 : left > 2 ? 2 : left
left = column_wide ? 0.5 : left
right = column_wide ? 0.1 : 1.5
strip = column_wide ? 0.32 : 0.24
below = corners > 0 ? 2.3 : 0
head = plan_head(width, "Positive values and the gaps between them", "short marks: subnormals")
height = head_high + 0.05 + n * strip + below + 0.55
eval open_figure(width, height)
set multiplot
set lmargin at screen left / width
set rmargin at screen 1 - right / width
low = L_min; high = H_max
margin = high > low ? 0.02 * (high - low) : 1
set xrange [low - margin : high + margin]
span = high - low + 2 * margin
# As many steps as the width has room for.
span = column_wide ? 2 * span : span
step = span < 11 ? 1 : span < 22 ? 2 : span < 44 ? 4 : span < 88 ? 8 : span < 176 ? 16 : span < 352 ? 32 : 2 ** ceil(log(span / 11) / log(2))
set xtics step format "2^{%g}"

above = head_high + 0.05
set tmargin at screen 1 - above / height
set bmargin at screen 1 - (above + n * strip) / height
set yrange [n + 0.5 : 0.5]
unset key; unset ytics; set border 0
if (corners > 0) { set format x ""; set xtics scale 0 } else { set xlabel "value" offset 0, 0.4; set border 1 }
eval draw_head
do for [i = 1:n] {
    y = 1 - (above + (i - (column_wide ? 0.82 : 0.5)) * strip) / height
    set label 70 + i "" at screen (column_wide ? left + 0.04 : left - 0.08) / width, y point pt int(mark[i]) ps 0.6 lc rgb color[i]
    if (column_wide) {
        set label 10 + i cut(label[i], 30) at screen (left + 0.12) / width, y left noenhanced font sprintf(",%d", size - 1) textcolor rgb color[i]
    } else {
        set label 10 + i label[i] at screen (left - 0.16) / width, y right noenhanced font sprintf(",%d", size) textcolor rgb color[i]
    }
    told = sprintf("%d values, %.1f octaves", values[i], octaves[i])
    if (column_wide) {
        set label 40 + i told at screen 1 - right / width, y right noenhanced font ",6" textcolor rgb "#606060"
    } else {
        set label 40 + i told at screen 1 - (right - 0.08) / width, y left noenhanced font ",6" textcolor rgb "#606060"
    }
}
# Where names stand above, strips are lower.
middle(i) = column_wide ? i + 0.23 : i
half(subnormal) = (subnormal > 0 ? 0.5 : 1) * (column_wide ? 0.26 : 0.36)
set style fill solid 1 noborder
plot for [i = 1:n] data using ($2 == i && $7 == 0 && $10 > $8 ? $8 : NaN):2:8:10:(middle($2) - half($11)):(middle($2) + half($11)) with boxxyerror fc rgb color[i] lw 0 notitle, \
    for [i = 1:n] data using ($2 == i && $7 == 0 ? $8 : NaN):(middle($2) - half($11)):(0):(2 * half($11)) with vectors nohead lw 0.7 lc rgb color[i] notitle

if (corners > 0) {
    do for [i = 1:n] { unset label 10 + i; unset label 40 + i; unset label 70 + i }
    eval end_head
    set tmargin at screen (below + 0.47 - (column_wide ? 0.08 : 0)) / height
    set bmargin at screen 0.47 / height
    set border 3
    set xtics step scale 0.5 format "2^{%g}"
    set xlabel "value" offset 0, 0.4
    set ylabel "gap to the next value / value" offset -0.3, 0
    rise = highest - lowest
    set yrange [lowest - 0.06 * rise - 0.1 : highest + 0.06 * rise + 0.1]
    ystep = rise < 9 ? 1 : rise < 18 ? 2 : rise < 36 ? 4 : 2 ** ceil(log(rise / 9) / log(2))
    set ytics ystep nomirror scale 0.5 format "2^{%g}"
    plot for [i = 1:n] data using ($2 == i && $7 == 1 ? $8 : NaN):9 with lines lw 1.4 - 0.8 * (i - 1) / n lc rgb color[i] notitle, \
        for [i = 1:n] data using ($2 == i && $7 == 2 ? $8 : NaN):9 with points pt int(mark[i]) ps 0.6 lc rgb color[i] notitle
}
unset multiplot
