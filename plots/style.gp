# One style for every figure. A format has the same colour, mark and dash wherever it appears:
#   colour  by exponent bits (integers are black): how range is bought
#   mark    by total bits, filled for the plain format, open for its variants (fnuz, ieee, ...)
#   dash    by total bits
# Colours are those of Okabe and Ito (2008), which stay apart under the common colour deficiencies, and two more for
# formats that are mostly scales.
# Variables from the program: name, data, rows, asked (a width in inches, or 0). Before each of the kinds svg, pdf and png it says `reset` and
# `eval style`.

set encoding utf8
style = "set datafile separator '\t'; set datafile columnheaders; set datafile missing 'NaN';" . \
    "set border 3 lw 0.7 lc rgb '#404040'; set tics nomirror scale 0.5 textcolor rgb '#202020';" . \
    "set grid lw 0.4 lc rgb '#dddddd' dt 1; set key noenhanced samplen 1.5 spacing 1.05; set pointsize 0.55"

# Exponent and total bits that a name says, for formats of which only the name is known.
digit(f, i) = int(f[i:i])
exponent_of(f) = f eq "fp16" ? 5 : f eq "bf16" || f eq "tf32" ? 8 : f[1:1] eq "e" ? digit(f, 2) : -1
bits_of(f) = f eq "fp16" || f eq "bf16" ? 16 : f eq "fp32" || f eq "tf32" ? 32 : f eq "e8m0" ? 8 : f[1:3] eq "int" ? int(f[4:*]) : \
    f[1:1] eq "e" ? 1 + digit(f, 2) + digit(f, 4) : 8
by_exponent(e) = e == 0 ? "#5f5f5f" : e == 1 ? "#cc79a7" : e == 2 ? "#d55e00" : e == 3 ? "#e69f00" : \
    e == 4 ? "#0072b2" : e == 5 ? "#009e73" : e > 5 ? "#56b4e9" : "#000000"
color_of(f, e) = f eq "e8m0" ? "#882255" : f eq "fp32" ? "#8a8a8a" : by_exponent(e)
filled(b) = b <= 2 ? 3 : b == 3 ? 11 : b == 4 ? 7 : b == 5 ? 13 : b == 6 ? 9 : b == 7 ? 15 : b == 8 ? 5 : b <= 16 ? 2 : 1
mark_of(b, variant) = filled(b) > 3 && variant ? filled(b) - 1 : filled(b)
dash_of(b) = b <= 4 ? 1 : b <= 6 ? 2 : b <= 8 ? 4 : 5

# Few formats of one figure that must differ: the own colour or mark, unless one of `taken` has it: then the next that is free.
free_colors = "#d55e00 #0072b2 #009e73 #cc79a7 #e69f00 #56b4e9 #882255 #000000 #8a8a8a #44aa99 #5f5f5f #999933"
free_marks = "5 7 9 11 13 15 4 6 8 10 12 14"
free(own, list, k) = !strstrt(taken, " ".own." ") ? own : free(word(list, k), list, k + 1)

