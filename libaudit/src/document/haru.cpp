#include "document/haru.hpp"

#include "base/shared_library.hpp"

namespace audit::document {

namespace {

Haru load() {
  const base::SharedLibrary library(AUDIT_HARU_LIBRARY, "libharu, which writes PDF files",
                                    AUDIT_HARU_PACKAGE);
  Haru haru{};
#define AUDIT_HARU_FIND(name) library.find("HPDF_" #name, haru.name);
  AUDIT_HARU_FUNCTIONS(AUDIT_HARU_FIND)
#undef AUDIT_HARU_FIND
  return haru;
}

}  // namespace

const Haru& haru() {
  static const Haru loaded = load();
  return loaded;
}

}  // namespace audit::document
