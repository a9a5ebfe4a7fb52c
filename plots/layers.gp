panels = 0; layers = 0; longest = 0
array lowest[8]; array highest[8]; do for [p = 1:8] { lowest[p] = 1e9; highest[p] = -1e9 }
array scheme[8]; array op[8]; array rows_of[8]; array role[800]; array layer[200]
at(p, r) = 100 * (p - 1) + (r > 100 ? 100 : r)
stats data using (p = int($1), panels = p > panels ? p : panels, op[p] = strcol(2), scheme[p] = strcol(3), rows_of[p] = int($14) > 100 ? 100 : int($14), role[at(p, int($4))] = strcol(5), longest = strlen(strcol(5)) > longest ? strlen(strcol(5)) : longest, c = int($6) > 200 ? 200 : int($6), layers = c > layers ? c : layers, layer[c] = int($7), lowest[p] = $8 < lowest[p] ? $8 : lowest[p], highest[p] = $8 > highest[p] ? $8 : highest[p], dump = strcol(9), tensors = int($10), schemes = int($11), exact = int($12), lost = int($13), $1) nooutput
stats data using 8 nooutput name "S"
low = S_min; high = S_max > S_min ? S_max : S_min + 1

# A block of panels for tensors and one for outputs, with names of roles at the left of each line of panels.
width = page(7)
left = 0.1 + 0.0475 * (longest > 26 ? 26 : longest); left = left < 0.5 ? 0.5 : left
right = 0.06; between = 0.1
beside = int((width - left - right + between) / (layers * 0.2 + between))
beside = beside < 1 ? 1 : beside > 4 ? 4 : beside
first_of_outputs = panels + 1
do for [p = panels : 1 : -1] { first_of_outputs = op[p] eq "matmul" ? p : first_of_outputs }
of_tensors = first_of_outputs - 1; of_outputs = panels - of_tensors
beside = beside > of_tensors && beside > of_outputs ? (of_tensors > of_outputs ? of_tensors : of_outputs) : beside
panel_wide = panel_share(right)
box = panel_wide / layers
# Narrow boxes have no room for a number: colour and a bar say it.
size = box < 0.17 ? 0 : box < 0.22 ? 5 : 6
title_lines = 1
do for [p = 1:panels] { scheme[p] = wrapped_at(cut(scheme[p], 4 * letters(panel_wide, 6)), letters(panel_wide, 6.3)); title_lines = lines_in(scheme[p]) > title_lines ? lines_in(scheme[p]) : title_lines }
named = 0.11 * title_lines + 0.04
line_high = 0.125
lines_of(n) = int(ceil(n / (1.0 * beside)))
block_high(n, r) = lines_of(n) * (named + r * line_high + 0.2)
foot = 0.16 + (size == 0 ? 0.3 : 0)
head = plan_head(width, sprintf("SQNR (dB) by layer and role, %s of %s", one_or_many(tensors, of_tensors == 0 ? "linear layer" : of_outputs == 0 ? "tensor" : "tensor and output"), dump), \
    joined(joined(joined(of_outputs ? (of_tensors ? "with @: outputs of linear layers" : "outputs of linear layers") : "", schemes > panels ? sprintf("%d of %d schemes", panels, schemes) : ""), size ? "colours: each panel from its least to its largest" : "boxes too narrow for numbers"), joined(exact_note(exact), lost ? sprintf("empty: lost elements (%d)", lost) : "")))
height = head_high + 0.04 + (of_tensors ? block_high(of_tensors, rows_of[1]) : 0) + (of_outputs ? block_high(of_outputs, rows_of[panels]) : 0) + foot
eval open_figure(width, height)
set multiplot
eval draw_head
eval set_palette
unset colorbox; unset key; set border 0; unset grid; unset ytics
set style fill solid 1
every_nth = int(ceil(layers * 0.16 / panel_wide))
set xtics scale 0 offset 0, 0.55 font ",6"
set xtics ()
do for [c = 1 : layers : every_nth] { set xtics add (sprintf("%d", layer[c]) c) }
set xrange [0.5 : layers + 0.5]
set xlabel "layer" offset 0, 1 font ",6"
upper = height - head_high - 0.04
do for [p = 1:panels] {
    i = p < first_of_outputs ? p : p - of_tensors
    column = (i - 1) % beside
    high_of = rows_of[p] * line_high
    # A line of panels ends where the next begins.
    if (column == 0 && p > 1) { upper = upper - (named + rows_of[p - 1] * line_high + 0.2) }
    x = left + column * (panel_wide + between)
    set lmargin at screen x / width; set rmargin at screen (x + panel_wide) / width
    set tmargin at screen (upper - named) / height; set bmargin at screen (upper - named - high_of) / height
    set yrange [rows_of[p] + 0.5 : 0.5]
    set label 1 scheme[p] at screen (x + panel_wide / 2) / width, screen (upper - named + 0.05 + 0.11 * (lines_in(scheme[p]) - 1)) / height center noenhanced font ",6"
    if (column == 0) { do for [r = 1:rows_of[p]] { set label 100 + r cut(role[at(p, r)], 26) at screen (left - 0.04) / width, first r right noenhanced font ",6" } }
    last_line = (i - 1) / beside == ((p < first_of_outputs ? of_tensors : of_outputs) - 1) / beside
    if (last_line) { set xlabel "layer" offset 0, 1 font ",6" } else { unset xlabel }
    # Numbers say how panels compare, colours where a panel is low; without numbers one scale is for all.
    if (size) { low = lowest[p]; high = highest[p] > low ? highest[p] : low + 1 }
    set cbrange [low:high]
    plot data using ($1 == p && $4 <= 100 ? $6 : NaN):4:($6 - 0.48):($6 + 0.48):($4 - 0.46):($4 + 0.46):8 with boxxyerror fc palette lw 0 notitle, \
        data using ($1 == p && $4 <= 100 && size ? $6 : NaN):4:(sprintf("%.1f", $8)):(ink_on($8, low, high)) with labels font sprintf(",%d", size > 0 ? size : 5) textcolor rgb variable notitle
    unset label
}
if (size == 0) {
    set lmargin at screen left / width; set rmargin at screen (left + 2) / width
    set bmargin at screen 0.26 / height; set tmargin at screen 0.36 / height
    set xrange [low:high]; set yrange [0:1]; set xtics autofreq; set xlabel "SQNR (dB)"; set samples 100
    plot "+" using 1:(0.5):($1 - (high - low) / 198):($1 + (high - low) / 198):(0):(1):1 with boxxyerror fc palette lw 0 notitle
}
unset multiplot
