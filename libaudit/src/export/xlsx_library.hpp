// export/xlsx_library.hpp - libxlsxwriter, loaded when the first workbook is made.
//
// Errors    throws configuration when the library is not installed or lacks a function
// Threads   safe to call from any
// Source    decision 7
#pragma once

#include <xlsxwriter.h>

// What is used of it.
#define AUDIT_XLSX_FUNCTIONS(F) \
  F(format_set_bold)            \
  F(format_set_num_format)      \
  F(lxw_strerror)               \
  F(lxw_workbook_free)          \
  F(workbook_add_format)        \
  F(workbook_add_worksheet)     \
  F(workbook_close)             \
  F(workbook_new_opt)           \
  F(workbook_set_properties)    \
  F(worksheet_autofilter)       \
  F(worksheet_freeze_panes)     \
  F(worksheet_set_column)       \
  F(worksheet_write_boolean)    \
  F(worksheet_write_number)     \
  F(worksheet_write_string)

namespace audit::exports {

struct XlsxLibrary {
#define AUDIT_XLSX_MEMBER(name) decltype(&::name) name;
  AUDIT_XLSX_FUNCTIONS(AUDIT_XLSX_MEMBER)
#undef AUDIT_XLSX_MEMBER
};

// The library, for as long as the process lives.
[[nodiscard]] const XlsxLibrary& xlsx_library();

}  // namespace audit::exports