# Many formats as colours of exponents and marks of widths: rows are noted while they are read, points take variable
# colours, and the key is drawn at the foot of a multiplot, key_height(width) inches high, in columns of an inch.
kind_of(e) = e < 1 ? -1 : e > 6 ? 6 : int(e)
number_of(colour) = int("0x".colour[2:7])
variable_color(e) = number_of(color_of("", kind_of(e)))
no_formats = "exponents = ' '; widths = ' '"
has(list, v) = strstrt(list, sprintf(" %d ", v)) > 0
note_format(e, b) = (exponents = has(exponents, kind_of(e)) ? exponents : exponents.sprintf("%d ", kind_of(e)), widths = has(widths, b) ? widths : widths.sprintf("%d ", b), 1)
told(e) = e < 0 ? "integer" : sprintf("%s exponent bit%s", e > 5 ? "6+" : sprintf("%d", e), e == 1 ? "" : "s")
key_slots(width) = int(width - 0.1)
key_lines(width, list) = int(ceil(words(list) / (1.0 * key_slots(width))))
key_height(width) = 0.16 + 0.11 * (key_lines(width, exponents) + key_lines(width, widths))
key_x(i) = (i % key_slots(width) + 0.12) / width
key_y(i) = (key_height(width) - 0.1 - 0.11 * (i / key_slots(width))) / height
sorted = "list = ''; do for [i = -1 : 99] { if (has(%s, i)) { list = list.sprintf('%%d ', i) } }; %s = list;"
format_key = sprintf(sorted, "exponents", "exponents").sprintf(sorted, "widths", "widths")."unset border; unset tics; unset xlabel; unset ylabel; unset grid; unset logscale; unset label; unset key;" . \
    "set lmargin at screen 0; set rmargin at screen 1; set tmargin at screen 1; set bmargin at screen 0;" . \
    "do for [i = 0 : words(exponents) - 1] { set label 1 + i told(int(word(exponents, i + 1))) at screen key_x(i), screen key_y(i) offset 0.7, -0.1 font ',6' point pt 7 ps 0.5 lc rgb color_of('', int(word(exponents, i + 1))) };" . \
    "first = key_slots(width) * key_lines(width, exponents);" . \
    "do for [i = 0 : words(widths) - 1] { set label 100 + i word(widths, i + 1).' bits' at screen key_x(first + i), screen key_y(first + i) offset 0.7, -0.1 font ',6' point pt mark_of(int(word(widths, i + 1)), 0) ps 0.5 lc rgb '#606060' };" . \
    "plot [0:1] [0:1] NaN notitle"

# Width 3.3 in is a column, 7 in a page: a figure is as wide as it was asked to be (0: not at all), else its own width;
# it lays itself out for both.
page(own) = 1.0 * (asked > 0 ? asked : own)
is_column(w) = w < 5

# Fonts 7 pt, at 96 px/in in svg and 300 px/in in png.
terminal(k, w, h) = k eq "svg" ? sprintf("svg size %d,%d dynamic font 'DejaVu Sans,7' fontscale 1.3333 linewidth 1.3333 background '#ffffff' name '%s'", 96 * w + 0.5, 96 * h + 0.5, name) : \
    k eq "pdf" ? sprintf("pdfcairo size %gin,%gin font 'DejaVu Sans,7' fontscale 0.75 linewidth 1 pointscale 0.75 background '#ffffff'", w, h) : \
    sprintf("pngcairo size %d,%d font 'DejaVu Sans,7' fontscale 3.125 linewidth 4.1667 pointscale 3.125 background '#ffffff'", 300 * w + 0.5, 300 * h + 0.5)
open_figure(w, h) = sprintf("set terminal %s; set output '%s.%s'", terminal(kind, w, h), name, kind)

# The words above a figure: a title and notes under it, broken where they are too long for its width. plan_head says how
# high they are (head_high, in inches), before the height of the whole is known; eval draw_head places them.
space_before(t, k) = k < 1 ? 0 : t[k:k] eq " " ? k : space_before(t, k - 1)
wrapped(t, n) = strlen(t) <= n || space_before(t, n + 1) == 0 ? t : t[1:space_before(t, n + 1) - 1]."\n".wrapped(t[space_before(t, n + 1) + 1:*], n)
lines_in(t) = t eq "" ? 0 : strstrt(t, "\n") ? 1 + lines_in(t[strstrt(t, "\n") + 1:*]) : 1
# The same for texts of keys and values, after a comma or a space, and anywhere where there is none.
break_before(t, k) = k < 1 ? 0 : t[k:k] eq " " || t[k:k] eq "," ? k : break_before(t, k - 1)
break_at(t, n) = break_before(t, n) > 0 ? break_before(t, n) : n
wrapped_at(t, n) = strlen(t) <= n || n < 1 ? t : t[1:break_at(t, n)]."\n".wrapped_at(t[break_at(t, n) + 1:*], n)
letters(inches, points) = int(inches * 72 / (0.57 * points))
plan_head(w, title, notes) = (head_title = wrapped(title, letters(w - 0.1, 7)), head_notes = wrapped(notes, letters(w - 0.1, 6)), \
    head_high = 0.12 + 0.13 * lines_in(head_title) + 0.11 * lines_in(head_notes))
