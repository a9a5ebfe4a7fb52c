macs = 0
array mac[6]; array site[400]; array way[6]
stats data using (way[int($1)] = strcol(2), site[int($3) > 400 ? 400 : int($3)] = strcol(4), mac[int($5)] = strcol(6), macs = macs > $5 ? macs : int($5), dump = strcol(9), sites = int($10), ways = int($11), all_macs = int($12), exact = int($13), lost = int($14), $1) nooutput name "P"
stats data using 7 nooutput name "S"
stats data using 3 nooutput name "R"
panels = int(P_max)
rows_shown = int(R_max)
longest = 0
do for [r = 1:rows_shown] { longest = strlen(site[r]) > longest ? strlen(site[r]) : longest }

# A row of text for each site on the left, panels side by side, accumulators named below.
row_high = rows_shown > 60 ? 0.07 : 0.1
note = joined(joined(ways > panels ? sprintf("%d of %d ways", panels, ways) : "", all_macs > macs ? sprintf("%d of %d accumulators", macs, all_macs) : ""), joined(exact_note(exact), lost ? sprintf("%d output%s left out: lost elements", lost, lost == 1 ? "" : "s") : ""))
foot = 0.42 + 0.13 * macs
height = 0.62 + foot + row_high * rows_shown
left = (0.1 + 0.052 * (longest > 40 ? 40 : longest)) / 7; right = 0.985; between = 0.1 / 7
wide = (right - left - (panels - 1) * between) / panels
top = 1 - 0.58 / height; bottom = foot / height
cut(t, n) = strlen(t) > n ? t[1:n - 3]."..." : t

eval open_figure(7, height)
set multiplot
set label 1 sprintf("SQNR of the outputs of %d linear layer%s of %s", sites, sites == 1 ? "" : "s", dump) at screen 0.5, 1 - 0.12 / height center noenhanced
set label 3 note at screen 0.5, 1 - 0.25 / height center noenhanced font ",6" textcolor rgb "#606060"
set yrange [rows_shown + 0.5 : 0.5]
span = S_max - S_min > 1 ? S_max - S_min : 1
set xrange [S_min - 0.06 * span : S_max + 0.06 * span]
set xtics span > 40 ? 20 : span > 15 ? 10 : span > 6 ? 5 : 2 offset 0, 0.3
set ytics scale 0 font ",6"
do for [r = 1:rows_shown] { set ytics add (cut(site[r], 40) r) }
unset key
# The first is drawn widest, so that marks that lie on each other all show.
size_of(m) = m == 1 ? 0.75 : m == 2 ? 0.45 : 0.3
mark_for(m) = m == 1 ? 6 : m == 2 ? 5 : m == 3 ? 2 : m == 4 ? 9 : m == 5 ? 12 : 1
colour_for(m) = m == 1 ? "#8a8a8a" : m == 2 ? "#0072b2" : m == 3 ? "#d55e00" : m == 4 ? "#009e73" : m == 5 ? "#cc79a7" : "#000000"
do for [p = 1:panels] {
    set lmargin at screen left + (p - 1) * (wide + between)
    set rmargin at screen left + (p - 1) * (wide + between) + wide
    set tmargin at screen top
    set bmargin at screen bottom
    if (p > 1) { set format y ""; set ytics scale 0 ("" 1) }
    set label 2 cut(way[p], int(wide * 7 / 0.05)) at graph 0.5, 1 center offset 0, 0.6 noenhanced font ",6"
    set xlabel "SQNR (dB)" offset 0, 0.6
    plot for [m = 1:macs] data using ($1 == p && $5 == m ? $7 : NaN):3 with points pt mark_for(m) ps size_of(m) lw 0.8 lc rgb colour_for(m) notitle
    unset label 1; unset label 3
}
unset label; unset border; unset tics; unset xlabel; unset ylabel; unset grid
set xrange [0:1]; set yrange [0:1]
set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen (foot - 0.3) / height; set bmargin at screen 0
set key at screen left, screen (foot - 0.32) / height top left Left reverse samplen 1 font ",6" noenhanced
plot NaN notitle, for [m = 1:macs] keyentry with points pt mark_for(m) ps size_of(m) lw 0.8 lc rgb colour_for(m) title cut(mac[m], 110)
unset multiplot
