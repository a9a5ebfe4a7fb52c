panels = 0
stats data using (dump = strcol(7), tensors = $8, scalings = $9, exact = int($10), lost = int($11), $1) nooutput name "P"
stats data using 3 nooutput name "E"
stats data using 4 nooutput name "M"
stats data using 5 nooutput name "S"
array scaling[P_max]
stats data using (scaling[int($1)] = strcol(2), 1) nooutput
low = floor(S_min / 5) * 5
high = ceil(S_max / 5) * 5 > low ? ceil(S_max / 5) * 5 : low + 5

# A box is as wide as it is high would waste a column: widths follow the panels, heights the mantissa bits.
width = P_max == 1 ? 3.3 : 7
left = 0.45 / width; right = 1 - 0.68 / width; between = 0.22 / width
each = (right - left - (P_max - 1) * between) / P_max
# Panel titles as large as the longest allows, at 0.56 em a character.
longest = 1
do for [p = 1:P_max] { longest = strlen(scaling[p]) > longest ? strlen(scaling[p]) : longest }
size = int((each + between) * width * 72 / (0.56 * longest))
size = size > 7 ? 7 : size < 4 ? 4 : size
# The notes take a line, in a column up to three.
apart = P_max == 1 ? "\n" : "; "
notes = (scalings > P_max ? sprintf("%d of %d ways of scaling; ", P_max, scalings) : "")."framed: best of equal width" . \
    (exact ? apart.exact_note(exact) : "").(lost ? apart.left_note(lost) : "")
extra = P_max == 1 ? 0.12 * ((exact > 0) + (lost > 0)) : 0
height = 1.1 + extra + 0.24 * (M_max - M_min + 1)
height = height < 2 ? 2 : height
eval open_figure(width, height)

set multiplot
set label 1 sprintf("Mean SQNR (dB) over %d tensor%s of %s", tensors, tensors == 1 ? "" : "s", dump) at screen 0.5, 1 - 0.12 / height center noenhanced
set label 2 notes at screen 0.5, 1 - 0.28 / height center noenhanced font ",6" textcolor rgb "#606060"
set palette defined (0 "#440154", 1 "#482878", 2 "#3e4989", 3 "#31688e", 4 "#26828e", 5 "#1f9e89", 6 "#35b779", 7 "#6ece58", 8 "#b5de2b", 9 "#fde725")
set cbrange [low:high]
set xrange [E_min - 0.5 : E_max + 0.5]
set yrange [M_min - 0.5 : M_max + 0.5]
set xtics 1 scale 0; set ytics 1 scale 0
set border 0; unset grid; unset key
set tmargin at screen 1 - (0.62 + extra) / height
set bmargin at screen 0.45 / height
set style fill solid 1
set xlabel "exponent bits" offset 0, 0.5
do for [p = 1:P_max] {
    x0 = left + (p - 1) * (each + between)
    set lmargin at screen x0
    set rmargin at screen x0 + each
    set title scaling[p] noenhanced font sprintf(",%d", size) offset 0, -0.7
    if (p == 1) { set ylabel "mantissa bits" offset 0.5, 0; set format y "%g" } else { unset ylabel; set format y "" }
    if (p == P_max) {
        set colorbox user origin screen right + 0.1 / width, screen 0.45 / height size screen 0.1 / width, screen 1 - (1.07 + extra) / height
        set cblabel "SQNR (dB)" offset 0.3, 0
        set cbtics scale 0.3 offset -0.6, 0
    } else { unset colorbox }
    plot data using ($1 == p ? $3 : NaN):4:($3 - 0.49):($3 + 0.49):($4 - 0.49):($4 + 0.49):5 with boxxyerror fc palette lw 0 notitle, \
        data using ($1 == p && $6 == 1 ? $3 : NaN):4:($3 - 0.45):($3 + 0.45):($4 - 0.44):($4 + 0.44) with boxxyerror fs empty lc rgb "#d55e00" lw 1.3 notitle, \
        data using ($1 == p ? $3 : NaN):4:(sprintf("%.1f", $5)):($5 < low + 0.55 * (high - low) ? 0xffffff : 0x000000) with labels font ",6" textcolor rgb variable notitle
    unset label 1; unset label 2
}
unset multiplot
