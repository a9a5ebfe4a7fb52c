macs = 0
array mac[6]; array site[400]; array way[6]
stats data using (way[int($1)] = strcol(2), site[int($3) > 400 ? 400 : int($3)] = strcol(4), mac[int($5)] = strcol(6), macs = macs > $5 ? macs : int($5), dump = strcol(9), sites = int($10), ways = int($11), all_macs = int($12), exact = int($13), lost = int($14), $1) nooutput name "P"
stats data using 7 nooutput name "S"
stats data using 3 nooutput name "R"
panels = int(P_max)
rows_shown = int(R_max)
longest = 0
do for [r = 1:rows_shown] { longest = strlen(site[r]) > longest ? strlen(site[r]) : longest }

# A row of text for each site on the left, panels side by side, two in a column, accumulators named below.
width = page(7)
column_wide = is_column(width)
beside = column_wide && panels > 2 ? 2 : panels
below = int(ceil(panels / (1.0 * beside)))
row_high = rows_shown > 60 ? 0.07 : 0.1
head = plan_head(width, sprintf("SQNR of the outputs of %s of %s", one_or_many(sites, "linear layer"), dump), \
    joined(joined(ways > panels ? sprintf("%d of %d ways", panels, ways) : "", all_macs > macs ? sprintf("%d of %d accumulators", macs, all_macs) : ""), joined(exact_note(exact), lost ? sprintf("%s left out: lost elements", one_or_many(lost, "output")) : "")))
mac_lines = 0
do for [m = 1:macs] { mac[m] = wrapped_at(cut(mac[m], 220), letters(width - 0.5, 5.6)); mac_lines = mac_lines + lines_in(mac[m]) }
foot = 0.16 + 0.115 * mac_lines
# Ways are named above their panels, in as many lines as they need.
left = (0.1 + 0.052 * (longest > (column_wide ? 26 : 40) ? (column_wide ? 26 : 40) : longest)) / width; right = 1 - 0.1 / width; between = 0.1 / width
wide = (right - left - (beside - 1) * between) / beside
way_lines = 1
do for [p = 1:panels] { way[p] = wrapped_at(way[p], letters(wide * width, 5.8)); way_lines = lines_in(way[p]) > way_lines ? lines_in(way[p]) : way_lines }
plot_high = row_high * rows_shown
block = plot_high + 0.36 + 0.1 * way_lines
height = head_high + 0.08 + below * block + foot

eval open_figure(width, height)
set multiplot
eval draw_head
set yrange [rows_shown + 0.5 : 0.5]
span = S_max - S_min > 1 ? S_max - S_min : 1
set xrange [S_min - 0.06 * span : S_max + 0.06 * span]
set xtics tic_step(1.12 * span, wide * width) offset 0, 0.3
unset ytics
set grid xtics noytics
unset key
# The first is drawn widest, so that marks that lie on each other all show.
size_of(m) = m == 1 ? 0.75 : m == 2 ? 0.45 : 0.3
mark_for(m) = m == 1 ? 6 : m == 2 ? 5 : m == 3 ? 2 : m == 4 ? 9 : m == 5 ? 12 : 1
colour_for(m) = m == 1 ? "#8a8a8a" : m == 2 ? "#0072b2" : m == 3 ? "#d55e00" : m == 4 ? "#009e73" : m == 5 ? "#cc79a7" : "#000000"
do for [p = 1:panels] {
    column = (p - 1) % beside; line = (p - 1) / beside
    upper = height - head_high - 0.08 - line * block - 0.1 * way_lines
    set lmargin at screen left + column * (wide + between)
    set rmargin at screen left + column * (wide + between) + wide
    set tmargin at screen upper / height
    set bmargin at screen (upper - plot_high) / height
    do for [r = 2 : rows_shown : 2] { set object 100 + r rectangle from graph 0, first r - 0.5 to graph 1, first r + 0.5 behind fc rgb "#f3f3f3" fs solid 1 noborder }
    if (column == 0) { do for [r = 1:rows_shown] { set label 100 + r cut_end(site[r], column_wide ? 26 : 40) at screen left - 0.05 / width, first r right noenhanced font ",6" } }
    set label 2 way[p] at graph 0.5, screen (upper - 0.04 + 0.1 * lines_in(way[p])) / height center noenhanced font ",6"
    if (p + beside > panels) { set xlabel "SQNR (dB)" offset 0, 0.6 } else { unset xlabel }
    plot for [m = 1:macs] data using ($1 == p && $5 == m ? $7 : NaN):3 with points pt mark_for(m) ps size_of(m) lw 0.8 lc rgb colour_for(m) notitle \
        @tell ($1 == p ? $7 : NaN):3:(sprintf("%s, %s: %.4g dB", strcol(4), strcol(6), $7))@told
    unset label; unset object
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid
set xrange [0:1]; set yrange [0:1]
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen foot / height; set bmargin at screen 0
at = foot - 0.1
do for [m = 1:macs] {
    set label 10 + m mac[m] at screen 0.3 / width, screen at / height left noenhanced font ",6"
    set label 30 + m "" at screen 0.16 / width, screen at / height point pt mark_for(m) ps size_of(m) lw 0.8 lc rgb colour_for(m)
    at = at - 0.115 * lines_in(mac[m])
}
plot NaN notitle
unset multiplot
