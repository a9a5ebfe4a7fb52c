/* Where the words of an SVG by gnuplot lie: boxes from the font's own widths, to find what overlaps or is
 * cut. */
#ifndef TESTS_SVG_TEXT_H
#define TESTS_SVG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Whether all text lies inside the picture and no two texts overlap; else `why` says which. Boxes hold the
 * ink of the glyphs: advances of DejaVu Sans (other characters than ASCII count 0.6 em), and how far each
 * kind of letter goes above and below the line. Text on lines and marks is not looked at. `texts` (may be
 * NULL) counts. */
bool svg_text_is_clear(const char *svg, size_t *texts, char *why, size_t n);

/* Width and height of the picture in inches, at 96 px/in; 0 if it does not say. */
double svg_width(const char *svg);
double svg_height(const char *svg);

#endif
