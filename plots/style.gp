# One style for every figure. A format has the same colour, mark and dash wherever it appears:
#   colour  by exponent bits (integers are black): how range is bought
#   mark    by total bits, filled for the plain format, open for its variants (fnuz, ieee, ...)
#   dash    by total bits
# Colours are those of Okabe and Ito (2008), which stay apart under the common colour deficiencies, and two more for
# formats that are mostly scales.
# Variables from the program: name, data, rows. Before each of the kinds svg, pdf and png it says `reset` and
# `eval style`.

set encoding utf8
style = "set datafile separator '\t'; set datafile columnheaders; set datafile missing 'NaN';" . \
    "set border 3 lw 0.7 lc rgb '#404040'; set tics nomirror scale 0.5 textcolor rgb '#202020';" . \
    "set grid lw 0.4 lc rgb '#dddddd' dt 1; set key noenhanced samplen 1.5 spacing 1.05; set pointsize 0.55"

# Exponent and total bits that a name says, for formats of which only the name is known.
digit(f, i) = int(f[i:i])
exponent_of(f) = f eq "fp16" ? 5 : f eq "bf16" || f eq "tf32" ? 8 : f[1:1] eq "e" ? digit(f, 2) : -1
bits_of(f) = f eq "fp16" || f eq "bf16" ? 16 : f eq "fp32" || f eq "tf32" ? 32 : f eq "e8m0" ? 8 : \
    f[1:1] eq "e" ? 1 + digit(f, 2) + digit(f, 4) : 8
by_exponent(e) = e == 0 ? "#5f5f5f" : e == 1 ? "#cc79a7" : e == 2 ? "#d55e00" : e == 3 ? "#e69f00" : \
    e == 4 ? "#0072b2" : e == 5 ? "#009e73" : e > 5 ? "#56b4e9" : "#000000"
color_of(f, e) = f eq "e8m0" ? "#882255" : f eq "fp32" ? "#8a8a8a" : by_exponent(e)
filled(b) = b <= 2 ? 3 : b == 3 ? 11 : b == 4 ? 7 : b == 5 ? 13 : b == 6 ? 9 : b == 7 ? 15 : b == 8 ? 5 : b <= 16 ? 2 : 1
mark_of(b, variant) = filled(b) > 3 && variant ? filled(b) - 1 : filled(b)
dash_of(b) = b <= 4 ? 1 : b <= 6 ? 2 : b <= 8 ? 4 : 5

# Width 3.3 in is a column, 7 in a page. Fonts 7 pt, at 96 px/in in svg and 300 px/in in png.
terminal(k, w, h) = k eq "svg" ? sprintf("svg size %d,%d dynamic font 'DejaVu Sans,7' fontscale 1.3333 linewidth 1.3333 background '#ffffff' name '%s'", 96 * w, 96 * h, name) : \
    k eq "pdf" ? sprintf("pdfcairo size %gin,%gin font 'DejaVu Sans,7' fontscale 0.75 linewidth 1 pointscale 0.75 background '#ffffff'", w, h) : \
    sprintf("pngcairo size %d,%d font 'DejaVu Sans,7' fontscale 3.125 linewidth 4.1667 pointscale 3.125 background '#ffffff'", 300 * w, 300 * h)
open_figure(w, h) = sprintf("set terminal %s; set output '%s.%s'", terminal(kind, w, h), name, kind)

# What a reader must know about means and about schemes that are not there.
joined(a, b) = a eq "" ? b : b eq "" ? a : a."; ".b
exact_note(exact) = exact ? "exact tensors count 150 dB" : ""
left_note(n) = n ? sprintf("%d scheme%s left out: other tensors or lost elements", n, n == 1 ? "" : "s") : ""

# The whole of a figure without rows.
no_data = "eval open_figure(3.3, 2); unset border; unset tics; unset key; " . \
    "set label 1 name . ': no data' at screen 0.5, 0.5 center noenhanced; plot [0:1] [0:1] -1 notitle"
