panels = 0
array model[9]; array quantity[9]; array unit[9]; array node[9]; array least[9]; array most[9]; array fronts[9]
array front_x[900]; array front_y[900]; array front_format[900]; array front_label[900]
eval no_formats; most_front = 0
seen_at(p, x) = p > panels ? (panels = p, least[p] = x, most[p] = x, fronts[p] = 0) : (least[p] = x < least[p] ? x : least[p], most[p] = x > most[p] ? x : most[p])
at(p, k) = 100 * (p - 1) + k
on_front(p, k, x, y, f, l) = k < 1 || k > 100 ? 0 : (fronts[p] = fronts[p] > k ? fronts[p] : k, most_front = fronts[p] > most_front ? fronts[p] : most_front, front_x[at(p, k)] = x, front_y[at(p, k)] = y, front_format[at(p, k)] = f, front_label[at(p, k)] = l, 1)
stats data using (p = int($1), seen_at(p, $6), model[p] = strcol(2), quantity[p] = strcol(3), unit[p] = strcol(4), node[p] = $5, note_format($9, $10), on_front(p, int($12), $6, $7, strcol(8), strcol(13)), dump = strcol(15), tensors = int($16), costs = int($17), exact = int($18), lost = int($19), what = strcol(20) eq "quantize" ? "tensor" : "output", $1) nooutput
stats data using 7 nooutput name "Y"

# Panels up to three beside each other, the front listed below each; a panel alone is a column wide. A column has room for
# the first model of each quantity, below each other.
width = page(panels == 1 ? 3.3 : panels == 2 || panels == 4 ? 5 : 7)
column_wide = is_column(width)
shown = 0
array panel[9]
do for [p = 1:panels] {
    if (!column_wide || p == 1 || quantity[p] ne quantity[p - 1]) { shown = shown + 1; panel[shown] = p }
}
beside = column_wide ? 1 : shown == 4 ? 2 : shown < 3 ? shown : 3
below = int(ceil(shown / (1.0 * beside)))
listed = most_front > 12 ? 12 : most_front
plot_high = column_wide && shown > 1 ? 1.4 : 1.75
row_high = plot_high + 0.6 + 0.085 * listed
foot = key_height(width)
head = plan_head(width, sprintf("Mean SQNR over %s of %s, by cost of a multiply-accumulate", one_or_many(tensors, what), dump), \
    joined(joined(costs > shown ? sprintf("%d of %d costs", shown, costs) : "", exact_note(exact)), left_note(lost)))
height = head_high + 0.05 + below * row_high + foot
left = 0.48 / width; right = 1 - 0.12 / width; between = 0.14 / width
wide = (right - left - (beside - 1) * between) / beside
eval open_figure(width, height)
set multiplot
eval draw_head
low = 5 * floor((Y_min - 1) / 5)
high = 5 * ceil((Y_max + 2) / 5)
set yrange [low : high]
set logscale x
unset key; unset grid
set format x "%g"
# Lines of the grid are one plot: gnuplot's own take a thousand bytes of SVG each, more than a panel's marks.
height_of(k) = low + 5 * (k + 1) > high ? NaN : low + 5 * (k + 1)
named(p) = quantity[p] eq "mac_gates" ? "gates" : quantity[p] eq "mac_area" ? "area (µm²" : "energy (".unit[p]
axis_of(p) = named(p).(quantity[p] eq "mac_gates" ? "" : node[p] > 0 ? sprintf(", %g nm)", node[p]) : ")")
room = letters(wide * width, 5)
do for [i = 1:shown] {
    p = panel[i]
    column = (i - 1) % beside; line = (i - 1) / beside
    upper = height - head_high - 0.05 - line * row_high - 0.14
    set lmargin at screen left + column * (wide + between)
    set rmargin at screen left + column * (wide + between) + wide
    set tmargin at screen upper / height
    set bmargin at screen (upper - plot_high) / height
    x0 = least[p] / 1.25; x1 = most[p] * 1.15
    set xrange [x0 : x1]
    unset xtics
    array grid_x[40]; lines_x = 0
    set xtics nomirror scale 0.5 offset 0, 0.3 font ",6"
    set xtics ()
    do for [k = -6:9] { do for [m in (x1 > 3 * x0 ? "1 2 5" : "1 1.5 2 3 4 5 6 8")] {
        t = real(m) * 10.0 ** k
        if (t >= x0 * (x1 / x0) ** 0.04 && t <= x0 * (x1 / x0) ** 0.96) { set xtics add (sprintf("%g", t) t); lines_x = lines_x + 1; grid_x[lines_x] = t }
    } }
    if (column == 0) { set ylabel "mean SQNR (dB)" offset 0.2, 0; set ytics nomirror scale 0.5 5 textcolor rgb '#202020' } else { unset ylabel; unset ytics }
    set xlabel axis_of(p) offset 0, 0.7
    set label 3 cut(model[p], letters(wide * width, 6)) at graph 0.5, 1 center offset 0, 0.55 noenhanced font ",6"
    # A name stands to the upper left of its point, where nothing is, unless it would touch the last one drawn.
    last_y = low - high
    name_high = 0.085 / plot_high * (high - low)
    do for [k = 1:fronts[p]] {
        name_wide = 0.045 * strlen(front_format[at(p, k)])
        free = log(front_x[at(p, k)] / x0) / log(x1 / x0) * wide * width
        above = k > 1 ? front_y[at(p, k)] - front_y[at(p, k - 1)] >= name_high : 1
        if (above && front_y[at(p, k)] - last_y >= name_high && free > name_wide + 0.06) {
            set label 100 + k front_format[at(p, k)] at front_x[at(p, k)], front_y[at(p, k)] right offset -0.6, 0.25 noenhanced font ",5"
            last_y = front_y[at(p, k)]
        }
        if (k <= listed) {
            set label 300 + k cut(front_label[at(p, k)], room - 7) at screen left + column * (wide + between), screen (upper - plot_high - 0.34 - 0.085 * k) / height noenhanced font ",5"
            set label 500 + k sprintf("%.4g", front_x[at(p, k)]) at screen left + column * (wide + between) + wide, screen (upper - plot_high - 0.34 - 0.085 * k) / height right font ",5"
        }
    }
    set label 4 (fronts[p] > listed ? sprintf("Front (first %d of %d)", listed, fronts[p]) : "Front") at screen left + column * (wide + between), screen (upper - plot_high - 0.32) / height font ",5" textcolor rgb "#606060"
    plot "+" using (x0):(height_of($0)):(x1 - x0):(0) with vectors nohead lw 0.4 dt (2, 4) lc rgb "#dddddd" notitle, \
        "+" using ($0 < lines_x ? grid_x[int($0) + 1] : NaN):(low):(0):(high - low) with vectors nohead lw 0.4 dt (2, 4) lc rgb "#dddddd" notitle, \
        data using ($1 == p && $12 > 0 ? $6 : NaN):7 smooth unique with steps lw 0.8 lc rgb "#9a9a9a" notitle, \
        data using ($1 == p ? $6 : NaN):7:(mark_of(int($10), int($11))):(variable_color($9)) with points pt variable ps 0.45 lw 0.7 lc rgb variable notitle \
        @tell ($1 == p ? $6 : NaN):7:(sprintf("%s: %g %s, %.4g dB", strcol(13), $6, strcol(4), $7))@told
    unset label
}
eval format_key
unset multiplot
