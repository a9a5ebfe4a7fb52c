/* plots/report.h: what becomes of gnuplot's SVG on a page with others. tests/cli_report.sh looks at whole
 * pages. */
#include <stdlib.h>
#include <string.h>

#include "plots/report.h"
#include "tests/check.h"

static void expect_inline(const char *svg, const char *want)
{
    char *got = report_inline_svg(svg, "fig", "a <b>");
    assert_non_null(got);
    assert_string_equal(got, want);
    free(got);
}

#define HEAD "<?xml version=\"1.0\"?>\n<svg viewBox=\"0 0 100 50\" xmlns=\"x\">"
#define ROOT                                                                                         \
    "<svg role=\"img\" aria-label=\"a &lt;b&gt;\" style=\"width:140px;min-width:min(140px,32rem)\" " \
    "viewBox=\"0 0 100 50\" xmlns=\"x\">"

/* Identifiers that all figures have become those of this one; its own name's and texts stay. */
static void identifiers(void **state)
{
    (void)state;
    expect_inline(HEAD
                  "<circle id='gpDot'/><use xlink:href='#gpPt12' id='gpPt1'/><g filter=\"url(#textbox)\"/>"
                  "<g id=\"gnuplot_canvas\"><g id=\"fig_plot_1\"><text>id='other' #gpPt</text></svg>",
                  ROOT "<circle id='fig-gpDot'/><use xlink:href='#fig-gpPt12' id='fig-gpPt1'/>"
                       "<g filter=\"url(#fig-textbox)\"/><g id=\"fig-gnuplot_canvas\"><g id=\"fig_plot_1\">"
                       "<text>id='other' #gpPt</text></svg>");
}

/* Hypertext, which needs gnuplot's script, becomes a title; the title of the whole goes. */
static void titles(void **state)
{
    (void)state;
    expect_inline(HEAD "\n\n<title>fig</title>\n<desc>by gnuplot</desc>\n"
                       "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'e4m3 &amp; &lt;x>')\" "
                       "onmouseout=\"gnuplot_svg.hideHypertext()\"><title> "
                       "</title><use/></g><g><title>key</title></g></svg>",
                  ROOT "\n<g><title>e4m3 &amp; &lt;x></title><use/></g><g><title>key</title></g></svg>");
    expect_inline(HEAD "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'cut",
                  ROOT "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'cut");
}

static void no_svg(void **state)
{
    (void)state;
    assert_null(report_inline_svg("", "fig", "x"));
    assert_null(report_inline_svg("<html>", "fig", "x"));
    assert_null(report_inline_svg("<svg viewBox=", "fig", "x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(identifiers), cmocka_unit_test(titles),
                                       cmocka_unit_test(no_svg)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
