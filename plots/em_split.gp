panels = 0
stats data using (dump = strcol(7), tensors = $8, scalings = $9, exact = int($10), lost = int($11), $1) nooutput name "P"
stats data using 3 nooutput name "E"
stats data using 4 nooutput name "M"
stats data using 5 nooutput name "S"
array scaling[P_max]
stats data using (scaling[int($1)] = strcol(2), 1) nooutput
low = floor(S_min / 5) * 5
high = ceil(S_max / 5) * 5 > low ? ceil(S_max / 5) * 5 : low + 5

# A box is as wide as it is high would waste a column: widths follow the panels, heights the mantissa bits. In a column
# panels stand below each other.
width = page(P_max == 1 ? 3.3 : 7)
beside = is_column(width) ? 1 : int(P_max)
below = int(ceil(P_max / (1.0 * beside)))
left = 0.45 / width; right = 1 - 0.68 / width; between = 0.22 / width
each = (right - left - (beside - 1) * between) / beside
# Panel titles as large as the longest allows.
longest = 1
do for [p = 1:P_max] { longest = strlen(scaling[p]) > longest ? strlen(scaling[p]) : longest }
size = int((each + between) * width * 72 / (0.56 * longest))
size = size > 7 ? 7 : size < 5 ? 5 : size
head = plan_head(width, sprintf("Mean SQNR (dB) over %s of %s", one_or_many(tensors, "tensor"), dump), \
    joined(joined(scalings > P_max ? sprintf("%d of %d ways of scaling", P_max, scalings) : "", "framed: best of equal width"), joined(exact_note(exact), left_note(lost))))
plot_high = 0.24 * (M_max - M_min + 1)
plot_high = plot_high < 0.9 ? 0.9 : plot_high
panel_high = plot_high + 0.24
height = head_high + 0.02 + below * panel_high + 0.45
eval open_figure(width, height)

set multiplot
eval draw_head
eval set_palette
set cbrange [low:high]
set xrange [E_min - 0.5 : E_max + 0.5]
set yrange [M_min - 0.5 : M_max + 0.5]
set xtics 1 scale 0; set ytics 1 scale 0
set border 0; unset grid; unset key
set style fill solid 1
do for [p = 1:P_max] {
    column = (p - 1) % beside; line = (p - 1) / beside
    x0 = left + column * (each + between)
    upper = height - head_high - 0.02 - line * panel_high - 0.24
    set tmargin at screen upper / height
    set bmargin at screen (upper - plot_high) / height
    if (line == below - 1) { set xlabel "exponent bits" offset 0, 0.5; set format x "%g" } else { unset xlabel; set format x "" }
    set lmargin at screen x0
    set rmargin at screen x0 + each
    set title cut(scaling[p], letters((each + between) * width, size * 0.95)) noenhanced font sprintf(",%d", size) offset 0, -0.7
    if (column == 0) { set ylabel "mantissa bits" offset 0.5, 0; set format y "%g" } else { unset ylabel; set format y "" }
    if (p == P_max) {
        set colorbox user origin screen right + 0.1 / width, screen (upper - plot_high) / height size screen 0.1 / width, screen plot_high / height
        set cblabel "SQNR (dB)" offset 0.3, 0
        set cbtics scale 0.3 offset -0.6, 0
    } else { unset colorbox }
    plot data using ($1 == p ? $3 : NaN):4:($3 - 0.49):($3 + 0.49):($4 - 0.49):($4 + 0.49):5 with boxxyerror fc palette lw 0 notitle, \
        data using ($1 == p && $6 == 1 ? $3 : NaN):4:($3 - 0.45):($3 + 0.45):($4 - 0.44):($4 + 0.44) with boxxyerror fs empty lc rgb "#d55e00" lw 1.3 notitle, \
        data using ($1 == p ? $3 : NaN):4:(sprintf("%.1f", $5)):(ink_on($5, low, high)) with labels font ",6" textcolor rgb variable notitle
    eval end_head
}
unset multiplot