draw_head = "set label 90001 head_title at screen 0.5, screen 1 - 0.12 / height center noenhanced;" . \
    "set label 90002 head_notes at screen 0.5, screen 1 - (0.13 + 0.13 * lines_in(head_title)) / height center noenhanced font ',6' textcolor rgb '#606060'"
end_head = "unset label 90001; unset label 90002"

# Texts too long for their place lose their middle, where labels differ least, or their end.
cut(t, n) = strlen(t) > n ? t[1:n / 2 - 2]."...".t[strlen(t) - n / 2 + 2:*] : t
cut_end(t, n) = strlen(t) > n ? t[1:n - 3]."..." : t
# A step of tics that leaves room for numbers of three digits: 1, 2 or 5 times a power of ten.
round_up(x) = x / 10 ** floor(log10(x)) <= 1 ? 10 ** floor(log10(x)) : x / 10 ** floor(log10(x)) <= 2 ? 2 * 10 ** floor(log10(x)) : x / 10 ** floor(log10(x)) <= 5 ? 5 * 10 ** floor(log10(x)) : 10 * 10 ** floor(log10(x))
tic_step(span, inches) = round_up(span * 0.3 / inches)
one_or_many(n, thing) = sprintf("%d %s%s", n, thing, n == 1 ? "" : "s")

# Panels in lines of `beside`, all in inches: place_panel puts the i-th. Needs width, height, above (of the first line), left,
# between, panel_wide, panel_high, row_high (of a line).
panel_share(right) = (width - left - right - (beside - 1) * between) / beside
place_panel = "panel_left = left + ((i - 1) % beside) * (panel_wide + between); panel_top = height - above - ((i - 1) / beside) * row_high;" . \
    "set lmargin at screen panel_left / width; set rmargin at screen (panel_left + panel_wide) / width;" . \
    "set tmargin at screen panel_top / height; set bmargin at screen (panel_top - panel_high) / height"

# What marks say on a page, as the end of a plot: `... notitle @tell X:Y:(TEXT) @told`. Nothing elsewhere.
tell = hover ? ", data using" : "#"
told = hover ? "with labels hypertext point pt 7 ps 0.8 lc rgb '#ffffffff' notitle" : ""

# Colours and marks of what is no format, up to ten.
series_color(k) = word("#000000 #0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #882255 #8a8a8a #5f5f5f", k)
series_mark(k) = int(word("7 5 9 11 13 15 4 6 8 12", k))
# Heat maps: viridis, and text that is seen on it.
set_palette = "set palette defined (0 '#440154', 1 '#482878', 2 '#3e4989', 3 '#31688e', 4 '#26828e', 5 '#1f9e89', 6 '#35b779', 7 '#6ece58', 8 '#b5de2b', 9 '#fde725')"
ink_on(v, low, high) = v < low + 0.55 * (high - low) ? 0xffffff : 0x000000

# What a reader must know about means and about schemes that are not there.
joined(a, b) = a eq "" ? b : b eq "" ? a : a."; ".b
exact_note(exact) = exact ? "exact tensors count 150 dB" : ""
left_note(n) = n ? sprintf("%d scheme%s left out: other tensors or lost elements", n, n == 1 ? "" : "s") : ""

# The whole of a figure without rows.
no_data = "eval open_figure(page(3.3), 2); unset border; unset tics; unset key; " . \
    "set label 1 name . ': no data' at screen 0.5, 0.5 center noenhanced; plot [0:1] [0:1] -1 notitle"
