# A panel for each pair: lines are theory, rings its crossovers, marks what tensors measured.
panels = 0; rules = ""; dumps = "-"
array integer[6]; array floating[6]; array block[6]; array rho[6]; array printed[6]; array largest[6]; array lowest[6]; array highest[6]
do for [p = 1:6] { printed[p] = NaN; largest[p] = NaN; lowest[p] = 1e9; highest[p] = -1e9 }
eval no_formats
stats data using (p = int($1), panels = p > panels ? p : panels, integer[p] = strcol(2), floating[p] = strcol(3), block[p] = int($4), rho[p] = $5, $6 == 2 && $8 == 1 ? (printed[p] = $9) : 0, $6 == 2 && $8 == 2 ? (largest[p] = $9) : 0, lowest[p] = $10 < lowest[p] ? $10 : lowest[p], highest[p] = $10 > highest[p] ? $10 : highest[p], tensors = int($14), rules = strcol(15) eq "-" || strstrt(rules, strcol(15)) ? rules : joined(rules, strcol(15)), dumps = strcol(16), pairs = int($17), lost = int($18), note_format(-1, bits_of(integer[p])), note_format(exponent_of(floating[p]), bits_of(floating[p])), $1) nooutput
stats data using 9 nooutput name "X"
stats data using 6 nooutput name "K"
measured = K_max == 3

width = page(7)
head = plan_head(width, "Integers and floats over the crest factor of blocks".(measured ? " of ".cut_end(dumps, 90) : ""), \
    joined(joined(joined("lines: theory for normal values; rings: where both are equal; dashed and in parentheses: with 2^(b-1) - 1 steps", measured ? "marks: tensors, open where synthetic".(rules eq "" ? "" : "; rule of MX scales: ".rules) : "no tensor with crest factors of blocks"), "grey: beyond what blocks can have"), joined(pairs > panels ? sprintf("%d of %d pairs", panels, pairs) : "", lost ? sprintf("%s left out: exact, or lost elements", one_or_many(lost, "cell")) : "")))
beside = panels < 2 ? 1 : 2
below = int(ceil(panels / 2.0))
above = head_high + 0.26; left = 0.46; between = is_column(width) ? 0.3 : 0.36
panel_wide = panel_share(0.1); panel_high = is_column(width) ? 1.15 : 1.7; row_high = panel_high + 0.42
height = above + below * row_high - 0.02 + key_height(width)
eval open_figure(width, height)
set multiplot
eval draw_head
set logscale x
set xrange [X_min / 1.06 : X_max * 1.06]
set xtics (1, 2, 3, 5, 10, 20, 50)
unset key
# Of n values the largest is at most sqrt(n) times their rms.
limit(b) = sqrt(b > 0 ? b : 32)
crest_said(p) = printed[p] == printed[p] ? sprintf("equal at %.2f", printed[p]).(largest[p] == largest[p] ? sprintf(" (%.2f)", largest[p]) : "") : largest[p] == largest[p] ? sprintf("equal at (%.2f)", largest[p]) : ""
do for [i = 1:panels] {
    p = i
    eval place_panel
    set label 1 sprintf("%s and %s, %s", integer[p], floating[p], block[p] ? sprintf("NV, blocks of %d", block[p]) : "MX, blocks of 32") at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.17) / height center noenhanced font ",6"
    set label 2 crest_said(p) at screen (panel_left + panel_wide / 2) / width, screen (panel_top + 0.07) / height center noenhanced font ",5" textcolor rgb "#606060"
    margin = 0.06 * (highest[p] - lowest[p] > 1 ? highest[p] - lowest[p] : 1)
    set yrange [lowest[p] - margin : highest[p] + margin]
    unset object
    if (limit(block[p]) < X_max * 1.06) { set object 1 rectangle from first (limit(block[p]) > X_min / 1.06 ? limit(block[p]) : X_min / 1.06), graph 0 to graph 1, graph 1 behind fc rgb "#eeeeee" fs solid 1 noborder }
    if ((i - 1) % beside == 0) { set ylabel "SQNR (dB)" offset 0.5, 0 } else { unset ylabel }
    if (i + beside > panels) { set xlabel "crest factor (largest / rms)" offset 0, 0.4 } else { unset xlabel }
    colour(s) = s == 1 ? color_of(integer[p], -1) : color_of(floating[p], exponent_of(floating[p]))
    mark(s, drawn) = mark_of(bits_of(s == 1 ? integer[p] : floating[p]), drawn)
    plot for [s = 1:2] for [drawn = 0:1] data using ($1 == p && $6 == 3 && $7 == s && $13 == drawn ? $9 : NaN):10 with points pt mark(s, drawn) ps 0.35 lw 0.8 lc rgb colour(s) notitle, \
        data using ($1 == p && $6 == 1 && $7 == 1 && $8 == 2 ? $9 : NaN):10 with lines dt 2 lw 1 lc rgb colour(1) notitle, \
        for [s = 1:2] data using ($1 == p && $6 == 1 && $7 == s && $8 == 1 ? $9 : NaN):10 with lines lw 1.2 lc rgb colour(s) notitle, \
        data using ($1 == p && $6 == 2 && $8 == 1 ? $9 : NaN):10 with points pt 6 ps 1 lw 1.2 lc rgb "#882255" notitle \
        @tell ($1 == p && $6 == 3 ? $9 : NaN):10:(sprintf("%s, %s: crest factor %.3g, %.4g dB", strcol(11), strcol(12), $9, $10))@told
    eval end_head
}
eval format_key
unset multiplot
