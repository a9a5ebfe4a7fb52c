panels = 0
array way[4]; array curves[4]
array format[32]; array color[32]; array mark[32]; array dash[32]; array best[32]; array best_db[32]; array plain_db[32]
at(p, c) = 8 * (p - 1) + c
do for [k = 1:32] { plain_db[k] = -1e9 }
stats data using (p = int($1), panels = p > panels ? p : panels, way[p] = strcol(2), k = at(p, int($3)), curves[p] = int($3), format[k] = strcol(4), color[k] = color_of("", kind_of($5)), mark[k] = mark_of(int($6), int($7)), dash[k] = dash_of(int($6)), $10 == 1 ? (best[k] = $8, best_db[k] = $9) : 0, $8 == 1 ? (plain_db[k] = $9) : 0, dump = strcol(11), tensors = int($12), ways = int($13), dropped = int($14), exact = int($15), lost = int($16), $1) nooutput
stats data using 8 nooutput name "X"
stats data using 9 nooutput name "Y"

width = page(panels > 1 ? 7 : 3.3)
beside = is_column(width) || panels == 1 ? 1 : 2
below = int(ceil(panels / (1.0 * beside)))
head = plan_head(width, sprintf("Clipping: mean SQNR over %s of %s", one_or_many(tensors, "tensor"), dump), \
    joined(joined(joined("rings: the best share of each format", ways > panels ? sprintf("%d of %d ways of scaling", panels, ways) : ""), dropped ? sprintf("%s not drawn", one_or_many(dropped, "curve")) : ""), joined(exact_note(exact), left_note(lost))))
# Beside each panel the key, with the best share and what it gains.
key_wide = 1.3
above = head_high + 0.24; left = 0.46; between = key_wide + 0.5
panel_wide = panel_share(key_wide + 0.02); panel_high = is_column(width) && panels > 2 ? 1.35 : 1.75; row_high = panel_high + 0.66
height = above + below * row_high - 0.16
eval open_figure(width, height)
set multiplot
eval draw_head
margin = Y_max > Y_min ? 0.05 * (Y_max - Y_min) : 1
set yrange [Y_min - margin : Y_max + margin]
set xrange [(X_min > 0.3 ? X_min - 0.05 : 0) : X_max + 0.03]
set xtics X_max - X_min > 0.5 ? 0.2 : 0.1 offset 0, 0.3
set xlabel "share that scales cover" offset 0, 0.6
set ylabel "mean SQNR (dB)" offset 1, 0
unset key
step = 0.115
do for [i = 1:panels] {
    eval place_panel
    set label 1 cut(way[i], letters(panel_wide + key_wide, 6)) at screen panel_left / width, screen (panel_top + 0.1) / height left noenhanced font ",6"
    column = panel_left + panel_wide + 0.12
    set label 2 "best share" at screen (column + 0.74) / width, screen (panel_top - 0.03) / height right font ",5" textcolor rgb "#606060"
    set label 3 "gain (dB)" at screen (column + 1.13) / width, screen (panel_top - 0.03) / height right font ",5" textcolor rgb "#606060"
    do for [c = 1:curves[i]] {
        k = at(i, c); y = panel_top - 0.06 - step * c
        set label 10 + c "" at screen column / width, screen y / height point pt mark[k] ps 0.5 lc rgb color[k]
        set label 20 + c cut(format[k], 9) at screen (column + 0.08) / width, screen y / height left noenhanced font ",6"
        set label 30 + c sprintf("%g", best[k]) at screen (column + 0.74) / width, screen y / height right font ",6"
        if (plain_db[k] > -1e8) { set label 40 + c sprintf("%+.2f", best_db[k] - plain_db[k]) at screen (column + 1.13) / width, screen y / height right font ",6" }
    }
    plot for [c = 1:curves[i]] data using ($1 == i && $3 == c ? $8 : NaN):9 with linespoints pt mark[at(i, c)] ps 0.35 lw 1 dt dash[at(i, c)] lc rgb color[at(i, c)] notitle, \
        for [c = 1:curves[i]] "+" using (best[at(i, c)]):(best_db[at(i, c)]) every ::0::0 with points pt 6 ps 1.1 lw 1.2 lc rgb color[at(i, c)] notitle \
        @tell ($1 == i ? $8 : NaN):9:(sprintf("%s, share %g: %.4g dB", strcol(4), $8, $9))@told
    unset label
}
unset multiplot
