/* Running gnuplot. */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include "sim/base/status.h"

/* Runs `gnuplot SCRIPT` inside `dir`, in the locale C.UTF-8 and without the user's gnuplot settings.
 * STATUS_MISSING if there is no gnuplot on the PATH, STATUS_INTERNAL with gnuplot's words if it fails. */
enum status gnuplot_run(const char *dir, const char *script, struct error *e) MUST_CHECK;
/* Overwrites the creation date in a PDF by cairo with 1970-01-01, in place. */
enum status gnuplot_fix_pdf_date(const char *path, struct error *e) MUST_CHECK;

#endif
