#include "export/xlsx_library.hpp"

#include "base/shared_library.hpp"

namespace audit::exports {

namespace {

XlsxLibrary load() {
  const base::SharedLibrary library(AUDIT_XLSX_LIBRARY, "libxlsxwriter, which writes workbooks",
                                    AUDIT_XLSX_PACKAGE);
  XlsxLibrary xlsx{};
#define AUDIT_XLSX_FIND(name) library.find(#name, xlsx.name);
  AUDIT_XLSX_FUNCTIONS(AUDIT_XLSX_FIND)
#undef AUDIT_XLSX_FIND
  return xlsx;
}

}  // namespace

const XlsxLibrary& xlsx_library() {
  static const XlsxLibrary loaded = load();
  return loaded;
}

}  // namespace audit::exports
