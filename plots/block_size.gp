types = 0
array type[64]; array scale[64]; array nth[64]
known(t) = sum [k = 1:types] (type[k] eq t)
note(t, s, n) = known(t) || types == 64 ? 0 : (types = types + 1, type[types] = t, scale[types] = s, nth[types] = n, 1)
stats data using (dump = strcol(8), tensors = $9, formats = $10, way = strcol(11), ways = strcol(12), more = int($13), schemes = int($14), exact = int($15), lost = int($16), note(strcol(3), strcol(4), $5), $1) nooutput name "P"
array format[P_max]; array lowest[P_max]; array highest[P_max]
do for [p = 1:P_max] { lowest[p] = 1e9; highest[p] = -1e9 }
stats data using (p = int($1), format[p] = strcol(2), lowest[p] = lowest[p] < $7 ? lowest[p] : $7, highest[p] = highest[p] > $7 ? highest[p] : $7, 1) nooutput
stats data using 6 nooutput name "B"
# Every panel has its own range of one and the same span: slopes compare.
span = 2
do for [p = 1:P_max] { span = 1.2 * (highest[p] - lowest[p]) > span ? 1.2 * (highest[p] - lowest[p]) : span }

width = page(7)
column_wide = is_column(width)
# The legend takes a strip on the right, in a column one below.
columns = column_wide ? (P_max < 2 ? 1 : 2) : P_max < 3 ? int(P_max) : P_max == 4 ? 2 : 3
lines = int(ceil(P_max / (1.0 * columns)))
lines_of(a, b) = a eq "" ? b : b eq "" ? a : a."\n".b
drawn_note = way eq "-" ? "" : "drawn: ".way
way_note = schemes ? sprintf("%s left out: %s%s", one_or_many(schemes, "scheme"), cut_end(ways, strlen(ways) > 90 ? 120 : 90), more ? sprintf(" and %d more", more) : "") : ""
head = plan_head(width, sprintf("Mean SQNR over %s of %s%s", one_or_many(tensors, "tensor"), dump, formats > P_max ? sprintf(" (%d of %d element formats)", P_max, formats) : ""), \
    lines_of(joined(drawn_note, way_note), joined(exact_note(exact), left_note(lost))))
longest = 0
do for [t = 1:types] { longest = strlen(type[t]) > longest ? strlen(type[t]) : longest }
key_columns = longest > 22 ? 1 : 2
key_high = column_wide ? 0.25 + 0.115 * ceil(types / (1.0 * key_columns)) : 0
foot = 0.42 + key_high
height = head_high + 0.3 + foot + 1.6 * lines - 0.27
left = 0.5 / width; right = column_wide ? 1 - 0.08 / width : (longest > 22 ? 5.25 : 5.6) / width; between = 0.32 / width
bottom = foot / height; top = 1 - (head_high + 0.16) / height; gap = 0.27 / height
wide = (right - left - (columns - 1) * between) / columns
high = (top - bottom - (lines - 1) * gap) / lines

eval open_figure(width, height)
set multiplot
eval draw_head
set logscale x 2
set xrange [B_min / 1.2 : B_max * 1.2]
set ytics span > 60 ? 20 : span > 30 ? 10 : span > 12 ? 5 : span > 5 ? 2 : 1
unset key
# The first type of a scale format has the mark of the format, the next ones others.
mark(t) = nth[t] == 1 ? mark_of(bits_of(scale[t]), 0) : nth[t] == 2 ? 8 : nth[t] == 3 ? 6 : 12
# What is drawn first is drawn wide: the widest scale often lies exactly under the next.
wide_line(t) = t == 1 && types > 1 ? 2.8 : 1.1
do for [p = 1:P_max] {
    column = (p - 1) % columns
    line = (p - 1) / columns
    set lmargin at screen left + column * (wide + between)
    set rmargin at screen left + column * (wide + between) + wide
    set tmargin at screen top - line * (high + gap)
    set bmargin at screen top - line * (high + gap) - high
    set label 2 format[p] at graph 0.5, 1 center offset 0, 0.5 noenhanced
    set yrange [(lowest[p] + highest[p] - span) / 2 : (lowest[p] + highest[p] + span) / 2]
    if (column == 0) { set ylabel "mean SQNR (dB)" offset 0.5, 0 } else { unset ylabel }
    if (p + columns > P_max) { set xlabel "block size (elements)" offset 0, 0.4; set format x "%g" } else { unset xlabel; set format x "" }
    plot for [t = 1:types] data using ($1 == p && strcol(3) eq type[t] ? $6 : NaN):7 with linespoints \
        pt mark(t) ps 0.5 dt nth[t] lw wide_line(t) lc rgb color_of(scale[t], exponent_of(scale[t])) notitle \
        @tell ($1 == p ? $6 : NaN):7:(sprintf("%s, block %g: %.4g dB", strcol(3), $6, $7))@told
    eval end_head
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale x
set xrange [0:1]; set yrange [0:1]
set lmargin at screen column_wide ? 0 : right; set rmargin at screen 1
set tmargin at screen column_wide ? bottom : top; set bmargin at screen column_wide ? 0 : bottom
set key left top Left reverse samplen 2 font ",6" noenhanced title "scale format, rule" left noenhanced
if (column_wide) {
    set key at screen 0.1 / width, screen (key_high - 0.02) / height maxrows int(ceil(types / (1.0 * key_columns))) width 3
} else {
    set key at screen right + 0.1 / width, screen top
}
plot NaN notitle, for [t = 1:types] keyentry with linespoints pt mark(t) ps 0.5 dt nth[t] lw wide_line(t) \
    lc rgb color_of(scale[t], exponent_of(scale[t])) title type[t]
unset multiplot
