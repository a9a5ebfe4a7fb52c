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

# The legend takes a strip on the right.
columns = P_max < 3 ? int(P_max) : P_max == 4 ? 2 : 3
lines = int(ceil(P_max / (1.0 * columns)))
cut(t, n) = strlen(t) > n ? t[1:n - 3]."..." : t
lines_of(a, b) = a eq "" ? b : b eq "" ? a : a."\n".b
drawn_note = way eq "-" ? "" : "drawn: ".way
way_note = schemes ? sprintf("%d scheme%s left out: %s%s", schemes, schemes == 1 ? "" : "s", cut(ways, strlen(ways) > 90 ? 120 : 90), more ? sprintf(" and %d more", more) : "") : ""
other_note = joined(exact_note(exact), left_note(lost))
# What the keys say goes on one line where it fits.
both = joined(drawn_note, way_note)
notes = lines_of(strlen(both) > 110 ? lines_of(drawn_note, way_note) : both, other_note)
note_size = strlen(ways) > 90 ? 5 : 6
note_high = 0.14 * ((notes ne "") + (drawn_note ne "" && way_note ne "" && strlen(both) > 110) + (other_note ne "" && both ne ""))
height = 0.8 + note_high + 1.6 * lines
longest = 0
do for [t = 1:types] { longest = strlen(type[t]) > longest ? strlen(type[t]) : longest }
left = 0.5 / 7; right = (longest > 22 ? 5.25 : 5.6) / 7; between = 0.32 / 7
bottom = 0.42 / height; top = 1 - (0.42 + note_high) / height; gap = 0.27 / height
wide = (right - left - (columns - 1) * between) / columns
high = (top - bottom - (lines - 1) * gap) / lines

eval open_figure(7, height)
set multiplot
set label 1 sprintf("Mean SQNR over %d tensor%s of %s%s", tensors, tensors == 1 ? "" : "s", dump, formats > P_max ? sprintf(" (%d of %d element formats)", P_max, formats) : "") at screen (left + right) / 2, 1 - 0.12 / height center noenhanced
set label 3 notes at screen (left + right) / 2, 1 - 0.27 / height center noenhanced font sprintf(",%d", note_size) textcolor rgb "#606060"
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
        pt mark(t) ps 0.5 dt nth[t] lw wide_line(t) lc rgb color_of(scale[t], exponent_of(scale[t])) notitle
    unset label 1; unset label 3
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale x
set xrange [0:1]; set yrange [0:1]
set lmargin at screen right; set rmargin at screen 1; set tmargin at screen top; set bmargin at screen bottom
set key at screen right + 0.1 / 7, screen top left top Left reverse samplen 2 font ",6" noenhanced title "scale format, rule" left noenhanced
plot NaN notitle, for [t = 1:types] keyentry with linespoints pt mark(t) ps 0.5 dt nth[t] lw wide_line(t) \
    lc rgb color_of(scale[t], exponent_of(scale[t])) title type[t]
unset multiplot
