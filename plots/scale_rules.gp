# A box for each rule and element format: its mean SQNR less that of the best rule of the column.
panels = 0; longest = 0; formats = 0
array way[3]; array rules[3]; array columns[3]; array rule[48]; array format[30]; array best[30]
do for [p = 1:3] { columns[p] = 0 }
stats data using (p = int($1), panels = p > panels ? p : panels, way[p] = strcol(2), rules[p] = int($3), rule[16 * (p - 1) + int($3)] = strcol(4), c = int($5), columns[p] = c > columns[p] ? c : columns[p], formats = c > formats ? c : formats, format[10 * (p - 1) + c] = strcol(6), best[10 * (p - 1) + c] = $7 - $8, longest = strlen(strcol(4)) > longest ? strlen(strcol(4)) : longest, dump = strcol(11), tensors = int($12), ways = int($13), exact = int($14), lost = int($15), $1) nooutput
stats data using 8 nooutput name "D"
low = D_min < -0.01 ? D_min : -0.01
low = low < -6 ? -6 : low

# As wide as its columns want, up to what was asked.
width = page(formats > 4 ? 7 : 3.3)
column_wide = is_column(width)
longest = longest > 24 ? 24 : longest < 10 ? 10 : longest
left = 0.12 + 0.0475 * longest; right = 0.08
box = (width - left - right) / formats; box = box > 0.85 ? 0.85 : box
ranged = box > 0.62
size = box < 0.3 ? 5 : 6
line_high = ranged ? 0.23 : 0.16
named = 0.43
head = plan_head(width, sprintf("Rules for scales compared: mean SQNR over %s of %s", one_or_many(tensors, "tensor"), dump), \
    joined(joined(sprintf("dB less than the best rule of the column%s", ranged ? "; below: least and largest over tensors" : ""), ways > panels ? sprintf("%d of %d ways of scaling", panels, ways) : ""), joined(exact_note(exact), left_note(lost))))
height = head_high + 0.1
do for [p = 1:panels] { height = height + named + rules[p] * line_high + 0.1 }
eval open_figure(width, height)
set multiplot
eval draw_head
eval set_palette
set cbrange [low:0]
unset colorbox; unset key; unset tics; set border 0; unset grid
set style fill solid 1
upper = height - head_high - 0.04
do for [p = 1:panels] {
    upper = upper - named
    set lmargin at screen left / width; set rmargin at screen (left + columns[p] * box) / width
    set tmargin at screen upper / height; set bmargin at screen (upper - rules[p] * line_high) / height
    set xrange [0.5 : columns[p] + 0.5]
    set yrange [rules[p] + 0.5 : 0.5]
    set label 1 cut(way[p], letters(width - 0.2, 6)) at screen left / width, screen (upper + 0.34) / height left noenhanced font ",6" textcolor rgb "#606060"
    set label 2 "best (dB)" at screen (left - 0.05) / width, screen (upper + 0.08) / height right font ",5" textcolor rgb "#606060"
    do for [c = 1:columns[p]] {
        x = left + (c - 0.5) * box
        set label 100 + c cut(format[10 * (p - 1) + c], letters(box, 6)) at screen x / width, screen (upper + 0.2) / height center noenhanced font sprintf(",%d", size)
        set label 200 + c sprintf("%.1f", best[10 * (p - 1) + c]) at screen x / width, screen (upper + 0.08) / height center font ",5" textcolor rgb "#606060"
    }
    do for [r = 1:rules[p]] { set label 300 + r cut(rule[16 * (p - 1) + r], longest) at screen (left - 0.05) / width, first r right noenhanced font ",6" }
    shift = ranged ? 0.17 : 0
    near_zero(v) = abs(v) < 0.005 ? 0 : v
    told(d) = d == 0 ? "0" : d > -0.0005 ? sprintf("%.0e", d) : d > -0.01 ? sprintf("%.3f", d) : sprintf("%.2f", d)
    plot data using ($1 == p ? $5 : NaN):3:($5 - 0.485):($5 + 0.485):($3 - 0.475):($3 + 0.475):($8 < low ? low : $8) with boxxyerror fc palette lw 0 notitle, \
        data using ($1 == p ? $5 : NaN):($3 - shift):(told($8)):(ink_on($8, low, 0)) with labels font sprintf(",%d", size) textcolor rgb variable notitle, \
        data using ($1 == p && ranged ? $5 : NaN):($3 + 0.24):(sprintf("%.2f to %.2f", near_zero($9), near_zero($10))):(ink_on($8, low, 0)) with labels font ",5" textcolor rgb variable notitle
    unset label
    upper = upper - rules[p] * line_high - 0.1
}
unset multiplot
