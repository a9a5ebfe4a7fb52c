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
colors = "#d55e00 #0072b2 #009e73 #cc79a7 #e69f00 #56b4e9 #882255 #000000 #8a8a8a #44aa99 #5f5f5f #999933"
marks = "5 7 9 11 13 15 4 6 8 10 12 14"
taken = ""
free(own, list, k) = !strstrt(taken, " ".own." ") ? own : free(word(list, k), list, k + 1)
array color[n]; array mark[n]
do for [i = 1:n] {
    color[i] = free(color_of(label[i], int(exponent[i])), colors, 1)
    mark[i] = free(sprintf("%d", mark_of(int(width[i]), 0)), marks, 1)
    taken = taken." ".color[i]." ".mark[i]." "
}

# Strips above, gaps below, on one axis; names to the left, as long as they are, and counts to the right.
longest = 4
do for [i = 1:n] { longest = strlen(label[i]) > longest ? strlen(label[i]) : longest }
size = longest > 24 ? 5 : 7
left = 0.33 + longest * size * 0.62 / 72; left = left < 0.75 ? 0.75 : left > 2 ? 2 : left
right = 1.5
strip = 0.24
below = corners > 0 ? 2.3 : 0
height = 0.42 + n * strip + below + 0.55
eval open_figure(7, height)
set multiplot
set lmargin at screen left / 7
set rmargin at screen 1 - right / 7
low = L_min; high = H_max
margin = high > low ? 0.02 * (high - low) : 1
set xrange [low - margin : high + margin]
span = high - low + 2 * margin
step = span < 11 ? 1 : span < 22 ? 2 : span < 44 ? 4 : span < 88 ? 8 : span < 176 ? 16 : span < 352 ? 32 : 2 ** ceil(log(span / 11) / log(2))
set xtics step format "2^{%g}"

set tmargin at screen 1 - 0.42 / height
set bmargin at screen 1 - (0.42 + n * strip) / height
set yrange [n + 0.5 : 0.5]
unset key; unset ytics; set border 0
if (corners > 0) { set format x ""; set xtics scale 0 } else { set xlabel "value" offset 0, 0.4; set border 1 }
set label 1 "Positive values and the gaps between them" at screen 0.5, 1 - 0.14 / height center noenhanced
set label 2 "short marks: subnormals" at screen 0.5, 1 - 0.29 / height center noenhanced font ",6" textcolor rgb "#606060"
do for [i = 1:n] {
    y = 1 - (0.42 + (i - 0.5) * strip) / height
    set label 70 + i "" at screen (left - 0.08) / 7, y point pt int(mark[i]) ps 0.6 lc rgb color[i]
    set label 10 + i label[i] at screen (left - 0.16) / 7, y right noenhanced font sprintf(",%d", size) textcolor rgb color[i]
    set label 40 + i sprintf("%d values, %.1f octaves", values[i], octaves[i]) at screen 1 - (right - 0.08) / 7, y left noenhanced font ",6" textcolor rgb "#606060"
}
half(subnormal) = subnormal > 0 ? 0.18 : 0.36
set style fill solid 1 noborder
plot for [i = 1:n] data using ($2 == i && $7 == 0 && $10 > $8 ? $8 : NaN):2:8:10:($2 - half($11)):($2 + half($11)) with boxxyerror fc rgb color[i] lw 0 notitle, \
    for [i = 1:n] data using ($2 == i && $7 == 0 ? $8 : NaN):($2 - half($11)):(0):(2 * half($11)) with vectors nohead lw 0.7 lc rgb color[i] notitle

if (corners > 0) {
    do for [i = 1:n] { unset label 10 + i; unset label 40 + i; unset label 70 + i }
    unset label 1; unset label 2
    set tmargin at screen (below + 0.47) / height
    set bmargin at screen 0.47 / height
    set border 3
    set xtics step scale 0.5 format "2^{%g}"
    set xlabel "value" offset 0, 0.4
    set ylabel "gap to the next value / value" offset 1, 0
    rise = highest - lowest
    set yrange [lowest - 0.06 * rise - 0.1 : highest + 0.06 * rise + 0.1]
    ystep = rise < 9 ? 1 : rise < 18 ? 2 : rise < 36 ? 4 : 2 ** ceil(log(rise / 9) / log(2))
    set ytics ystep nomirror scale 0.5 format "2^{%g}"
    plot for [i = 1:n] data using ($2 == i && $7 == 1 ? $8 : NaN):9 with lines lw 1.4 - 0.8 * (i - 1) / n lc rgb color[i] notitle, \
        for [i = 1:n] data using ($2 == i && $7 == 2 ? $8 : NaN):9 with points pt int(mark[i]) ps 0.6 lc rgb color[i] notitle
}
unset multiplot
