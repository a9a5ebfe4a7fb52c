/* Codes of other families than floats and integers: a table says what their fields would be, sig normalised.
 */
#ifndef SIM_RTL_TABLE_H
#define SIM_RTL_TABLE_H

#include "sim/rtl/fields.h"

#define RTL_TABLE_SIG_MAX 24

/* As the functions of fields.h. */
const char *rtl_table_refuse(const struct format *f);
void rtl_table_fields(const struct format *f, struct rtl_fields *out);
struct rtl_code rtl_table_code(const struct format *f, uint32_t code);
void rtl_table_emit(const struct format *f, const char *name, struct strbuf *out);

#endif
