# A row for each paper: a mark a number, the difference from it in units of its tolerance; linear within it, logarithmic
# beyond. What differs for a reason has its numbers beside the row, and the reasons stand below.
papers = 0; reasons = 0; far = 10; missing = 0; wrong = 0; drawn = 0
PAPERS = 64; REASONS = 40
array paper[PAPERS]; array first_of[PAPERS]; array numbers[PAPERS]; array differing[PAPERS]; array why[PAPERS]; array reason[REASONS]
# The index of a paper, whose rows stand together.
find_paper(t) = sum [k = 1:papers] (paper[k] eq t ? k : 0)
row_of(t, n) = find_paper(t) || papers == PAPERS ? find_paper(t) : (papers = papers + 1, paper[papers] = t, first_of[papers] = n, numbers[papers] = 0, differing[papers] = 0, why[papers] = "", papers)
find_reason(t) = sum [k = 1:reasons] (reason[k] eq t ? k : 0)
reason_of(t) = find_reason(t) || reasons == REASONS ? find_reason(t) : (reasons = reasons + 1, reason[reasons] = t, reasons)
add_reason(list, k) = k == 0 || strstrt(" ".list, sprintf(" %d ", k)) ? list : list.sprintf("%d ", k)
# "4 5 6 " as 4-6.
said_reasons(list) = words(list) > 1 && int(word(list, words(list))) - int(word(list, 1)) == words(list) - 1 ? word(list, 1)."-".word(list, words(list)) : list[1:strlen(list) - 1]
# 1 agrees, 2 differs for a reason, 3 should not differ, or not agree, 4 has no result.
kind_of_verdict(v) = v[1:6] eq "agrees" ? 1 : v[1:8] eq "differs:" ? 2 : v eq "no result" ? 4 : 3
# At most 10^4 either way, which the edge stands for.
EDGE = 1e4
step_of(d, t) = d == 0 ? 0 : t > 0 && abs(d / t) < EDGE ? d / t : sgn(d) * EDGE
bent(x) = abs(x) <= 1 ? x : sgn(x) * (1 + log10(abs(x)))
note_far(x) = x == x && abs(x) > far ? (far = abs(x), 1) : 0
note_verdict(r, k, v) = (numbers[r] = numbers[r] + 1, k == 4 ? (missing = missing + 1) : k > 1 ? (differing[r] = differing[r] + 1) : 0, k == 3 ? (wrong = wrong + 1) : 0, k == 2 ? (why[r] = add_reason(why[r], reason_of(v[10:*]))) : 0, k < 4 ? (drawn = drawn + 1) : 0, 1)
stats data using (r = row_of(strcol(1), $0), r > 0 ? note_verdict(r, kind_of_verdict(strcol(9)), strcol(9)) : 0, note_far(step_of($6, $7)), $4) nooutput

width = page(7)
column_wide = is_column(width)
head = plan_head(width, sprintf("Published numbers beside ours: %s of %s", one_or_many(drawn, "number"), one_or_many(papers, "paper")), \
    joined(joined("marks: what we differ by, in units of the tolerance of a number; filled: agrees; open: differs for a reason", wrong ? sprintf("crosses: %s that should not differ, or whose reason is stale", one_or_many(wrong, "number")) : ""), joined(far < EDGE ? "" : "edge: 10^4 or more", missing ? sprintf("%s without a result not drawn", one_or_many(missing, "number")) : "")))
longest = 0
do for [r = 1:papers] { longest = strlen(paper[r]) > longest ? strlen(paper[r]) : longest }
longest = longest > 26 ? 26 : longest
# Reasons below, broken to the width.
foot = 0
array below[REASONS]
do for [k = 1:reasons] { reason[k] = wrapped(sprintf("%d  %s", k, reason[k]), letters(width - 0.2, 5)); below[k] = foot; foot = foot + 0.085 * lines_in(reason[k]) + 0.02 }
line_high = 0.2
above = head_high + 0.16
left = 0.16 + 0.048 * longest; right = 0.9
panel_high = line_high * papers
height = above + panel_high + 0.42 + foot + (reasons ? 0.05 : 0)
eval open_figure(width, height)
set multiplot
eval draw_head
set lmargin at screen left / width; set rmargin at screen (width - right) / width
set tmargin at screen 1 - above / height; set bmargin at screen 1 - (above + panel_high) / height
set yrange [papers + 0.5 : 0.5]
end = bent(far) * 1.06
set xrange [-end : end]
set border 1; unset ytics; unset key; set grid xtics noytics
set xtics offset 0, 0.35 font ",6"
set xtics (-1, 0, 1)
decades = int(log10(far))
stride = int(ceil(0.25 / ((width - left - right) / (2 * end))))
stride = stride > decades ? decades : stride
if (decades) { do for [k = stride : decades : stride] { tic = k > 3 ? sprintf("10^%d", k) : sprintf("%.0f", 10.0 ** k); set xtics add ("-".tic -(1.0 + k), tic 1.0 + k) } }
set xlabel column_wide ? "difference / tolerance" : "difference / tolerance (linear within 1, logarithmic beyond)" offset 0, 0.6
set object 1 rectangle from first -1, graph 0 to first 1, graph 1 behind fc rgb "#e3eef6" fs solid 1 noborder
column_at(k) = (width - right + 0.16 + 0.22 * k) / width
do for [k = 0:1] { set label 10 + k word("all differ", k + 1) at screen column_at(k), screen 1 - (above - 0.07) / height center font ",5" textcolor rgb "#606060" }
if (reasons) { set label 12 "why" at screen column_at(2), screen 1 - (above - 0.07) / height left font ",5" textcolor rgb "#606060" }
do for [r = 1:papers] {
    set label 100 + r cut(paper[r], longest) at screen (left - 0.06) / width, first r right noenhanced font ",6"
    set label 200 + r sprintf("%d", numbers[r]) at screen column_at(0), first r center font ",6"
    if (differing[r]) { set label 300 + r sprintf("%d", differing[r]) at screen column_at(1), first r center font ",6" }
    if (why[r] ne "") { set label 400 + r cut_end(said_reasons(why[r]), 8) at screen column_at(2), first r left font ",5" textcolor rgb "#606060" }
    if (r > 1) { set arrow 100 + r from graph 0, first r - 0.5 to graph 1, first r - 0.5 nohead lw 0.4 lc rgb "#e8e8e8" back }
}
do for [k = 1:reasons] { set label 600 + k reason[k] at screen 0.1 / width, screen (foot - below[k]) / height left noenhanced font ",5" }
# Marks of a row go down through it in their order.
down(t) = (row = find_paper(t), row - 0.38 + 0.76 * ($0 - first_of[row] + 0.5) / numbers[row])
of(k) = kind_of_verdict(strcol(9)) == k ? bent(step_of($6, $7)) : NaN
plot data using (of(1)):(down(strcol(1))) with points pt 7 ps 0.28 lc rgb "#0072b2" notitle, \
    data using (of(2)):(down(strcol(1))) with points pt 6 ps 0.42 lw 1 lc rgb "#d55e00" notitle, \
    data using (of(3)):(down(strcol(1))) with points pt 2 ps 0.5 lw 1.4 lc rgb "#000000" notitle \
    @tell (bent(step_of($6, $7))):(down(strcol(1))):(sprintf("%s, %s: %.6g, ours %.6g, %s", strcol(2), strcol(3), $4, $5, strcol(9)))@told
unset multiplot
