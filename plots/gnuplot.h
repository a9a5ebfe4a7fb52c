/* Running gnuplot. */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include "sim/base/status.h"

/* Runs `gnuplot SCRIPT` inside `dir`, in the locale C.UTF-8 and without the user's gnuplot settings, and ends
 * it when a blocked signal that would end us is pending. STATUS_MISSING, without a message, if there is no
 * gnuplot on the PATH, STATUS_INTERNAL with gnuplot's words if it fails. Errors name `shown` as the script.
 */
enum status gnuplot_run(const char *dir, const char *script, const char *shown, struct error *e) MUST_CHECK;
/* Overwrites the creation date in a PDF by cairo with 1970-01-01, in place. Errors name `shown`. */
enum status gnuplot_fix_pdf_date(const char *path, const char *shown, struct error *e) MUST_CHECK;

#endif
